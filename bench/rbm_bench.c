/* rbm_bench.c: nanoseconds per replica-update of the Gaussian RBM, for every kernel that runs here,
 * every sampler and several mini-batch sizes, beside what a core needs at least.
 *
 * One update is multiply-adds and normals.  The limit takes the first at the peak that this core
 * reaches in registers, and the second at the rate of the generator alone, one after the other:
 *   multiply-adds/peak + normals/rate.
 * Work that is neither (roots and quotients of the Cholesky factor, loads, stores) counts nothing.
 * A line per case, for bench/run: kernel, sampler, B, median, quartiles, multiply-adds, normals and
 * their two times (ns). */
#include "clock.h"
#include "dyson/model.h"
#include "dyson/spec.h"
#include "lanes/dispatch.h"
#include "limits.h"

#include <string.h>

enum { NODES = 10, STEPS = 3, WARM = 300 };
#define REPEAT_SECONDS 2e-3

enum { BATCHES = 6 };
typedef struct sampler_case {
    const char *name;
    int batch[BATCHES]; /* up to 0 */
} sampler_case;

static const sampler_case samplers[] = {{"collapsed", {4, 8, 16, 24, 32, 64}},
                                        {"wishart", {16, 24, 32, 64, 1024, 1048576}},
                                        {"gibbs", {4, 16, 64}}};

/* Of one update with k = 3.  All: W' = M W.  Gibbs: A, V^T V and the steps.  The others: A, three
 * symmetric products for A^3 and the noise, Cholesky; then V^T V and the chains, or products of
 * A^3 and L with triangles, L T, S' and its factor. */
static double multiply_adds(const char *sampler, double batch)
{
    const double n = NODES, triangle = n * (n + 1) / 2, learn = n * n * n;
    const double collapse = 4 * n * triangle + n * n * n / 6;
    if (strcmp(sampler, "gibbs") == 0)
        return learn + (n + batch) * triangle + batch * STEPS * 2 * n * n;
    if (strcmp(sampler, "collapsed") == 0)
        return learn + collapse + batch * (n * n + 2 * triangle);
    return learn + collapse + 3 * n * triangle + n * (n + 1) * (n + 2) / 3 + n * n * n / 6;
}

/* A chi variate takes the bits and the logarithms of two. */
static double normals(const char *sampler, double batch)
{
    const double n = NODES;
    if (strcmp(sampler, "gibbs") == 0)
        return batch * STEPS * 2 * n;
    return strcmp(sampler, "collapsed") == 0 ? batch * n : n * n + n * (n - 1) / 2 + 2 * n;
}

/* Nanoseconds per multiply-add or normal of one lane. */
static double unit_time(bench_function *work, double per_round, int lanes)
{
    double seconds[REPEATS];
    const long rounds = 2000;
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        const double begin = clock_seconds();
        work(rounds);
        seconds[repeat] = clock_seconds() - begin;
    }
    return clock_timing(seconds, per_round * (double)rounds * lanes).median;
}

/* A pack of the point, advanced in stretches of REPEAT_SECONDS. */
static timing time_pack(const dyson_regime *regime, dyson_pack *pack, size_t point, int lanes)
{
    int64_t replica[DYSON_KERNEL_LANES_MAX], update = WARM, stretch = 1;
    double seconds[REPEATS], spent = 0.0;
    for (int l = 0; l < lanes; l++)
        replica[l] = l;
    regime->start(pack, point, replica, lanes);
    regime->advance(pack, update);
    while (spent < REPEAT_SECONDS) {
        stretch *= 2;
        const double begin = clock_seconds();
        regime->advance(pack, update += stretch);
        spent = clock_seconds() - begin;
    }
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        const double begin = clock_seconds();
        regime->advance(pack, update += stretch);
        seconds[repeat] = clock_seconds() - begin;
    }
    return clock_timing(seconds, (double)stretch * lanes);
}

static int bench(const dyson_model *model, const sampler_case *sampler, dyson_kernel kernel,
                 const dyson_system *system, dyson_error *error)
{
    static bench_function *const peak[] = DYSON_LANE_BUILDS(bench_multiply_add);
    static bench_function *const rate[] = DYSON_LANE_BUILDS(bench_normals);
    const int lanes = dyson_kernel_lanes(kernel);
    const dyson_regime *regime = model->regime(system);
    dyson_pack *pack;
    if (regime->create(system, kernel, &pack, error) != DYSON_OK)
        return error->code;
    const double add = unit_time(peak[kernel], BENCH_MULTIPLY_ADDS, lanes);
    const double normal = unit_time(rate[kernel], BENCH_NORMALS, lanes);
    for (size_t p = 0; p < BATCHES && sampler->batch[p] > 0; p++) {
        const timing time = time_pack(regime, pack, p, lanes);
        const double adds = multiply_adds(sampler->name, sampler->batch[p]);
        const double drawn = normals(sampler->name, sampler->batch[p]);
        printf("%s %s %d %.1f %.1f %.1f %.0f %.0f %.1f %.1f\n", dyson_kernel_name(kernel),
               sampler->name, sampler->batch[p], time.median, time.first, time.third, adds, drawn,
               adds * add, drawn * normal);
        fflush(stdout);
    }
    regime->destroy(pack);
    return DYSON_OK;
}

static int bench_sampler(const sampler_case *sampler, dyson_error *error)
{
    char text[512], list[128] = "";
    for (size_t p = 0, at = 0; p < BATCHES && sampler->batch[p] > 0; p++)
        at += (size_t)snprintf(list + at, sizeof list - at, " %d", sampler->batch[p]);
    snprintf(text, sizeof text,
             "[ensemble]\nmodel = rbm\nreplicas = 1\nseed = 1\nupdates = 4000000000\n"
             "[rbm]\nvisible = %d\nhidden = %d\ngibbs_steps = %d\nmass2 = 9\ntarget_mass2 = 4\n"
             "sampler = %s\n[sweep b]\nlearning_rate = 0.1\nbatch_size =%s\n",
             NODES, NODES, STEPS, sampler->name, list);
    dyson_spec *spec = NULL;
    dyson_system *system = NULL;
    if (dyson_spec_parse(text, "rbm_bench", &spec, error) != DYSON_OK)
        return error->code;
    const dyson_model *model = dyson_spec_model(spec);
    if (model->system_create(spec, &system, error) == DYSON_OK) {
        for (int k = DYSON_KERNEL_COUNT - 1; k >= 0 && error->code == DYSON_OK; k--)
            if (dyson_kernel_runs((dyson_kernel)k))
                bench(model, sampler, (dyson_kernel)k, system, error);
        model->system_destroy(system);
    }
    dyson_spec_destroy(spec);
    return error->code;
}

int main(void)
{
    dyson_error error = {0};
    clock_pin("rbm_bench");
    for (size_t s = 0; s < sizeof samplers / sizeof samplers[0] && error.code == DYSON_OK; s++)
        bench_sampler(&samplers[s], &error);
    if (error.code != DYSON_OK)
        fprintf(stderr, "rbm_bench: %s\n", error.text);
    return error.code;
}
