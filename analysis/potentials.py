"""Fig. 8: potential and wave functions of one mode: the lightest, and one further on.

With m = 1/(2 g^2), H = -d^2/(2m dx^2) + U, U = V'^2/(4 g^2) - V''/2; everything is drawn over Omega.  The
wave functions stand at their levels; those of the left well are dashed.  Shaded: sqrt(P_s)."""
import matplotlib.pyplot as plt
import numpy as np

import style

NAME = "fig8_potentials"
STATES = 5


def draw(theory, run, point):
    if not np.isfinite(theory["modes/barrier"][point]).any():
        raise style.NotApplicable("the modes have one well only, or their noise is local")
    known = np.flatnonzero(np.isfinite(theory["modes/barrier"][point]))
    modes = [known[i] for i in style.spread(len(known), 3)[:2]]
    figure, panels = plt.subplots(1, len(modes), squeeze=False,
                                  figsize=(style.DOUBLE, 0.42 * style.DOUBLE))
    for axes, mode in zip(panels[0], modes):
        one_panel(axes, theory, point, mode)
    panels[0, 0].set_ylabel(r"$U/\Omega$, $\;E_n/\Omega$, $\;\psi_n$")
    return figure


def one_panel(axes, theory, point, mode):
    at = (point, mode)
    x, omega = theory["grid/x"][at], theory["modes/omega"][at]
    well = theory["grid/schrodinger"][at] / omega
    levels = theory["states/energy"][at][:STATES] / omega
    top = levels[-1] + 0.9
    shown = well < top
    left, right = 0.0, x[shown][-1] + 0.3
    axes.plot(x, well, color=style.LAW, lw=1.1)
    scale = 0.42 / np.abs(theory["states/wave"][at][:STATES]).max()
    for n, level in enumerate(levels):
        wave = scale * theory["states/wave"][at][n]
        colour = style.COLOURS[n % style.MOST]
        there = np.abs(wave) > 2e-3
        axes.axhline(level, color=colour, lw=0.4, alpha=0.5)
        axes.plot(np.where(there, x, np.nan), level + wave, color=colour, lw=1.0,
                  ls=(0, (4, 1.5)) if theory["states/left"][at][n] > 0.5 else "-")
        if n == 0:
            axes.fill_between(x, level, level + wave, color=colour, alpha=0.2, lw=0)
        axes.text(1.012, level, f"$E_{n}$: {level:.3f}", transform=axes.get_yaxis_transform(),
                  ha="left", va="center", fontsize=7.5, color=colour)
    axes.axvline(theory["modes/x"][mode], color=style.PREDICTION, lw=0.7, ls=(0, (1, 1.5)))
    axes.set(xlim=(left, right), ylim=(min(well.min(), 0) - 0.25, top), xlabel="$x$",
             title=rf"$\kappa = {theory.kappa[mode]:.3f}$, " + theory.label(point))
