/* The noise of one update and the decay of correlations: made-up data of known noise and rate. */
#include "dyson/statistics.h"
#include "statistics/decay.h"
#include "statistics/increments.h"
#include "statistics_sample.h"
#include "statistics_whole.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { LEVELS = 3, STREAM = 21 };

static const double level[LEVELS] = {3.0, 2.0, 0.5};
/* g_ij^2 of the made-up updates, and their drift. */
static const double noise[LEVELS][LEVELS] = {
    {4e-4, 2e-4, 1e-5}, {2e-4, 1e-6, 9e-4}, {1e-5, 9e-4, 3e-5}};
static const double drift[LEVELS] = {0.05, 0.0, -0.02};

/* m = u d u^T with u a rotation by `angle` about each axis in turn. */
static void rotated(double angle, const double d[LEVELS][LEVELS], double m[LEVELS * LEVELS])
{
    double a[LEVELS][LEVELS];
    memcpy(a, d, sizeof a);
    for (int axis = 0; axis < LEVELS; axis++) {
        const int i = (axis + 1) % LEVELS, j = (axis + 2) % LEVELS;
        const double c = cos(angle), s = sin(angle);
        for (int k = 0; k < LEVELS; k++) {
            const double x = a[i][k], y = a[j][k];
            a[i][k] = c * x - s * y;
            a[j][k] = s * x + c * y;
        }
        for (int k = 0; k < LEVELS; k++) {
            const double x = a[k][i], y = a[k][j];
            a[k][i] = c * x - s * y;
            a[k][j] = s * x + c * y;
        }
    }
    memcpy(m, a, sizeof a);
}

/* X of random orientation before and after an update, with normals z[6]. */
static void made_update(double angle, const double *z, double *x, double *next)
{
    double d[LEVELS][LEVELS] = {{0}};
    for (int i = 0; i < LEVELS; i++)
        d[i][i] = level[i];
    rotated(angle, d, x);
    for (int i = 0, e = 0; i < LEVELS; i++)
        for (int j = i; j < LEVELS; j++, e++) {
            const double change = sqrt((i == j ? 2.0 : 1.0) * noise[i][j]) * z[e];
            d[i][j] += change + (i == j ? drift[i] : 0.0);
            d[j][i] = d[i][j];
        }
    rotated(angle, d, next);
}

/* Each element comes out within 4.5 errors (6 elements: once in 25000), and its error is that of a
 * normal number's variance, sqrt(2/n) of it, to 15 % (4 errors of that error, 2.5/sqrt(n)). */
static void test_noise(void **state)
{
    (void)state;
    enum { REPLICAS = 4000 };
    dyson_increments increments;
    dyson_error error = {0};
    double z[8], x[LEVELS * LEVELS], next[LEVELS * LEVELS], eigenvalues[LEVELS];
    assert_int_equal(dyson_increments_create(LEVELS, &increments, &error), DYSON_OK);
    for (int64_t r = 0; r < REPLICAS; r++) {
        sample_normals(STREAM, r, 8, z);
        made_update(3.0 * z[6], z, x, next);
        assert_int_equal(dyson_increments_add(&increments, x, next, eigenvalues, &error), DYSON_OK);
        for (int i = 0; i < LEVELS; i++)
            assert_true(fabs(eigenvalues[i] - level[i]) < 1e-13);
    }
    for (int i = 0; i < LEVELS; i++)
        for (int j = 0; j < LEVELS; j++) {
            const dyson_estimate g2 = dyson_increments_noise(&increments, i, j);
            if (!(fabs(g2.value - noise[i][j]) < 4.5 * g2.error) ||
                !(fabs(g2.error / (noise[i][j] * sqrt(2.0 / REPLICAS)) - 1.0) < 0.15))
                fail_msg("element %d %d: %g +- %g, expected %g", i, j, g2.value, g2.error,
                         noise[i][j]);
        }
    dyson_increments_clear(&increments);
}

static void test_few_updates(void **state)
{
    (void)state;
    dyson_increments increments;
    dyson_error error = {0};
    double x[LEVELS * LEVELS], next[LEVELS * LEVELS], eigenvalues[LEVELS];
    const double z[6] = {1.0, 1.0, 1.0, 1.0, 1.0, 1.0};
    assert_int_equal(dyson_increments_create(LEVELS, &increments, &error), DYSON_OK);
    made_update(0.3, z, x, next);
    assert_int_equal(dyson_increments_add(&increments, x, next, eigenvalues, &error), DYSON_OK);
    assert_true(isnan(dyson_increments_noise(&increments, 0, 1).value));
    assert_true(isnan(dyson_increments_noise(&increments, 0, 0).error));
    dyson_increments_clear(&increments);
}

