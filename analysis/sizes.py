#!/usr/bin/env python3
"""How whole spectra come to the laws of large N: runs of different N beside each other.

    /usr/bin/python3 analysis/sizes.py small.h5 large.h5 ... [-o FOLDER]

Reads the files that `dyson stats` makes of these; of each the snapshot that was analysed, all points."""
import sys

import matplotlib.pyplot as plt
import numpy as np

import style
import whole_spectra
from ensemble import Ensemble, Unreadable


class Sizes:
    """Mean ratio of spacings and mean largest level against N."""

    NAME = "sizes"

    @staticmethod
    def draw(runs):
        figure, (left, right) = plt.subplots(1, 2, figsize=(style.DOUBLE, 0.4 * style.DOUBLE))
        edges = sum([rows(run, "spectral_law", "edge_mean") for run in runs], [])
        panel(left, sum([rows(run, "ratios", "ratio") for run in runs], []), r"$\langle\tilde r\rangle$")
        panel(right, edges, r"$\langle$largest eigenvalue, scaled$\rangle$")
        for value, look, text in ((run_constant(runs, "ratios/orthogonal"), whole_spectra.ORTHOGONAL, "GOE"),
                                  (run_constant(runs, "ratios/poisson"), whole_spectra.POISSON, "Poisson")):
            left.axhline(value, **{**look, "label": f"{text} {value:.4f}"}, zorder=1)
        exact = 4 - 2 * np.sqrt(3)
        left.axhline(exact, color=style.LAW, lw=0.8, ls=(0, (1, 1)), label=f"GOE, $N = 3$: {exact:.4f}", zorder=1)
        style.legend(left, loc="center right")
        if edges:
            law = run_constant(runs, "spectral_law/edge_mean_orthogonal")
            right.axhline(law, color=style.LAW, lw=1.2, label=f"Tracy-Widom {law:.4f}", zorder=1)
            style.legend(right, loc="best")
        return figure


def rows(run, group, name):
    """[N, value, error] of each point; none where the group or the value is missing."""
    if group not in run:
        return []
    t = whole_spectra.snapshot_of(run, group)
    found = zip(run[f"{group}/{name}"][:, t], run[f"{group}/{name}_error"][:, t])
    return [(len(run.x), value, error) for value, error in found if np.isfinite(value)]


def run_constant(runs, name):
    """What the law of the largest N says."""
    of = [run for run in runs if name in run]
    return float(max(of, key=lambda run: len(run.x))[name][0])


def panel(axes, found, text):
    if found:
        size, value, error = (np.array(column, dtype=float) for column in zip(*found))
        whole_spectra.marks(axes, size, value, error, ms=3.2, zorder=3, **style.look(0))
    axes.set(xscale="log", xlabel="levels $N$", ylabel=text)


def main():
    parser = style.Parser(description="Runs of different N beside each other.")
    parser.add_argument("files", metavar="FILE.h5", nargs="+", help="ensemble files (or their FILE.stats.h5)")
    parser.add_argument("-o", "--output", metavar="FOLDER", default=".", help="where the figure goes (.)")
    arguments = parser.parse_args()
    style.use()
    try:
        runs = [Ensemble(path) for path in arguments.files]
        if not any("ratios" in run for run in runs):
            raise Unreadable("no file has ratios of spacings: these need three levels")
    except Unreadable as error:
        print(f"sizes.py: {error}", file=sys.stderr)
        return style.NO_INPUT
    return style.draw_figures([Sizes], [Sizes.NAME], arguments.output, "sizes.py", lambda figure: figure.draw(runs))


if __name__ == "__main__":
    sys.exit(main())
