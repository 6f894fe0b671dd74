"""Fig. 5 right: densities of the second-lowest and the second-highest mode of the spectrum (the
outermost degenerate pairs), with the density of two repelling levels fitted, and a Gaussian of the
same variance."""
import math

import matplotlib.pyplot as plt
import numpy as np

import style

NAME = "fig5_densities"

ERF = np.vectorize(math.erf)


def two_level(x, centre, sigma):
    u = (x - centre) / sigma
    bell = np.exp(-0.5 * u**2)
    return bell / (4 * math.sqrt(math.pi) * sigma) * (
        2 * bell + math.sqrt(2 * math.pi) * u * ERF(u / math.sqrt(2)))


def gaussian(x, centre, deviation):
    return np.exp(-0.5 * ((x - centre) / deviation) ** 2) / (math.sqrt(2 * math.pi) * deviation)


def draw(run, point=None):
    point = run.typical() if point is None else point
    count = len(run.pairs)
    pairs = [k for k in sorted({0, count - 1}, reverse=True)
             if count and run.histogram("density", point, k)]
    if not pairs:
        raise style.NotApplicable("no degenerate pair has a density to show")
    figure, panels = plt.subplots(1, len(pairs), squeeze=False,
                                  figsize=(style.DOUBLE if len(pairs) > 1 else style.SINGLE,
                                           0.42 * style.DOUBLE))
    for axes, k in zip(panels[0], pairs):
        one_pair(axes, run, point, k, run.pair_looks()[k])
    panels[0, 0].set_ylabel(r"$\rho(x)$")
    return figure


def one_pair(axes, run, point, k, look):
    def at(name):
        return run["pairs/" + name][point, k]

    edges, density, error = run.histogram("density", point, k)
    filled = density > 0
    centres = 0.5 * (edges[1:] + edges[:-1])
    axes.errorbar(centres[filled], density[filled], error[filled], ls="none", lw=0.8, ms=3,
                  label=rf"$\kappa = {run['pairs/kappa'][k]:.3f}$", **look)
    fine = np.linspace(edges[0], edges[-1], 400)
    centre, sigma = at("density_x0_fit"), at("density_sigma_fit")
    axes.plot(fine, two_level(fine, centre, sigma), color=style.LAW, label="two levels, fit")
    axes.plot(fine, two_level(fine, at("density_x0_ml"), at("density_sigma_ml")), ls=(0, (4, 2)),
              color=style.COLOURS[5], label="same, max. likelihood", lw=1.4)
    axes.plot(fine, gaussian(fine, centre, math.sqrt(1.5) * sigma), ls=":", color=style.PREDICTION,
              label="Gaussian, same variance", lw=1.4)
    axes.axvline(run["pairs/x"][k], color=style.PREDICTION, lw=0.7, ls=(0, (1, 1)), zorder=0.5)
    axes.set_ylim(0, None)
    style.room_above(axes, 0.40)
    style.legend(axes, loc="upper left")
    axes.text(0.97, 0.965, "\n".join((
        run.label(point) or "all replicas",
        rf"$x_0 = {style.brief(centre, at('density_x0_fit_error'))}$",
        rf"$\sigma = {style.brief(sigma, at('density_sigma_fit_error'))}$",
        rf"$\chi^2/\mathrm{{dof}} = {at('density_fit_chi2'):.1f}/{at('density_fit_dof'):.0f}$",
        rf"$U_4 = {style.brief(at('binder'), at('binder_error'))}$")),
        transform=axes.transAxes, ha="right", va="top", fontsize=8.5, linespacing=1.25,
        bbox={"fc": "white", "ec": "none", "pad": 1})
    axes.set_xlabel("eigenvalue $x$")
