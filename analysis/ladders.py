"""The levels E_n of one mode over Omega against the noise: two ladders, n Omega of the right well and
(2 n + 1)|V''(0)| of the left one (dashed), which they reach as g goes to 0."""
import matplotlib.pyplot as plt
import numpy as np

import style

NAME = "ladders"


def draw(theory, run, point):
    known = np.flatnonzero(np.isfinite(theory["modes/omega"]).sum(axis=0) >= 3)
    if len(known) == 0:
        raise style.NotApplicable("no mode has three points")
    modes = [known[i] for i in style.spread(len(known), 3)[:2]]
    figure, panels = plt.subplots(1, len(modes), squeeze=False, sharey=True,
                                  figsize=(style.DOUBLE, 0.42 * style.DOUBLE))
    for axes, mode in zip(panels[0], modes):
        one_panel(axes, theory, mode)
    panels[0, 0].set_ylabel(r"$E_n/\Omega$")
    return figure


def one_panel(axes, theory, mode):
    omega = theory["modes/omega"][:, mode]
    order = np.argsort(theory.rate())
    # g in units of what makes the width sigma equal to the distance of the wells
    noise = np.sqrt(theory["modes/noise"][:, mode] / omega)[order] / theory["modes/x"][mode]
    energy = (theory["states/energy"][:, mode] / omega[:, None])[order]
    share = theory["states/left"][:, mode][order]
    left, clear = share > 0.5, np.abs(share - 0.5) > 0.4  # a state of both wells has no place in either ladder
    rung = theory["states/rung"][:, mode][order]
    end = 1.05 * np.nanmax(noise)
    for well, colour, marker, name in ((False, style.COLOURS[0], "o", r"right well: $n\,\Omega$"),
                                       (True, style.COLOURS[1], "s", r"left well: $(2n+1)\,|V''(0)|$")):
        for n in range(4):
            these = clear & (left == well) & (rung == n)
            points, states = np.nonzero(these)
            if len(points) < 3 or (not well and n == 0):
                continue
            axes.plot(noise[points], energy[points, states], marker=marker, ms=3, lw=0.7, color=colour,
                      label=name if n == (0 if well else 1) else None)
            rate = np.nanmax(theory["modes/left_rate"][:, mode] / omega)
            axes.plot([0, end], 2 * [(2 * n + 1) * rate if well else n], color=colour, lw=0.8,
                      ls=(0, (4, 2)), zorder=0.5)
    axes.set(xlim=(0, end), ylim=(0, 4.6), title=rf"$\kappa = {theory.kappa[mode]:.3f}$",
             xlabel=r"$\sigma/x_s$,  $\sigma^2 = g^2/\Omega$")
    style.legend(axes, loc="upper right", ncol=2)
