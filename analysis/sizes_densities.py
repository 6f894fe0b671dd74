"""Densities of whole spectra, a panel for each N.  Students whose law is the GOE's: scaled, with the density of this N
and the semicircle.  RBMs: the start with Marchenko and Pastur's law, the levels in training with first-order theory."""
from dataclasses import dataclass
from functools import lru_cache

import matplotlib.pyplot as plt
import numpy as np

import style
from initial_spectrum import marchenko_pastur
from noise_band import Band, known
from orthogonal_ensemble import Law, semicircle
from table import chi2_survival
import whole_spectra

NAME = "sizes_densities"
COLUMNS = 3
BINS, FINE, EQUAL = 48, 80, 12  # of a student's panel, of an RBM's; of equal probability, for chi^2
FEWEST = 4  # replicas for each bin of chi^2, whose covariance they give


@dataclass
class Scaled:
    """The GOE's law of a run: centre, standard deviation off the diagonal; the density in units of that on it."""
    centre: float
    off_diagonal: float
    law: Law

    def scaled(self, levels):
        return (levels - self.centre) / (np.sqrt(2) * self.off_diagonal)


@dataclass
class Match:
    chi2: float
    dof: int
    p: float


law_of = lru_cache(Law)  # a second at N = 2048


def exact_density(run, point):
    """None where the law of the analysed snapshot is not that of the GOE."""
    if run.model != "teacher-student" or "spectral_law" not in run:
        return None
    t = whole_spectra.snapshot_of(run, "spectral_law")
    if run["spectral_law/kind"][point, t] != 1:
        return None
    low, high = (float(run[f"spectral_law/edge_{end}"][point, t]) for end in ("low", "high"))
    return Scaled((low + high) / 2, (high - low) / (4 * np.sqrt(run.size)), law_of(run.size))


def goodness(run, levels, law):
    """chi^2 of the mean numbers of levels in bins of equal probability, with the covariance that the replicas show
    (Hotelling): levels of a spectrum are stiff, and no multinomial."""
    count, dof = len(levels), EQUAL - 1
    if count < FEWEST * EQUAL:
        return Match(np.nan, dof, np.nan)
    edges = law.law.quantiles(np.arange(1, EQUAL) / EQUAL)
    below = (law.scaled(levels)[..., None] < edges).sum(axis=2).mean(axis=1)  # replicas x edges
    off = below.mean(axis=0) - run.size * np.arange(1, EQUAL) / EQUAL
    chi2 = float(off @ np.linalg.solve(np.cov(below.T) / count, off)) * (count - dof) / (count - 1)
    return Match(chi2, dof, chi2_survival(chi2, dof))


