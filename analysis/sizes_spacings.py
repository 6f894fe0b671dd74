"""Spacings and number variance for each N: from Wigner's surmise, exact for N = 2, to the law of large N."""
import matplotlib.pyplot as plt
import numpy as np

import style
import whole_spectra

NAME = "sizes_spacings"
TOGETHER = 4  # bins of the statistics file to one that is drawn
REACH = 3.5


def draw(runs):
    spectra = [run for run in runs if "unfolded" in run]
    spectra = [(run, *found) for run in spectra if (found := analysed(run))]
    pairs = [run for run in runs if run.size == 2 and len(run.pairs)]
    if not spectra:
        raise style.NotApplicable("no file has unfolded spectra")
    figure, axes = plt.subplots(2, 2, sharex="col", figsize=(style.DOUBLE, 0.52 * style.DOUBLE),
                                height_ratios=(1.6, 1))
    figure.get_layout_engine().set(hspace=0, h_pad=0.02)
    looks = {run: style.look(i) for i, run in enumerate(pairs + [run for run, _, _ in spectra])}
    laws(axes[:, 0], spectra[-1][0])
    for run in pairs:
        spacings(axes[:, 0], *of_pair(run), looks[run], run.size)
    for run, point, t in spectra:
        spacings(axes[:, 0], *of_spectra(run, point, t), looks[run], run.size)
    numbers(axes[:, 1], spectra, looks)
    axes[0, 0].set(ylabel="$P(s)$", ylim=(0, None), xlim=(0, REACH))
    axes[1, 0].set(xlabel="spacing $s$", ylabel="$P$ less surmise")
    style.legend(axes[0, 0], loc="upper right")
    style.legend(axes[0, 1], loc="lower right", ncols=2)
    figure.align_ylabels(axes[:, 0])
    figure.align_ylabels(axes[:, 1])
    return figure


def analysed(run):
    try:
        return whole_spectra.unfolded(run, None)[:2]
    except style.NotApplicable:
        return None


def surmise(edges):
    """The mean of the surmise over each bin."""
    return -np.diff(np.exp(-np.pi * edges**2 / 4)) / np.diff(edges)


def laws(panels, run):
    """Both laws, and the difference."""
    middle, edges = grid(run)
    law = run["unfolded_spacings/orthogonal"]
    panels[0].plot(middle, law, color=style.LAW, lw=1.2, label=r"GOE, $N \to \infty$", zorder=2)
    fine = np.linspace(0, REACH, 300)
    panels[0].plot(fine, np.pi / 2 * fine * np.exp(-np.pi * fine**2 / 4), color=style.PREDICTION, lw=1.0,
                   ls=(0, (4, 2)), label="surmise, $N = 2$", zorder=2.5)
    panels[1].plot(middle, law - surmise(edges), color=style.LAW, lw=1.2, zorder=2)
    panels[1].axhline(0, color=style.PREDICTION, lw=1.0, ls=(0, (4, 2)), zorder=2)


def grid(run):
    middle = run["unfolded_spacings/s"]
    half = (middle[1] - middle[0]) / 2
    return middle, np.append(middle - half, middle[-1] + half)


def of_pair(run):
    """Edges, density and error, in units of the mean spacing; few broad bins."""
    point = whole_spectra.point_of(run, None)
    edges, density, error = run.histogram("spacing", point, 0)
    mean = float(run["pairs/spacing_mean"][point, 0])
    together = max(1, int(np.ceil(0.2 * mean / (edges[1] - edges[0]))))
    return coarse(edges / mean, density * mean, error * mean, together)


def of_spectra(run, point, t):
    density, error = (run["unfolded_spacings/" + name][point, t] for name in ("density", "density_error"))
    return coarse(grid(run)[1], density, error, TOGETHER)


def coarse(edges, density, error, together):
    """So many bins taken together, the last ones that do not make one left out; their errors taken as independent."""
    count = len(density) // together
    width = np.diff(edges)[:count * together].reshape(count, together)
    kept = edges[:count * together + 1:together]
    share = (density[:count * together].reshape(count, together) * width).sum(axis=1)
    scatter = np.sqrt(((np.nan_to_num(error)[:count * together].reshape(count, together) * width)**2).sum(axis=1))
    return kept, share / np.diff(kept), scatter / np.diff(kept)


def spacings(panels, edges, density, error, look, size):
    middle = (edges[1:] + edges[:-1]) / 2
    whole_spectra.marks(panels[0], middle, density, error, ms=3, zorder=3, label=f"$N = {size}$", **look)
    shown = middle < REACH
    off = density - surmise(edges)
    whole_spectra.marks(panels[1], middle[shown], off[shown], error[shown], ms=3, zorder=3, **look)


def numbers(panels, spectra, looks):
    """Number variance, and its deviation from the law in per cent."""
    largest = spectra[-1][0]
    length, law = largest["number_statistics/length"], largest["number_statistics/variance_orthogonal"]
    known = np.isfinite([run["number_statistics/variance"][point, t] for run, point, t in spectra]).any(axis=0)
    panels[0].plot(length[known], law[known], **whole_spectra.ORTHOGONAL)
    for i, (run, point, t) in enumerate(spectra):
        value, error = (run["number_statistics/" + name][point, t] for name in ("variance", "variance_error"))
        shown = np.isfinite(value)
        across = length[shown] * 1.04**(i - (len(spectra) - 1) / 2)
        whole_spectra.marks(panels[0], length[shown], value[shown], error[shown], ms=3, zorder=3,
                            label=f"$N = {run.size}$", **looks[run])
        whole_spectra.marks(panels[1], across, 100 * (value / law - 1)[shown], 100 * (error / law)[shown], ms=3,
                            zorder=3, **looks[run])
    panels[1].axhline(0, color=style.LAW, lw=1)
    panels[0].set(xscale="log", ylabel=r"$\Sigma^2(L)$")
    panels[1].set(xscale="log", xlabel="interval $L$", ylabel="deviation [%]")
