/* dry_run.c: the plan of a run and what it would take.
 *
 * Each rank times real packs, one probe per distinct cost: seconds per replica-update of full
 * packs, other ranks of the node busy too.  core-hours = sum over points of pending blocks x
 * replicas of a pack x updates x that time x ranks of a team; all are pending without a file to go
 * on with. */
#include "ensemble/dry_run.h"

#include "base/clock.h"
#include "dyson/archive.h"
#include "dyson/checkpoint.h"
#include "dyson/collective.h"
#include "dyson/plan.h"
#include "ensemble/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define PROBE_SECONDS 0.25 /* per distinct cost, */
#define PROBES_SECONDS 3.0 /* in all */

/* Seconds of one replica-update at a point, from a full pack. */
static double probe(const setup *s, dyson_pack *pack, size_t point, double budget)
{
    const dyson_regime *regime = dyson_model_regime(s->model, s->system, s->team);
    int block = setup_block(s);
    int64_t updates = dyson_spec_integer(s->spec, "ensemble", "updates"), at = 1, chunk = 1;
    int64_t replica[DYSON_KERNEL_LANES_MAX], done = 0;
    for (int i = 0; i < block; i++)
        replica[i] = i;
    regime->start(pack, point, replica, block);
    regime->advance(pack, at); /* warms up */
    double began = clock_seconds(), seconds = 0;
    while (seconds < budget) {
        if (at >= updates) {
            regime->start(pack, point, replica, block);
            at = 0;
        }
        int64_t step = chunk < updates - at ? chunk : updates - at;
        at += step;
        regime->advance(pack, at);
        done += step;
        seconds = clock_seconds() - began;
        dyson_team_most(s->team, &seconds, 1);
        if (seconds < budget / 4 && step == chunk)
            chunk *= 2;
    }
    return seconds / ((double)done * block);
}

/* seconds[p] for every point; points of the same cost share a probe.  Collective over the team. */
static void probe_all(const setup *s, dyson_pack *pack, const double *cost, double *seconds)
{
    size_t points = dyson_spec_points(s->spec), distinct = 0;
    for (int pass = 0; pass < 2; pass++) {
        double budget = fmin(PROBE_SECONDS, PROBES_SECONDS / (double)(distinct + 1));
        for (size_t p = 0; p < points; p++) {
            size_t q = 0;
            while (cost[q] != cost[p])
                q++;
            if (pass == 0)
                distinct += q == p;
            else
                seconds[p] = q == p ? probe(s, pack, p, budget) : seconds[q];
        }
    }
}

/* Bytes of the results of one block, as dyson_trainer keeps them; of a team's ranks the root's. */
static double block_bytes(const setup *s)
{
    const dyson_shape *const shape = s->model->shape(s->system);
    const double weights = (double)shape->weight_rows * (double)shape->weight_columns;
    size_t snapshots;
    dyson_spec_snapshots(s->spec, &snapshots);
    return 8.0 * setup_block(s) *
           ((double)snapshots * shape->levels + (double)dyson_spec_weight_sets(s->spec) * weights);
}

/* One spectrum, for the memory that it touches.  Collective over the team. */
static int take_spectrum(const setup *s, dyson_pack *pack, dyson_error *error)
{
    const size_t levels = (size_t)s->model->shape(s->system)->levels;
    double *const spectrum = malloc((size_t)setup_block(s) * levels * sizeof *spectrum);
    if (spectrum == NULL)
        dyson_fail(error, DYSON_INTERNAL, "out of memory");
    if (dyson_team_agree(s->team, error) == DYSON_OK)
        dyson_model_regime(s->model, s->system, s->team)->spectrum(pack, spectrum, levels, error);
    free(spectrum);
    return error->code;
}

/* The largest checkpoints that a replica of any point has; 0 where none are made.  Collective over
 * the team. */
static double checkpoint_bytes(const setup *s, dyson_pack *pack)
{
    const dyson_regime *const regime = dyson_model_regime(s->model, s->system, s->team);
    const dyson_shape *const shape = s->model->shape(s->system);
    const bool weights = strcmp(dyson_spec_text(s->spec, "ensemble", "weights"), "all") == 0;
    dyson_checkpoint state = {.levels = (size_t)shape->levels};
    size_t snapshots;
    double most = 0;
    dyson_spec_snapshots(s->spec, &snapshots);
    state.snapshots = (int64_t)snapshots;
    if (weights)
        state.weight_size = (size_t)shape->weight_rows * (size_t)shape->weight_columns;
    for (size_t p = 0; regime->state != NULL && p < dyson_spec_points(s->spec); p++) {
        regime->start(pack, p, (int64_t[]){0}, 1);
        state.parts = regime->state(pack, state.part);
        most = fmax(most, dyson_checkpoint_bytes(&state));
    }
    return most;
}

