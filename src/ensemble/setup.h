/* setup.h: from the options of rank 0 to the same spec, system and kernel on every rank. */
#ifndef DYSON_ENSEMBLE_SETUP_H
#define DYSON_ENSEMBLE_SETUP_H

#include "dyson/ensemble.h"
#include "dyson/kernel.h"
#include "dyson/model.h"
#include "dyson/spec.h"
#include "dyson/team.h"

typedef struct setup {
    char *run_file; /* path */
    char *output;   /* path */
    bool exists;    /* there is a file under that path */
    bool overwrite, dry_run, quiet;
    double max_seconds, checkpoint_seconds;
    dyson_spec *spec;
    const dyson_model *model;
    dyson_system *system;
    dyson_kernel kernel;
    dyson_team *team; /* NULL: replicas are trained by one rank each, or this rank is left over */
    int workers;      /* teams, or ranks, that train side by side */
    int worker;       /* which of them this rank belongs to; -1: it is left over */
    int team_ranks;   /* of each worker */
} setup;

/* Collective; rank 0's options count.  Reads the run file on rank 0, applies the overrides, and
 * makes spec, system and kernel on every rank: the widest kernel that all ranks can run, or that of
 * the file to go on with; and the teams.  setup_destroy, collective, also after a failure. */
int setup_create(setup *s, const dyson_run_options *options, MPI_Comm comm, dyson_error *error);
void setup_destroy(setup *s);

/* The number of replicas per point, of those that are trained together, and the cost of one
 * replica of each point (new array, the caller frees; NULL without memory). */
int64_t setup_replicas(const setup *s);
int setup_block(const setup *s);
double *setup_costs(const setup *s);

#endif
