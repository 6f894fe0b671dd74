"""Fluctuations of the number of levels of unfolded spectra: number variance, rigidity and two-point form factor."""
import matplotlib.pyplot as plt
import numpy as np

import style
import whole_spectra

NAME = "number_statistics"


def draw(run, point=None):
    point, t, method = whole_spectra.unfolded(run, point)
    if method == "local":
        raise style.NotApplicable("local unfolding takes out what the number of levels does")
    length = run["number_statistics/length"]
    panels = (("number_statistics", "variance", length, r"interval $L$", r"$\Sigma^2(L)$"),
              ("number_statistics", "rigidity", length, r"interval $L$", r"$\Delta_3(L)$"),
              ("form_factor", "form_factor", run["form_factor/tau"], r"$\tau$", r"$K(\tau)$"))
    figure, axes = plt.subplots(2, 3, sharex="col", figsize=(style.DOUBLE, 0.46 * style.DOUBLE),
                                gridspec_kw={"height_ratios": (2.3, 1)})
    figure.get_layout_engine().set(hspace=0, h_pad=0.02)
    for column, (group, name, across, below, beside) in enumerate(panels):
        upper, lower = axes[:, column]
        value, error = run[f"{group}/{name}"][point, t], run[f"{group}/{name}_error"][point, t]
        law = "" if group == "form_factor" else name + "_"
        goe, poisson = run[f"{group}/{law}orthogonal"], run[f"{group}/{law}poisson"]
        shown = np.isfinite(value)
        whole_spectra.marks(upper, across[shown], value[shown], error[shown], ms=3, **style.look(0))
        upper.plot(across[shown], goe[shown], **whole_spectra.ORTHOGONAL)
        fine = np.geomspace(across[shown][0], across[shown][-1], 200)  # Poisson's laws are straight lines
        upper.plot(fine, np.interp(fine, across, poisson), **whole_spectra.POISSON)
        certain = shown & (error > 0)
        lower.plot(across[certain], (value - goe)[certain] / error[certain], ls="none", ms=3, **style.look(0))
        whole_spectra.pull(lower)
        if column:
            lower.set_ylabel("")
        upper.set(ylabel=beside, ylim=(0, 1.4 * max(np.nanmax(value), goe[shown].max())))
        lower.set_xlabel(below)
        if group == "number_statistics":
            upper.set_xscale("log")
    notes = "\n".join(filter(None, (run.label(point), rf"$N = {len(run.x)}$, update {run['unfolded/update'][t]:.0f}",
                                    "unfolded, " + method)))
    style.legend(axes[0, 2], loc="lower right", title=notes, title_fontsize=8.5, alignment="left")
    figure.align_ylabels(axes[:, 0])
    return figure
