"""The mean ratio of consecutive spacings at each snapshot: no unfolding is needed for it."""
import matplotlib.pyplot as plt
import numpy as np

import style
import whole_spectra

NAME = "ratios"


def draw(run, _point=None):
    levels = len(run.x)
    if "ratios" not in run:
        raise style.NotApplicable("two levels have no ratio of spacings")
    if len(run.modes()) > 1 and levels < whole_spectra.FEW:
        raise style.NotApplicable("few levels, of several modes")
    update, ratio, error, goe, poisson = (run["ratios/" + name] for name in
                                          ("update", "ratio", "ratio_error", "orthogonal", "poisson"))
    points = np.flatnonzero(run["replicas/done"])
    points = [int(points[i]) for i in style.spread(len(points))]
    figure, axes = plt.subplots(figsize=(style.SINGLE, 0.75 * style.SINGLE))
    across = np.arange(len(update))
    for i, point in enumerate(points):
        aside = 0.06 * (i - 0.5 * (len(points) - 1))
        text = run.label(point) or rf"{style.brief(ratio[point, -1], error[point, -1])} at the last"
        whole_spectra.marks(axes, across + aside, ratio[point], error[point], ls="-", ms=3.2, label=text,
                            **style.look(i))
    axes.axhline(goe[0], **{**whole_spectra.ORTHOGONAL, "label": f"GOE {goe[0]:.4f}"}, zorder=1)
    axes.axhline(poisson[0], **{**whole_spectra.POISSON, "label": f"Poisson {poisson[0]:.4f}"}, zorder=1)
    ticks = style.spread(len(update), 7)
    axes.set_xticks(ticks, labels=[f"{update[t]:.0f}" for t in ticks])
    axes.xaxis.set_minor_locator(plt.NullLocator())
    low, high = min(poisson[0], np.nanmin(ratio)), max(goe[0], np.nanmax(ratio))
    room = high - low
    axes.set(xlabel="update", ylabel=r"$\langle\tilde r\rangle$", xlim=(-0.5, len(update) - 0.5),
             ylim=(low - 0.1 * room, high + 0.25 * room))
    style.legend(axes, loc="center right", title=f"$N = {levels}$", title_fontsize=8.5, alignment="left")
    return figure
