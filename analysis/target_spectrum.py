"""Fig. 2: the target spectrum, and the eigenvalues of X with which it would be learnt exactly."""
import matplotlib.pyplot as plt
import numpy as np

import style

NAME = "fig2_target_spectrum"


def draw(run, _point=None):
    kappa, x = run.kappa, run.x
    if not np.isfinite(kappa).all():
        raise style.NotApplicable("the model has no target spectrum")
    figure, axes = plt.subplots(figsize=(style.SINGLE, 0.8 * style.SINGLE))
    number = np.arange(1, len(kappa) + 1)
    paired = np.zeros(len(kappa), dtype=bool)
    paired[run.pairs.ravel()] = True
    for first, second in run.pairs:
        axes.plot(number[[first, second]], kappa[[first, second]], color=style.COLOURS[0], lw=0.9)
    axes.plot(number[paired], kappa[paired], "o", color=style.COLOURS[0], ms=5,
              label="doubly degenerate")
    if not paired.all():
        axes.plot(number[~paired], kappa[~paired], "s", color=style.COLOURS[1], ms=5,
                  label="not degenerate" if paired.any() else None)
    axes.set_xlabel("level $i$")
    axes.set_ylabel(r"target eigenvalue $\kappa_i$")
    if len(kappa) <= 12:
        axes.set_xticks(number)
    axes.xaxis.set_minor_locator(plt.NullLocator())
    ceiling = kappa[0] + x[0]
    if np.allclose(kappa + x, ceiling) and not np.allclose(kappa, x):
        axes.tick_params(axis="y", which="both", right=False)
        other = (lambda value: ceiling - value,) * 2  # kappa to x, and x to kappa
        right = axes.secondary_yaxis("right", functions=other)
        right.set_ylabel(r"exact $x_i = \mu^2 - \kappa_i$")
    if paired.any():
        axes.legend(loc="lower right" if kappa[-1] > kappa[0] else "best")
    return figure
