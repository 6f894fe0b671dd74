/* elpa.h: eigenvalues by the library ELPA, where the program was built with it (make ELPA=yes;
 * private to the library). */
#ifndef DYSON_TEAM_ELPA_H
#define DYSON_TEAM_ELPA_H

#include "team/matrix.h"

/* From this size on its two-stage solver is the faster way (docs/performance.md), at five times the
 * matrix in memory. */
#ifndef TEAM_ELPA_LEAST
#define TEAM_ELPA_LEAST 3000
#endif

typedef struct team_elpa team_elpa;

/* Whether symmetric matrices of this size are for ELPA, which wants a block on every rank. */
bool team_elpa_suits(int ranks, int block, int size);

/* Collective over the team.  For symmetric matrices of m's size.  Errors, on all ranks of the team:
 * DYSON_INTERNAL. */
int team_elpa_create(const team_matrix *m, team_elpa **elpa, dyson_error *error);
void team_elpa_destroy(team_elpa *elpa);

/* Bytes of work space on each rank of such a team. */
double team_elpa_bytes(int ranks, int block, int size);

/* Collective over the team.  The eigenvalues of m (destroyed), of which the lower triangle counts,
 * ascending, on every rank.  Returns ELPA's error code, 0 where all is well. */
int team_elpa_eigenvalues(team_elpa *elpa, team_matrix *m, double *values);

#endif
