/* dense.c: one student of any size, by BLAS and LAPACK.
 *
 * The update, its random numbers and their addresses are those of train_lanes.c.  With the mini-
 * batch's factor T, N x C with C = min(N, B), lower trapezoidal (T1 its first C rows, T2 the
 * others), the descent (W_t - W_s) T T^T/B is two products with T that pass over its zeros, D T
 * and then (D T) T^T/B: N C (2 N - C) multiply-adds.
 *
 * Matrices are row-major; a W_s that stays symmetric is kept in its lower triangle.  Doubles: N^2
 * for W_s and N^2 for its spectrum; where data are drawn N^2 for the descent and 2 N C more. */
#include "models/teacher_student/teacher_student.h"

#include "dyson/spectrum.h"
#include "models/dense.h"
#include "random/normals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NOISE_ROUNDED 4 /* normals are drawn by fours: for N = 1 more than N^2 */

struct dyson_pack {
    const dyson_system *system;
    dyson_kernel kernel;
    bool symmetric;                /* eigenvalues of W_s, not singular values */
    student_parameters parameters; /* of the point being trained */
    int64_t replica, update, diverged_at;
    double *weights;  /* N x N */
    double *spectrum; /* N x N, destroyed by the solver, and by the noise */
    double *descent;  /* N x N, as the next two NULL with infinite data */
    double *factor;   /* T, N x C */
    double *product;  /* (W_t - W_s) T, N x C */
};

static void begin(dense_normals *normals, const dyson_pack *pack, dyson_purpose purpose,
                  int64_t draw)
{
    const dense_source source = {pack->kernel, pack->parameters.stream, purpose, pack->replica,
                                 draw};
    dense_normals_begin(normals, &source, 0);
}

static int dense_replicas(dyson_kernel kernel)
{
    (void)kernel;
    return 1;
}

static void dense_destroy(dyson_pack *pack)
{
    if (pack == NULL)
        return;
    free(pack->weights);
    free(pack->spectrum);
    free(pack->descent);
    free(pack->factor);
    free(pack->product);
    free(pack);
}

static int dense_create(const dyson_system *system, dyson_kernel kernel, dyson_pack **result,
                        dyson_error *error)
{
    const student_parameters *const p = &system->parameters;
    const size_t n = (size_t)p->size, square = n * n * sizeof(double);
    const size_t strip = n * (size_t)student_columns(system) * sizeof(double);
    const bool drawn = p->data != STUDENT_INFINITE;
    dyson_pack *const pack = calloc(1, sizeof *pack);
    *result = NULL;
    if (pack != NULL) {
        pack->system = system;
        pack->kernel = kernel;
        pack->symmetric = student_stays_symmetric(p);
        pack->weights = malloc(square);
        pack->spectrum = malloc(square + NOISE_ROUNDED * sizeof(double));
        pack->descent = drawn ? malloc(square) : NULL;
        pack->factor = drawn ? malloc(strip) : NULL;
        pack->product = drawn ? malloc(strip) : NULL;
    }
    if (pack == NULL || pack->weights == NULL || pack->spectrum == NULL ||
        (drawn && (pack->descent == NULL || pack->factor == NULL || pack->product == NULL))) {
        dense_destroy(pack);
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for a replica (%zu bytes)",
                          2 * square + (drawn ? square + 2 * strip : 0));
    }
    *result = pack;
    return DYSON_OK;
}

static void dense_start(dyson_pack *pack, size_t point, const int64_t *replica, int count)
{
    pack->parameters = student_at_point(pack->system, point);
    pack->replica = replica[0];
    pack->update = 0;
    pack->diverged_at = -1;
    (void)count; /* is 1 */
    const student_parameters *const p = &pack->parameters;
    const size_t n = (size_t)p->size;
    dense_normals normals;
    begin(&normals, pack, DYSON_PURPOSE_WEIGHTS, 0);
    for (size_t i = 0; i < n * n; i++)
        pack->weights[i] = p->init_std * dense_normals_next(&normals);
    for (size_t i = 0; p->symmetric && i < n; i++)
        for (size_t j = 0; j < i; j++)
            pack->weights[i * n + j] = pack->weights[j * n + i] =
                0.5 * (pack->weights[i * n + j] + pack->weights[j * n + i]);
}

