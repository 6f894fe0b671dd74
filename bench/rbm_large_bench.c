/* rbm_large_bench.c: what one update of a large RBM and one spectrum cost beside the BLAS and
 * LAPACK calls that they make, made bare, with the same sizes on arrays of their own.
 *
 * Update and bare calls take turns, so that both see the same machine.  A line per case, for
 * bench/run: N, sampler, B, median and quartiles of the update, its bare calls, the spectrum, its
 * bare calls (ns). */
#include "clock.h"
#include "dyson/spectrum.h"
#include "models/rbm/dense.h"

#include <string.h>

enum { WARM = 20 };

void openblas_set_num_threads(int threads);

typedef struct machine {
    int n, batch;
    rbm_sampler sampler;
    double *matrix;           /* positive definite, n x n */
    double *a, *b, *c, *rows; /* n x n, and n x max(2 n, B) */
} machine;

static const double one = 1.0, zero = 0.0;

/* A product of which one triangle is made (dense_chains.c). */
static void symmetric_product(const machine *m)
{
    const int n = m->n, wide = rbm_dense_strip(n);
    for (int j0 = 0; j0 < n; j0 += wide) {
        const int high = n - j0, columns = high < wide ? high : wide;
        dgemm_("N", "N", &high, &columns, &n, &one, m->a + j0, &n, m->b + (size_t)j0 * (size_t)n,
               &n, &one, m->c + (size_t)j0 * (size_t)(n + 1), &n, 1, 1);
    }
}

static void bare_moments(const machine *m, double *factor)
{
    const int n = m->n, high = rbm_dense_strip(n), stride = 2 * n;
    int info = 0;
    dtrmm_("R", "L", "T", "N", &n, &n, &one, m->a, &n, m->rows, &stride, 1, 1, 1, 1);
    dtrmm_("L", "U", "N", "N", &n, &n, &one, m->a, &n, m->b, &n, 1, 1, 1, 1);
    dsyrk_("U", "T", &n, &n, &one, m->rows, &stride, &one, m->c, &n, 1, 1);
    for (int j0 = 0; j0 < n; j0 += high) {
        const int strip = n - j0 < high ? n - j0 : high, within = n - j0;
        const size_t corner = (size_t)j0 * (size_t)(n + 1);
        double *const at = m->rows + n + (size_t)j0 * (size_t)(stride + 1);
        dtrmm_("R", "L", "T", "N", &strip, &within, &one, m->a + corner, &n, at, &stride, 1, 1, 1,
               1);
        dsyrk_("U", "T", &within, &strip, &one, at, &stride, &one, m->c + corner, &n, 1, 1);
    }
    dpotrf_("U", &n, factor, &n, &info, 1);
}

static void bare_chains(const machine *m)
{
    const int n = m->n, b = m->batch;
    double *const chains = m->rows, *const next = m->rows + (size_t)n * (size_t)b;
    dtrmm_("L", "L", "N", "N", &n, &b, &one, m->a, &n, chains, &n, 1, 1, 1, 1);
    dgemm_("N", "N", &n, &b, &n, &one, m->a, &n, chains, &n, &one, next, &n, 1, 1);
    dsyrk_("U", "N", &n, &b, &one, next, &n, &one, m->c, &n, 1, 1);
}

/* Calls of one update; factors holds two copies of the matrix, which are destroyed. */
static void bare_update(const machine *m, double *factors)
{
    const int n = m->n;
    int info = 0;
    dsyrk_("L", "N", &n, &n, &one, m->a, &n, &one, m->c, &n, 1, 1);
    for (int product = 0; product < 3; product++)
        symmetric_product(m);
    dpotrf_("L", &n, factors, &n, &info, 1);
    if (m->sampler == RBM_WISHART)
        bare_moments(m, factors + (size_t)n * (size_t)n);
    else
        bare_chains(m);
    dsymm_("L", "U", &n, &n, &one, m->a, &n, m->b, &n, &one, m->c, &n, 1, 1);
}

/* Everything small, so that nothing overflows however often it is multiplied. */
static void refill(const machine *m, double *factors)
{
    const size_t square = (size_t)m->n * (size_t)m->n;
    const size_t wide = (size_t)(m->batch > m->n ? m->batch : m->n);
    for (size_t i = 0; i < square; i++)
        m->a[i] = m->b[i] = m->c[i] = m->matrix[i] / (8.0 * m->n);
    for (size_t i = 0; i < 2 * (size_t)m->n * wide; i++)
        m->rows[i] = m->matrix[i % square];
    for (int copy = 0; copy < 2; copy++)
        memcpy(factors + (size_t)copy * square, m->matrix, square * sizeof *factors);
}

