"""P(x, t) of each mode from its initial law to P_s, as `dyson theory --initial --times` wrote it."""
import matplotlib.pyplot as plt
import numpy as np

import style

NAME = "evolution"


def draw(theory, run, point):
    if "evolution/density" not in theory:
        raise style.NotApplicable("the theory file has no laws in time (--initial, --times)")
    known = np.flatnonzero(np.isfinite(theory["modes/omega"][point]))
    modes = [known[i] for i in style.spread(len(known), 2)]
    figure, panels = plt.subplots(1, len(modes), squeeze=False,
                                  figsize=(style.SINGLE * len(modes), 0.8 * style.SINGLE))
    for axes, mode in zip(panels[0], modes):
        laws, x = theory["evolution/density"][point, mode], theory["grid/x"][point, mode]
        stationary = theory["grid/stationary"][point, mode]
        axes.plot(x, stationary, color=style.LAW, lw=1.2, ls=(0, (4, 2)), label="$P_s$")
        for i in style.spread(len(laws)):
            axes.plot(x, laws[i], lw=1.0, color=style.COLOURS[i % style.MOST],
                      label=f"$t = {theory['evolution/time'][i]:g}$")
        later = laws[theory["evolution/time"] > 0]
        shown = np.nonzero(np.vstack([laws, stationary]).max(axis=0) > 1e-3 * stationary.max())[0]
        axes.set(xlim=(x[shown[0]], x[shown[-1]]), xlabel="$x$", ylabel="$P(x, t)$",
                 ylim=(0, 1.1 * max(stationary.max(), later.max() if len(later) else 0)),
                 title=rf"$\kappa = {theory.kappa[mode]:.3f}$, " + theory.label(point))
        style.legend(axes, loc="best")
    return figure
