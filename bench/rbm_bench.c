/* rbm_bench.c: nanoseconds per replica-update of the Gaussian RBM, for every kernel that runs here,
 * every sampler, both precisions, several sizes, steps and mini-batch sizes, beside what a core
 * needs at least.
 *
 * One update is multiply-adds and normals.  The limit takes the first at the peak that this core
 * reaches in registers, and the second at the rate of the generator alone, one after the other:
 *   multiply-adds/peak + normals/rate.
 * Work that is neither (roots and quotients of the Cholesky factor, loads, stores) counts nothing.
 * A line per case, for bench/run: kernel, sampler, precision, N, k (0: infinity), B, median,
 * quartiles, multiply-adds, normals and their two times (ns). */
#include "dyson/spec.h"
#include "models/rbm/kernel.h"
#include "update.h"

#include <string.h>

enum { BATCHES = 6 };

/* What is timed: a sampler at a size, N_v = N_h, and k; one pack for all batches, up to 0. */
typedef struct bench_case {
    const char *sampler, *precision;
    int nodes, steps; /* RBM_INFINITE too */
    int batch[BATCHES];
} bench_case;

static const bench_case cases[] = {
    {"collapsed", "double", 10, 3, {4, 8, 16, 24, 32, 64}},
    {"collapsed", "single", 10, 3, {4, 8, 16, 24, 32, 64}},
    {"wishart", "double", 10, 3, {16, 24, 64, 1024, 1048576}},
    {"wishart", "single", 10, 3, {16, 24, 64, 1024, 1048576}},
    {"gibbs", "double", 10, 3, {4, 16, 64}},
    {"gibbs", "single", 10, 3, {4, 16, 64}},
    {"collapsed", "double", 10, 1, {16}},
    {"collapsed", "double", 10, 100, {16}},
    {"collapsed", "double", 10, 1000000, {16}},
    {"collapsed", "double", 10, RBM_INFINITE, {16}},
    {"collapsed", "single", 10, RBM_INFINITE, {16}},
    {"wishart", "double", 10, RBM_INFINITE, {64}},
    {"wishart", "single", 10, RBM_INFINITE, {64}},
    {"collapsed", "double", 4, 3, {16}},
    {"collapsed", "single", 4, 3, {16}},
    {"collapsed", "double", 8, 3, {16}},
    {"collapsed", "single", 8, 3, {16}},
    {"collapsed", "double", 16, 3, {16}},
    {"collapsed", "single", 16, 3, {16}},
    {"collapsed", "double", 32, 3, {16}},
    {"collapsed", "single", 32, 3, {16}},
    {"collapsed", "double", 64, 3, {16}},
    {"collapsed", "single", 64, 3, {16}},
};

/* Of one update.  All: W' = M W.  Gibbs: A, V^T V and the steps.  The others: A, symmetric products
 * for A^k and the noise, Cholesky; then V^T V and the chains, or products of A^k and L with
 * triangles, L T, S' and its factor.  k = infinity: no powers, and the inverse of a triangle. */
static double multiply_adds(const bench_case *c, double batch)
{
    const double n = c->nodes, triangle = n * (n + 1) / 2, learn = n * n * n, cube = n * n * n / 6;
    const bool infinite = c->steps == RBM_INFINITE;
    double products = c->steps == 1 ? 0 : 2;
    for (int k = c->steps; k > 1; k /= 2)
        products += (k > 3 ? 2 : 0) + k % 2; /* rbm/chains_lanes.h */
    const double noise = n * triangle + (infinite ? 2 * cube : products * n * triangle + cube);
    if (strcmp(c->sampler, "gibbs") == 0)
        return learn + (n + batch) * triangle + batch * c->steps * 2 * n * n;
    if (strcmp(c->sampler, "collapsed") == 0)
        return learn + noise + batch * ((infinite ? 0 : n * n) + 2 * triangle);
    const double rest = n * (n + 1) * (n + 2) / 6 + n * triangle / 2;
    return learn + noise + rest + (infinite ? 0 : 2.5 * n * triangle + 2 * cube);
}

/* A chi variate takes the bits and the logarithms of two. */
static double normals(const bench_case *c, double batch)
{
    const double n = c->nodes;
    if (strcmp(c->sampler, "gibbs") == 0)
        return batch * c->steps * 2 * n;
    if (strcmp(c->sampler, "collapsed") == 0)
        return batch * n;
    return (c->steps == RBM_INFINITE ? 0 : n * n) + n * (n - 1) / 2 + 2 * n;
}

static int bench(const dyson_model *model, const bench_case *c, dyson_kernel kernel,
                 const dyson_system *system, dyson_error *error)
{
    const bool single = strcmp(c->precision, "single") == 0;
    const dyson_regime *regime = model->regime(system);
    const int lanes = regime->replicas(kernel);
    dyson_pack *pack;
    if (regime->create(system, kernel, &pack, error) != DYSON_OK)
        return error->code;
    const double add = time_of_multiply_add(kernel, single, lanes);
    const double normal = time_of_normal(kernel, single, lanes);
    for (size_t p = 0; p < BATCHES && c->batch[p] > 0; p++) {
        const timing time = time_pack(regime, pack, p, lanes);
        const double adds = multiply_adds(c, c->batch[p]), drawn = normals(c, c->batch[p]);
        printf("%s %s %s %d %d %d %.1f %.1f %.1f %.0f %.0f %.1f %.1f\n", dyson_kernel_name(kernel),
               c->sampler, c->precision, c->nodes, c->steps, c->batch[p], time.median, time.first,
               time.third, adds, drawn, adds * add, drawn * normal);
        fflush(stdout);
    }
    regime->destroy(pack);
    return DYSON_OK;
}

static int bench_all(const bench_case *c, dyson_error *error)
{
    char text[512], list[128] = "", steps[16] = "infinite";
    for (size_t p = 0, at = 0; p < BATCHES && c->batch[p] > 0; p++)
        at += (size_t)snprintf(list + at, sizeof list - at, " %d", c->batch[p]);
    if (c->steps != RBM_INFINITE)
        snprintf(steps, sizeof steps, "%d", c->steps);
    snprintf(text, sizeof text,
             "[ensemble]\nmodel = rbm\nreplicas = 1\nseed = 1\nupdates = 4000000000\n"
             "precision = %s\n[rbm]\nvisible = %d\nhidden = %d\ngibbs_steps = %s\nmass2 = 9\n"
             "target_mass2 = 4\nsampler = %s\n[sweep b]\nlearning_rate = 0.1\nbatch_size =%s\n",
             c->precision, c->nodes, c->nodes, steps, c->sampler, list);
    dyson_spec *spec = NULL;
    dyson_system *system = NULL;
    if (dyson_spec_parse(text, "rbm_bench", &spec, error) != DYSON_OK)
        return error->code;
    const dyson_model *model = dyson_spec_model(spec);
    if (model->system_create(spec, &system, error) == DYSON_OK) {
        for (int k = DYSON_KERNEL_COUNT - 1; k >= 0 && error->code == DYSON_OK; k--)
            if (dyson_kernel_runs((dyson_kernel)k))
                bench(model, c, (dyson_kernel)k, system, error);
        model->system_destroy(system);
    }
    dyson_spec_destroy(spec);
    return error->code;
}

int main(void)
{
    dyson_error error = {0};
    clock_pin("rbm_bench");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0] && error.code == DYSON_OK; i++)
        bench_all(&cases[i], &error);
    if (error.code != DYSON_OK)
        fprintf(stderr, "rbm_bench: %s\n", error.text);
    return error.code;
}
