#!/usr/bin/env python3
"""The linear scaling rule over decades: mean spacings of pairs over their prediction, against alpha/B.

    /usr/bin/python3 analysis/linear_scaling.py FILE.h5 [MORE.h5 ...] [-o FOLDER]

Reads ensemble files of RBMs, each at one learning rate: snapshots after the first are averaged for each
replica, and the error is that of the mean over replicas, so that it holds whether or not snapshots of a
replica are independent.  A pair whose <S> still moves from the second snapshot to the last, by more than
four errors, is left out at that point.  Prints a table, where the deviation first exceeds 1 %, and draws
`linear_scaling`."""
import os
import sys

import matplotlib.pyplot as plt
import numpy as np

import style
from ensemble import Unreadable, fixed_parameters, open_file, sections, text_of

LIMIT = 0.01  # the deviation that is asked for
MOVED = 4  # errors: by chance once in 16000
LEAST = 30  # replicas of a point: with fewer its error is not known well enough


class Point:
    """One point of one file: <S> of each pair, its error, and what is predicted as alpha/B -> 0."""

    def __init__(self, rate, batch, eigenvalues, pairs, x, memory):
        self.rate, self.batch, self.stochasticity = rate, batch, rate / batch
        self.replicas, self.snapshots = eigenvalues.shape[:2]
        spacings = eigenvalues[:, :, pairs] - eigenvalues[:, :, pairs + 1]
        spacing, change = spacings.mean(axis=1), spacings[:, -1] - spacings[:, 0]
        moves = abs(change.mean(axis=0)) > MOVED * change.std(axis=0, ddof=1) / np.sqrt(self.replicas)
        predicted = np.sqrt(2 * np.pi * self.stochasticity * x[pairs] * (1 + memory) / (1 - memory))
        self.spacing, self.predicted = spacing.mean(axis=0), predicted
        self.deviation = np.where(moves, np.nan, self.spacing / predicted - 1)
        self.error = spacing.std(axis=0, ddof=1) / np.sqrt(self.replicas) / predicted


class Run:
    """The points of one file, in ascending order of alpha/B."""

    def __init__(self, path):
        with open_file(path, "dyson-ensemble", "`dyson run` makes it") as file:
            fixed = fixed_parameters(file.attrs)
            if text_of(file.attrs, "model") != "rbm" or len(file["snapshots"]) < 2:
                raise Unreadable(f"{path}: not RBMs with a snapshot after the first")
            count = len(file["status"])
            rate, batch = (file["points"][key][...] if key in file["points"] else np.full(count, fixed[key])
                           for key in ("learning_rate", "batch_size"))
            self.kappa, x = file["target/kappa"][...], file["target/x"][...]
            same = np.flatnonzero(np.abs(np.diff(x)) < 1e-9 * x.max())
            self.pairs, self.scale = same, fixed.get("sigma_h", 1.0)**2
            self.mass2 = fixed["mass2"]
            # The chains' memory of the mini-batch before, (x/mu^2)^(2k).
            steps = sections(file.attrs)["rbm"].get("gibbs_steps", "3")
            memory = (x[same] / self.mass2)**(2 * (np.inf if steps == "infinite" else float(steps)))
            done = file["status"][...] == 1
            known = np.flatnonzero(done.sum(axis=1) >= LEAST)
            if not len(same) or not len(known):
                raise Unreadable(f"{path}: no pairs, or no point with {LEAST} replicas")
            self.points = [Point(rate[p], batch[p], file["eigenvalues"][p][done[p], 1:], same, self.scale * x, memory)
                           for p in known]
        self.points.sort(key=lambda point: point.stochasticity)
        self.rate = self.points[0].rate
        if any(point.rate != self.rate for point in self.points):
            raise Unreadable(f"{path}: more than one learning rate")

    def finite_rate(self):
        """What a finite rate adds to <S> however small alpha/B: 1/sqrt(1 - alpha Omega_u/2) - 1."""
        kappa = self.kappa[self.pairs]
        omega = 2 * self.scale * (self.mass2 - kappa) / kappa**2
        return 1 / np.sqrt(1 - self.rate * omega / 2) - 1

    def beyond(self, pair):
        """alpha/B from which on |<S>/predicted - 1| exceeds LIMIT at all points, interpolated between two points, as
        text."""
        points = [point for point in self.points if np.isfinite(point.deviation[pair])]
        if not points or max(point.error[pair] for point in points) > LIMIT / 2:
            return "too few"
        deviation = np.array([point.deviation[pair] for point in points])
        inside = np.flatnonzero(abs(deviation) <= LIMIT)
        if not len(inside):
            return "all"
        i = inside[-1]
        if i + 1 == len(deviation):
            return "nowhere"
        low, high = points[i].stochasticity, points[i + 1].stochasticity
        limit = np.copysign(LIMIT, deviation[i + 1])
        return format(low + (limit - deviation[i]) / (deviation[i + 1] - deviation[i]) * (high - low), ".1e")