/* T of a mini-batch: N x C. */
static void draw_factor(dyson_pack *pack, int64_t draw, int columns)
{
    const student_parameters *const p = &pack->parameters;
    dense_normals normals;
    begin(&normals, pack, DYSON_PURPOSE_DATA, draw);
    for (int i = 0; i < p->size; i++) {
        double *const row = pack->factor + (size_t)i * (size_t)columns;
        dense_normals_take(&normals, (size_t)(i < columns ? i : columns), row);
        if (i < columns)
            row[i] = student_chi(p, pack->replica, draw, i);
    }
}

/* product = (W_t - W_s) T, descent = product T^T/B, where C < N: T1 is the first C rows of T, T2
 * the others. */
static void descend_in_parts(dyson_pack *pack, int c)
{
    const int n = pack->parameters.size, rest = n - c;
    const size_t width = (size_t)c, row = (size_t)n;
    const double share = 1.0 / (double)pack->parameters.batch, one = 1.0, zero = 0.0;
    const double *const t1 = pack->factor, *const t2 = t1 + width * width;
    double *const d = pack->descent, *const product = pack->product;
    for (size_t i = 0; i < row; i++)
        memcpy(product + i * width, d + i * row, width * sizeof *d);
    dtrmm_("L", "U", "N", "N", &c, &n, &one, t1, &c, product, &c, 1, 1, 1, 1);
    dgemm_("N", "N", &c, &n, &rest, &one, t2, &c, d + c, &n, &one, product, &c, 1, 1);
    dgemm_("T", "N", &rest, &n, &c, &share, t2, &c, product, &c, &zero, d + c, &n, 1, 1);
    for (size_t i = 0; i < row; i++)
        memcpy(d + i * row, product + i * width, width * sizeof *d);
    dtrmm_("L", "U", "T", "N", &c, &n, &share, t1, &c, d, &n, 1, 1, 1, 1);
}

/* descent = (W_t - W_s) T T^T/B.  BLAS sees columns where we have rows, that is transposes: T1 as
 * an upper triangle, X T1 as T1^T X^T. */
static void descend(dyson_pack *pack, int64_t draw)
{
    const student_parameters *const p = &pack->parameters;
    const int n = p->size, c = p->batch < n ? (int)p->batch : n;
    const size_t row = (size_t)n;
    const double share = 1.0 / (double)p->batch, one = 1.0;
    double *const d = pack->descent;
    draw_factor(pack, draw, c);
    for (size_t i = 0; i < row * row; i++)
        d[i] = -pack->weights[i];
    for (size_t i = 0; i < row; i++)
        d[i * row + i] += p->teacher[i];
    if (c < n) {
        descend_in_parts(pack, c);
        return;
    }
    dtrmm_("L", "U", "N", "N", &n, &n, &one, pack->factor, &n, d, &n, 1, 1, 1, 1);
    dtrmm_("L", "U", "T", "N", &n, &n, &share, pack->factor, &n, d, &n, 1, 1, 1, 1);
}

/* The normals of an update's noise, row by row of the lower triangle, in the spectrum's place. */
static const double *draw_noise(dyson_pack *pack, int64_t draw)
{
    const student_parameters *const p = &pack->parameters;
    const int64_t n = p->size, count = n * (n + 1) / 2;
    dyson_normals_along(pack->kernel, p->stream, DYSON_PURPOSE_NOISE, pack->replica, draw, 0,
                        (count + 3) / 4, pack->spectrum);
    return pack->spectrum;
}

/* One element's step: by the descent where data are drawn, else towards the teacher. */
static inline double step(const dyson_pack *pack, size_t i, size_t j)
{
    const size_t at = i * (size_t)pack->parameters.size + j;
    if (pack->descent != NULL)
        return pack->descent[at];
    return (i == j ? pack->parameters.teacher[i] : 0.0) - pack->weights[at];
}

#define LEARN_BLOCK 32 /* rows and columns: W_s, descent and noise of a block stay in the cache */

/* W_s' of a block below the diagonal or on it, and where W_s has both triangles of its mirror
 * image, which takes the same noise. */