static double *doubles(size_t count)
{
    double *const array = aligned_alloc(64, (count * sizeof *array + 63) / 64 * 64);
    if (array == NULL) {
        fprintf(stderr, "rbm_large_bench: out of memory\n");
        exit(DYSON_INTERNAL);
    }
    return array;
}

static void report(const machine *m, dyson_pack *pack)
{
    const size_t square = (size_t)m->n * (size_t)m->n;
    double *const factors = doubles(2 * square), *const levels = doubles((size_t)m->n);
    double update[REPEATS], bare[REPEATS], spectrum[REPEATS], solver[REPEATS];
    const int64_t replica = 0;
    dyson_error error = {0};
    rbm_dense.start(pack, 0, &replica, 1);
    rbm_dense.advance(pack, WARM);
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        refill(m, factors);
        const double first = clock_seconds();
        rbm_dense.advance(pack, WARM + 1 + repeat);
        const double second = clock_seconds();
        bare_update(m, factors);
        bare[repeat] = clock_seconds() - second;
        update[repeat] = second - first;
    }
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        const double first = clock_seconds();
        rbm_dense.spectrum(pack, levels, 0, &error);
        const double second = clock_seconds();
        dsyrk_("U", "N", &m->n, &m->n, &one, m->matrix, &m->n, &zero, m->a, &m->n, 1, 1);
        dyson_spectrum_dense(m->n, m->a, levels, &error);
        solver[repeat] = clock_seconds() - second;
        spectrum[repeat] = second - first;
    }
    const timing time = clock_timing(update, 1.0);
    printf("%d %s %d %.0f %.0f %.0f %.0f %.0f %.0f\n", m->n,
           m->sampler == RBM_WISHART ? "wishart" : "collapsed", m->batch, time.median, time.first,
           time.third, clock_timing(bare, 1.0).median, clock_timing(spectrum, 1.0).median,
           clock_timing(solver, 1.0).median);
    fflush(stdout);
    free(factors);
    free(levels);
}

/* W W^T of the pack's start, with N added on the diagonal. */
static void fill_matrix(const machine *m, dyson_pack *pack)
{
    const int64_t replica = 1;
    rbm_dense.start(pack, 0, &replica, 1);
    dgemm_("N", "T", &m->n, &m->n, &m->n, &one, pack->weights, &m->n, pack->weights, &m->n, &zero,
           m->matrix, &m->n, 1, 1);
    for (size_t i = 0; i < (size_t)m->n; i++)
        m->matrix[i * (size_t)(m->n + 1)] += m->n;
}

static int bench(int n, const char *sampler, int batch, dyson_kernel kernel, dyson_error *error)
{
    char text[512];
    dyson_spec *spec = NULL;
    dyson_system *system = NULL;
    dyson_pack *pack = NULL;
    const size_t square = (size_t)n * (size_t)n;
    snprintf(text, sizeof text,
             "[ensemble]\nmodel = rbm\nreplicas = 1\nseed = 1\nupdates = 4000000000\n"
             "[rbm]\nvisible = %d\nhidden = %d\nmass2 = 9\ntarget_mass2 = 4\nsampler = %s\n"
             "gibbs_steps = 3\ninit_std = 0.02\nlearning_rate = 0.01\nbatch_size = %d\n",
             n, n, sampler, batch);
    if (dyson_spec_parse(text, "rbm_large_bench", &spec, error) == DYSON_OK &&
        rbm_system_create(spec, &system, error) == DYSON_OK &&
        rbm_dense.create(system, kernel, &pack, error) == DYSON_OK) {
        const machine m = {
            .n = n,
            .batch = batch,
            .sampler = rbm_at_point(system, 0).sampler,
            .matrix = doubles(square),
            .a = doubles(square),
            .b = doubles(square),
            .c = doubles(square),
            .rows = doubles(2 * (size_t)n * (size_t)(batch > n ? batch : n)),
        };
        fill_matrix(&m, pack);
        report(&m, pack);
        free(m.matrix);
        free(m.a);
        free(m.b);
        free(m.c);
        free(m.rows);
    }
    rbm_dense.destroy(pack);
    rbm_system_destroy(system);
    dyson_spec_destroy(spec);
    return error->code;
}

int main(void)
{
    static const int sizes[] = {128, 256, 512};
    dyson_error error = {0};
    dyson_kernel kernel = DYSON_KERNEL_BASE;
    clock_pin("rbm_large_bench");
    openblas_set_num_threads(1);
    dyson_kernel_choose(&kernel, &error);
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0] && error.code == DYSON_OK; s++)
        if (bench(sizes[s], "collapsed", sizes[s] / 2, kernel, &error) == DYSON_OK)
            bench(sizes[s], "wishart", 2 * sizes[s], kernel, &error);
    if (error.code != DYSON_OK)
        fprintf(stderr, "rbm_large_bench: %s\n", error.text);
    return error.code;
}
