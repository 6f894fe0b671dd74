/* train_test.c: snapshots are taken where they are asked for, replicas that ran away are marked and
 * not trained in vain, and neither chunks nor company leave a trace in the results.
 *
 * A model made for these tests counts its updates: replica r has at update u the spectrum
 * (u + r/1000, u), ran away at update escape(r), and takes as long as the test says. */
#include "dyson/train.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static struct {
    long nanoseconds; /* per update */
    int64_t escape[100];
    int64_t infinite_at; /* from this update on replica 3 is not finite, unsaid by the model */
    int64_t fails_at;    /* from this update on spectra cannot be found */
    int64_t furthest;
    int64_t advances;
} world;

struct dyson_pack {
    int64_t replica[DYSON_KERNEL_LANES_MAX];
    int64_t update;
    int count;
};

static const dyson_shape counting_shape = {.levels = 2, .weight_rows = 2, .weight_columns = 3};

static const dyson_shape *shape(const dyson_system *system)
{
    (void)system;
    return &counting_shape;
}

static int pack_create(const dyson_system *system, dyson_kernel kernel, dyson_pack **pack,
                       dyson_error *error)
{
    (void)system, (void)kernel;
    *pack = calloc(1, sizeof **pack);
    return *pack == NULL ? dyson_fail(error, DYSON_INTERNAL, "no memory") : DYSON_OK;
}

static void pack_destroy(dyson_pack *pack)
{
    free(pack);
}

static void pack_start(dyson_pack *pack, size_t point, const int64_t *replica, int count)
{
    (void)point;
    memcpy(pack->replica, replica, (size_t)count * sizeof *replica);
    pack->update = 0;
    pack->count = count;
}

static void pack_advance(dyson_pack *pack, int64_t update)
{
    assert_true(update > pack->update);
    int64_t wait = world.nanoseconds * (update - pack->update);
    struct timespec pause = {wait / 1000000000, wait % 1000000000};
    nanosleep(&pause, NULL);
    pack->update = update;
    world.furthest = update;
    world.advances++;
}

static int pack_spectrum(dyson_pack *pack, double *eigenvalues, size_t stride, dyson_error *error)
{
    if (pack->update >= world.fails_at)
        return dyson_fail(error, DYSON_INTERNAL, "no spectrum at update %d", (int)pack->update);
    for (int i = 0; i < pack->count; i++) {
        eigenvalues[(size_t)i * stride] = (double)pack->update + 1e-3 * (double)pack->replica[i];
        eigenvalues[(size_t)i * stride + 1] = (double)pack->update;
        if (pack->replica[i] == 3 && pack->update >= world.infinite_at)
            eigenvalues[(size_t)i * stride] = INFINITY;
    }
    return DYSON_OK;
}

static void pack_weights(dyson_pack *pack, double *weights, size_t stride)
{
    for (int i = 0; i < pack->count; i++)
        for (int k = 0; k < 6; k++)
            weights[(size_t)i * stride + (size_t)k] =
                (double)(pack->update * 1000 + pack->replica[i] * 10 + k);
}

static void pack_diverged(const dyson_pack *pack, int64_t *diverged_at)
{
    for (int i = 0; i < pack->count; i++) {
        int64_t escape = world.escape[pack->replica[i]];
        diverged_at[i] = escape >= 0 && escape <= pack->update ? escape : -1;
    }
}

static const dyson_regime counting_regime = {
    .replicas = dyson_kernel_lanes,
    .create = pack_create,
    .destroy = pack_destroy,
    .start = pack_start,
    .advance = pack_advance,
    .spectrum = pack_spectrum,
    .weights = pack_weights,
    .diverged = pack_diverged,
};

static const dyson_regime *regime(const dyson_system *system)
{
    (void)system;
    return &counting_regime;
}

static const dyson_model counting = {
    .name = "rbm",
    .shape = shape,
    .regime = regime,
};

static const char run_file[] = "[ensemble]\nmodel = rbm\nreplicas = 100\nupdates = %s\n"
                               "snapshots = %s\nweights = %s\nfirst_replica = %s\nseed = 5\n"
                               "[rbm]\nvisible = 4\nhidden = 3\nmass2 = 9\ntarget_mass2 = 4\n"
                               "learning_rate = 0.1\nbatch_size = 4\n";

static dyson_spec *parse(const char *updates, const char *snapshots, const char *weights,
                         const char *first)
{
    char text[1024];
    dyson_spec *spec = NULL;
    dyson_error error = {0};
    snprintf(text, sizeof text, run_file, updates, snapshots, weights, first);
    assert_int_equal(dyson_spec_parse(text, "test", &spec, &error), DYSON_OK);
    return spec;
}

