/* teams.h: how many ranks train a replica together. */
#ifndef DYSON_ENSEMBLE_TEAMS_H
#define DYSON_ENSEMBLE_TEAMS_H

#include "ensemble/setup.h"

/* What ranks_per_replica = auto looks at. */
typedef struct teams_choice {
    int ranks;        /* there are */
    double replicas;  /* of all points */
    double size;      /* N */
    double crossover; /* the N below which a team is no faster than one rank */
    double share;     /* bytes that each rank may take */
    double (*memory)(const dyson_system *system, int ranks); /* bytes that it takes in a team */
    const dyson_system *system;
} teams_choice;

/* Local.  The number of ranks, a divisor of all, of which a replica fits into the memory and which
 * ends the run soonest, the least of equals; 0 where none fits.
 *
 * A replica takes a team of n ranks 1/n + (1 - 1/n) crossover/N of one rank's time: what the ranks
 * share, and what they do not; and the teams take as many rounds as it takes them to train all
 * replicas. */
int teams_choose(const teams_choice *choice);

/* Collective.  Makes team, workers, worker and team_ranks of a setup that is otherwise complete.
 * Errors: DYSON_BAD_DATA where the model has no teams, or precision is single; DYSON_USAGE where
 * ranks are too few. */
int teams_make(setup *s, MPI_Comm comm, dyson_error *error);

#endif