static double resident_bytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return 1024 * (double)usage.ru_maxrss;
}

/* What a run takes. */
typedef struct dry_needs {
    double *seconds; /* of one replica-update of each point, the mean over the ranks that train */
    double memory;   /* the largest of a rank: what it has touched, and for teams also what it had
                           before and their replica takes; bytes */
    double checkpoints; /* bytes of a replica in work */
} dry_needs;

/* Collective. */
static int probe_points(const setup *s, const double *cost, dry_needs *needs, MPI_Comm comm,
                        dyson_error *error)
{
    double *const seconds = needs->seconds, *const memory = &needs->memory;
    const int points = (int)dyson_spec_points(s->spec);
    const bool trains = s->worker >= 0;
    dyson_pack *pack = NULL;
    *memory = resident_bytes();
    if (s->team != NULL)
        *memory += s->model->teams->memory(s->system, s->team_ranks);
    if (trains)
        dyson_model_pack(s->model, s->system, s->kernel, s->team, &pack, error);
    if (dyson_agree(error, comm) == DYSON_OK && trains)
        probe_all(s, pack, cost, seconds);
    if (error->code == DYSON_OK && trains)
        take_spectrum(s, pack, error);
    dyson_agree(error, comm);
    if (error->code == DYSON_OK && trains && s->checkpoint_seconds > 0)
        needs->checkpoints = checkpoint_bytes(s, pack);
    if (pack != NULL)
        dyson_model_regime(s->model, s->system, s->team)->destroy(pack);
    if (error->code != DYSON_OK)
        return error->code;
    *memory = fmax(*memory, resident_bytes()) + block_bytes(s);
    MPI_Allreduce(MPI_IN_PLACE, memory, 1, MPI_DOUBLE, MPI_MAX, comm);
    MPI_Allreduce(MPI_IN_PLACE, seconds, points, MPI_DOUBLE, MPI_SUM, comm);
    for (int p = 0; p < points; p++)
        seconds[p] /= s->workers * s->team_ranks;
    return DYSON_OK;
}

static void print_points(const setup *s, const double *seconds)
{
    size_t points = dyson_spec_points(s->spec);
    double sum = 0;
    char label[256];
    int width = 5;
    for (size_t p = 0; p < points; p++) {
        sum += seconds[p];
        dyson_spec_label(s->spec, p, label, sizeof label);
        width = (int)strlen(label) > width ? (int)strlen(label) : width;
    }
    printf("%-*s  %12s  %22s\n", width, "point", "share", "time of an update (ns)");
    for (size_t p = 0; p < points; p++) {
        dyson_spec_label(s->spec, p, label, sizeof label);
        printf("%-*s  %10.1f %%  %22.0f\n", width, label, 100 * seconds[p] / sum, 1e9 * seconds[p]);
    }
}

static void print_size(double bytes)
{
    const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    size_t unit = 0;
    for (; bytes >= 1000 && unit < 5; unit++)
        bytes /= 1000;
    printf("%.3g %s", bytes, units[unit]);
}