static dyson_trainer *create(const dyson_spec *spec)
{
    dyson_trainer *trainer = NULL;
    dyson_error error = {0};
    assert_int_equal(
        dyson_trainer_create(spec, &counting, NULL, DYSON_KERNEL_AVX512, NULL, &trainer, &error),
        0);
    return trainer;
}

static int calm(void **state)
{
    (void)state;
    memset(&world, 0, sizeof world);
    memset(world.escape, 0xff, sizeof world.escape);
    world.infinite_at = world.fails_at = INT64_MAX;
    return 0;
}

static bool go_on(void *context)
{
    (void)context;
    return false;
}

static void snapshots_are_where_asked_for(void **state)
{
    (void)state;
    dyson_spec *spec = parse("1000", "0 1 10 333 999", "none", "20");
    dyson_trainer *trainer = create(spec);
    const dyson_block *block;
    const dyson_extent extent = {0, 4, 5};
    assert_true(dyson_train(trainer, &extent, go_on, NULL, &block, &(dyson_error){0}));
    const double at[] = {0, 1, 10, 333, 999};
    assert_null(block->weights);
    assert_int_equal(block->extent.first, 4);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(block->diverged_at[i], -1);
        for (int t = 0; t < 5; t++) {
            /* index 4 + i of the file is replica 24 + i */
            assert_true(block->eigenvalues[(i * 5 + t) * 2] == at[t] + 1e-3 * (24 + i));
            assert_true(block->eigenvalues[(i * 5 + t) * 2 + 1] == at[t]);
        }
    }
    assert_int_equal(world.furthest, 1000);
    assert_int_equal(dyson_trainer_update(trainer), 1000);
    dyson_trainer_destroy(trainer);
    dyson_spec_destroy(spec);
}

static void runaways_are_marked_from_then_on(void **state)
{
    (void)state;
    dyson_spec *spec = parse("100", "0 50 60 100", "all", "0");
    dyson_trainer *trainer = create(spec);
    const dyson_block *block;
    const dyson_extent extent = {0, 0, 4};
    world.escape[0] = 50;
    world.escape[1] = 51;
    world.infinite_at = 60;
    assert_true(dyson_train(trainer, &extent, go_on, NULL, &block, &(dyson_error){0}));
    const int64_t gone[] = {50, 51, -1, 60};
    const int well[] = {1, 2, 4, 2}; /* snapshots before that */
    for (int i = 0; i < 4; i++) {
        assert_int_equal(block->diverged_at[i], gone[i]);
        for (int t = 0; t < 4; t++) {
            assert_int_equal(isnan(block->eigenvalues[(i * 4 + t) * 2]) == 0, t < well[i]);
            assert_int_equal(isnan(block->eigenvalues[(i * 4 + t) * 2 + 1]) == 0, t < well[i]);
            assert_int_equal(isnan(block->weights[(i * 4 + t) * 6 + 5]) == 0, t < well[i]);
        }
    }
    assert_int_equal(world.furthest, 100);
    dyson_trainer_destroy(trainer);
    dyson_spec_destroy(spec);
}

static void a_block_of_runaways_is_not_trained_on(void **state)
{
    (void)state;
    dyson_spec *spec = parse("100000", "0 100000", "last", "0");
    dyson_trainer *trainer = create(spec);
    const dyson_block *block;
    const dyson_extent extent = {0, 0, 2};
    world.escape[0] = 5;
    world.escape[1] = 40;
    world.nanoseconds = 20000;
    assert_true(dyson_train(trainer, &extent, go_on, NULL, &block, &(dyson_error){0}));
    assert_in_range(world.furthest, 40, 1000);
    for (int i = 0; i < 2; i++) {
        assert_true(block->eigenvalues[i * 4 + 1] == 0);
        assert_true(isnan(block->eigenvalues[i * 4 + 2]));
        for (int k = 0; k < 6; k++)
            assert_true(isnan(block->weights[i * 6 + k]));
    }
    dyson_trainer_destroy(trainer);
    dyson_spec_destroy(spec);
}

