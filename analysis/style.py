"""How every figure looks: sizes, fonts, colours, markers, and how it is saved.

Widths are those of a journal column, so that the fonts have their printed size and, enlarged as a
whole, are legible on a projector.  Colours are those of Okabe and Ito, told apart in every common
form of colour blindness; a marker goes with each, so that no figure needs its colours."""
import argparse
import math
import os
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

SINGLE = 86 / 25.4  # inches: one column of a two-column page
DOUBLE = 178 / 25.4  # inches: the whole page

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
MARKERS = ("o", "s", "^", "D", "v", "P")
LAW = "#000000"  # lines of a law
PREDICTION = "#666666"  # lines without any parameter
FILL = "#D5DEE6"  # histograms drawn as areas
NO_INPUT, CANNOT_CREATE, USAGE = 66, 73, 64  # exit codes as the program's
MOST = len(COLOURS)  # modes told apart in one panel

RATE, BATCH, NOISE = r"\alpha", r"|\mathcal{B}|", r"A"
SYMBOLS = {"learning_rate": RATE, "batch_size": BATCH, "noise": NOISE}
STOCHASTICITY = rf"${RATE}/{BATCH}$"


class Parser(argparse.ArgumentParser):
    """Wrong usage ends as the program's does."""

    def error(self, message):
        self.exit(USAGE, f"{self.prog}: {message}\n")

    def add_only(self, figures):
        """--only NAME ...: some of the figures."""
        names = [figure.NAME for figure in figures]
        self.add_argument("--only", nargs="+", metavar="NAME", choices=names, default=names,
                          help="these figures alone: " + ", ".join(names))


class NotApplicable(Exception):
    """A figure has nothing to show for this model or these points; the text says why."""


def use():
    """Sets the defaults of all figures."""
    plt.rcdefaults()
    plt.rcParams.update({
        "font.family": "STIXGeneral", "mathtext.fontset": "stix", "font.size": 9.5,
        "axes.labelsize": 10.5, "axes.linewidth": 0.7, "axes.titlesize": 10,
        "xtick.labelsize": 9, "ytick.labelsize": 9,
        "xtick.direction": "in", "ytick.direction": "in",
        "xtick.top": True, "ytick.right": True, "xtick.minor.visible": True,
        "ytick.minor.visible": True, "legend.fontsize": 8.5, "legend.frameon": False,
        "legend.handlelength": 1.4, "legend.handletextpad": 0.5, "legend.borderaxespad": 0.4,
        "legend.labelspacing": 0.3, "lines.linewidth": 1.2, "lines.markersize": 3.5,
        "errorbar.capsize": 0, "figure.dpi": 100, "savefig.dpi": 300, "pdf.fonttype": 42,
        "figure.constrained_layout.use": True,
    })


def save(figure, folder, name):
    """Writes NAME.png and NAME.pdf, the same bytes each time; returns their paths."""
    paths = []
    for suffix, metadata in (("png", {"Software": None}),
                             ("pdf", {"CreationDate": None, "Creator": "dyson", "Producer": None})):
        path = os.path.join(folder, f"{name}.{suffix}")
        figure.savefig(path, metadata=metadata)
        figure.set_layout_engine("none")  # it is laid out by now, which takes longer than drawing
        paths.append(path)
    plt.close(figure)
    return paths


def spread(count, most=MOST):
    """At most `most` of the indices 0 .. count-1, the ends among them, evenly spread."""
    if count <= most:
        return list(range(count))
    return sorted({round(i * (count - 1) / (most - 1)) for i in range(most)})


def look(i):
    """Colour and marker of the i-th mode of a panel."""
    return {"color": COLOURS[i % MOST], "marker": MARKERS[i % MOST]}


def brief(value, error):
    """A number with its error in the last digits: 2.275(33)."""
    if not math.isfinite(value):
        return "n/a"
    if not 0 < error < math.inf:
        return f"{value:.4g}"
    digits = max(0, 1 - math.floor(math.log10(error)))
    last = round(error * 10**digits)
    if last >= 100 and digits:  # 0.0996 is 0.10, not 0.100
        digits -= 1
        last = round(error * 10**digits)
    return f"{value:.{digits}f}({last})" if digits else f"{value:.0f}({error:.0f})"


def legend(axes, **options):
    """A legend that stays legible where a thin line passes behind it."""
    return axes.legend(frameon=True, framealpha=1, edgecolor="none", fancybox=False, **options)


def room_above(axes, share):
    """Leaves a share of the panel's height free above the data, for a legend."""
    low, high = axes.get_ylim()
    axes.set_ylim(low, low + (high - low) / (1 - share))


def draw_figures(figures, names, folder, program, draw):
    """Draws those of the figures that are named, each by draw(figure), into a folder; says which do not apply.
    The exit code."""
    try:
        os.makedirs(folder, exist_ok=True)
        for figure in figures:
            if figure.NAME not in names:
                continue
            try:
                print(*save(draw(figure), folder, figure.NAME))
            except NotApplicable as reason:
                print(f"{figure.NAME}: skipped: {reason}")
    except OSError as error:
        print(f"{program}: cannot write figures to {folder}: {error.strerror}", file=sys.stderr)
        return CANNOT_CREATE
    return 0
