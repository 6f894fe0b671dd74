"""Fig. 7: mean eigenvalue over target, mode by mode, against alpha/B.  Modes repel, so the target
is learnt exactly only as alpha/B goes to 0; the lower panel shows that extrapolation.  Open symbols
are means that still move: they are not in the lines."""
import matplotlib.pyplot as plt
import numpy as np

import style

NAME = "fig7_repulsion"


def draw(run, _point=None):
    ratio = run["levels/lambda_ratio"]
    if not np.isfinite(ratio).any() or not np.isfinite(run.rate).any():
        raise style.NotApplicable("the model has no lambda = mu^2 - x, or its points no alpha/B")
    used = run["repulsion/points_used"].astype(bool)
    end = 1.04 * np.nanmax(run.rate)
    fitted = 1.06 * np.max(run.rate[used]) if used.any() else 0.0
    zoomed = 0 < fitted < 0.7 * end
    figure, panels = plt.subplots(2 if zoomed else 1, 1, squeeze=False,
                                  figsize=(style.SINGLE, (1.45 if zoomed else 0.95) * style.SINGLE))
    figure.get_layout_engine().set(rect=(0, 0, 1, 0.86 if zoomed else 0.8))
    modes = [run.modes()[j] for j in style.spread(len(run.modes()))]
    for axes in panels[:, 0]:
        one_panel(axes, run, modes, fitted)
    panels[0, 0].set_xlim(0, end)
    if zoomed:
        panels[1, 0].set_xlim(0, fitted)
        within = ratio[run.rate <= fitted][:, modes]
        margin = 0.06 * (np.nanmax(within) - np.nanmin(within)) + 1e-6
        panels[1, 0].set_ylim(min(1, np.nanmin(within)) - margin,
                              max(1, np.nanmax(within)) + margin)
    panels[-1, 0].set_xlabel(style.STOCHASTICITY)
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", ncol=2, columnspacing=1.0,
                  title=rf"mode: $\langle\lambda\rangle/\kappa$ at {style.STOCHASTICITY}"
                        r"$\,\rightarrow 0$", title_fontsize=9)
    return figure


def one_panel(axes, run, modes, fitted):
    ratio, error = run["levels/lambda_ratio"], run["levels/lambda_ratio_error"]
    for i, mode in enumerate(modes):
        look = style.look(i)
        intercept, slope, doubt = (run["repulsion/" + name][mode]
                                   for name in ("intercept", "slope", "intercept_error"))
        text = rf"$\kappa = {run.kappa[mode]:.3f}$: {style.brief(intercept, doubt)}"
        moves = run["levels/moves"][:, mode].astype(bool)  # open symbols: not in the line
        for these, options in ((~moves, {"label": text}), (moves, {"fillstyle": "none", "mew": 0.8})):
            axes.errorbar(run.rate[these], ratio[these, mode], error[these, mode], ls="none", ms=3.8,
                          lw=0.8, **options, **look)
        axes.plot([0, fitted], [intercept, intercept + slope * fitted], color=look["color"], lw=0.9)
    axes.axhline(1, color=style.PREDICTION, lw=0.9, ls=(0, (4, 2)), zorder=0.5)
    axes.set_ylabel(r"$\langle\lambda\rangle/\kappa$")
