/* spectrum_test.c: the batched eigensolver on every kernel that runs here, and LAPACK's for large
 * sizes.
 *
 * Backward stability is measured by two numbers of order 1, for a matrix A of size n, V its
 * computed eigenvectors, Lambda its computed eigenvalues, eps = 2^-52, and the Frobenius norm:
 *   residual       ||A V - V Lambda|| / (||A|| n eps)
 *   orthogonality  ||V'V - 1|| / (n eps).
 * Rounding errors of n reflections and of some 2n sweeps of n rotations add up like a random walk:
 * both are of order 1 for small n and fall as n grows.  The largest of these cases are 1.5 and 2.2,
 * those of 1e6 matrices of the same kinds 3.5 and 4.3; one wrong rotation gives 1e13 or so. */
#include "dyson/spectrum.h"

#include "spectrum_matrices.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { L_MAX = DYSON_KERNEL_LANES_MAX };
#define BOUND 8.0

static const int sizes[] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12,
                            13, 14, 15, 16, 17, 20, 23, 31, 32, 33, 47, 64};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

/* The solver on up to L matrices with arrays of its own. */
typedef struct pack {
    int n, lanes;
    dyson_kernel kernel;
    double *a, *eigenvalues, *vectors, *scratch;
} pack;

static double *aligned(size_t count)
{
    double *array = aligned_alloc(64, (count * sizeof(double) + 63) / 64 * 64);
    assert_non_null(array);
    return array;
}

static pack pack_create(int n, dyson_kernel kernel)
{
    const int lanes = dyson_kernel_lanes(kernel);
    const size_t square = (size_t)(n * n * lanes);
    return (pack){.n = n,
                  .lanes = lanes,
                  .kernel = kernel,
                  .a = aligned(square),
                  .eigenvalues = aligned((size_t)(n * lanes)),
                  .vectors = aligned(square),
                  .scratch = aligned(dyson_spectrum_scratch(n, kernel, 1))};
}

static void pack_destroy(pack *p)
{
    free(p->a);
    free(p->eigenvalues);
    free(p->vectors);
    free(p->scratch);
}

/* Only the lower triangle may be read: the upper one is NaN. */
static void pack_load(pack *p, int lane, const double *matrix)
{
    for (int i = 0; i < p->n; i++)
        for (int j = 0; j < p->n; j++)
            p->a[(i * p->n + j) * p->lanes + lane] = j <= i ? matrix[i * p->n + j] : NAN;
}

static void pack_solve(pack *p, int vectors)
{
    /* Garbage left in the scratch by others must not matter. */
    const size_t count = dyson_spectrum_scratch(p->n, p->kernel, vectors);
    for (size_t i = 0; i < count; i++)
        p->scratch[i] = NAN;
    dyson_spectrum_lanes(p->n, p->kernel, p->a, p->eigenvalues, vectors ? p->vectors : NULL,
                         p->scratch);
}

static void pack_store(const pack *p, int lane, double *eigenvalues, double *vectors)
{
    for (int k = 0; k < p->n; k++)
        eigenvalues[k] = p->eigenvalues[k * p->lanes + lane];
    for (int i = 0; i < p->n * p->n && vectors != NULL; i++)
        vectors[i] = p->vectors[i * p->lanes + lane];
}

/* Sums over squares neither overflow nor underflow for matrices brought to order 1 by this power of
 * two. */
static int exponent_of(int n, const double *a)
{
    double largest = 0.0;
    int exponent = 0;
    for (int i = 0; i < n * n; i++)
        largest = fmax(largest, fabs(a[i]));
    frexp(largest, &exponent);
    return exponent;
}

static double norm_of(int n, const double *a, int exponent)
{
    double sum = 0.0;
    for (int i = 0; i < n * n; i++)
        sum += pow(ldexp(a[i], -exponent), 2.0);
    return sqrt(sum);
}

/* Results of denormal matrices are rounded to multiples of 2^-1074, whatever the algorithm. */
static double rounding(int n, int exponent)
{
    return n * ldexp(1.0, -1074 - exponent);
}

