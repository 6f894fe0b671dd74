"""Spacings of neighbouring levels of whole spectra, unfolded, with the exact law of the Gaussian orthogonal
ensemble at large N, and Poisson's."""
import matplotlib.pyplot as plt
import numpy as np

import style
import whole_spectra

NAME = "unfolded_spacings"


def draw(run, point=None):
    point, t, method = whole_spectra.unfolded(run, point)
    s, density, error, goe, poisson = (run["unfolded_spacings/" + name] for name in
                                       ("s", "density", "density_error", "orthogonal", "poisson"))
    density, error = density[point, t], error[point, t]
    value = {name: run["unfolded/" + name][point, t] for name in
             ("brody", "brody_error", "brody_orthogonal", "ks", "p")}
    figure, (upper, lower) = plt.subplots(2, 1, sharex=True, figsize=(style.SINGLE, 0.95 * style.SINGLE),
                                          gridspec_kw={"height_ratios": (2.3, 1)})
    figure.get_layout_engine().set(hspace=0, h_pad=0.02)
    half = 0.5 * (s[1] - s[0])
    upper.stairs(density, np.append(s - half, s[-1] + half), fill=True, color=style.FILL)
    whole_spectra.marks(upper, s, density, error, label="unfolded, " + method, **style.look(0))
    upper.plot(s, goe, **whole_spectra.ORTHOGONAL)
    upper.plot(s, poisson, **whole_spectra.POISSON)
    certain = error > 0
    lower.plot(s[certain], ((density - goe)[certain] / error[certain]), ls="none", ms=2.4, **style.look(0))
    whole_spectra.pull(lower)
    notes = [run.label(point), rf"$N = {len(run.x)}$, update {run['unfolded/update'][t]:.0f}",
             rf"Brody {style.brief(value['brody'], value['brody_error'])} (GOE {value['brody_orthogonal']:.3f})"]
    if np.isfinite(value["p"]):
        notes.append(rf"$p$ (GOE) $= {value['p']:.3g}$")
    style.legend(upper, loc="upper right", title="\n".join(filter(None, notes)), title_fontsize=8.5,
                 alignment="left")
    upper.set(ylabel="$P(s)$", xlim=(0, 4), ylim=(0, None))
    lower.set_xlabel("unfolded spacing $s$")
    figure.align_ylabels((upper, lower))
    return figure