static void learn_block(dyson_pack *pack, const double *normal, size_t row, size_t column)
{
    const student_parameters *const p = &pack->parameters;
    const size_t n = (size_t)p->size;
    const size_t rows = row + LEARN_BLOCK < n ? row + LEARN_BLOCK : n;
    const size_t columns = column + LEARN_BLOCK < n ? column + LEARN_BLOCK : n;
    const double rate = p->learning_rate, noise = rate * p->noise / sqrt((double)p->batch);
    double *const w = pack->weights;
    for (size_t i = row; i < rows; i++) {
        const double *const z = normal + i * (i + 1) / 2;
        for (size_t j = column; j < columns && j < i; j++)
            w[i * n + j] += rate * step(pack, i, j) + noise * z[j];
        if (column == row)
            w[i * n + i] += rate * step(pack, i, i) + noise * sqrt(2.0) * z[i];
    }
    for (size_t j = column; !pack->symmetric && j < columns; j++)
        for (size_t i = row > j ? row : j + 1; i < rows; i++)
            w[j * n + i] += rate * step(pack, j, i) + noise * normal[i * (i + 1) / 2 + j];
}

/* |W_s|^2. */
static double norm(const dyson_pack *pack)
{
    const int n = pack->parameters.size, next = 1;
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        const double *const row = pack->weights + (size_t)i * (size_t)n;
        if (pack->symmetric)
            sum += 2.0 * ddot_(&i, row, &next, row, &next) + row[i] * row[i];
        else
            sum += ddot_(&n, row, &next, row, &next);
    }
    return sum;
}

/* W_s' from descent and noise; where its norm leaves the bound, or is not a number, the replica has
 * run away. */
static void learn(dyson_pack *pack, int64_t draw)
{
    const size_t n = (size_t)pack->parameters.size;
    const double *const normal = draw_noise(pack, draw);
    for (size_t row = 0; row < n; row += LEARN_BLOCK)
        for (size_t column = 0; column <= row; column += LEARN_BLOCK)
            learn_block(pack, normal, row, column);
    if (!(norm(pack) <= pack->parameters.bound) && pack->diverged_at < 0)
        pack->diverged_at = pack->update;
}

static void dense_advance(dyson_pack *pack, int64_t update)
{
    const student_parameters *const p = &pack->parameters;
    while (pack->update < update) {
        const int64_t draw = student_draw(p, pack->update);
        pack->update++;
        if (p->data != STUDENT_INFINITE)
            descend(pack, draw);
        learn(pack, draw);
    }
}

static int dense_spectrum(dyson_pack *pack, double *eigenvalues, size_t stride, dyson_error *error)
{
    const int n = pack->parameters.size;
    (void)stride; /* one replica */
    memcpy(pack->spectrum, pack->weights, (size_t)n * (size_t)n * sizeof *pack->spectrum);
    return pack->symmetric ? dyson_spectrum_dense(n, pack->spectrum, eigenvalues, error)
                           : dyson_spectrum_singular(n, pack->spectrum, eigenvalues, error);
}

static void dense_weights(dyson_pack *pack, double *weights, size_t stride)
{
    const size_t n = (size_t)pack->parameters.size;
    (void)stride;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            weights[i * n + j] = pack->weights[pack->symmetric && j > i ? j * n + i : i * n + j];
}

static void dense_diverged(const dyson_pack *pack, int64_t *diverged_at)
{
    *diverged_at = pack->diverged_at;
}

static int dense_state(dyson_pack *pack, dyson_state_part part[DYSON_STATE_PARTS])
{
    const int n = pack->parameters.size;
    part[0] = (dyson_state_part){.rows = n,
                                 .columns = n,
                                 .lower = pack->symmetric,
                                 .element = pack->weights,
                                 .row_step = (size_t)n,
                                 .column_step = 1};
    return 1;
}

static void dense_resume(dyson_pack *pack, int64_t update)
{
    pack->update = update;
}

const dyson_regime student_dense = {
    .name = "dense",
    .replicas = dense_replicas,
    .create = dense_create,
    .destroy = dense_destroy,
    .start = dense_start,
    .advance = dense_advance,
    .spectrum = dense_spectrum,
    .weights = dense_weights,
    .diverged = dense_diverged,
    .state = dense_state,
    .resume = dense_resume,
};
