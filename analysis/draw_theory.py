#!/usr/bin/env python3
"""Draws what `dyson theory -o` wrote, alone and beside an ensemble's statistics, as PNG and PDF.

    /usr/bin/python3 analysis/draw_theory.py FILE.theory.h5 [MORE.theory.h5] [-o FOLDER] [--stats RUN.h5]
                                             [--point P] [--only NAME ...]

MORE: the same run file with another --noise, for the stationary laws beside each other; the other figures show
the first file.  Figures that do not apply are skipped, with a line that says why."""
import sys

import evolution
import ladders
import potentials
import relaxation_levels
import stationary_laws
import style
from ensemble import Ensemble, Unreadable
from theory_file import Theory

ONE_FILE = (potentials, ladders, evolution, relaxation_levels)


def parse_arguments():
    parser = style.Parser(description="Draws theory files, as PNG and PDF.")
    parser.add_argument("files", metavar="FILE.theory.h5", nargs="+")
    parser.add_argument("-o", "--output", metavar="FOLDER", default=".", help="where the figures go (.)")
    parser.add_argument("--stats", metavar="RUN.h5", help="an ensemble that has points of the theory's run file")
    parser.add_argument("--point", type=int, default=0, metavar="P",
                        help="point that the figures of one point show, counted from 0 (0)")
    parser.add_only((*ONE_FILE, stationary_laws))
    return parser.parse_args()


def draw_all(theories, run, folder, point, names):
    points = len(theories[0]["modes/omega"])
    if not 0 <= point < points:
        print(f"draw_theory.py: --point {point}: there are points 0 to {points - 1}", file=sys.stderr)
        return style.USAGE

    def draw(figure):
        return figure.draw(theories[0] if figure in ONE_FILE else theories, run, point)

    return style.draw_figures((*ONE_FILE, stationary_laws), names, folder, "draw_theory.py", draw)


def main():
    arguments = parse_arguments()
    style.use()
    try:
        theories = [Theory(path) for path in arguments.files]
        if arguments.stats is None:
            return draw_all(theories, None, arguments.output, arguments.point, arguments.only)
        with Ensemble(arguments.stats) as run:
            return draw_all(theories, run, arguments.output, arguments.point, arguments.only)
    except Unreadable as error:
        print(f"draw_theory.py: {error}", file=sys.stderr)
        return style.NO_INPUT


if __name__ == "__main__":
    sys.exit(main())
