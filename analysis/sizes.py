#!/usr/bin/env python3
"""How whole spectra come to the laws of large N: runs of different N beside each other.

    /usr/bin/python3 analysis/sizes.py small.h5 large.h5 ... [-o FOLDER] [--since UPDATE] [--only NAME ...]

Reads the files that `dyson stats` makes of these, and of each the snapshot that was analysed, or with --since all from
that update on, taken as independent of each other.  Prints a table and draws `sizes`, ratios and largest levels of all
points; `sizes_densities`, where the ensemble files lie beside their statistics; and `sizes_spacings`."""
import os
import sys

import matplotlib.pyplot as plt
import numpy as np

import sizes_densities
import sizes_spacings
import sizes_table
import style
import whole_spectra
from ensemble import Ensemble, Unreadable, sections


CLOSE = 0.012  # how far from the GOE's ratio the lower panel shows


class Sized(Ensemble):
    """A run, and which of its snapshots count."""

    def __init__(self, path, since=None):
        super().__init__(path)
        self.since = since
        self.size = len(self.x)
        self.snapshot = int(self.statistics.attrs["snapshot"])
        self.has_data = not path.endswith(".stats.h5") and os.path.exists(path)

    def chosen(self, updates):
        """Which of these snapshots count."""
        if self.since is None:
            return np.flatnonzero(updates == self.snapshot)
        return np.flatnonzero((updates >= self.since) & (updates <= self.snapshot))

    def kind(self):
        """What runs of different N have in common, as text."""
        if self.model == "teacher-student":
            data = sections(self.statistics.attrs)[self.model].get("data", "infinite")
            return "students" + ("" if data == "infinite" else f", {data} data")
        return {"rbm": "RBM"}.get(self.model, self.model) + (", update 0" if self.snapshot == 0 else "")

    def levels(self, point):
        """Replicas x snapshots x levels."""
        at = self.chosen(self.data["snapshots"][...])
        return np.stack([self.eigenvalues(point, int(t)) for t in at], axis=1)

    def over_snapshots(self, group, name, point):
        """Mean and error of a number of the statistics file, over the snapshots that count."""
        at = self.chosen(self[group + "/update"]) if group in self else []
        if not len(at):
            return np.nan, np.nan
        value, error = self[f"{group}/{name}"][point, at], self[f"{group}/{name}_error"][point, at]
        return value.mean(), np.sqrt((error**2).sum()) / len(at)


class Sizes:
    """Mean ratio of spacings and mean largest level against N."""

    NAME = "sizes"

    @staticmethod
    def draw(runs):
        figure, ((left, right), (lower, width)) = plt.subplots(2, 2, sharex="col", height_ratios=(1.6, 1),
                                                              figsize=(style.DOUBLE, 0.5 * style.DOUBLE))
        figure.get_layout_engine().set(hspace=0, h_pad=0.02)
        limit = run_constant(runs, "ratios/orthogonal")
        kinds = list(dict.fromkeys(run.kind() for run in runs))
        for k, kind in enumerate(kinds):
            of = [run for run in runs if run.kind() == kind]
            shift = 1.08**(k - (len(kinds) - 1) / 2)
            panel(left, rows(of, "ratios", "ratio"), shift, k, kind)
            panel(lower, [(size, value - limit, error) for size, value, error in rows(of, "ratios", "ratio")], shift, k)
            panel(right, rows(of, "spectral_law", "edge_mean"), shift, k, kind)
            panel(width, rows(of, "spectral_law", "edge_std"), shift, k)
        draw_laws(left, lower, right, width, runs)
        lower.set(ylim=(-CLOSE, CLOSE), ylabel=r"$\langle\tilde r\rangle$ less GOE")
        for axes in (lower, width):
            axes.set(xscale="log", xlabel="levels $N$")
        left.set_ylabel(r"$\langle\tilde r\rangle$")
        right.set_ylabel("largest level, scaled: mean")
        width.set_ylabel("standard dev.")
        figure.align_ylabels()
        return figure


def draw_laws(left, lower, right, width, runs):
    limit, exact = run_constant(runs, "ratios/orthogonal"), 4 - 2 * np.sqrt(3)
    left.axhline(limit, **{**whole_spectra.ORTHOGONAL, "label": f"GOE {limit:.4f}"}, zorder=1)
    left.axhline(exact, color=style.LAW, lw=0.8, ls=(0, (1, 1)), label=f"GOE, $N = 3$: {exact:.4f}", zorder=1)
    poisson = run_constant(runs, "ratios/poisson")
    left.axhline(poisson, **{**whole_spectra.POISSON, "label": f"Poisson {poisson:.4f}"}, zorder=1)
    lower.axhline(0, color=style.LAW, lw=1.2, zorder=1)
    lower.axhline(exact - limit, color=style.LAW, lw=0.8, ls=(0, (1, 1)), zorder=1)
    style.legend(left, loc="best")
    if not right.has_data():
        return
    for axes, name in ((right, "edge_mean"), (width, "edge_std")):
        law = run_constant([run for run in runs if "spectral_law" in run], f"spectral_law/{name}_orthogonal")
        axes.axhline(law, color=style.LAW, lw=1.2, label=f"Tracy-Widom ${law:.4f}$", zorder=1)
    low, high = right.get_ylim()
    right.set_ylim(low - 0.5 * (high - low), high)  # room for the legend
    style.legend(right, loc="lower right")


def rows(runs, group, name):
    """[N, value, error] of each point of each run; none where the group or the value is missing."""
    found = [(run.size, *run.over_snapshots(group, name, point)) for run in runs for point in range(len(run.rate))]
    return [row for row in found if np.isfinite(row[1])]


def run_constant(runs, name):
    """What the law of the largest N says."""
    of = [run for run in runs if name in run]
    return float(max(of, key=lambda run: run.size)[name][0])


def panel(axes, found, shift, k, text=None):
    if found:
        size, value, error = (np.array(column, dtype=float) for column in zip(*found))
        whole_spectra.marks(axes, shift * size, value, error, ms=2.8, zorder=3, label=text, **style.look(k))


FIGURES = (Sizes, sizes_densities, sizes_spacings)


def main():
    parser = style.Parser(description="Runs of different N beside each other.")
    parser.add_argument("files", metavar="FILE.h5", nargs="+", help="ensemble files (or their FILE.stats.h5)")
    parser.add_argument("-o", "--output", metavar="FOLDER", default=".", help="where the figures go (.)")
    parser.add_argument("--since", metavar="UPDATE", type=int,
                        help="all snapshots from this update to the analysed one (the analysed one alone)")
    parser.add_only(FIGURES)
    arguments = parser.parse_args()
    style.use()
    try:
        runs = sorted((Sized(path, arguments.since) for path in arguments.files), key=lambda run: run.size)
        if not any("ratios" in run for run in runs):
            raise Unreadable("no file has ratios of spacings: these need three levels")
        sizes_table.print_all(runs)
    except Unreadable as error:
        print(f"sizes.py: {error}", file=sys.stderr)
        return style.NO_INPUT
    return style.draw_figures(FIGURES, arguments.only, arguments.output, "sizes.py", lambda figure: figure.draw(runs))


if __name__ == "__main__":
    sys.exit(main())
