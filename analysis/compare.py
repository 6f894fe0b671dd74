#!/usr/bin/env python3
"""Levels of matrix training beside those of the eigenvalue process: densities, tests, trajectories.

    /usr/bin/python3 analysis/compare.py MATRIX.h5 LEVELS.h5 [MORE.h5 ...] [-o FOLDER] [--points P ...]
    /usr/bin/python3 analysis/compare.py --trajectories MATRIX.h5 LEVELS.h5 [-o FOLDER] [--replica R]

The first prints a table and draws `levels_densities`: last snapshots of the points that all files
share.  Levels of one rank of different replicas are independent, so that the two-sample
Kolmogorov-Smirnov test holds for each level by itself.  The second draws `levels_trajectories`: one
replica's levels at every snapshot, of the files' first point."""
import os
import sys

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import ks_2samp

import style
from ensemble import Unreadable, fixed_parameters, open_file, text_of

REFUSED = 1e-3  # p-values below this are counted


class Levels:
    """An ensemble file's spectra and targets; its name in figures is the file's."""

    def __init__(self, path):
        with open_file(path, "dyson-ensemble", "`dyson run` makes it") as file:
            self.name = os.path.splitext(os.path.basename(path))[0]
            swept = {key: file["points"][key][...] for key in file["points"]}
            fixed = fixed_parameters(file.attrs)
            self.model, self.steps = text_of(file.attrs, "model"), fixed.get("gibbs_steps", 3)
            for key in ("learning_rate", "batch_size"):
                swept.setdefault(key, np.full(len(file["status"]), fixed.get(key, np.nan)))
            self.keys = sorted(swept)
            self.points = list(zip(*(swept[key] for key in self.keys)))
            self.snapshots = file["snapshots"][...]
            self.status = file["status"][...]
            self.eigenvalues = file["eigenvalues"][...]
            self.kappa, self.x = file["target/kappa"][...], file["target/x"][...]

    def last(self, point):
        """Spectra of the replicas that are done: replicas x levels, descending."""
        p = self.points.index(point)
        return self.eigenvalues[p, self.status[p] == 1, -1]

    def diverged(self, point):
        return int((self.status[self.points.index(point)] == 2).sum())

    def rate(self, point):
        """alpha/B"""
        value = dict(zip(self.keys, point))
        return value["learning_rate"] / value["batch_size"]

    def pairs(self):
        """The upper level of each degenerate pair."""
        same = np.abs(np.diff(self.x)) <= 1e-9 * np.abs(self.x).max()
        return [i for i in np.flatnonzero(same) if (i == 0 or not same[i - 1])
                and (i + 1 == len(same) or not same[i + 1])]


def shared_points(runs):
    """Points that all files have, in ascending order of alpha/B."""
    if any(run.keys != runs[0].keys or run.x.shape != runs[0].x.shape for run in runs):
        raise Unreadable("the files have other levels or other swept parameters")
    shared = [point for point in runs[0].points if all(point in run.points for run in runs)]
    shared = [point for point in shared if all(len(run.last(point)) > 1 for run in runs)]
    if not shared:
        raise Unreadable("the files share no point that has two replicas in each")
    return sorted(shared, key=runs[0].rate)


def p_values(matrix, levels, point):
    a, b = matrix.last(point), levels.last(point)
    return np.array([ks_2samp(a[:, i], b[:, i]).pvalue for i in range(a.shape[1])])


def print_table(matrix, others, points):
    print(f"levels against those of {matrix.name}: shift of the mean over the standard deviation, top and\n"
          f"lowest level and the largest; <S> of pairs, ratio from to; levels with p < {REFUSED:g}, and all p\n")
    print(f"{'alpha/B':>9} {'file':<12} {'done':>6} {'away':>5} {'top':>7} {'lowest':>7} {'largest':>8} "
          f"{'<S> ratio':>13} {'refused':>8}  p")
    for point in points:
        for run in others:
            a, b = matrix.last(point), run.last(point)
            shift = (b.mean(0) - a.mean(0)) / a.std(0)
            ratios = [(b[:, i] - b[:, i + 1]).mean() / (a[:, i] - a[:, i + 1]).mean() for i in matrix.pairs()]
            span = f"{min(ratios):.3f} {max(ratios):.3f}" if ratios else "-"
            p = p_values(matrix, run, point)
            print(f"{matrix.rate(point):9.6f} {run.name:<12} {len(b):6d} {run.diverged(point):5d} {shift[0]:+7.2f} "
                  f"{shift[-1]:+7.2f} {shift[np.argmax(np.abs(shift))]:+8.2f} {span:>13} "
                  f"{(p < REFUSED).sum():3d} of {len(p):2d} " + " ".join(f"{value:.0e}" for value in p))


