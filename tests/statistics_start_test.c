/* The Marchenko-Pastur law, and the test of spectra at update 0. */
#include "dyson/statistics.h"
#include "statistics/sorting.h"
#include "statistics/start.h"
#include "statistics_sample.h"
#include "statistics_whole.h"

#include <gsl/gsl_integration.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const dyson_gaussian_start shapes[] = {{10, 10, 0.01}, {64, 32, 0.01}, {32, 64, 2.0},
                                              {64, 1, 0.5},   {7, 6, 1e-4},   {1, 1, 1.0}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

typedef struct integrand {
    const dyson_marchenko_pastur *law;
    int power;
} integrand;

/* In theta of x = middle - half cos(theta), in which the square roots at the edges are smooth, also
 * where the lower edge is 0 and the density diverges. */
static double weighted(double theta, void *context)
{
    const integrand *of = context;
    const double half = 0.5 * (of->law->high - of->law->low);
    const double x = of->law->low + 2.0 * half * pow(sin(0.5 * theta), 2.0);
    return pow(x, of->power) * dyson_marchenko_pastur_density(of->law, x) * half * sin(theta);
}

/* int_0^theta of x^power rho(x) dx */
static double integral(const dyson_marchenko_pastur *law, int power, double theta)
{
    integrand of = {law, power};
    gsl_function function = {weighted, &of};
    double result, error;
    gsl_integration_workspace *room = gsl_integration_workspace_alloc(200);
    assert_int_equal(gsl_integration_qag(&function, 0.0, theta, 0.0, 1e-10, 200, GSL_INTEG_GAUSS31,
                                         room, &result, &error),
                     0);
    gsl_integration_workspace_free(room);
    return result;
}

/* Normalised; the cumulative is the density's integral; the moments are its moments. */
static void test_law(void **state)
{
    (void)state;
    for (int s = 0; s < SHAPES; s++) {
        dyson_marchenko_pastur law = dyson_marchenko_pastur_of(&shapes[s]);
        const double last = M_PI * (1.0 - 1e-12);
        for (int k = 0; k <= 4; k++) {
            const double expected = dyson_marchenko_pastur_moment(&law, k);
            assert_true(fabs(integral(&law, k, last) / expected - 1.0) < 1e-8);
        }
        for (int i = 1; i < 20; i++) {
            const double theta = M_PI * i / 20.0;
            const double x = law.low + (law.high - law.low) * pow(sin(0.5 * theta), 2.0);
            const double f = dyson_marchenko_pastur_cumulative(&law, x);
            assert_true(fabs(f - integral(&law, 0, theta)) < 1e-9);
        }
    }
}

static void test_edges(void **state)
{
    (void)state;
    for (int s = 0; s < SHAPES; s++) {
        dyson_marchenko_pastur law = dyson_marchenko_pastur_of(&shapes[s]);
        assert_true(law.ratio <= 1.0);
        assert_true(dyson_marchenko_pastur_cumulative(&law, law.low - 1e-9) == 0.0);
        assert_true(dyson_marchenko_pastur_cumulative(&law, law.high) == 1.0);
        assert_true(dyson_marchenko_pastur_density(&law, law.high + 1e-9) == 0.0);
        const double width = law.high - law.low;
        assert_true(dyson_marchenko_pastur_cumulative(&law, law.high - 1e-9 * width) > 1.0 - 1e-9);
        assert_true(fabs(dyson_marchenko_pastur_moment(&law, 1) / law.scale - 1.0) < 1e-14);
        assert_true(fabs(dyson_marchenko_pastur_moment(&law, 2) /
                             (law.scale * law.scale * (1.0 + law.ratio)) -
                         1.0) < 1e-14);
    }
    /* r = 1: from 0 to 4 s^2, rho = sqrt((4 s^2 - x)/x)/(2 pi s^2); at the middle, 1/(2 pi s^2) */
    dyson_marchenko_pastur square = dyson_marchenko_pastur_of(&shapes[0]);
    assert_true(square.low == 0.0 && fabs(square.high - 0.4) < 1e-15);
    assert_true(fabs(dyson_marchenko_pastur_density(&square, 0.2) - 1.0 / (0.2 * M_PI)) < 1e-13);
    assert_true(fabs(dyson_marchenko_pastur_cumulative(&square, 0.2) - (0.5 + 1.0 / M_PI)) < 1e-14);
    /* The hard edge: F = (2/pi) sqrt(x/s^2) */
    assert_true(fabs(dyson_marchenko_pastur_cumulative(&square, 1e-13) / (M_2_PI * 1e-6) - 1.0) <
                1e-6);
    /* 64 x 32, entries of 0.01: s^2 = 0.64, r = 1/2 */
    dyson_marchenko_pastur half = dyson_marchenko_pastur_of(&shapes[1]);
    assert_true(fabs(half.low - 0.64 * pow(1.0 - M_SQRT1_2, 2.0)) < 1e-14);
    assert_true(fabs(half.high - 0.64 * pow(1.0 + M_SQRT1_2, 2.0)) < 1e-14);
}

