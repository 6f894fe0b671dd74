#!/usr/bin/env python3
"""Draws all figures of a run, as PNG and PDF.

    /usr/bin/python3 analysis/draw.py FILE.h5 [-o FOLDER] [--point P] [--only NAME ...]

Reads FILE.stats.h5, which `dyson stats FILE.h5` makes.  Figures that do not apply to the model or
to the points of the run are skipped, with a line that says why."""
import sys

import densities
import histograms
import increments
import initial_spectrum
import number_statistics
import ratios
import relaxation
import repulsion
import scaling
import spacings
import spectral_law
import splitting
import style
import target_spectrum
import teacher_student
import unfolded_spacings
from ensemble import Ensemble, Unreadable

FIGURES = (target_spectrum, histograms, spacings, densities, scaling, repulsion, teacher_student,
           splitting, initial_spectrum, increments, relaxation, ratios, unfolded_spacings, number_statistics,
           spectral_law)


def parse_arguments():
    parser = style.Parser(description="Draws all figures of a run, as PNG and PDF.")
    parser.add_argument("file", metavar="FILE.h5", help="ensemble file (or its FILE.stats.h5)")
    parser.add_argument("-o", "--output", metavar="FOLDER", default=".",
                        help="where the figures go (.)")
    parser.add_argument("--point", type=int, metavar="P",
                        help="point that the figures of one point show, counted from 0 "
                             "(default: the one in the middle of the order of alpha/B)")
    parser.add_only(FIGURES)
    return parser.parse_args()


def draw_all(run, folder, point, names):
    if point is not None and not 0 <= point < len(run.rate):
        print(f"draw.py: --point {point}: the run has points 0 to {len(run.rate) - 1}",
              file=sys.stderr)
        return style.USAGE
    return style.draw_figures(FIGURES, names, folder, "draw.py", lambda figure: figure.draw(run, point))


def main():
    arguments = parse_arguments()
    style.use()
    try:
        with Ensemble(arguments.file) as run:
            return draw_all(run, arguments.output, arguments.point, arguments.only)
    except Unreadable as error:
        print(f"draw.py: {error}", file=sys.stderr)
        return style.NO_INPUT


if __name__ == "__main__":
    sys.exit(main())
