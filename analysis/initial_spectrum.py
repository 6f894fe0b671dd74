"""The spectra at update 0: histogram, Marchenko-Pastur law (the limit of large N), and synthetic
spectra of the same size, which are what the run should have begun with."""
import matplotlib.pyplot as plt
import numpy as np

import style

NAME = "initial_spectrum"


def marchenko_pastur(x, scale, ratio, low, high):
    inside = (x > low) & (x < high)
    root = np.sqrt(np.clip((high - x) * (x - low), 0, None))
    return np.where(inside, root / (2 * np.pi * scale * ratio * np.where(inside, x, 1)), 0)


def draw(run, point=None):
    point = run.typical() if point is None else point
    if point is None or not run.histogram("initial", point):
        raise style.NotApplicable("no spectra of update 0, or the model has no law for them")
    value = {name: float(run["initial/" + name][point]) for name in run.statistics["initial"]}
    figure, axes = plt.subplots(figsize=(style.SINGLE, 0.82 * style.SINGLE))
    edges, density, _ = run.histogram("initial", point)
    axes.stairs(density, edges, fill=True, color=style.FILL, label="update 0")
    axes.stairs(density, edges, color=style.COLOURS[0], lw=0.6)
    synthetic = run.histogram("initial_synthetic", point)
    axes.stairs(synthetic[1], synthetic[0], color=style.COLOURS[1], lw=0.8,
                label="synthetic, same size")
    low, high = value["edge_low"], value["edge_high"]
    # dense where the law is steep: at the edges, of which the lower one may be a divergence
    fine = low + (high - low) * np.sin(np.linspace(0, np.pi / 2, 800)[1:-1]) ** 2
    axes.plot(fine, marchenko_pastur(fine, value["scale"], value["ratio"], low, high),
              color=style.LAW, label="Marchenko-Pastur")
    for edge in (low, high):
        axes.axvline(edge, color=style.PREDICTION, lw=0.8, ls=(0, (4, 2)), zorder=0.5)
    axes.set_xlim(min(0, low), max(edges[-1], high))
    # where the law diverges, the histogram's height is what is shown
    axes.set_ylim(0, 1.05 * max(density.max(), synthetic[1].max()))
    if value["ratio"] < 0.9:
        style.room_above(axes, 0.38)
    axes.set(xlabel="eigenvalue $x$ of $X$ at update 0", ylabel=r"$\rho(x)$")
    notes = (rf"$p = {value['p']:.3g}$",
             f"distance from law {value['ks']:.4f}",
             f"(synthetic {value['ks_synthetic']:.4f})",
             rf"$\langle x\rangle = {style.brief(value['trace'], value['trace_error'])}$",
             rf"exact {value['trace_exact']:.4g}")
    style.legend(axes, loc="upper right", title="\n".join(notes), title_fontsize=8.5,
                 alignment="left")
    return figure