/* Synthetic starts have the exact traces, within 4.5 errors (once in 150000); the correction of
 * tr X^2, s^4/M, is beyond 5 errors, so that its absence would show. */
static void test_traces(void **state)
{
    (void)state;
    enum { REPLICAS = 4000, LEVELS = 6 };
    const dyson_gaussian_start start = {7, LEVELS, 0.02};
    double *x = sample_room(REPLICAS * LEVELS, sizeof *x), first[REPLICAS], second[REPLICAS];
    dyson_error error = {0};
    assert_int_equal(dyson_start_sample(&start, 3, REPLICAS, x, &error), DYSON_OK);
    for (size_t r = 0; r < REPLICAS; r++) {
        first[r] = second[r] = 0.0;
        for (size_t i = 0; i < LEVELS; i++) {
            first[r] += x[r * LEVELS + i] / LEVELS;
            second[r] += x[r * LEVELS + i] * x[r * LEVELS + i] / LEVELS;
        }
    }
    dyson_marchenko_pastur law = dyson_marchenko_pastur_of(&start);
    dyson_estimate one = whole_mean(REPLICAS, first), two = whole_mean(REPLICAS, second);
    assert_true(fabs(one.value - dyson_start_trace(&start)) < 4.5 * one.error);
    assert_true(fabs(two.value - dyson_start_trace_squares(&start)) < 4.5 * two.error);
    assert_true(two.value - dyson_marchenko_pastur_moment(&law, 2) > 5.0 * two.error);
    free(x);
}

static double distance_of(const dyson_marchenko_pastur *law, size_t count, const double *x)
{
    dyson_sample sample = whole_sample(count, x);
    const double distance = dyson_start_distance(law, &sample.marks);
    dyson_sample_clear(&sample);
    return distance;
}

static void test_distance(void **state)
{
    (void)state;
    const dyson_marchenko_pastur law = dyson_marchenko_pastur_of(&shapes[0]);
    const double below[2] = {-1.0, -0.5}, middle[1] = {0.2};
    assert_true(distance_of(&law, 2, below) == 1.0);
    assert_true(fabs(distance_of(&law, 1, middle) - (0.5 + 1.0 / M_PI)) < 1e-14);
    assert_true(isnan(distance_of(&law, 0, middle)));
    /* It falls as N grows: the law is that of N to infinity. */
    double found[2];
    for (int i = 0; i < 2; i++) {
        enum { REPLICAS = 1000 };
        const int n = i == 0 ? 3 : 24;
        const dyson_gaussian_start start = {n, n, 1.0 / n};
        const dyson_marchenko_pastur of = dyson_marchenko_pastur_of(&start);
        double *x = sample_room((size_t)(REPLICAS * n), sizeof *x);
        dyson_error error = {0};
        assert_int_equal(dyson_start_sample(&start, 0, REPLICAS, x, &error), DYSON_OK);
        found[i] = distance_of(&of, (size_t)(REPLICAS * n), x);
        free(x);
    }
    assert_true(found[1] < 0.5 * found[0]);
}