def draw(runs):
    shown = [run for run in runs if run.has_data and run.model in ("teacher-student", "rbm")]
    points = {run: whole_spectra.point_of(run, None) for run in shown}
    laws = {run: exact_density(run, points[run]) for run in shown}
    shown = [run for run in shown if laws[run] or run.model == "rbm"]
    if not shown:
        raise style.NotApplicable("no ensemble file of RBMs, or of students whose law is known")
    lines = -(-len(shown) // COLUMNS)
    figure, panels = plt.subplots(lines, COLUMNS, squeeze=False,
                                  figsize=(style.DOUBLE, (0.04 + 0.31 * lines) * style.DOUBLE))
    high = max([1.1 * max(run.levels(points[run]).max(), run.x.max()) for run in shown if not laws[run]],
               default=None)
    for i, (axes, run) in enumerate(zip(panels.flat, shown)):
        if laws[run]:
            student(axes, run, points[run], laws[run])
        else:
            machine(axes, run, points[run], high)
        if i % COLUMNS:
            axes.set_ylabel("")
    for axes in panels.flat[len(shown):]:
        axes.set_axis_off()
    handles = {}  # each once, in a free panel where there is one
    for axes in panels.flat:
        for handle, label in zip(*axes.get_legend_handles_labels()):
            handles.setdefault(label, handle)
    free = len(shown) < panels.size
    style.legend(panels.flat[-1 if free else 0], handles=handles.values(), labels=handles.keys(),
                 loc="center" if free else "upper right", fontsize=8.5 if free else 7.5)
    return figure


def student(axes, run, point, law):
    edge = 3.2 if run.size < 16 else 2.4
    edges = np.linspace(-edge, edge, BINS + 1)
    levels = run.levels(point)
    scale = np.sqrt(run.size) * law.off_diagonal
    density, error = histogram((levels - law.centre) / scale, edges)
    axes.stairs(density, edges, fill=True, color=style.FILL, lw=0)
    whole_spectra.marks(axes, (edges[1:] + edges[:-1]) / 2, density, error, ms=1.8, zorder=3, color=style.COLOURS[0],
                        marker="o", label="students")
    fine = np.linspace(-edge, edge, 40 * BINS + 1)
    unit = np.sqrt(run.size / 2)
    if run.size <= BINS:  # of more levels the bins' width is that of several oscillations
        curve = unit * law.law.density(unit * fine)
    else:
        mean = np.diff(law.law.below(unit * edges)) / np.diff(edges)
        fine, curve = np.repeat(edges, 2)[1:-1], np.repeat(mean, 2)
    axes.plot(fine, curve, color=style.COLOURS[1], lw=1.1, zorder=2, label="GOE of this $N$")
    fine = np.linspace(-2, 2, 400)
    axes.plot(fine, unit * semicircle(unit * fine, run.size), color=style.LAW, lw=1, ls=(0, (3, 1.5)), zorder=2.5,
              label="semicircle")
    match = goodness(run, levels, law)
    note(axes, run, rf"$\chi^2 = {match.chi2:.1f}/{match.dof}$" if np.isfinite(match.chi2) else "")
    axes.set(xlabel=r"$(x - \kappa)/(\sigma_o\sqrt{N})$", ylabel=r"$\sigma_o\sqrt{N}\,\rho$", xlim=(-edge, edge),
             ylim=(0, 0.58))


def machine(axes, run, point, high):
    """Update 0 where it is stored and its law is known, and what is analysed unless that is the start."""
    edges = np.linspace(0, high, FINE + 1)
    middle, updates = (edges[1:] + edges[:-1]) / 2, run.data["snapshots"][...]
    if updates[0] == 0 and f"histograms/initial/p{point}" in run:
        density, error = histogram(run.eigenvalues(point, 0)[:, None, :], edges)
        some = density > 0
        whole_spectra.marks(axes, middle[some], density[some], error[some], ms=2, zorder=3, **style.look(1),
                            label="update 0")
        scale, ratio, low, top = (float(run["initial/" + name][point])
                                  for name in ("scale", "ratio", "edge_low", "edge_high"))
        fine = low + (top - low) * np.sin(np.linspace(0, np.pi / 2, 800)[1:-1])**2
        axes.plot(fine, marchenko_pastur(fine, scale, ratio, low, top), color=style.LAW, lw=1, ls=(0, (3, 1.5)),
                  zorder=2.5, label="Marchenko-Pastur")
    if run.snapshot > 0:
        density, error = histogram(run.levels(point), edges)
        axes.stairs(density, edges, fill=True, color=style.FILL, lw=0)
        some = density > 0
        whole_spectra.marks(axes, middle[some], density[some], error[some], ms=2, zorder=3.5, **style.look(0),
                            label="trained")
        if known(run):
            fine = np.linspace(0, high, 400)
            axes.plot(fine, Band(run, point).density(fine), color=style.COLOURS[2], lw=1.1, zorder=2,
                      label="first order")
        axes.plot(run.x, np.zeros_like(run.x), "|", color=style.LAW, ms=6, mew=min(0.6, 40 / run.size), clip_on=False,
                  zorder=4, label="targets")
    note(axes, run, "")
    axes.set(xlabel="eigenvalue $x$", ylabel=r"$\rho(x)$", xlim=(0, high), ylim=(0, 1.05))


def histogram(levels, edges):
    """Density of all levels and its error, that of the mean over replicas."""
    count, bins = len(levels), len(edges) + 1  # one below and one above
    place = np.searchsorted(edges, levels.reshape(count, -1)) + bins * np.arange(count)[:, None]
    shares = np.bincount(place.ravel(), minlength=count * bins).reshape(count, bins)[:, 1:-1]
    shares = shares / levels[0].size / np.diff(edges)
    return shares.mean(axis=0), shares.std(axis=0, ddof=1) / np.sqrt(count)


def note(axes, run, text):
    axes.text(0.04, 0.95, f"$N = {run.size}$\n{text}", transform=axes.transAxes, va="top", fontsize=8.5)
