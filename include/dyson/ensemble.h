/* ensemble.h: `dyson run`: spec, plan, training, archive and progress, on all ranks. */
#ifndef DYSON_ENSEMBLE_H
#define DYSON_ENSEMBLE_H

#include "dyson/error.h"

#include <mpi.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct dyson_run_options {
    const char *run_file; /* path */
    const char *output;   /* path, or NULL: the run file's name with .h5, in the current folder */
    const char *const *overrides; /* --set SECTION.KEY=VALUE */
    size_t override_count;
    bool overwrite;
    bool dry_run;
    bool quiet;
    double max_seconds;        /* 0: no limit */
    double checkpoint_seconds; /* between two checkpoints of a replica; 0: none are made */
} dyson_run_options;

/* Collective over comm; rank 0's options count.  Trains what is pending and returns the same code
 * on every rank: 0, DYSON_STOPPED after a signal (INT, TERM, USR1, USR2, seen by any rank) or
 * max_seconds, or a failure described in error. */
int dyson_ensemble_run(const dyson_run_options *options, MPI_Comm comm, dyson_error *error);

#endif