def draw_densities(matrix, others, points):
    figure, panels = plt.subplots(len(points), 1, squeeze=False, sharex=True,
                                  figsize=(style.DOUBLE, 0.25 * style.DOUBLE * len(points) + 0.3))
    low = min(run.last(point).min() for point in points for run in [matrix, *others])
    high = max(np.quantile(run.last(point), 0.9995) for point in points for run in [matrix, *others])
    edges = np.linspace(low, high, 161)
    for axes, point in zip(panels[:, 0], points):
        a = matrix.last(point)
        axes.hist(a.ravel(), edges, density=True, color=style.FILL, label=matrix.name)
        lines = []
        for i, run in enumerate(others):
            b = run.last(point)
            density, _ = np.histogram(b.ravel(), edges, density=True)
            axes.stairs(density, edges, color=style.COLOURS[i], lw=1.1, ls=("-", (0, (4, 1.5)))[i % 2],
                        label=run.name)
            refused = (p_values(matrix, run, point) < REFUSED).sum()
            lines.append(f"{run.name}: {refused} of {a.shape[1]} levels refused")
        for x in np.unique(matrix.x):
            axes.axvline(x, color=style.PREDICTION, lw=0.7, ls=(0, (1, 1)), zorder=0.5)
        # What a level stuck at 0 adds to the first bin is cut off.
        tallest = np.histogram(a.ravel(), edges, density=True)[0].max()
        axes.set(ylabel=r"$\rho(x)$", ylim=(0, 1.35 * tallest), xlim=(low, high))
        axes.text(0.985, 0.94, "\n".join((rf"{style.STOCHASTICITY} $= {matrix.rate(point):g}$", *lines)),
                  transform=axes.transAxes, ha="right", va="top", fontsize=8.5,
                  bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5})
    style.legend(panels[0, 0], loc="upper left")
    panels[-1, 0].set_xlabel("$x$")
    return figure


def draw_trajectories(runs, replica):
    figure, panels = plt.subplots(1, len(runs), sharex=True, sharey=True, squeeze=False,
                                  figsize=(style.DOUBLE, 0.5 * style.DOUBLE))
    for axes, run in zip(panels[0], runs):
        modes = np.unique(np.round(run.x, 9))[::-1]
        for i in range(run.eigenvalues.shape[-1]):
            mode = int(np.argmin(np.abs(modes - run.x[i])))
            axes.plot(run.snapshots, run.eigenvalues[0, replica, :, i], lw=0.7,
                      color=style.COLOURS[mode % style.MOST])
        for x in modes:
            axes.axhline(x, color=style.PREDICTION, lw=0.7, ls=(0, (1, 1)), zorder=0.5)
        axes.set(title=run.name, xlabel="update", xlim=(0, run.snapshots[-1]))
        axes.xaxis.set_major_locator(plt.MaxNLocator(4, prune="upper"))
    panels[0, 0].set_ylabel("$x_i$")
    panels[0, 0].set_ylim(0, None)
    return figure


def parse_arguments():
    parser = style.Parser(description="Levels of matrix training beside those of the "
                                                 "eigenvalue process.")
    parser.add_argument("files", metavar="FILE.h5", nargs="+", help="ensemble files; the first is compared with")
    parser.add_argument("-o", "--output", metavar="FOLDER", default=".", help="where the figures go (.)")
    parser.add_argument("--trajectories", action="store_true", help="one replica's levels against updates")
    parser.add_argument("--replica", type=int, default=0, metavar="R", help="of the trajectories (0)")
    parser.add_argument("--points", type=int, nargs="+", metavar="P",
                        help="what the densities show, counted from 0 in the order of alpha/B (three of them)")
    arguments = parser.parse_args()
    if len(arguments.files) < 2:
        parser.error("two files or more are needed")
    return arguments


def compare(arguments):
    runs = [Levels(path) for path in arguments.files]
    if arguments.trajectories:
        if not all(0 <= arguments.replica < run.status.shape[1] for run in runs):
            raise Unreadable(f"--replica {arguments.replica}: not in all files")
        return draw_trajectories(runs, arguments.replica), "levels_trajectories"
    points = shared_points(runs)
    print_table(runs[0], runs[1:], points)
    shown = style.spread(len(points), 3) if arguments.points is None else arguments.points
    if not all(0 <= p < len(points) for p in shown):
        raise Unreadable(f"--points: the files share points 0 to {len(points) - 1}")
    return draw_densities(runs[0], runs[1:], [points[p] for p in shown]), "levels_densities"


def main():
    arguments = parse_arguments()
    style.use()
    try:
        figure, name = compare(arguments)
        os.makedirs(arguments.output, exist_ok=True)
        print(*style.save(figure, arguments.output, name))
    except Unreadable as error:
        print(f"compare.py: {error}", file=sys.stderr)
        return style.NO_INPUT
    except OSError as error:
        print(f"compare.py: cannot write figures to {arguments.output}: {error.strerror}", file=sys.stderr)
        return style.CANNOT_CREATE
    return 0


if __name__ == "__main__":
    sys.exit(main())
