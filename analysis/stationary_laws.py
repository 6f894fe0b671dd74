"""P_s of one mode by itself, with constant noise and with that of each x, over the densities of the
ensemble's lone levels: what the other levels do to a level is not in P_s."""
import matplotlib.pyplot as plt
import numpy as np

import style

NAME = "stationary_laws"
LINES = {"constant": {"color": style.COLOURS[0]}, "local": {"color": style.COLOURS[1], "ls": (0, (4, 1.5))}}


def draw(theories, run, point):
    if run is None:
        raise style.NotApplicable("needs --stats, the statistics of an ensemble")
    lone = [(q, int(level)) for q, level in enumerate(run["singles/levels"] if "singles/levels" in run else ())
            if all(theory.mode(run, level) is not None for theory in theories)]
    order = [p for p in run.by_stochasticity() if all(theory.point(run, p) is not None for theory in theories)]
    if not lone or not order:
        raise style.NotApplicable("the ensemble has no lone level, or no point, that is in the theory files")
    points = [order[i] for i in style.spread(len(order), 3)]
    figure, panels = plt.subplots(len(lone), len(points), squeeze=False,
                                  figsize=(style.DOUBLE, 0.34 * len(lone) * style.DOUBLE))
    for row, (q, level) in zip(panels, lone):
        for axes, p in zip(row, points):
            one_panel(axes, theories, run, p, q, level)
        row[0].set_ylabel(r"$P_s(x)$")
    for axes in panels[-1]:
        axes.set_xlabel("$x$")
    style.legend(panels[0, 0], loc="upper left")
    return figure


def one_panel(axes, theories, run, p, q, level):
    edges, density, error = run.histogram("single", p, q)
    axes.stairs(density, edges, fill=True, color=style.FILL, label="ensemble")
    centres = 0.5 * (edges[1:] + edges[:-1])
    axes.errorbar(centres, density, error, fmt="none", lw=0.6, ecolor=style.PREDICTION)
    reach = [edges[0], edges[-1]]
    for theory in theories:
        at = (theory.point(run, p), theory.mode(run, level))
        x, law = theory["grid/x"][at], theory["grid/stationary"][at]
        axes.plot(x, law, lw=1.1, label=rf"{theory.noise} $g$", **LINES[theory.noise])
        if not np.isfinite(law).any():
            continue  # nothing is predicted there
        inside = x[law > 2e-3 * law.max()]
        reach = [min(reach[0], inside[0]), max(reach[1], inside[-1])]
    axes.axvline(run.x[level], color=style.PREDICTION, lw=0.7, ls=(0, (1, 1.5)))
    axes.set(xlim=reach, ylim=(0, None))
    axes.xaxis.set_major_locator(plt.MaxNLocator(4))
    style.room_above(axes, 0.3)
    axes.text(0.97, 0.94, f"{style.STOCHASTICITY} = {run.rate[p]:.3g}\n$\\kappa = {run.kappa[level]:g}$",
              transform=axes.transAxes, ha="right", va="top", fontsize=8.5)
