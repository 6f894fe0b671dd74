"""How fast the modes forget: the correlation of each mode's mean with what it was a lag before,
against the lag in units of the predicted relaxation time; one panel per point.  Where the
prediction holds, the points of all modes lie on one straight line."""
import matplotlib.pyplot as plt
import numpy as np

import style

NAME = "relaxation"
LEAST = 0.08  # correlations below are noise


def draw(run, _point=None):
    if "relaxation" not in run or not np.isfinite(run["relaxation/rate"]).any():
        raise style.NotApplicable("no snapshots close enough to each other in the stationary state")
    points = [p for p in run.by_stochasticity() if np.isfinite(run["relaxation/rate"][p]).any()]
    points = [points[i] for i in style.spread(len(points), 3)]
    width = style.SINGLE if len(points) == 1 else style.DOUBLE
    figure, panels = plt.subplots(1, len(points), squeeze=False, sharey=True,
                                  figsize=(width, 0.46 * style.DOUBLE))
    for axes, point in zip(panels[0], points):
        one_panel(axes, run, point)
        axes.set_xlabel(r"lag $\times$ predicted rate")
    panels[0, 0].set_ylabel("correlation")
    return figure


def one_panel(axes, run, point):
    correlation, error = run["correlations/correlation"][point], run["correlations/correlation_error"][point]
    used = run["correlations/used"][point] > 0
    lag = np.abs(run.statistics.attrs["snapshot"] - run["correlations/update"])
    rate, doubt, predicted = (run["relaxation/" + name][point]
                              for name in ("rate", "rate_error", "predicted_rate"))
    kappa = run["relaxation/kappa"]
    reach = 0.0
    for i, mode in enumerate(style.spread(len(rate))):
        shown = used[mode]
        if not np.isfinite(rate[mode]) or not shown.any():
            continue
        across = lag * predicted[mode]
        ratio, of_ratio = rate[mode] / predicted[mode], doubt[mode] / predicted[mode]
        axes.errorbar(across[shown], correlation[mode][shown], error[mode][shown], ls="none", ms=3.2,
                      lw=0.8, label=rf"{kappa[mode]:.3f}: {style.brief(ratio, of_ratio)}",
                      **style.look(i))
        end = across[shown].max()
        axes.plot([0, end], [1, np.exp(-ratio * end)], lw=0.8, color=style.look(i)["color"])
        reach = max(reach, end)
    axes.plot([0, 1.05 * reach], [1, np.exp(-1.05 * reach)], color=style.PREDICTION, ls=(0, (4, 2)),
              lw=1.2, zorder=5)
    axes.set(yscale="log", xlim=(0, 1.05 * reach), ylim=(LEAST, 1.15))
    ticks = [0.1, 0.2, 0.5, 1]
    axes.set_yticks(ticks, labels=[f"{tick:g}" for tick in ticks])
    axes.yaxis.set_minor_formatter(plt.NullFormatter())
    style.legend(axes, loc="lower left", title="\n".join(filter(None, (
        run.label(point), r"$\kappa$: rate/predicted"))), title_fontsize=8.5, alignment="left")