/* p-values over ensembles; scale: of the first set's spectra. */
static void p_values(int ensembles, size_t n, size_t m, double scale, double *p)
{
    enum { LEVELS = 4 };
    const dyson_gaussian_start start = {5, LEVELS, 1.0};
    double *x = sample_room((n + m) * LEVELS, sizeof *x), distance;
    for (int e = 0; e < ensembles; e++) {
        dyson_error error = {0};
        assert_int_equal(dyson_start_sample(&start, 1000 + e, n + m, x, &error), DYSON_OK);
        for (size_t i = 0; i < n * LEVELS; i++)
            x[i] *= scale;
        assert_int_equal(
            dyson_start_compare(LEVELS, n, x, m, x + n * LEVELS, e, &distance, &p[e], &error),
            DYSON_OK);
        assert_true(isnan(p[e]) || (distance > 0.0 && distance <= 1.0));
    }
    free(x);
}

/* Uniform under the hypothesis: sqrt(M) D exceeds 2.0 once in 1500 (the p-values' own steps of
 * 0.001 do not matter). */
static void test_uniform(void **state)
{
    (void)state;
    enum { ENSEMBLES = 200 };
    const size_t sizes[2][2] = {{12, 30}, {50, 50}};
    for (int s = 0; s < 2; s++) {
        double p[ENSEMBLES], largest = 0.0;
        p_values(ENSEMBLES, sizes[s][0], sizes[s][1], 1.0, p);
        dyson_sort(ENSEMBLES, p);
        for (int e = 0; e < ENSEMBLES; e++)
            largest =
                fmax(largest, fmax(p[e] - (double)e / ENSEMBLES, (e + 1.0) / ENSEMBLES - p[e]));
        if (!(largest * sqrt(ENSEMBLES) < 2.0))
            fail_msg("n = %zu: sqrt(M) D = %g", sizes[s][0], largest * sqrt(ENSEMBLES));
    }
}

/* Weights of a standard deviation 10 % too large are found by 200 replicas. */
static void test_power(void **state)
{
    (void)state;
    enum { ENSEMBLES = 20 };
    double p[ENSEMBLES];
    int found = 0;
    p_values(ENSEMBLES, 200, 200, 1.21, p);
    for (int e = 0; e < ENSEMBLES; e++)
        found += p[e] < 0.01;
    assert_true(found >= 18);
    p_values(1, 7, 8, 1.0, p + 1);
    assert_true(isnan(p[1]));
}

/* More levels than are kept, as regular as the law: at ratio 1 its density has a pole at 0, where a
 * cell of x holds 4e-3 of all and its middle stands for 0.7 of them, not for the half. */
static void test_pole(void **state)
{
    (void)state;
    enum { MANY = 400000 };
    const dyson_gaussian_start start = {1000, 1000, 1e-3};
    const dyson_marchenko_pastur law = dyson_marchenko_pastur_of(&start);
    double *x = sample_room(MANY, sizeof *x), theta = 0.0;
    for (size_t i = 0; i < MANY; i++) { /* x = high sin^2 theta, F = 2/pi (theta + sin cos) */
        const double place = M_PI_2 * ((double)i + 0.5) / MANY;
        for (int k = 0; k < 20; k++)
            theta -= (theta + sin(theta) * cos(theta) - place) / (2.0 * cos(theta) * cos(theta));
        x[i * 199999 % MANY] = law.high * sin(theta) * sin(theta); /* in no order */
    }
    dyson_error error = {0};
    dyson_sample levels = dyson_sample_of(DYSON_SAMPLE_LIMIT);
    assert_int_equal(dyson_start_add(&levels, MANY, x, &error), DYSON_OK);
    assert_int_equal(dyson_start_sort(&levels, &error), DYSON_OK);
    assert_true(levels.marks.weight != NULL && levels.marks.low >= 0.0);
    const double distance = dyson_start_distance(&law, &levels.marks);
    if (!(distance < 1e-4))
        fail_msg("%g away from its own law", distance);
    dyson_sample_clear(&levels);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_law),    cmocka_unit_test(test_edges),
        cmocka_unit_test(test_traces), cmocka_unit_test(test_distance),
        cmocka_unit_test(test_pole),   cmocka_unit_test(test_uniform),
        cmocka_unit_test(test_power),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
