"""What `sizes.py` prints: moments, radii, ratios and densities of runs of different N, beside what is predicted."""
import math

import numpy as np

import style
from drawn_data import moments
from noise_band import Band, known
from sizes_densities import exact_density, goodness
from table import probability

# The mean of (1 + sqrt x)/(2 sqrt x) exp(-x/2 - sqrt x), Edelman's law of the smallest level.
EDELMAN = 2 - math.sqrt(2 * math.pi * math.e) * math.erfc(math.sqrt(0.5))
LOST = 0.01  # x below which a mode of an RBM counts as lost


def print_all(runs):
    """One line for each point, and tables of RBMs in training and at the start."""
    print(f"{'N':>5} {'alpha/B':>9} {'replicas':>8} {'snapsh.':>7}  {'<r~>':>12} {'largest, scaled':>15} "
          f"{'p dens.':>10}  {'mean':>11} {'pred.':>8} {'variance':>12} {'pred.':>8}  {'R, variance':>12} "
          f"{'R, largest':>12} {'chi2/dof':>8} {'p':>7}  of")
    for run in runs:
        for point in np.flatnonzero(run["replicas/done"] > 1):
            print(f"{run.size:5d} {run.rate[point]:9.3g} " + " ".join(columns(run, point)) + "  " + run.kind())
    print("mean: of the levels less that of the targets; variance: of a replica's levels less the targets'; R: the "
          "semicircle's radius over its\nprediction, by the variance and by the largest level with Tracy and Widom's "
          "mean; chi2: of the density, against that of this N exactly.")
    print_trained([run for run in runs if run.has_data and run.snapshot > 0 and known(run)])
    print_starts([run for run in runs if run.model == "rbm" and "initial" in run and run.snapshot == 0])


def print_trained(runs):
    """RBMs and matrices of first order, with errors of both: the ends of the spectrum, and the ratio."""
    if runs:
        print(f"\ntrained RBMs, first order beside each:\n{'N':>5} {'alpha/B':>9} {'<r~>':>25} {'largest level':>25} "
              f"{'smallest level':>25}  below {LOST:g}")
    for run in runs:
        for point in np.flatnonzero(run["replicas/done"] > 1):
            levels, drawn = run.levels(point), Band(run, point).spectra()
            ends = [end for at, to in ((0, -1), (-1, 0)) for end in (levels[:, :, at].mean(axis=1), drawn[:, to])]
            found = [run.over_snapshots("ratios", "ratio", point), mean_ratio(drawn)]
            found += [(end.mean(), error_of(end)) for end in ends]
            print(f"{run.size:5d} {run.rate[point]:9.3g} "
                  + " ".join(f"{style.brief(*value):>12}" for value in found)
                  + f"  {(levels < LOST).sum(axis=2).mean():.3g}")


def mean_ratio(levels):
    """<r~> of drawn spectra as `dyson stats` takes it: without a tenth of the levels at either end."""
    left_out = levels.shape[1] // 10
    gaps = np.diff(levels[:, left_out:levels.shape[1] - left_out], axis=1)
    each = (np.minimum(gaps[:, 1:], gaps[:, :-1]) / np.maximum(gaps[:, 1:], gaps[:, :-1])).mean(axis=1)
    return each.mean(), error_of(each)


def print_starts(starts):
    """Update 0 beside synthetic starts and the law of large N."""
    if starts:
        print(f"\nupdate 0:\n{'N':>5} {'replicas':>8} {'tr X/N':>13} {'exact':>8} {'tr X^2/N':>12} {'exact':>8} "
              f"{'p':>6} {'from M.-P.':>10} {'synthetic':>9} {'N^2 smallest':>13}")
    for run in starts:
        for point in range(len(run.rate)):
            value = {name: float(run["initial/" + name][point]) for name in run.statistics["initial"]}
            trace, squares = (style.brief(value[name], value[name + "_error"]) for name in ("trace", "squares"))
            print(f"{run.size:5d} {run['replicas/done'][point]:8.0f} {trace:>13} {value['trace_exact']:8.5f} "
                  f"{squares:>12} {value['squares_exact']:8.5f} {value['p']:6.3f} {value['ks']:10.4f} "
                  f"{value['ks_synthetic']:9.4f} {smallest(run, point, value):>13}")
    if starts:
        print(f"N^2 smallest: of square W, in units of the mean level; for large N {EDELMAN:.4f}")


def smallest(run, point, value):
    """The mean smallest level of a square start, scaled."""
    if value["ratio"] < 1:
        return "n/a"
    scale = run.size**2 / value["scale"]
    return style.brief(*(scale * run["levels/" + name][point, -1] for name in ("mean", "mean_error")))


def columns(run, point):
    """The texts of one line of the table."""
    text = [f"{run['replicas/done'][point]:8.0f}"]
    levels = run.levels(point) if run.has_data else None
    text.append(f"{levels.shape[1] if run.has_data else 1:7d} ")
    text += [f"{style.brief(*run.over_snapshots(group, name, point)):>{width}}"
             for group, name, width in (("ratios", "ratio", 12), ("spectral_law", "edge_mean", 15))]
    at = run.chosen(run["spectral_law/update"]) if "spectral_law" in run else []
    text.append(f"{probability(run['spectral_law/density_p'][point, at[-1]]) if len(at) else 'n/a':>10} ")
    if not run.has_data:
        return text
    if run.model == "rbm" and run.snapshot == 0:  # has no targets yet
        return text
    mean, variance = levels.mean(axis=(1, 2)) - run.x.mean(), levels.var(axis=2).mean(axis=1) - run.x.var()
    law = exact_density(run, point)
    predicted = predictions(run, point, law)
    for value, theory, width in ((mean, predicted[0], 11), (variance, predicted[1], 12)):
        text.append(f"{style.brief(value.mean(), error_of(value)):>{width}} {theory:8.4g}")
    if law:
        radius = np.sqrt(variance.mean() / predicted[1])
        edge, error = largest(run, levels, law)
        match = goodness(run, levels, law)
        text += [f" {style.brief(radius, radius * error_of(variance) / (2 * variance.mean())):>12}",
                 f"{style.brief(edge, error):>12}", f"{match.chi2:5.1f}/{match.dof:<2d} {probability(match.p):>7}"]
    return text


def error_of(values):
    return values.std(ddof=1) / np.sqrt(len(values))


def predictions(run, point, law):
    """Of mean and variance: exact for students of equal eigenvalues, to first order for RBMs in training."""
    if law:
        return 0.0, law.off_diagonal**2 * (run.size + 1 - 2 / run.size)
    if known(run):
        band = Band(run, point)
        return band.mean_shift(), band.spread()
    if run.kind() == "students, fresh data" and np.ptp(run.x) == 0:
        value = run.values(point)
        return moments(run.size, value["learning_rate"], value["batch_size"], value["noise"], run.x[0])
    return np.nan, np.nan


def largest(run, levels, law):
    """The radius by the mean largest level less the centre, over its prediction, and its error: with Tracy and Widom's
    mean, and a and b as in docs/statistics-file.md."""
    top = levels[:, :, 0].mean(axis=1) - law.centre
    mean = float(run["spectral_law/edge_mean_orthogonal"][0])
    expected = law.off_diagonal * (2 * np.sqrt(run.size - 0.5) + mean * run.size**(-1 / 6))
    return top.mean() / expected, error_of(top) / expected
