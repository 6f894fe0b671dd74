"""Relaxation of each mode: the rate at which an ensemble's modes forget, and the first excited level of
the right well of one mode by itself, both over Omega, mode by mode."""
import matplotlib.pyplot as plt
import numpy as np

import style

NAME = "relaxation_levels"


def draw(theory, run, point):
    if run is None or "relaxation/rate" not in run:
        raise style.NotApplicable("needs --stats, the statistics of an ensemble with relaxation rates")
    figure, axes = plt.subplots(figsize=(style.SINGLE, 0.85 * style.SINGLE))
    drawn = 0
    if not np.isfinite(run["relaxation/rate"]).any():
        raise style.NotApplicable("the ensemble has no snapshots close enough to each other for relaxation rates")
    for p in run.by_stochasticity():
        at = theory.point(run, p)
        rate, doubt = run["relaxation/rate"][p], run["relaxation/rate_error"][p]
        if at is None or not np.isfinite(rate).any() or drawn == style.MOST:
            continue
        levels = [(g, theory.mode(run, level)) for g, level in enumerate(run["relaxation/levels"])]
        if all(mode is None for _, mode in levels):
            continue
        groups, modes = zip(*[(g, mode) for g, mode in levels if mode is not None])
        groups, modes = list(groups), list(modes)
        kappa, omega = run["relaxation/kappa"][groups], theory["modes/omega"][at][modes]
        first = np.array([first_level(theory, at, mode) for mode in modes])
        rate, doubt = rate[groups], doubt[groups]
        look = style.look(drawn)
        axes.errorbar(kappa, rate / omega, doubt / omega, ls="none", **look,
                      label=rf"{style.STOCHASTICITY} = {run.rate[p]:.3g}: ensemble")
        axes.plot(kappa, first / omega, color=look["color"], lw=1.0, label=None if drawn else "one mode by itself")
        drawn += 1
    if not drawn:
        raise style.NotApplicable("the ensemble and the theory share no point")
    axes.axhline(1, color=style.PREDICTION, lw=0.9, ls=(0, (4, 2)), zorder=0.5)
    axes.set(xlabel=r"$\kappa$", ylabel=r"relaxation rate over $\Omega$")
    style.room_above(axes, 0.25)
    style.legend(axes, loc="upper right")
    return figure


def first_level(theory, point, mode):
    """The first excited level of the right well, or NaN where the file has too few states."""
    right = (theory["states/rung"][point, mode] == 1) & (theory["states/left"][point, mode] < 0.5)
    found = theory["states/energy"][point, mode][right]
    return found[0] if len(found) else np.nan
