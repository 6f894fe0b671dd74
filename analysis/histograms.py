"""Fig. 3: the learnt distribution of all eigenvalues at three stochasticities, mode by mode."""
import matplotlib.pyplot as plt

import style

NAME = "fig3_histograms"
EXACT = {"color": style.LAW, "lw": 0.8, "ls": (0, (4, 2))}


def draw(run, _point=None):
    order = run.by_stochasticity()
    chosen = [p for p in (order[i] for i in style.spread(len(order), 3))
              if run.histogram("spectrum", p)]
    if not chosen:
        raise style.NotApplicable("no point has a histogram of its spectra")
    height = (0.36 * len(chosen) + 0.12) * style.SINGLE
    figure, panels = plt.subplots(len(chosen), 1, sharex=True, squeeze=False,
                                  figsize=(style.SINGLE, height))
    figure.get_layout_engine().set(hspace=0.02, h_pad=0.02)
    for axes, point in zip(panels[:, 0], chosen):
        one_panel(axes, run, point)
    panels[0, 0].plot([], [], label="exact $x_i$", **EXACT)
    style.legend(panels[0, 0], loc="upper left", borderpad=0.1)
    panels[-1, 0].set_xlabel("eigenvalue $x$ of $X$")
    return figure


def one_panel(axes, run, point):
    for i, (levels, (edges, density, error)) in enumerate(mode_histograms(run, point)):
        colour = style.COLOURS[i % 2]  # neighbours differ; the order says which mode it is
        axes.stairs(levels * density, edges, fill=True, color=colour, alpha=0.25, lw=0)
        axes.stairs(levels * density, edges, color=colour, lw=0.8)
        centres, filled = 0.5 * (edges[1:] + edges[:-1]), density > 0
        axes.errorbar(centres[filled], levels * density[filled], levels * error[filled], fmt="none",
                      lw=0.6, ecolor=colour)
    for level in run.modes():
        axes.axvline(run.x[level], zorder=0.5, **EXACT)
    axes.set_ylim(0, None)
    style.room_above(axes, 0.24)
    axes.text(0.975, 0.94, caption(run, point), transform=axes.transAxes, ha="right", va="top",
              fontsize=8.5, bbox={"fc": "white", "ec": "none", "pad": 1})
    axes.set_ylabel(r"$\rho(x)$")
    axes.yaxis.set_major_locator(plt.MaxNLocator(3))


def mode_histograms(run, point):
    """(number of levels, histogram) of each mode, ascending in kappa; where modes of more than two
    levels have none of their own, that of the whole spectrum.  Times levels, they add up to N."""
    singles = run["singles/levels"]
    if 2 * len(run.pairs) + len(singles) < len(run.x):
        return [(len(run.x), run.histogram("spectrum", point))]
    found = {int(first): (2, run.histogram("density", point, k))
             for k, (first, _) in enumerate(run.pairs)}
    found.update({int(level): (1, run.histogram("single", point, q))
                  for q, level in enumerate(singles)})
    return [found[level] for level in sorted(found) if found[level][1]]


def caption(run, point):
    rate = run.rate[point]
    stochasticity = rf"{style.STOCHASTICITY}$\,= {rate:.3g}$" if rate == rate else ""
    return ": ".join(filter(None, (run.label(point), stochasticity)))
