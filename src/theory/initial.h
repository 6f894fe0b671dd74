/* initial.h: the law of a level at time 0, on a mode's grid. */
#ifndef DYSON_THEORY_INITIAL_H
#define DYSON_THEORY_INITIAL_H

#include "dyson/theory.h"

/* `text` as in dyson_theory_options; density[cells] with sum h P = 1.  Errors: DYSON_NO_INPUT for a
 * file, DYSON_BAD_DATA for one that holds no numbers, and where the law does not lie on the grid
 * (a thousandth may be outside). */
int theory_initial(const char *text, const dyson_fokker_planck *mode, double *density,
                   dyson_error *error);

#endif
