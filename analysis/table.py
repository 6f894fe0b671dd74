#!/usr/bin/env python3
"""The closing table of a run: measured, error, predicted, goodness of fit.

    /usr/bin/python3 analysis/table.py FILE.h5

All from FILE.stats.h5.  Predictions are the leading-order laws without a free parameter: they hold
in the stationary state as alpha/B goes to 0.  So single pairs are given at one point, that of the
smallest alpha/B among those of the largest learning rate, which become stationary first; lines are
over all points."""
import math
import sys

import numpy as np

import style
from ensemble import Ensemble, Unreadable

FORM = "{:<37}{:>11}{:>10}{:>11}{:>9}   {}"


def chi2_survival(chi2, dof):
    """p-value of chi2 for a whole number of degrees of freedom: Q(dof/2, chi2/2), a finite sum."""
    half = 0.5 * chi2
    if dof % 2:
        total, term, shape = math.erfc(math.sqrt(half)), 2 * math.sqrt(half / math.pi), 1.5
    else:
        total, term, shape = 0.0, 1.0, 1.0
    term *= math.exp(-half)
    while shape <= 0.5 * dof:
        total, term, shape = total + term, term * half / shape, shape + 1
    return total


def probability(p):
    return "" if not p == p else "p < 0.0001" if p < 1e-4 else f"p = {p:.4f}"


def fit_quality(chi2, dof):
    if not (math.isfinite(chi2) and dof >= 1):
        return ""
    return f"chi2/dof {chi2:.1f}/{dof:.0f}, {probability(chi2_survival(chi2, round(dof)))}"


def row(quantity, measured, error, predicted, quality=""):
    """One line; the deviation from the prediction is in units of the error."""
    deviation = (measured - predicted) / error if error > 0 else math.nan
    digits = max(0, 1 - math.floor(math.log10(error))) if 0 < error < math.inf else 4
    numbers = [f"{value:.{digits}f}" if math.isfinite(value) else "-"
               for value in (measured, error, predicted)]
    numbers.append(f"{deviation:+.1f}" if math.isfinite(deviation) else "-")
    return FORM.format("  " + quantity, *numbers, quality)


def lines(run):
    names = (("spacing", "slope of <S>"), ("sigma", "slope of sqrt(pi) sigma"),
             ("spacing_against_sigma", "<S> against sqrt(pi) sigma"))
    for name, text in names:
        if "scaling/" + name in run:
            fit = run.line(name)
            yield row(text, fit["slope"], fit["slope_error"], fit["predicted"],
                      fit_quality(fit["chi2"], fit["dof"]))


def pairs(run, point):
    def at(name, k):
        return float(run["pairs/" + name][point, k])

    for k, kappa in enumerate(run["pairs/kappa"]):
        yield row(f"<S>, kappa = {kappa:.4f}", at("spacing_mean", k), at("spacing_mean_error", k),
                  at("predicted_spacing", k), "surmise " + probability(at("surmise_p_ad", k)))
    for k, kappa in enumerate(run["pairs/kappa"]):
        yield row(f"Binder U_4, kappa = {kappa:.4f}", at("binder", k), at("binder_error", k),
                  4 / 27, "density " + probability(at("density_p_ks", k)))


def only_ratio(run):
    """The linear scaling rule itself: <S> over its prediction where the batch size was varied, against
    the same at equal alpha/B where the learning rate was, interpolated between its two neighbours."""
    sweeps = run.sweeps()
    if not len(run.pairs) or not {"learning_rate", "batch_size"} <= set(sweeps):
        return
    scale = run["pairs/predicted_spacing"]
    ratio, error = run["pairs/spacing_mean"] / scale, run["pairs/spacing_mean_error"] / scale
    line = sorted(sweeps["learning_rate"], key=lambda point: run.rate[point])
    for point in sorted(set(sweeps["batch_size"]) - set(line), key=lambda point: run.rate[point]):
        for low, high in zip(line, line[1:]):
            if run.rate[low] < run.rate[point] < run.rate[high]:
                t = (run.rate[point] - run.rate[low]) / (run.rate[high] - run.rate[low])
                expected = (1 - t) * ratio[low] + t * ratio[high]
                both = np.sqrt(error[point] ** 2 + ((1 - t) * error[low]) ** 2 + (t * error[high]) ** 2)
                for k, kappa in enumerate(run["pairs/kappa"]):
                    yield row(f"{run.rate[point]:.4g}, kappa = {kappa:.4f}", ratio[point, k], both[k],
                              expected[k])


def means(run):
    if "repulsion/intercept" not in run:
        return
    for mode in run.modes():
        value, error, chi2, dof, predicted = (
            float(run["repulsion/" + name][mode])
            for name in ("intercept", "intercept_error", "chi2", "dof", "predicted"))
        if math.isfinite(value):
            yield row(f"<lambda>/kappa at 0, kappa = {run.kappa[mode]:.4f}", value, error, predicted,
                      fit_quality(chi2, dof))


def print_table(run):
    counts = {name: int(run["replicas/" + name].sum())
              for name in ("done", "diverged", "pending", "outside")}
    print(f"{run.path}: {len(run.rate)} points, {counts['done']} replicas done, "
          f"{counts['diverged']} diverged, {counts['pending']} pending, "
          f"{counts['outside']} outside the model's domain")
    print(FORM.format("", "measured", "error", "predicted", "dev/err", "goodness of fit"))
    point = run.benchmark()
    sections = [("all points", lines(run))]
    if point is not None and len(run.pairs):
        values = ", ".join(f"{key} = {data[point]:g}" for key, data in run.points.items())
        sections.append((f"point {point}: {values}".rstrip(": "), pairs(run, point)))
    sections.append(("does alpha/B alone count? <S>/predicted with B varied, and with alpha varied instead, at "
                     "alpha/B =", only_ratio(run)))
    sections.append(("extrapolated to alpha/B = 0", means(run)))
    for title, content in sections:
        content = list(content)
        if content:
            print(title)
            print("\n".join(line.rstrip() for line in content))
    moving = np.flatnonzero(run["levels/moves"].any(axis=1))
    if len(moving):
        print("not stationary, means still move, at points " + ", ".join(map(str, moving)) +
              ": their spacings are in the lines above, their moving means are not")
    mixing = np.flatnonzero(run["pairs/mixing"].any(axis=1)) if len(run.pairs) else []
    if len(mixing):
        print("neighbouring modes overlap, so that pairs mix, at points " +
              ", ".join(map(str, mixing)) + ": there the laws of isolated pairs are approximate")


def main():
    parser = style.Parser(description="Measured against predicted, from FILE.stats.h5.")
    parser.add_argument("file", metavar="FILE.h5", help="ensemble file (or its FILE.stats.h5)")
    try:
        with Ensemble(parser.parse_args().file) as run:
            print_table(run)
    except Unreadable as error:
        print(f"table.py: {error}", file=sys.stderr)
        return 66
    return 0


if __name__ == "__main__":
    sys.exit(main())