static double residual(int n, const double *a, const double *eigenvalues, const double *vectors)
{
    const int exponent = exponent_of(n, a);
    const double norm = norm_of(n, a, exponent);
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < n; k++) {
            double r = -ldexp(eigenvalues[k], -exponent) * vectors[i * n + k];
            for (int j = 0; j < n; j++)
                r += ldexp(a[i * n + j], -exponent) * vectors[j * n + k];
            sum += r * r;
        }
    }
    if (norm == 0.0)
        return sum == 0.0 ? 0.0 : INFINITY;
    const double left = sqrt(sum) - rounding(n, exponent);
    return (left < 0.0 ? 0.0 : left) / (norm * n * DBL_EPSILON);
}

static double orthogonality(int n, const double *vectors)
{
    double sum = 0.0;
    for (int k = 0; k < n; k++) {
        for (int l = 0; l < n; l++) {
            double r = k == l ? -1.0 : 0.0;
            for (int i = 0; i < n; i++)
                r += vectors[i * n + k] * vectors[i * n + l];
            sum += r * r;
        }
    }
    return sqrt(sum) / (n * DBL_EPSILON);
}

/* The largest |x - y| in units of ||A|| n eps. */
static double difference(int n, const double *a, const double *x, const double *y)
{
    const int exponent = exponent_of(n, a);
    const double norm = norm_of(n, a, exponent);
    double largest = 0.0;
    for (int k = 0; k < n; k++) {
        const double d = fabs(ldexp(x[k], -exponent) - ldexp(y[k], -exponent));
        largest = d <= largest ? largest : d;
    }
    if (norm == 0.0)
        return largest == 0.0 ? 0.0 : INFINITY;
    const double left = largest - rounding(n, exponent);
    return (left < 0.0 ? 0.0 : left) / (norm * n * DBL_EPSILON);
}

/* Runs check(pack) for every size and every kernel that runs here. */
static void for_every_pack(void (*check)(pack *p))
{
    for (int k = 0; k < DYSON_KERNEL_COUNT; k++) {
        for (int s = 0; s < SIZES && dyson_kernel_runs((dyson_kernel)k); s++) {
            pack p = pack_create(sizes[s], (dyson_kernel)k);
            check(&p);
            pack_destroy(&p);
        }
    }
}

/* Reports which case is beyond the bound, then fails. */
static void assert_bound(const char *what, double value, const pack *p, int which)
{
    if (!(value <= BOUND))
        fail_msg("%s %g > %g: n = %d, kind %d, kernel %s", what, value, BOUND, p->n, which,
                 dyson_kernel_name(p->kernel));
}

static double matrix[L_MAX][MAX * MAX], vectors[MAX * MAX];
static double without[L_MAX][MAX], with[MAX], expected[MAX];

/* What the solver gave for one matrix, without and with vectors, against the matrix and LAPACK. */
static void check_result(const pack *p, int lane, int which)
{
    const int n = p->n;
    const double *a = matrix[lane];
    pack_store(p, lane, with, vectors);
    assert_bound("residual", residual(n, a, with, vectors), p, which);
    assert_bound("orthogonality", orthogonality(n, vectors), p, which);
    assert_bound("without against with vectors", difference(n, a, without[lane], with), p, which);
    for (int k = 1; k < n; k++) {
        assert_true(with[k - 1] >= with[k]);
        assert_true(without[lane][k - 1] >= without[lane][k]);
    }
    dyson_error error = {0};
    memcpy(vectors, a, sizeof vectors);
    assert_int_equal(dyson_spectrum_dense(n, vectors, expected, &error), DYSON_OK);
    assert_bound("against LAPACK", difference(n, a, without[lane], expected), p, which);
}