static void weights_are_kept_as_asked(void **state)
{
    (void)state;
    const char *const asked[] = {"last", "all"};
    const int slots[] = {1, 2};
    const int64_t last[] = {9, 7}; /* `last` means after the last update, 9 */
    for (int c = 0; c < 2; c++) {
        dyson_spec *spec = parse("9", "0 7", asked[c], "0");
        dyson_trainer *trainer = create(spec);
        const dyson_block *block;
        const dyson_extent extent = {0, 0, 3};
        assert_true(dyson_train(trainer, &extent, go_on, NULL, &block, &(dyson_error){0}));
        for (int i = 0; i < 3; i++)
            for (int k = 0; k < 6; k++) {
                const double *w = block->weights + i * slots[c] * 6;
                assert_true(w[(slots[c] - 1) * 6 + k] == (double)(last[c] * 1000 + i * 10 + k));
                if (slots[c] == 2)
                    assert_true(w[k] == (double)(i * 10 + k));
            }
        dyson_trainer_destroy(trainer);
        dyson_spec_destroy(spec);
    }
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct watch {
    double last, longest;
    int asked, limit;
} watch;

static bool stop_after(void *context)
{
    watch *w = context;
    double t = now();
    if (w->last > 0 && t - w->last > w->longest)
        w->longest = t - w->last;
    w->last = t;
    return ++w->asked == w->limit;
}

static void stop_is_asked_every_few_milliseconds(void **state)
{
    (void)state;
    dyson_spec *spec = parse("1000000", "2", "none", "0");
    dyson_trainer *trainer = create(spec);
    const dyson_block *block = NULL;
    const dyson_extent extent = {0, 0, 8};
    watch w = {.limit = 60};
    world.nanoseconds = 10000;
    assert_false(dyson_train(trainer, &extent, stop_after, &w, &block, &(dyson_error){0}));
    assert_int_equal(w.asked, 60);
    assert_null(block);
    /* A chunk aims at 2 ms; on a busy machine a pause may come out much longer, but not always. */
    assert_true(w.longest < 0.2);
    assert_true(dyson_trainer_update(trainer) > 300);
    /* Dear updates after cheap ones: the chunk shrinks again. */
    world.nanoseconds = 1000000;
    w = (watch){.limit = 20};
    double began = now();
    assert_false(dyson_train(trainer, &extent, stop_after, &w, &block, &(dyson_error){0}));
    assert_true(now() - began < 2);
    dyson_trainer_destroy(trainer);
    dyson_spec_destroy(spec);
}

/* The RBM itself: whole blocks, single replicas, and chunks of other lengths give the same bits. */
static void company_and_chunks_leave_no_trace(void **state)
{
    (void)state;
    dyson_spec *spec = parse("300", "0 7 150 300", "all", "2");
    const dyson_model *model = dyson_spec_model(spec);
    dyson_system *system = NULL;
    dyson_error error = {0};
    assert_int_equal(model->system_create(spec, &system, &error), 0);
    for (int k = 0; k < DYSON_KERNEL_COUNT; k++) {
        dyson_kernel kernel = (dyson_kernel)k;
        if (!dyson_kernel_runs(kernel))
            continue;
        dyson_trainer *whole = NULL, *single = NULL;
        assert_int_equal(dyson_trainer_create(spec, model, system, kernel, NULL, &whole, &error),
                         0);
        assert_int_equal(dyson_trainer_create(spec, model, system, kernel, NULL, &single, &error),
                         0);
        const dyson_extent extent = {0, 10, dyson_kernel_lanes(kernel)};
        const dyson_block *block, *one;
        assert_true(dyson_train(whole, &extent, go_on, NULL, &block, &(dyson_error){0}));
        for (int64_t i = 0; i < extent.count; i++) {
            const dyson_extent alone = {0, 10 + i, 1};
            /* The first call starts with chunks of one update, later ones go further. */
            assert_true(dyson_train(single, &alone, go_on, NULL, &one, &(dyson_error){0}));
            assert_memory_equal(one->eigenvalues, block->eigenvalues + i * 4 * 3,
                                4 * 3 * sizeof(double));
            assert_memory_equal(one->weights, block->weights + i * 4 * 12, 4 * 12 * sizeof(double));
            assert_int_equal(one->diverged_at[0], block->diverged_at[i]);
        }
        dyson_trainer_destroy(whole);
        dyson_trainer_destroy(single);
    }
    model->system_destroy(system);
    dyson_spec_destroy(spec);
}

static void a_failing_solver_ends_the_block(void **state)
{
    (void)state;
    world.fails_at = 40;
    dyson_spec *spec = parse("100", "0 20 40 60", "none", "0");
    dyson_trainer *trainer = create(spec);
    const dyson_block *block;
    const dyson_extent extent = {0, 0, 2};
    dyson_error error = {0};
    assert_false(dyson_train(trainer, &extent, go_on, NULL, &block, &error));
    assert_int_equal(error.code, DYSON_INTERNAL);
    assert_string_equal(error.text, "no spectrum at update 40");
    assert_int_equal(world.furthest, 40);
    dyson_trainer_destroy(trainer);
    dyson_spec_destroy(spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(snapshots_are_where_asked_for, calm),
        cmocka_unit_test_setup(runaways_are_marked_from_then_on, calm),
        cmocka_unit_test_setup(a_block_of_runaways_is_not_trained_on, calm),
        cmocka_unit_test_setup(weights_are_kept_as_asked, calm),
        cmocka_unit_test_setup(stop_is_asked_every_few_milliseconds, calm),
        cmocka_unit_test_setup(company_and_chunks_leave_no_trace, calm),
        cmocka_unit_test_setup(a_failing_solver_ends_the_block, calm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
