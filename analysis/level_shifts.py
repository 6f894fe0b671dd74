#!/usr/bin/env python3
"""How far the modes of an RBM lie from mu^2 - kappa, over alpha/B: by perturbation theory, and as found.

    /usr/bin/python3 analysis/level_shifts.py FILE.h5 ... [--steps K]

FILE.h5: ensembles of model rbm or eigenvalue-sde, sigma_h = 1.  Theory (docs/models.md, "What the levels alone
do not know") is to first order in alpha/B, for matrix training with K Gibbs steps per update and for the eigenvalue
process in both orders; one row for each, one column for each mode, kappa ascending."""
import sys

import numpy as np

from compare import Levels
import style
from ensemble import Unreadable


class Theory:
    """Shifts over alpha/B; a = alpha sigma_h^2 = 1 and B = 1 throughout."""

    def __init__(self, kappa, x, steps):
        self.mass2 = kappa[0] + x[0]
        self.kappa, self.x = kappa, x
        twice = 1 + np.eye(len(x))
        self.same = np.abs(x[:, None] - x) < 1e-9 * x[0]
        self.distance = np.where(self.same, np.inf, x[:, None] - x)
        scatter = 1 / np.outer(kappa, kappa)
        rho = (np.outer(x, x) / self.mass2**2) ** steps
        memory = (1 + rho) / (1 - rho)
        self.noise = (x[:, None] + x) ** 2 * scatter * memory  # g_ij^2
        # of the elements of X, which relax at the rate (x_i + x_j)/(kappa_i kappa_j)
        self.variance = 0.5 * (x[:, None] + x) * memory * twice
        self.rate = 2 * x / kappa**2
        self.second_order = (scatter * x * twice).sum(axis=1)
        self.lag = (2 * rho / (1 - rho) * scatter * (x[:, None] + x) * twice).sum(axis=1)

    def own_shift(self):
        """m_i of matrix training: without the other modes' repulsion."""
        force = -2 * self.mass2 * (self.variance / self.kappa).sum(axis=1) / self.kappa**2
        return (force + self.second_order + self.lag) / self.rate

    def matrix(self):
        return self.own_shift() + (self.variance / self.distance).sum(axis=1)

    def process(self, ito):
        own = np.where(self.same, self.variance, 0).sum(axis=1)
        force = -2 * self.mass2 * own / self.kappa**3 + (self.noise / self.distance).sum(axis=1)
        return (force + ito * self.second_order) / self.rate


def per_mode(values, first):
    """Averages over the levels of each mode (last axis); first: its first level."""
    return np.add.reduceat(values, first, axis=-1) / np.diff([*first, values.shape[-1]])


def row(name, values):
    print(f"{name:<34}" + " ".join(f"{value:9.2f}" for value in values))


def main():
    parser = style.Parser(description="Shifts of the modes over alpha/B.")
    parser.add_argument("files", metavar="FILE.h5", nargs="+")
    parser.add_argument("--steps", type=int, help="Gibbs steps per update (those of the first file)")
    arguments = parser.parse_args()
    try:
        runs = [Levels(path) for path in arguments.files]
    except Unreadable as error:
        print(f"level_shifts.py: {error}", file=sys.stderr)
        return style.NO_INPUT
    if any(run.model not in ("rbm", "eigenvalue-sde") or not (run.x > 0).all() for run in runs):
        print("level_shifts.py: it takes ensembles of model rbm, or of eigenvalue-sde with process = rbm, in which "
              "every mode can be learnt", file=sys.stderr)
        return style.NO_INPUT
    kappa, x = runs[0].kappa, runs[0].x
    first = [0, *(np.flatnonzero(np.abs(np.diff(x)) > 1e-9 * x[0]) + 1)]
    theory = Theory(kappa, x, arguments.steps or runs[0].steps)
    row("kappa", kappa[first])
    row("theory: matrix", per_mode(theory.matrix(), first))
    row("theory: process, leading", per_mode(theory.process(0), first))
    row("theory: process, ito", per_mode(theory.process(1), first))
    for run in runs:
        for point in sorted(run.points, key=run.rate):
            levels = per_mode(run.last(point) - run.x, first) / run.rate(point)
            if len(levels) > 1:
                row(f"{run.name}, alpha/B = {run.rate(point):g}", levels.mean(axis=0))
                row("    error", levels.std(axis=0) / np.sqrt(len(levels)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
