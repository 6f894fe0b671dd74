"""What one update does to X: the noise g_ij^2 of each element, in the basis of X's eigenvectors,
against the prediction without a parameter; one panel per point."""
import matplotlib.pyplot as plt
import numpy as np

import style

NAME = "increments"


def draw(run, _point=None):
    if "increments" not in run:
        raise style.NotApplicable("W was not stored before and after the last update (weights = all, "
                                  "snapshots ... t t+1)")
    points = [p for p in run.by_stochasticity()
              if np.isfinite(run["increments/predicted_here"][p]).any()]
    points = [points[i] for i in style.spread(len(points), 3)]
    if not points:
        raise style.NotApplicable("no noise is predicted")
    width = style.SINGLE if len(points) == 1 else style.DOUBLE
    figure, panels = plt.subplots(2, len(points), squeeze=False, sharex="col", sharey="row",
                                  figsize=(width, 0.5 * style.DOUBLE),
                                  gridspec_kw={"height_ratios": (1.9, 1)})
    figure.get_layout_engine().set(hspace=0, h_pad=0.02)
    for column, point in enumerate(points):
        one_panel(panels[:, column], run, point)
        panels[1, column].set_xlabel(r"predicted $g_{ij}^2$")
    panels[0, 0].set_ylabel(r"measured $g_{ij}^2$")
    panels[1, 0].set_ylabel("measured/\npredicted")
    return figure


def one_panel(axes, run, point):
    upper, lower = axes
    measured, error, predicted = (run["increments/" + name][point]
                                  for name in ("noise", "noise_error", "predicted_here"))
    size = len(measured)
    same = np.abs(run.x[:, None] - run.x[None, :]) < 1e-9 * np.abs(run.x).max()
    above = np.triu(np.ones((size, size), dtype=bool), 1)
    quality = {kind: (float(run[f"noise/{kind}"][point]), float(run[f"noise/{kind}_error"][point]))
               for kind in ("off_diagonal", "diagonal")}
    kinds = ((above & ~same, style.look(0), "two modes"),
             (above & same, style.look(2), "degenerate pair"),
             (np.eye(size, dtype=bool), style.look(1), "diagonal"))
    for chosen, look, text in kinds:
        if not chosen.any():
            continue
        options = dict(ls="none", lw=0.8, ms=3.2, label=text, **look)
        upper.errorbar(predicted[chosen], measured[chosen], error[chosen], **options)
        lower.errorbar(predicted[chosen], measured[chosen] / predicted[chosen],
                       error[chosen] / predicted[chosen], **options)
    ends = np.array([0.7 * np.nanmin(predicted), 1.4 * np.nanmax(predicted)])
    upper.plot(ends, ends, color=style.PREDICTION, ls=(0, (4, 2)), lw=1.0, zorder=1)
    upper.set(xscale="log", yscale="log", xlim=ends)
    lower.axhline(1, color=style.PREDICTION, ls=(0, (4, 2)), lw=1.0, zorder=1)
    title = "\n".join(filter(None, (
        run.label(point), rf"ratio, $i \neq j$: {style.brief(*quality['off_diagonal'])}",
        rf"ratio, $i = j$: {style.brief(*quality['diagonal'])}")))
    upper.legend(loc="upper left", title=title, title_fontsize=8.5, alignment="left")
