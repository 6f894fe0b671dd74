/* steps.h: a law in time by implicit steps, for laws that the eigenfunctions cannot hold. */
#ifndef DYSON_THEORY_STEPS_H
#define DYSON_THEORY_STEPS_H

#include "dyson/theory.h"

/* What has become of initial[cells] after `time` updates, into density[cells].  Errors:
 * DYSON_INTERNAL. */
int theory_step(const dyson_fokker_planck *mode, const double *initial, double time,
                double *density, dyson_error *error);

#endif
