/* team.h: ranks that train one replica together.
 *
 * Where a replica is too large for one rank, or there are fewer replicas than ranks, the ranks are
 * split into teams of n consecutive ones.  A team owns a process grid of BLACS, as square as n
 * allows, over which the replica's matrices are spread block by block in turn (ScaLAPACK's
 * block-cyclic layout).  Its rank 0, the root, writes what the team has trained.
 *
 * All ranks of a team make the same collective calls.  So whatever decides about such a call (to
 * stop, to go on after a failure, how many updates come next) is first agreed within the team. */
#ifndef DYSON_TEAM_H
#define DYSON_TEAM_H

#include "dyson/error.h"

#include <mpi.h>
#include <stdbool.h>

#define DYSON_TEAM_BLOCK 64 /* rows and columns of a block, in runs */

typedef struct dyson_team {
    MPI_Comm comm;       /* of the team's ranks */
    int number, teams;   /* this one, of how many */
    int rank, ranks;     /* in comm; rank r sits at row r/columns, column r % columns of the grid */
    int rows, columns;   /* of the grid, rows <= columns */
    int row, column;     /* this rank's */
    int block;           /* matrices lie in blocks of block x block elements */
    int handle, context; /* of BLACS */
} dyson_team;

/* Collective over comm; ranks and block, both at least 1, agree.  Splits comm into as many teams
 * of `ranks` ranks as it holds.  *team is this rank's, and NULL on those that are left over.
 * Errors, on every rank of comm: DYSON_USAGE where comm has fewer ranks; DYSON_INTERNAL. */
int dyson_team_create(MPI_Comm comm, int ranks, int block, dyson_team **team, dyson_error *error);
/* Collective over the team. */
void dyson_team_destroy(dyson_team *team);

/* With team NULL a rank is by itself, and all that follows is local. */

/* Whether this rank writes what its team has trained. */
bool dyson_team_root(const dyson_team *team);

/* Collective over the team: each value becomes the largest of all ranks', the same on each. */
void dyson_team_most(const dyson_team *team, double *values, int count);

/* Collective over the team: whether it is so on any rank. */
bool dyson_team_any(const dyson_team *team, bool here);

/* Collective over the team: the failure of the lowest failing rank becomes every rank's.  Returns
 * the code. */
int dyson_team_agree(const dyson_team *team, dyson_error *error);

#endif