/* n pairs of correlation c. */
static void made_pairs(int64_t ensemble, size_t n, double c, double *y, double *z)
{
    sample_normals(STREAM + 1, 2 * ensemble, n, y);
    sample_normals(STREAM + 1, 2 * ensemble + 1, n, z);
    for (size_t r = 0; r < n; r++) {
        z[r] = 7.0 + 0.1 * (c * y[r] + sqrt(1.0 - c * c) * z[r]);
        y[r] = -1.0 + 3.0 * y[r];
    }
}

static dyson_estimate correlation(size_t n, const double *y, const double *z,
                                  dyson_correlation_sums *sums)
{
    *sums = (dyson_correlation_sums){0};
    for (int pass = 0; pass < 2; pass++)
        dyson_correlation_add(sums, pass, n, y, z);
    return dyson_correlation_of(sums);
}

/* For normal numbers the error is (1 - c^2)/sqrt(n): to 10 % at n = 2000; mean influence: 0. */
static void test_correlation(void **state)
{
    (void)state;
    enum { N = 2000 };
    const double truth[4] = {0.0, 0.3, 0.9, -0.6};
    double y[N], z[N], psi[N];
    dyson_correlation_sums sums;
    for (int k = 0; k < 4; k++) {
        made_pairs(k, N, truth[k], y, z);
        const dyson_estimate c = correlation(N, y, z, &sums);
        assert_true(fabs(c.value - truth[k]) < 4.5 * c.error);
        assert_true(fabs(c.error * sqrt(N) / (1.0 - truth[k] * truth[k]) - 1.0) < 0.1);
        memset(psi, 0, sizeof psi);
        dyson_decay_influence(&sums, 1.0, N, y, z, psi);
        assert_true(fabs(whole_mean(N, psi).value) < 1e-12);
        double squares = 0.0;
        for (int r = 0; r < N; r++)
            squares += psi[r] * psi[r];
        assert_true(fabs(sqrt(squares) / N / c.error - 1.0) < 1e-9);
    }
    made_pairs(0, N, 1.0, y, z);
    assert_true(fabs(correlation(N, y, z, &sums).value - 1.0) < 1e-12);
    assert_true(isnan(correlation(2, y, z, &sums).value));
    memset(y, 0, sizeof y);
    assert_true(isnan(correlation(N, y, z, &sums).value));
}

/* The rate of n AR(1) processes from their values at lags 0, 1, 2, 4, 8, 16. */
static dyson_estimate rate_of(int64_t ensemble, size_t n, double rate)
{
    const double lag[] = {1, 2, 4, 8, 16};
    enum { LAGS = sizeof lag / sizeof *lag };
    double *room = sample_room(n * (LAGS + 3), sizeof *room);
    double *now = room, *y = now + n, *influence = y + n, *fresh = influence + n;
    dyson_decay decay = {0};
    sample_normals(STREAM + 2, ensemble, n * LAGS, fresh);
    sample_normals(STREAM + 3, ensemble, n, now);
    memcpy(y, now, n * sizeof *y);
    for (int s = 0; s < LAGS; s++) {
        const double kept = exp(-rate * (lag[s] - (s > 0 ? lag[s - 1] : 0.0)));
        for (size_t r = 0; r < n; r++)
            y[r] = kept * y[r] + sqrt(1.0 - kept * kept) * fresh[(size_t)s * n + r];
        dyson_correlation_sums sums;
        const dyson_estimate c = correlation(n, now, y, &sums);
        dyson_decay_influence(&sums, dyson_decay_add(&decay, lag[s], c), n, now, y, influence);
    }
    dyson_decay_scatter(&decay, n, influence);
    const dyson_estimate found = dyson_decay_rate(&decay);
    free(room);
    return found;
}

/* (found - rate)/error over M ensembles: mean 0 within 4/sqrt(M), and width 1 within 4/sqrt(2 M),
 * although the correlations at different lags are of the same replicas. */
static void test_rate(void **state)
{
    (void)state;
    enum { ENSEMBLES = 300, REPLICAS = 500 };
    const double rate = 0.08;
    double pull[ENSEMBLES];
    for (int e = 0; e < ENSEMBLES; e++) {
        const dyson_estimate found = rate_of(e, REPLICAS, rate);
        pull[e] = (found.value - rate) / found.error;
    }
    const dyson_moments moments = whole_moments(ENSEMBLES, 1, pull);
    if (!(fabs(moments.mean.value) < 4.0 / sqrt(ENSEMBLES)) ||
        !(fabs(moments.std.value - 1.0) < 4.0 / sqrt(2.0 * ENSEMBLES)))
        fail_msg("pulls: mean %g, width %g", moments.mean.value, moments.std.value);
    const dyson_decay none = {0};
    assert_true(isnan(dyson_decay_rate(&none).value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_noise),
        cmocka_unit_test(test_few_updates),
        cmocka_unit_test(test_correlation),
        cmocka_unit_test(test_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
