/* dry_run.h: what a run would need, without doing it. */
#ifndef DYSON_ENSEMBLE_DRY_RUN_H
#define DYSON_ENSEMBLE_DRY_RUN_H

#include "ensemble/setup.h"

/* Collective.  Prints on rank 0's stdout: the points and what share of the work each is, how the
 * replicas fall on the ranks, memory, file size, and core-hours from a short probe of real packs.
 * Trains nothing to keep and creates nothing. */
int dry_run(const setup *s, MPI_Comm comm, dyson_error *error);

#endif
