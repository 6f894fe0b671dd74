/* replay.c: a replica's numbers depend on the run file, its point and its own number alone, so any
 * of them can be trained again by itself. */
#include "commands/replay.h"

#include "dyson/train.h"

#include <stdlib.h>
#include <string.h>

static bool never(void *context)
{
    (void)context;
    return false;
}

static int retrain(replay *r, dyson_reader *reader, dyson_trainer *trainer,
                   const dyson_extent *extent,
                   void (*report)(void *context, size_t point, int64_t replica), void *context,
                   dyson_error *error)
{
    const dyson_block *block;
    bool same = false;
    if (!dyson_train(trainer, extent, never, NULL, &block, error) ||
        dyson_reader_compare(reader, block, r->tolerance, &same, error) != DYSON_OK)
        return error->code;
    r->trained++;
    if (!same) {
        r->differing++;
        report(context, extent->point, extent->first);
    }
    return DYSON_OK;
}

/* The i-th of n chosen replicas is number floor((i + 1/2) finished/n) of the finished ones. */
static int choose(replay *r, dyson_reader *reader, dyson_trainer *trainer, int64_t finished,
                  void (*report)(void *context, size_t point, int64_t replica), void *context,
                  dyson_error *error)
{
    const int64_t n = r->wanted < finished ? r->wanted : finished;
    const int64_t replicas = dyson_reader_replicas(reader);
    const size_t points = dyson_spec_points(dyson_reader_spec(reader));
    uint8_t *status = malloc((size_t)replicas);
    if (status == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %lld replicas",
                          (long long)replicas);
    int64_t seen = 0, i = 0;
    for (size_t p = 0; p < points && i < n && error->code == DYSON_OK; p++) {
        if (dyson_reader_status(reader, p, 0, replicas, status, error) != DYSON_OK)
            break;
        for (int64_t k = 0; k < replicas && i < n && error->code == DYSON_OK; k++) {
            if (status[k] == DYSON_PENDING)
                continue;
            const double next = ((double)i + 0.5) * (double)finished / (double)n;
            if (seen++ == (int64_t)next) {
                i++;
                retrain(r, reader, trainer, &(dyson_extent){p, k, 1}, report, context, error);
            }
        }
    }
    free(status);
    return error->code;
}

/* Here one rank trains them; a team rounds otherwise. */
static bool by_teams(const dyson_spec *spec)
{
    return dyson_spec_model(spec)->teams != NULL &&
           strcmp(dyson_spec_text(spec, "ensemble", "ranks_per_replica"), "1") != 0;
}

/* The format version from which on files of a kernel have the bits of this program: sampler = auto
 * had another meaning in version 1; and normals came from tables everywhere in version 2. */
static int replayed_from(dyson_kernel kernel)
{
    return kernel == DYSON_KERNEL_AVX512 ? 2 : 3;
}

int replay_run(replay *r, dyson_reader *reader,
               void (*report)(void *context, size_t point, int64_t replica), void *context,
               dyson_error *error)
{
    const dyson_spec *spec = dyson_reader_spec(reader);
    const char *made_by = dyson_reader_provenance(reader)->kernel;
    dyson_kernel kernel = DYSON_KERNEL_BASE;
    int64_t counts[3];
    dyson_trainer *trainer = NULL;
    r->tolerance = by_teams(spec) ? REPLAY_ROUNDING : 0.0;
    dyson_kernel_find(made_by, &kernel, error);
    if (error->code == DYSON_OK &&
        dyson_reader_provenance(reader)->format_version < replayed_from(kernel))
        dyson_fail(error, DYSON_BAD_DATA,
                   "%s cannot be replayed: it has format version %lld and CPU kernel %s, whose "
                   "numbers this program no longer makes",
                   dyson_reader_path(reader),
                   (long long)dyson_reader_provenance(reader)->format_version, made_by);
    else if (error->code == DYSON_OK && !dyson_kernel_runs(kernel))
        dyson_fail(error, DYSON_BAD_DATA,
                   "%s cannot be replayed here: its CPU kernel is %s, which this processor cannot "
                   "run",
                   dyson_reader_path(reader), made_by);
    if (error->code == DYSON_OK && dyson_reader_count(reader, -1, counts, error) == DYSON_OK &&
        dyson_trainer_create(spec, dyson_spec_model(spec), dyson_reader_system(reader), kernel,
                             NULL, &trainer, error) == DYSON_OK)
        choose(r, reader, trainer, counts[DYSON_DONE] + counts[DYSON_DIVERGED], report, context,
               error);
    dyson_trainer_destroy(trainer);
    return error->code;
}
