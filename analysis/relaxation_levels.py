"""Relaxation of each mode against its first level: the rate at which an ensemble's modes forget, and E_1 of
the right well, both over Omega, mode by mode."""
import matplotlib.pyplot as plt
import numpy as np

import style

NAME = "relaxation_levels"


def draw(theory, run, point):
    if run is None or "relaxation/rate" not in run:
        raise style.NotApplicable("needs --stats, the statistics of an ensemble with relaxation rates")
    figure, axes = plt.subplots(figsize=(style.SINGLE, 0.85 * style.SINGLE))
    drawn = 0
    for p in run.by_stochasticity():
        at = theory.point({key: numbers[p] for key, numbers in run.points.items()})
        rate, doubt = run["relaxation/rate"][p], run["relaxation/rate_error"][p]
        if at is None or not np.isfinite(rate).any() or drawn == style.MOST:
            continue
        kappa = run["relaxation/kappa"]
        modes = [theory.mode(value) for value in kappa]
        omega = theory["modes/omega"][at][modes]
        first = [energy[(rung == 1) & (left < 0.5)] for energy, rung, left in
                 zip(*(theory["states/" + name][at][modes] for name in ("energy", "rung", "left")))]
        first = np.array([found[0] if len(found) else np.nan for found in first])
        look = style.look(drawn)
        axes.errorbar(kappa, rate / omega, doubt / omega, ls="none", **look,
                      label=rf"{style.STOCHASTICITY} = {run.rate[p]:.3g}: ensemble")
        axes.plot(kappa, first / omega, color=look["color"], lw=1.0, label="$E_1$ of one mode by itself")
        drawn += 1
    if not drawn:
        raise style.NotApplicable("the ensemble and the theory share no point")
    axes.axhline(1, color=style.PREDICTION, lw=0.9, ls=(0, (4, 2)), zorder=0.5)
    axes.set(xlabel=r"$\kappa$", ylabel=r"relaxation rate over $\Omega$")
    style.room_above(axes, 0.25)
    style.legend(axes, loc="upper right")
    return figure
