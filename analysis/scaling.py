"""Fig. 6: the linear scaling rule.  Mean spacing and density width against the square root of
alpha/B times the model's factor, and against each other; below, each point over its prediction."""
import matplotlib.pyplot as plt
import numpy as np

import style

NAME = "fig6_scaling"

ABSCISSA = {
    "rbm": rf"$\sqrt{{({style.RATE}/{style.BATCH})\,\kappa^2\Omega}}$",
    "teacher-student": rf"$\sqrt{{({style.RATE}/{style.BATCH})\,{style.NOISE}^2}}$",
}
FILLS = ("full", "none", "left")  # one per swept parameter
RATIOS = (0.5, 1.5)  # what the lower panels show; points beyond are pointed at
SPACING, WIDTH = r"$\langle S\rangle$", r"$\sqrt{\pi}\,\sigma$"


def draw(run, _point=None):
    if any(not len(run[f"scaling/{name}/x"]) for name in ("spacing", "spacing_against_sigma")):
        raise style.NotApplicable("no degenerate pair, or too few replicas")
    abscissa = ABSCISSA.get(run.model, "predicted scale")
    panels = (("spacing", abscissa, SPACING), ("sigma", abscissa, WIDTH),
              ("spacing_against_sigma", WIDTH, SPACING))
    figure, axes = plt.subplots(2, 3, figsize=(style.DOUBLE, 0.5 * style.DOUBLE), sharex="col",
                                gridspec_kw={"height_ratios": (3, 1)})
    figure.get_layout_engine().set(hspace=0, wspace=0.03, h_pad=0.02, rect=(0, 0, 1, 0.94))
    for column, (name, horizontal, vertical) in enumerate(panels):
        one_panel(axes[:, column], run, name)
        axes[0, column].set_ylabel(vertical)
        axes[1, column].set_xlabel(horizontal)
    axes[1, 0].set_ylabel("measured/\npredicted")
    low, high = zip(*(panel.get_ylim() for panel in axes[1]))
    for panel, (name, _, _) in zip(axes[1], panels):
        panel.set_ylim(max(min(low), RATIOS[0]), min(max(high), RATIOS[1]))
        point_beyond(panel, run, name)
    figure.align_ylabels(axes)
    keys(figure, run)
    return figure


def sweep_of(run):
    """{point: number of the sweep it is drawn with}; a point of several goes with the first."""
    owner = {}
    for number, points in enumerate(run.sweeps().values()):
        for point in points:
            owner.setdefault(int(point), number)
    return owner


def one_panel(axes, run, name):
    upper, lower = axes
    fit = run.line(name)
    group = "scaling/" + name
    x, y, error = (run[f"{group}/{part}"] for part in ("x", "y", "y_error"))
    across = run[group + "/x_error"] if group + "/x_error" in run else np.zeros_like(x)
    across = np.where(np.isfinite(across), across, 0.0)
    owner, pairs = sweep_of(run), run[group + "/pair"]
    sweeps = np.array([owner.get(int(point), 0) for point in run[group + "/point"]])
    for k, look in run.pair_looks().items():
        for number in np.unique(sweeps):
            mine = (pairs == k) & (sweeps == number)
            draw_points = dict(ls="none", lw=0.8, fillstyle=FILLS[number % len(FILLS)], ms=4,
                               mew=0.9, **look)
            upper.errorbar(x[mine], y[mine], error[mine], across[mine], **draw_points)
            scale = fit["predicted"] * x[mine]
            lower.errorbar(x[mine], y[mine] / scale, error[mine] / scale, **draw_points)
    end = 1.04 * np.nanmax(x)
    upper.plot([0, end], [0, fit["slope"] * end], color=style.LAW, zorder=1,
               label=f"slope: {style.brief(fit['slope'], fit['slope_error'])}")
    upper.plot([0, end], [0, fit["predicted"] * end], color=style.PREDICTION, ls=(0, (4, 2)),
               zorder=1, label=f"predicted: {fit['predicted']:.4g}")
    upper.set(xlim=(0, end), ylim=(0, None))
    lower.axhline(1, color=style.PREDICTION, ls=(0, (4, 2)), lw=1.0, zorder=1)
    lower.axhline(fit["slope"] / fit["predicted"], color=style.LAW, lw=1.0, zorder=1)
    quality = rf"$\chi^2/\mathrm{{dof}} = {fit['chi2']:.0f}/{fit['dof']:.0f}$"
    upper.legend(loc="lower right", title=quality, title_fontsize=8.5, alignment="left")


def point_beyond(axes, run, name):
    """Arrowheads at the edge for the points that lie above or below the panel."""
    low, high = axes.get_ylim()
    x, y = run[f"scaling/{name}/x"], run[f"scaling/{name}/y"]
    ratio = y / (run.line(name)["predicted"] * x)
    for edge, beyond, marker in ((high, ratio > high, 6), (low, ratio < low, 7)):
        for k, look in run.pair_looks().items():
            mine = beyond & (run[f"scaling/{name}/pair"] == k)
            if mine.any():
                heads, = axes.plot(x[mine], np.full(mine.sum(), edge), ls="none", marker=marker, ms=4,
                                   color=look["color"], clip_on=False)
                heads.set_in_layout(False)


def keys(figure, run):
    """The key to colours and fillings, above the panels."""
    handles = []
    for k, look in run.pair_looks().items():
        handles.append(plt.Line2D([], [], ls="none", ms=4.5,
                                  label=rf"$\kappa = {run['pairs/kappa'][k]:.3f}$", **look))
    for number, key in enumerate(run.sweeps()):
        handles.append(plt.Line2D([], [], ls="none", marker="o", color="black", ms=4.5, mew=0.9,
                                  fillstyle=FILLS[number % len(FILLS)],
                                  label=f"${style.SYMBOLS.get(key, key)}$ varied"))
    figure.legend(handles=handles, loc="upper center", ncol=len(handles), columnspacing=1.1,
                  handletextpad=0.1)
