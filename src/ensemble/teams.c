/* teams.c: the number of ranks of a team, as the run file says or as memory and time ask for. */
#include "ensemble/teams.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MEMORY_SHARE 0.8 /* of a node's memory, for replicas */

int teams_choose(const teams_choice *choice)
{
    int best = 0;
    double least = INFINITY;
    for (int n = 1; n <= choice->ranks; n++) {
        if (choice->ranks % n != 0 || choice->memory(choice->system, n) > choice->share)
            continue;
        const double rounds = ceil(choice->replicas * n / choice->ranks);
        const double time = rounds * (1.0 / n + (1.0 - 1.0 / n) * choice->crossover / choice->size);
        if (time < least) {
            least = time;
            best = n;
        }
    }
    return best;
}

/* Bytes of this node: what it has, or what a container is allowed. */
static double node_memory(void)
{
    double bytes = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGE_SIZE), allowed;
    FILE *const limit = fopen("/sys/fs/cgroup/memory.max", "r");
    if (limit != NULL) {
        if (fscanf(limit, "%lf", &allowed) == 1)
            bytes = fmin(bytes, allowed);
        fclose(limit);
    }
    return bytes;
}

/* Collective.  What each rank may take for replicas: the least of all nodes' shares. */
static double memory_share(MPI_Comm comm)
{
    int on_node;
    MPI_Comm node;
    MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
    MPI_Comm_size(node, &on_node);
    MPI_Comm_free(&node);
    double share = MEMORY_SHARE * node_memory() / on_node;
    MPI_Allreduce(MPI_IN_PLACE, &share, 1, MPI_DOUBLE, MPI_MIN, comm);
    return share;
}

static bool single_precision(const setup *s)
{
    return strcmp(dyson_spec_text(s->spec, "ensemble", "precision"), "single") == 0;
}

/* Collective. */
static int choose(const setup *s, int ranks, MPI_Comm comm, dyson_error *error)
{
    const dyson_team_regime *const teams = s->model->teams;
    if (teams == NULL || single_precision(s))
        return 1;
    const teams_choice choice = {
        .ranks = ranks,
        .replicas = (double)setup_replicas(s) * (double)dyson_spec_points(s->spec),
        .size = s->model->shape(s->system)->levels,
        .crossover = teams->crossover,
        .share = memory_share(comm),
        .memory = teams->memory,
        .system = s->system,
    };
    const int n = teams_choose(&choice);
    if (n == 0)
        dyson_fail(error, DYSON_USAGE,
                   "a replica takes %.3g GB on each of %d ranks, and a rank has %.3g GB for it: "
                   "start the run on more nodes, or with fewer ranks on each",
                   1e-9 * teams->memory(s->system, ranks), ranks, 1e-9 * choice.share);
    return n;
}

int teams_make(setup *s, MPI_Comm comm, dyson_error *error)
{
    const char *const asked = dyson_spec_text(s->spec, "ensemble", "ranks_per_replica");
    const bool automatic = strcmp(asked, "auto") == 0;
    int rank, ranks;
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &ranks);
    const int n = automatic ? choose(s, ranks, comm, error) : (int)strtol(asked, NULL, 10);
    s->team_ranks = n;
    if (error->code != DYSON_OK)
        return error->code;
    if (n > 1 && s->model->teams == NULL)
        return dyson_fail(error, DYSON_BAD_DATA,
                          "%s: [ensemble] ranks_per_replica = %d: replicas of model %s are trained "
                          "by one rank each; it must be 1 or auto",
                          s->run_file, n, s->model->name);
    if (n > 1 && single_precision(s))
        return dyson_fail(error, DYSON_BAD_DATA,
                          "%s: [ensemble] ranks_per_replica = %d: teams train in double precision; "
                          "with precision = single it must be 1 or auto",
                          s->run_file, n);
    if (n > ranks)
        return dyson_fail(error, DYSON_USAGE,
                          "%s: [ensemble] ranks_per_replica = %d, and there %s %d rank%s: start "
                          "the run on more, or with --set ensemble.ranks_per_replica=auto",
                          s->run_file, n, ranks == 1 ? "is" : "are", ranks, ranks == 1 ? "" : "s");
    s->workers = ranks / n;
    s->worker = rank / n < s->workers ? rank / n : -1;
    if (n > 1)
        dyson_team_create(comm, n, DYSON_TEAM_BLOCK, &s->team, error);
    return error->code;
}
