/* team.c: a communicator and a process grid for each team. */
#include "dyson/team.h"

#include "dyson/collective.h"
#include "team/matrix.h"

#include <stdlib.h>

/* BLACS by its C interface. */
int Csys2blacs_handle(MPI_Comm comm);
void Cfree_blacs_system_handle(int handle);
void Cblacs_gridinit(int *context, const char *order, int rows, int columns);
void Cblacs_gridexit(int context);
void Cblacs_set(int context, int what, const int *value);

/* What Cblacs_set knows: sums in the same order every time, and the same bits on every rank. */
enum { REPEATABLE = 15, COHERENT = 16 };

void team_grid(int ranks, int *rows, int *columns)
{
    *rows = 1;
    for (int d = 1; d <= ranks / d; d++)
        if (ranks % d == 0)
            *rows = d;
    *columns = ranks / *rows;
}

/* Collective over the team's communicator. */
static void make_grid(dyson_team *team)
{
    MPI_Comm_rank(team->comm, &team->rank);
    team_grid(team->ranks, &team->rows, &team->columns);
    team->row = team->rank / team->columns;
    team->column = team->rank % team->columns;
    team->context = team->handle = Csys2blacs_handle(team->comm);
    Cblacs_gridinit(&team->context, "R", team->rows, team->columns);
    Cblacs_set(team->context, REPEATABLE, &(int){1});
    Cblacs_set(team->context, COHERENT, &(int){1});
}

int dyson_team_create(MPI_Comm comm, int ranks, int block, dyson_team **team, dyson_error *error)
{
    int rank, all;
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &all);
    *team = NULL;
    if (ranks > all)
        return dyson_fail(error, DYSON_USAGE, "a team of %d ranks needs as many, and there are %d",
                          ranks, all);
    const int teams = all / ranks, number = rank / ranks;
    dyson_team *const made = number < teams ? calloc(1, sizeof *made) : NULL;
    if (number < teams && made == NULL)
        dyson_fail(error, DYSON_INTERNAL, "out of memory");
    if (dyson_agree(error, comm) != DYSON_OK) {
        free(made);
        return error->code;
    }
    MPI_Comm own;
    MPI_Comm_split(comm, number < teams ? number : MPI_UNDEFINED, rank, &own);
    if (made != NULL) {
        *made = (dyson_team){
            .comm = own, .number = number, .teams = teams, .ranks = ranks, .block = block};
        make_grid(made);
    }
    *team = made;
    return DYSON_OK;
}

void dyson_team_destroy(dyson_team *team)
{
    if (team == NULL)
        return;
    Cblacs_gridexit(team->context);
    Cfree_blacs_system_handle(team->handle);
    MPI_Comm_free(&team->comm);
    free(team);
}

bool dyson_team_root(const dyson_team *team)
{
    return team == NULL || team->rank == 0;
}

void dyson_team_most(const dyson_team *team, double *values, int count)
{
    if (team != NULL)
        MPI_Allreduce(MPI_IN_PLACE, values, count, MPI_DOUBLE, MPI_MAX, team->comm);
}

bool dyson_team_any(const dyson_team *team, bool here)
{
    double any = here;
    dyson_team_most(team, &any, 1);
    return any > 0;
}

double team_sum(const dyson_team *team, double own, double *part)
{
    double sum = 0.0;
    MPI_Allgather(&own, 1, MPI_DOUBLE, part, 1, MPI_DOUBLE, team->comm);
    for (int r = 0; r < team->ranks; r++)
        sum += part[r];
    return sum;
}

int dyson_team_agree(const dyson_team *team, dyson_error *error)
{
    if (team == NULL)
        return error->code;
    int lowest = error->code != DYSON_OK ? team->rank : team->ranks;
    MPI_Allreduce(MPI_IN_PLACE, &lowest, 1, MPI_INT, MPI_MIN, team->comm);
    if (lowest < team->ranks)
        MPI_Bcast(error, (int)sizeof *error, MPI_BYTE, lowest, team->comm);
    return error->code;
}
