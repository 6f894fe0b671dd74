"""Fig. 6: the linear scaling rule.  Mean spacing and density width against the square root of
alpha/B times the model's factor, and against each other; below, each point over its prediction.
Fig. 9 is the same of the teacher-student model: teacher_student.py."""
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
BLACK = {"marker": "o", "color": "black", "mew": 0.9}
EXACT = dict(ls="none", marker="_", ms=7, mew=1.0, color=style.LAW, zorder=4)
SPACING, WIDTH = r"$\langle S\rangle$", r"$\sqrt{\pi}\,\sigma$"


def draw(run, _point=None):
    if run.model == "teacher-student":
        raise style.NotApplicable("fig9_teacher_student shows it")
    return scaling_figure(run)


def scaling_figure(run, by_sweep=False, exact=False):
    """by_sweep: colours and markers tell sweeps apart, and fillings pairs; else the other way round.
    exact: shows in the lower panels the model's prediction at each point's own rate, too."""
    if any(not len(run[f"scaling/{name}/x"]) for name in ("spacing", "spacing_against_sigma")):
        raise style.NotApplicable("no degenerate pair, or too few replicas")
    abscissa = ABSCISSA.get(run.model, "predicted scale")
    panels = (("spacing", abscissa, SPACING), ("sigma", abscissa, WIDTH),
              ("spacing_against_sigma", WIDTH, SPACING))
    figure, axes = plt.subplots(2, 3, figsize=(style.DOUBLE, 0.5 * style.DOUBLE), sharex="col",
                                gridspec_kw={"height_ratios": (3, 1)})
    figure.get_layout_engine().set(hspace=0, wspace=0.03, h_pad=0.02, rect=(0, 0, 1, 0.94))
    for column, (name, horizontal, vertical) in enumerate(panels):
        one_panel(axes[:, column], run, name, by_sweep)
        if exact and name != "spacing_against_sigma":
            exact_points(axes[1, column], run, name)
        axes[0, column].set_ylabel(vertical)
        axes[1, column].set_xlabel(horizontal)
    axes[1, 0].set_ylabel("measured/\npredicted")
    low, high = zip(*(panel.get_ylim() for panel in axes[1]))
    for panel, (name, _, _) in zip(axes[1], panels):
        panel.set_ylim(max(min(low), RATIOS[0]), min(max(high), RATIOS[1]))
        point_beyond(panel, run, name, by_sweep)
    figure.align_ylabels(axes)
    keys(figure, run, by_sweep, exact)
    return figure


def sweep_of(run):
    """{point: number of the sweep it is drawn with}; a point of several goes with the first."""
    owner = {}
    for number, points in enumerate(run.sweeps().values()):
        for point in points:
            owner.setdefault(int(point), number)
    return owner


def looks(run, by_sweep):
    """{(pair, sweep): look}, and the two keys to it: [(text, look)] for pairs and for sweeps."""
    pairs, sweeps = run.pair_looks(), list(run.sweeps())
    look, of_pair, of_sweep = {}, [], []
    for i, (k, of_mode) in enumerate(pairs.items()):
        for number in range(max(1, len(sweeps))):
            colour = style.look(number) if by_sweep else of_mode
            filling = FILLS[(i if by_sweep else number) % len(FILLS)]
            look[k, number] = {"fillstyle": filling, **colour}
        filled = {"fillstyle": FILLS[i % len(FILLS)], **BLACK}
        of_pair.append((rf"$\kappa = {run['pairs/kappa'][k]:.3f}$", filled if by_sweep else of_mode))
    for number, key in enumerate(sweeps):
        filled = {"fillstyle": FILLS[number % len(FILLS)], **BLACK}
        of_sweep.append((f"${style.SYMBOLS.get(key, key)}$ varied",
                         style.look(number) if by_sweep else filled))
    return look, of_pair, of_sweep


def parts(run, name, by_sweep):
    """Which points of a panel are drawn alike, and how."""
    owner, pairs = sweep_of(run), run[f"scaling/{name}/pair"]
    sweeps = np.array([owner.get(int(point), 0) for point in run[f"scaling/{name}/point"]])
    for (k, number), look in looks(run, by_sweep)[0].items():
        mine = (pairs == k) & (sweeps == number)
        if mine.any():
            yield mine, look


def one_panel(axes, run, name, by_sweep):
    upper, lower = axes
    fit = run.line(name)
    group = "scaling/" + name
    x, y, error = (run[f"{group}/{part}"] for part in ("x", "y", "y_error"))
    across = run[group + "/x_error"] if group + "/x_error" in run else np.zeros_like(x)
    across = np.where(np.isfinite(across), across, 0.0)
    for mine, look in parts(run, name, by_sweep):
        draw_points = dict(ls="none", lw=0.8, ms=4, mew=0.9, **look)
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
    upper.legend(loc="upper left" if by_sweep else "lower right", title=quality, title_fontsize=8.5, alignment="left")


def exact_points(axes, run, name):
    """The prediction at each point's rate, over that of rate 0."""
    point, pair, x = (run[f"scaling/{name}/{part}"] for part in ("point", "pair", "x"))
    predicted = run["pairs/predicted_spacing"][point, pair] / (run.line(name)["predicted"] * x)
    axes.plot(x, predicted, **EXACT)
    axes.margins(y=0.12)


def point_beyond(axes, run, name, by_sweep):
    """Arrowheads at the edge for the points that lie above or below the panel."""
    low, high = axes.get_ylim()
    x, y = run[f"scaling/{name}/x"], run[f"scaling/{name}/y"]
    ratio = y / (run.line(name)["predicted"] * x)
    for edge, beyond, marker in ((high, ratio > high, 6), (low, ratio < low, 7)):
        for mine, look in parts(run, name, by_sweep):
            out = mine & beyond
            if out.any():
                heads, = axes.plot(x[out], np.full(out.sum(), edge), ls="none", marker=marker, ms=4,
                                   color=look["color"], clip_on=False)
                heads.set_in_layout(False)


def keys(figure, run, by_sweep, exact):
    """The key to colours and fillings, above the panels."""
    _, of_pair, of_sweep = looks(run, by_sweep)
    shown = of_sweep + (of_pair if len(of_pair) > 1 else []) if by_sweep else of_pair + of_sweep
    handles = [plt.Line2D([], [], ls="none", ms=4.5, label=text, **look)
               for text, look in shown]
    if exact:
        handles.append(plt.Line2D([], [], label="predicted at that rate", **EXACT))
    figure.legend(handles=handles, loc="upper center", ncol=len(handles), columnspacing=1.1,
                  handletextpad=0.1)
