"""Fig. 5 left: level spacings of the degenerate pairs, raw with fits of the Wigner surmise, and in
units of the mean spacing, where the surmise has no parameter left."""
import matplotlib.pyplot as plt
import numpy as np

import style

NAME = "fig5_spacings"


def surmise(spacing, sigma):
    return spacing / (2 * sigma**2) * np.exp(-(spacing / (2 * sigma)) ** 2)


def scaled_surmise_over(edges):
    """The parameter-free surmise averaged over each bin."""
    survival = np.exp(-0.25 * np.pi * edges**2)
    return (survival[:-1] - survival[1:]) / np.diff(edges)


def draw(run, point=None):
    point = run.typical() if point is None else point
    looks = {k: look for k, look in run.pair_looks().items() if run.histogram("spacing", point, k)}
    if not looks:
        raise style.NotApplicable("no degenerate pair has spacings to show")
    figure = plt.figure(figsize=(style.DOUBLE, 0.46 * style.DOUBLE))
    grid = figure.add_gridspec(2, 2, height_ratios=(2.3, 1))
    figure.get_layout_engine().set(hspace=0, wspace=0.03, h_pad=0.01)
    raw = figure.add_subplot(grid[:, 0])
    scaled = figure.add_subplot(grid[0, 1])
    residual = figure.add_subplot(grid[1, 1], sharex=scaled)
    kappa, mean, error = (run["pairs/" + name] for name in
                          ("kappa", "spacing_mean", "spacing_mean_error"))
    sigma = run["pairs/surmise_sigma_fit"]
    chi2, dof = run["pairs/surmise_fit_chi2"], run["pairs/surmise_fit_dof"]
    largest = 0.0
    for k, look in looks.items():
        edges, density, density_error = run.histogram("spacing", point, k)
        filled = density > 0
        centres = 0.5 * (edges[1:] + edges[:-1])
        text = (rf"$\kappa = {kappa[k]:.3f}$: $\langle S\rangle = "
                rf"{style.brief(mean[point, k], error[point, k])}$")
        raw.errorbar(centres[filled], density[filled], density_error[filled], ls="none", ms=3,
                     lw=0.8, label=text, **look)
        fine = np.linspace(0, edges[-1], 300)
        raw.plot(fine, surmise(fine, sigma[point, k]), color=look["color"], lw=1.1)
        unit = mean[point, k]
        s, scaled_density = centres / unit, density * unit
        scaled_error = np.where(filled, density_error * unit, np.inf)
        text = rf"$\chi^2/\mathrm{{dof}} = {chi2[point, k]:.1f}/{dof[point, k]:.0f}$"
        scaled.errorbar(s[filled], scaled_density[filled], scaled_error[filled], ls="none", ms=3,
                        lw=0.8, label=text, **look)
        pull = (scaled_density - scaled_surmise_over(edges / unit)) / scaled_error
        residual.plot(s[filled], pull[filled], ls="none", ms=2.6, **look)
        largest = max(largest, edges[-1] / unit)
    fine = np.linspace(0, largest, 400)
    scaled.plot(fine, 0.5 * np.pi * fine * np.exp(-0.25 * np.pi * fine**2), color=style.LAW,
                label=r"$\frac{\pi}{2}\,s\,e^{-\pi s^2/4}$", zorder=5)
    raw.set(xlabel="level spacing $S$", ylabel="$P(S)$", xlim=(0, None), ylim=(0, None))
    scaled.set(ylabel="$P(s)$", xlim=(0, largest), ylim=(0, None))
    scaled.tick_params(labelbottom=False)
    residual.set(xlabel=r"scaled spacing $s = S/\langle S\rangle$", ylabel="deviation/error")
    residual.yaxis.label.set_size(9)
    reach = max(4.0, 1.1 * max(abs(v) for v in residual.get_ylim()))
    residual.set_ylim(-reach, reach)
    residual.axhline(0, color=style.LAW, lw=0.8)
    residual.axhspan(-2, 2, color="0.92", zorder=0)
    title = f"{run.label(point)}\nlines: fits, one parameter each"
    raw.legend(loc="upper right", title=title.strip(), title_fontsize=8.5)
    scaled.legend(loc="upper right")
    figure.align_ylabels((scaled, residual))
    return figure