def print_table(runs):
    kappa = runs[0].kappa[runs[0].pairs]
    print(f"{'alpha':>7} {'B':>10} {'alpha/B':>9} {'replicas':>9} {'spectra':>8}   "
          "<S>/predicted - 1 in %, of the pairs of kappa = " + ", ".join(f"{value:.4f}" for value in kappa))
    for run in runs:
        for point in run.points:
            print(f"{point.rate:7g} {point.batch:10.0f} {point.stochasticity:9.1e} {point.replicas:9d} "
                  f"{point.replicas * point.snapshots:8d}   "
                  + "  ".join(f"{style.brief(100 * d, 100 * e) if np.isfinite(d) else 'moves':>10}"
                              for d, e in zip(point.deviation, point.error)))
        print(f"{run.rate:7g} {'finite rate alone':>30} {'':>8}   "
              + "  ".join(f"{100 * value:10.2f}" for value in run.finite_rate()))
        print(f"{run.rate:7g} {f'beyond {100 * LIMIT:g} % from alpha/B =':>30} {'':>8}   "
              + "  ".join(f"{run.beyond(pair):>10}" for pair in range(len(run.pairs))))


def draw(runs):
    figure, (above, below) = plt.subplots(2, 1, sharex=True, figsize=(style.DOUBLE, 0.85 * style.DOUBLE),
                                          height_ratios=(1, 1.25))
    pairs = runs[0].pairs
    for r, run in enumerate(runs):
        at = np.array([point.stochasticity for point in run.points])
        for k in range(len(pairs)):
            look = {"color": style.COLOURS[k % style.MOST], "marker": style.MARKERS[r % style.MOST], "ls": "none",
                    "mfc": "none" if r else None}
            above.plot(at, [point.spacing[k] if np.isfinite(point.deviation[k]) else np.nan for point in run.points],
                       **look)
            label = rf"$\kappa = {run.kappa[pairs[k]]:.3f}$" if r == 0 else None
            below.errorbar(at * 1.06**(k - 1.5), [100 * point.deviation[k] for point in run.points],
                           [100 * point.error[k] for point in run.points], label=label, elinewidth=0.8, **look)
        above.plot([], [], color="black", marker=style.MARKERS[r % style.MOST], ls="none", mfc="none" if r else None,
                   label=rf"${style.RATE} = {run.rate:g}$, {run.points[0].replicas} replicas")
    for k, value in enumerate(runs[0].finite_rate()):
        below.axhline(100 * value, color=style.COLOURS[k % style.MOST], lw=0.8, ls=(0, (4, 2)), zorder=0.5)
    rates = [point.stochasticity for run in runs for point in run.points]
    ends, reference = np.array([min(rates) / 2, max(rates) * 2]), runs[0].points[0]
    for k in range(len(pairs)):
        above.plot(ends, reference.predicted[k] * np.sqrt(ends / reference.stochasticity), lw=0.8,
                   color=style.COLOURS[k % style.MOST], zorder=0.5)
    below.axhspan(-100 * LIMIT, 100 * LIMIT, color=style.FILL, zorder=0)
    above.set(xscale="log", yscale="log", ylabel=r"$\langle S\rangle$")
    below.set(xlabel=style.STOCHASTICITY, ylabel=r"$\langle S\rangle/\sqrt{2\pi(\alpha/B)(\mu^2-\kappa)} - 1$  [%]")
    below.set_yscale("symlog", linthresh=2, linscale=2)
    below.set_ylim(-30, 5)
    ticks = (-20, -10, -5, -2, -1, 0, 1, 2, 4)
    below.set_yticks(ticks, [f"${tick}$" for tick in ticks])
    below.set_yticks([], minor=True)
    style.legend(above, loc="upper left")
    style.legend(below, loc="lower left", ncols=2)
    return figure


def main():
    parser = style.Parser(description="The linear scaling rule over decades of alpha/B.")
    parser.add_argument("files", metavar="FILE.h5", nargs="+", help="ensemble files of RBMs, each at one rate")
    parser.add_argument("-o", "--output", metavar="FOLDER", default=".", help="where the figure goes (.)")
    arguments = parser.parse_args()
    style.use()
    try:
        runs = sorted((Run(path) for path in arguments.files), key=lambda run: -run.rate)
        if any(not np.array_equal(run.kappa, runs[0].kappa) for run in runs):
            raise Unreadable("the files have other targets")
        print_table(runs)
        os.makedirs(arguments.output, exist_ok=True)
        print(*style.save(draw(runs), arguments.output, "linear_scaling"))
    except Unreadable as error:
        print(f"linear_scaling.py: {error}", file=sys.stderr)
        return style.NO_INPUT
    except OSError as error:
        print(f"linear_scaling.py: cannot write figures to {arguments.output}: {error.strerror}", file=sys.stderr)
        return style.CANNOT_CREATE
    return 0


if __name__ == "__main__":
    sys.exit(main())
