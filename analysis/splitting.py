"""Two levels with different targets: the mean spacing over the target splitting Delta against
sqrt(pi) sigma/Delta, with the Rice law and Eq. (60), which closes <S> = <Delta cos(2 theta)> + 2 sigma^2
<1/S> by theta = 0 and the surmise's <1/S> = pi/(2 <S>); below, how far data and Eq. (60) are from the
Rice law."""
import matplotlib.pyplot as plt
import numpy as np

import style

NAME = "splitting"
NODES = 256  # of the integral below: all digits


def rice_mean(width):
    """<S>/Delta of the Rice law, width = sqrt(pi) sigma/Delta: width L_1/2(-z), z = Delta^2/(4 sigma^2),
    L_1/2(-z) = (1 + z) i_0 + z i_1 with i_n = e^(-z/2) I_n(z/2), an integral over an angle."""
    z = (np.pi / (4 * width**2))[:, None]
    angle = np.pi * (np.arange(NODES) + 0.5) / NODES
    weight = np.exp(-z * np.sin(angle / 2) ** 2)
    return width * ((1 + z + z * np.cos(angle)) * weight).mean(axis=1)


def closure_mean(width):
    """Eq. (60)."""
    return (1 + np.sqrt(1 + 4 * width**2)) / 2


def draw(run, _point=None):
    if "splittings/target_splitting" not in run or not len(run["splittings/target_splitting"]):
        raise style.NotApplicable("no two neighbouring levels with targets of their own")
    delta = run["splittings/target_splitting"]
    width = np.sqrt(np.pi) * run["splittings/predicted_sigma"] / delta
    known = np.isfinite(width) & (run["splittings/spacing_mean_error"] > 0)
    if not known.any():
        raise style.NotApplicable("no width is predicted, or too few replicas")
    figure, (upper, lower) = plt.subplots(2, 1, figsize=(style.SINGLE, 1.15 * style.SINGLE), sharex=True,
                                          gridspec_kw={"height_ratios": (3, 2)})
    figure.get_layout_engine().set(hspace=0, h_pad=0.02)
    across = np.geomspace(width[known].min() / 1.3, width[known].max() * 1.3, 200)
    upper.plot(across, rice_mean(across), color=style.LAW, label="Rice law")
    upper.plot(across, closure_mean(across), color=style.PREDICTION, ls=(0, (4, 2)), label="Eq. (60)")
    lower.axhline(0, color=style.LAW)
    lower.plot(across, 100 * (closure_mean(across) / rice_mean(across) - 1), color=style.PREDICTION,
               ls=(0, (4, 2)))
    for i in style.spread(len(delta)):
        one_couple(upper, lower, run, i, width[:, i], known[:, i])
    upper.set(xscale="log", yscale="log", ylabel=r"$\langle S\rangle/\Delta$")
    lower.set(xlabel=r"$\sqrt{\pi}\,\sigma/\Delta$", ylabel="deviation from\nRice law (%)",
              xlim=(across[0], across[-1]))
    upper.legend(loc="upper left")
    figure.align_ylabels()
    return figure


def one_couple(upper, lower, run, i, width, known):
    mean, error, rice, delta = (run["splittings/" + name][..., i] for name in
                                ("spacing_mean", "spacing_mean_error", "predicted_spacing", "target_splitting"))
    points = dict(ls="none", lw=0.8, ms=4, **style.look(i))
    upper.errorbar(width[known], mean[known] / delta, error[known] / delta,
                   label=rf"measured, $\Delta = {delta:.3g}$", **points)
    deviation, bars = 100 * (mean / rice - 1), 100 * error / rice
    lower.errorbar(width[known], deviation[known], bars[known], **points)