/* Every kind of matrix, mixed in the packs, twice with other neighbours. */
static void check_stability(pack *p)
{
    const int lanes = p->lanes;
    for (int base = 0; base < 2 * KINDS; base += lanes) {
        for (int l = 0; l < lanes; l++) {
            fill(p->n, (kind)((base + l) % KINDS), (uint64_t)(base + l), matrix[l]);
            pack_load(p, l, matrix[l]);
        }
        pack_solve(p, 0);
        for (int l = 0; l < lanes; l++) {
            pack_store(p, l, without[l], NULL);
            pack_load(p, l, matrix[l]);
        }
        pack_solve(p, 1);
        for (int l = 0; l < lanes; l++)
            check_result(p, l, (base + l) % KINDS);
    }
}

static void test_stability(void **state)
{
    (void)state;
    for_every_pack(check_stability);
}

/* Closed forms: Clement n-1-2k; one lattice site more than 2: 4 + 2 - 2 cos(2 pi k/n) by pairs. */
static void check_closed_forms(pack *p)
{
    const int n = p->n;
    for (int l = 0; l < p->lanes; l++) {
        fill(n, l % 2 == 0 ? CLEMENT : LATTICE, 0, matrix[l]);
        pack_load(p, l, matrix[l]);
    }
    pack_solve(p, 0);
    for (int l = 0; l < p->lanes; l++) {
        pack_store(p, l, without[l], NULL);
        for (int k = 0; k < n; k++) {
            const int wave = n / 2 - (k + (n % 2 == 0)) / 2;
            expected[k] = l % 2 == 0 ? n - 1 - 2 * k : 6.0 - 2.0 * cos(2.0 * M_PI * wave / n);
        }
        if (l % 2 == 0 || n > 2)
            assert_bound("closed form", difference(n, matrix[l], without[l], expected), p, l % 2);
    }
}

static void test_closed_forms(void **state)
{
    (void)state;
    for_every_pack(check_closed_forms);
}

/* The bits of one matrix's results are the same in every lane, whatever sits in the others: hard
 * and easy matrices, numbers that are not finite. */
static void check_independence(pack *p)
{
    static double first_vectors[MAX * MAX], first[MAX];
    static double broken[MAX * MAX];
    const int n = p->n;
    for (int i = 0; i < n * n; i++)
        broken[i] = i % 3 == 0 ? NAN : i % 3 == 1 ? INFINITY : 1e308;
    for (int which = 0; which < KINDS; which++) {
        fill(n, (kind)which, 77, matrix[0]);
        for (int turn = 0; turn < 2 * p->lanes; turn++) {
            const int lane = turn % p->lanes, v = turn % 3 != 1;
            for (int l = 0; l < p->lanes; l++) {
                fill(n, (kind)((which + turn + l) % KINDS), (uint64_t)turn, matrix[1]);
                pack_load(p, l, (l + turn) % 3 == 2 ? broken : matrix[1]);
            }
            pack_load(p, lane, matrix[0]);
            pack_solve(p, v);
            pack_store(p, lane, with, v ? vectors : NULL);
            if (turn < 2)
                memcpy(v ? first : without[0], with, sizeof first);
            if (turn == 0)
                memcpy(first_vectors, vectors, sizeof first_vectors);
            const size_t size = (size_t)n * sizeof(double);
            assert_memory_equal(with, v ? first : without[0], size);
            if (v)
                assert_memory_equal(vectors, first_vectors, size * (size_t)n);
        }
    }
}

static void test_independence(void **state)
{
    (void)state;
    for_every_pack(check_independence);
}

/* One element of the lower triangle that is not finite, anywhere, makes that matrix's eigenvalues
 * NaN. */
static void check_not_finite(pack *p)
{
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    const int n = p->n;
    for (int i = 0; i < n; i += 1 + n / 7) {
        for (int j = 0; j <= i; j += 1 + n / 5) {
            for (int l = 0; l < p->lanes; l++) {
                fill(n,
                     (i + j) % 3 == 0   ? POSITIVE
                     : (i + j) % 3 == 1 ? DIAGONAL
                                        : ZERO,
                     (uint64_t)l, matrix[l]);
                if (l != 1)
                    matrix[l][i * n + j] = bad[(i + j + l) % 3];
                pack_load(p, l, matrix[l]);
            }
            pack_solve(p, (i + j) % 2);
            for (int l = 0; l < p->lanes; l++) {
                pack_store(p, l, with, NULL);
                for (int k = 0; k < n; k++)
                    assert_int_equal(isnan(with[k]) != 0, l != 1);
            }
        }
    }
}