/* pending: replicas of each point. */
static int print_plan(const setup *s, const double *cost, const int64_t *pending, double *imbalance,
                      dyson_error *error)
{
    const int ranks = s->workers;
    const char *const what = s->team_ranks > 1 ? "team" : "rank";
    size_t points = dyson_spec_points(s->spec), extents = 0;
    dyson_plan *plan = NULL;
    dyson_extent *all = calloc(points, sizeof *all);
    *imbalance = 0;
    if (all == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory");
    for (size_t p = 0; p < points; p++)
        if (pending[p] > 0)
            all[extents++] = (dyson_extent){p, 0, pending[p]};
    dyson_plan_create(cost, points, all, extents, setup_block(s), ranks, &plan, error);
    free(all);
    if (error->code)
        return error->code;
    int64_t least = dyson_plan_replicas(plan), most = 0;
    double load = 0;
    for (int r = 0; r < ranks; r++) {
        int64_t replicas = dyson_plan_rank_replicas(plan, r);
        least = replicas < least ? replicas : least;
        most = replicas > most ? replicas : most;
        load = fmax(load, dyson_plan_rank_cost(plan, r));
    }
    if (load > 0)
        *imbalance = load / (dyson_plan_cost(plan) / ranks) - 1;
    dyson_plan_destroy(plan);
    if (s->team_ranks > 1)
        printf("teams              %d of %d ranks\n", s->workers, s->team_ranks);
    printf("replicas per %s  %lld to %lld\n", what, (long long)least, (long long)most);
    printf("imbalance          %.2f %% (busiest %s above the mean)\n", 100 * *imbalance, what);
    return DYSON_OK;
}

/* Opens the file that exists; DYSON_BAD_DATA where the run would refuse to go on with it. */
static int open_same(const setup *s, dyson_reader **reader, dyson_error *error)
{
    char differences[DYSON_ERROR_TEXT];
    if (dyson_reader_open(s->output, reader, error) != DYSON_OK)
        return error->code;
    if (dyson_spec_compare(dyson_reader_spec(*reader), "the file", s->spec, "the run file",
                           differences, sizeof differences) > 0)
        dyson_fail(error, DYSON_BAD_DATA, "with other parameters, so that the run would refuse it");
    return error->code;
}

/* What is still to be done of each point, and about the file that exists into note[size]. */
static void find_pending(const setup *s, int64_t *pending, char *note, size_t size)
{
    size_t points = dyson_spec_points(s->spec);
    dyson_reader *reader = NULL;
    dyson_error error = {0};
    int64_t counts[3] = {0}, all = 0;
    for (size_t p = 0; p < points; p++)
        pending[p] = setup_replicas(s);
    note[0] = '\0';
    if (!s->exists)
        return;
    if (s->overwrite) {
        snprintf(note, size, "; exists and would be replaced");
        return;
    }
    if (open_same(s, &reader, &error) == DYSON_OK)
        for (size_t p = 0; p < points && error.code == DYSON_OK; p++)
            if (dyson_reader_count(reader, (int64_t)p, counts, &error) == DYSON_OK)
                all += pending[p] = counts[DYSON_PENDING];
    if (error.code == DYSON_OK)
        snprintf(note, size, "; exists with %lld of its %lld replicas pending", (long long)all,
                 (long long)(setup_replicas(s) * (int64_t)points));
    else
        snprintf(note, size, "; exists, but: %s", error.text);
    dyson_reader_close(reader);
}

static int print_needs(const setup *s, const double *cost, const dry_needs *needs, int ranks,
                       dyson_error *error)
{
    const double *const seconds = needs->seconds;
    size_t points = dyson_spec_points(s->spec), snapshots;
    double updates = (double)dyson_spec_integer(s->spec, "ensemble", "updates");
    double block = setup_block(s), work = 0, imbalance = 0;
    char note[DYSON_ERROR_TEXT + 32], clock[32];
    int64_t bytes, *pending = malloc(points * sizeof *pending);
    if (pending == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory");
    if (dyson_archive_bytes(s->spec, s->system, &bytes, error)) {
        free(pending);
        return error->code;
    }
    find_pending(s, pending, note, sizeof note);
    dyson_spec_snapshots(s->spec, &snapshots);
    for (size_t p = 0; p < points; p++)
        work += ceil((double)pending[p] / block) * block * updates * seconds[p];
    printf("%s: model %s, %zu points x %lld replicas x %.0f updates, %zu snapshots; %d rank%s, "
           "CPU kernel %s\n\n",
           s->run_file, s->model->name, points, (long long)setup_replicas(s), updates, snapshots,
           ranks, ranks == 1 ? "" : "s", dyson_kernel_name(s->kernel));
    print_points(s, seconds);
    printf("\n");
    print_plan(s, cost, pending, &imbalance, error);
    free(pending);
    if (error->code)
        return error->code;
    printf("memory per rank    %.0f MB\n", needs->memory / 1e6);
    printf("file               ");
    print_size((double)bytes);
    printf(" (%s%s)\n", s->output, note);
    if (needs->checkpoints > 0) {
        printf("checkpoints        ");
        print_size(needs->checkpoints * s->workers);
        printf(" (%s.checkpoints, while replicas are in work, every %s)\n", s->output,
               progress_clock(s->checkpoint_seconds, clock));
    }
    printf("computing          %.3g core-hours, %s on %d rank%s\n", work * s->team_ranks / 3600,
           progress_clock(work * (1 + imbalance) / s->workers, clock), ranks,
           ranks == 1 ? "" : "s");
    return DYSON_OK;
}

int dry_run(const setup *s, MPI_Comm comm, dyson_error *error)
{
    int rank, ranks;
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &ranks);
    double *cost = setup_costs(s);
    dry_needs needs = {.seconds = calloc(dyson_spec_points(s->spec), sizeof *needs.seconds)};
    if (cost == NULL || needs.seconds == NULL)
        dyson_fail(error, DYSON_INTERNAL, "out of memory");
    if (dyson_agree(error, comm) == DYSON_OK && cost != NULL && needs.seconds != NULL &&
        probe_points(s, cost, &needs, comm, error) == DYSON_OK) {
        if (rank == 0)
            print_needs(s, cost, &needs, ranks, error);
        dyson_share(error, comm);
    }
    free(cost);
    free(needs.seconds);
    return error->code;
}
