"""The density of whole spectra with the law that it should have, and the largest level, scaled, beside Tracy and
Widom's law: at the last snapshot at which the law is known."""
import matplotlib.pyplot as plt
import numpy as np

import style
import whole_spectra

NAME = "spectral_law"
LAWS = ("", "semicircle", "Marchenko-Pastur")


def draw(run, point=None):
    if "spectral_law" not in run or len(run.x) < whole_spectra.FEW:
        raise style.NotApplicable("no law of whole spectra is known, or they have fewer than "
                                  f"{whole_spectra.FEW} levels")
    point = whole_spectra.point_of(run, point)
    known = np.flatnonzero(run["spectral_law/kind"][point])
    if not len(known):
        raise style.NotApplicable("no law of whole spectra is known at this point")
    t = int(known[-1])
    law = {name: float(run["spectral_law/" + name][point, t]) for name in run.statistics["spectral_law"]
           if run["spectral_law/" + name].ndim == 2}
    figure, (left, right) = plt.subplots(1, 2, figsize=(style.DOUBLE, 0.4 * style.DOUBLE))
    draw_density(left, run, point, t, law)
    draw_edge(right, run, point, t, law)
    return figure


def draw_density(axes, run, point, t, law):
    x, density, error, expected = (run["spectral_density/" + name][point, t] for name in
                                   ("x", "density", "density_error", "law"))
    half = 0.5 * (x[1] - x[0])
    axes.stairs(density, np.append(x - half, x[-1] + half), fill=True, color=style.FILL)
    whole_spectra.marks(axes, x, density, error, **style.look(0))
    edges = np.append(x - half, x[-1] + half)
    axes.stairs(expected, edges, color=style.LAW, lw=1.2, label=LAWS[int(law["kind"])])
    for edge in (law["edge_low"], law["edge_high"]):
        axes.axvline(edge, color=style.PREDICTION, lw=0.8, ls=(0, (4, 2)), zorder=0.5)
    axes.set(xlabel="eigenvalue $x$", ylabel=r"$\rho(x)$", xlim=(edges[0], edges[-1]), ylim=(0, None))
    style.room_above(axes, 0.3)
    notes = "\n".join(filter(None, (run.label(point), rf"$N = {len(run.x)}$, update "
                                    rf"{run['spectral_law/update'][t]:.0f}", rf"$p = {law['density_p']:.3g}$")))
    style.legend(axes, loc="upper right", title=notes, title_fontsize=8.5, alignment="left")


def draw_edge(axes, run, point, t, law):
    place, density, error, expected = (run["largest_level/" + name] for name in
                                       ("x", "density", "density_error", "orthogonal"))
    density, error = density[point, t], error[point, t]
    half = 0.5 * (place[1] - place[0])
    edges = np.append(place - half, place[-1] + half)
    axes.stairs(density, edges, fill=True, color=style.FILL)
    whole_spectra.marks(axes, place, density, error, **style.look(0))
    axes.plot(place, expected, color=style.LAW, lw=1.2, label=r"Tracy-Widom, $\beta = 1$")
    axes.set(xlabel="largest eigenvalue, scaled", ylabel="probability density", xlim=(-5.5, 4), ylim=(0, None))
    style.room_above(axes, 0.3)
    notes = (rf"mean {style.brief(law['edge_mean'], law['edge_mean_error'])}"
             rf" (law {run['spectral_law/edge_mean_orthogonal'][t]:.4f})",
             rf"std {style.brief(law['edge_std'], law['edge_std_error'])}"
             rf" (law {run['spectral_law/edge_std_orthogonal'][t]:.4f})", rf"$p = {law['edge_p']:.3g}$")
    style.legend(axes, loc="upper right", title="\n".join(notes), title_fontsize=8.5, alignment="left")