static void test_not_finite(void **state)
{
    (void)state;
    for_every_pack(check_not_finite);
}

/* Scaling by a power of two is exact from end to end of the range of normal numbers. */
static void check_scaling(pack *p)
{
    static const int exponents[] = {0, 1, -1, 333, 1000, -900};
    const int n = p->n;
    for (int l = 0; l < p->lanes; l++) {
        for (int e = 0; e < 6; e++) {
            fill(n, POSITIVE, (uint64_t)l, matrix[0]);
            for (int i = 0; i < n * n; i++)
                matrix[0][i] = ldexp(matrix[0][i], exponents[e]);
            pack_load(p, l, matrix[0]);
            for (int other = 0; other < p->lanes; other++)
                if (other != l)
                    pack_load(p, other, matrix[0]);
            pack_solve(p, 0);
            pack_store(p, l, with, NULL);
            for (int k = 0; k < n; k++)
                with[k] = ldexp(with[k], -exponents[e]);
            if (e == 0)
                memcpy(expected, with, sizeof expected);
            assert_memory_equal(with, expected, (size_t)n * sizeof(double));
        }
    }
}

static void test_scaling(void **state)
{
    (void)state;
    for_every_pack(check_scaling);
}

/* LAPACK's path: Clement at a size that the batched solver does not take, and what is not finite.
 */
static void test_dense(void **state)
{
    (void)state;
    enum { N = 150 };
    static double a[N * N], eigenvalues[N];
    dyson_error error = {0};
    fill_chain(N, CLEMENT, a);
    assert_int_equal(dyson_spectrum_dense(N, a, eigenvalues, &error), DYSON_OK);
    for (int k = 0; k < N; k++)
        assert_true(fabs(eigenvalues[k] - (N - 1 - 2 * k)) <= N * N * DBL_EPSILON);
    memset(a, 0, sizeof a);
    a[N * (N - 1) + 3] = INFINITY;
    assert_int_equal(dyson_spectrum_dense(N, a, eigenvalues, &error), DYSON_OK);
    for (int k = 0; k < N; k++)
        assert_true(isnan(eigenvalues[k]));
    a[0] = -2.5;
    assert_int_equal(dyson_spectrum_dense(1, a, eigenvalues, &error), DYSON_OK);
    assert_true(eigenvalues[0] == -2.5);
}

/* Singular values of a rotation times a diagonal, signs mixed: the diagonal's absolute values. */
static void test_singular(void **state)
{
    (void)state;
    enum { N = 90 };
    static double a[N * N], values[N];
    dyson_error error = {0};
    for (int i = 0; i < N; i++) { /* I - 2 v v^T, v_i = 1/sqrt(N), times diag((-1)^j (j + 1)) */
        for (int j = 0; j < N; j++)
            a[i * N + j] = ((i == j) - 2.0 / N) * (j % 2 == 0 ? 1.0 : -1.0) * (j + 1);
    }
    assert_int_equal(dyson_spectrum_singular(N, a, values, &error), DYSON_OK);
    for (int k = 0; k < N; k++)
        assert_true(fabs(values[k] - (N - k)) <= N * N * DBL_EPSILON);
    memset(a, 0, sizeof a);
    a[5] = NAN;
    assert_int_equal(dyson_spectrum_singular(N, a, values, &error), DYSON_OK);
    for (int k = 0; k < N; k++)
        assert_true(isnan(values[k]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stability),    cmocka_unit_test(test_closed_forms),
        cmocka_unit_test(test_independence), cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_scaling),      cmocka_unit_test(test_dense),
        cmocka_unit_test(test_singular),
    };
    return cmocka_run_group_tests_name("spectrum", tests, NULL, NULL);
}
