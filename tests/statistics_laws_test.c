/* The laws against their integrals, moments and each other; histograms, lines and groups against
 * exact answers. */
#include "statistics_whole.h"

#include <math.h>
#include <string.h>

/* Simpson's rule for u^power rho(u) over [low, high]. */
static double integral(dyson_law law, double low, double high, int power, double centre,
                       double sigma)
{
    const int steps = 4000;
    double h = (high - low) / steps, sum = 0.0;
    for (int i = 0; i <= steps; i++) {
        double x = low + h * i, weight = i == 0 || i == steps ? 1.0 : i % 2 ? 4.0 : 2.0;
        sum += weight * pow((x - centre) / sigma, power) * dyson_law_density(law, x, centre, sigma);
    }
    return sum * h / 3.0;
}

static void near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.15g instead of %.15g (tolerance %g)", value, expected, tolerance);
}

static void test_normalised(void **state)
{
    (void)state;
    near(integral(DYSON_SURMISE, 0.0, 6.0, 0, 0.0, 0.3), 1.0, 1e-10);
    near(integral(DYSON_TWO_LEVEL, -1.0, 5.0, 0, 2.0, 0.3), 1.0, 1e-10);
    near(integral(DYSON_GAUSSIAN, -1.0, 5.0, 0, 2.0, 0.3), 1.0, 1e-10);
}

static void test_moments(void **state)
{
    (void)state;
    double sigma = 0.7, reach = 12.0 * sigma;
    double u2 = integral(DYSON_TWO_LEVEL, 1.0 - reach, 1.0 + reach, 2, 1.0, sigma);
    double u4 = integral(DYSON_TWO_LEVEL, 1.0 - reach, 1.0 + reach, 4, 1.0, sigma);
    near(u2, 1.5, 1e-9);
    near(u4, 23.0 / 4.0, 1e-9);
    near(1.0 - u4 / (3.0 * u2 * u2), 4.0 / 27.0, 1e-9);
    /* <S> = sqrt(pi) sigma and <S^2> = 4 sigma^2 */
    near(integral(DYSON_SURMISE, 0.0, 2.0 * reach, 1, 0.0, sigma), sqrt(M_PI), 1e-9);
    near(integral(DYSON_SURMISE, 0.0, 2.0 * reach, 2, 0.0, sigma), 4.0, 1e-9);
}

/* The density of two levels as its formula is usually written. */
static void test_two_level_formula(void **state)
{
    (void)state;
    for (double u = -5.0; u <= 5.0; u += 0.25) {
        double gauss = exp(-0.5 * u * u), sigma = 1.3;
        double rho = gauss / (4.0 * sqrt(M_PI) * sigma) *
                     (2.0 * gauss + sqrt(2.0 * M_PI) * u * erf(u / sqrt(2.0)));
        near(dyson_law_density(DYSON_TWO_LEVEL, 0.4 + sigma * u, 0.4, sigma), rho, 1e-15);
    }
}

static void test_cumulative(void **state)
{
    (void)state;
    for (dyson_law law = DYSON_SURMISE; law <= DYSON_GAUSSIAN; law++)
        for (double u = -4.0; u <= 5.0; u += 0.37) {
            double sigma = 0.4, centre = law == DYSON_SURMISE ? 0.0 : 1.0, x = centre + sigma * u;
            double low = law == DYSON_SURMISE ? 0.0 : centre - 12.0 * sigma;
            double expected = x > low ? integral(law, low, x, 0, centre, sigma) : 0.0;
            near(dyson_law_cumulative(law, x, centre, sigma), expected, 1e-10);
            near(dyson_law_survival(law, x, centre, sigma), 1.0 - expected, 1e-10);
        }
}

/* Far out, survival keeps its relative accuracy: for large u rho' = -u rho, so survival ~ rho/u. */
static void test_tails(void **state)
{
    (void)state;
    double ratio = dyson_law_survival(DYSON_TWO_LEVEL, 30.0, 0.0, 1.0) /
                   dyson_law_density(DYSON_TWO_LEVEL, 30.0, 0.0, 1.0);
    near(ratio * 30.0, 1.0, 1e-2);
    assert_true(dyson_law_cumulative(DYSON_TWO_LEVEL, -30.0, 0.0, 1.0) > 0.0);
    assert_true(dyson_law_cumulative(DYSON_GAUSSIAN, -INFINITY, 0.0, 1.0) == 0.0);
    assert_true(dyson_law_survival(DYSON_SURMISE, INFINITY, 0.0, 1.0) == 0.0);
}

static void test_histogram(void **state)
{
    (void)state;
    double values[101];
    dyson_error error = {0};
    dyson_histogram h;
    for (int i = 0; i <= 100; i++)
        values[i] = 0.01 * i;
    /* quartiles 0.25 and 0.75 */
    dyson_sample sample = whole_sample(101, values);
    near(dyson_freedman_diaconis(&sample.marks), 2.0 * 0.5 / cbrt(101.0), 1e-15);
    dyson_sample_clear(&sample);
    assert_int_equal(dyson_histogram_create(0.0, 1.0, 0.25, &h, &error), 0);
    dyson_histogram_add(&h, 101, values);
    assert_int_equal(h.bins, 5);
    const double expected[5] = {25, 25, 25, 25, 1};
    assert_memory_equal(h.count, expected, sizeof expected);
    dyson_histogram_clear(&h);
    /* A far outlier cannot ask for more memory than is sane. */
    values[100] = 1e12;
    h = whole_histogram(101, values);
    assert_true(h.bins <= 1024);
    double sum = 0.0;
    for (size_t b = 0; b < h.bins; b++)
        sum += h.count[b];
    assert_true(sum == 101.0);
    dyson_histogram_clear(&h);
    /* Equal values: one bin. */
    const double equal[4] = {2, 2, 2, 2};
    h = whole_histogram(4, equal);
    assert_int_equal(h.bins, 1);
    dyson_histogram_clear(&h);
}

static void test_lines(void **state)
{
    (void)state;
    const double x[3] = {1, 2, 4}, y[3] = {2.1, 3.8, 8.3}, e[3] = {0.1, 0.2, 0.4};
    dyson_line line = dyson_line_through_origin(3, x, y, e);
    /* w = 100, 25, 6.25: sum wxy = 210 + 190 + 207.5, sum wx^2 = 100 + 100 + 100 */
    near(line.slope.value, 607.5 / 300.0, 1e-14);
    near(line.slope.error, 1.0 / sqrt(300.0), 1e-15);
    near(line.chi2,
         pow((2.1 - 2.025) / 0.1, 2) + pow((3.8 - 4.05) / 0.2, 2) + pow((8.3 - 8.1) / 0.4, 2),
         1e-12);
    assert_true(line.dof == 2.0);
    line = dyson_line_straight(3, x, y, e);
    /* S = 131.25, Sx = 175, Sy = 356.875, Sxx = 300, Sxy = 607.5 */
    double determinant = 131.25 * 300.0 - 175.0 * 175.0;
    near(line.slope.value, (131.25 * 607.5 - 175.0 * 356.875) / determinant, 1e-12);
    near(line.intercept.value, (300.0 * 356.875 - 175.0 * 607.5) / determinant, 1e-12);
    near(line.slope.error, sqrt(131.25 / determinant), 1e-12);
    near(line.intercept.error, sqrt(300.0 / determinant), 1e-12);
    assert_true(line.dof == 1.0);
    assert_true(isnan(dyson_line_straight(1, x, y, e).slope.value));
    assert_true(isnan(dyson_line_through_origin(0, x, y, e).slope.value));
    /* Two equal abscissas do not make a line. */
    const double same[2] = {3, 3};
    assert_true(isnan(dyson_line_straight(2, same, y, e).slope.value));
}

static void test_groups(void **state)
{
    (void)state;
    const double x[8] = {5.0, 4.6180340, 4.6180340 - 1e-12, 3.0, 2.0, 2.0, 2.0, 1.0};
    dyson_shape shape = {.levels = 8, .x = x};
    int *first;
    size_t groups;
    dyson_error error = {0};
    assert_int_equal(dyson_groups(&shape, &first, &groups, &error), 0);
    assert_int_equal(groups, 5);
    const int expected[6] = {0, 1, 3, 4, 7, 8};
    assert_memory_equal(first, expected, sizeof expected);
    free(first);
    const double zeros[2] = {0.0, 0.0};
    shape = (dyson_shape){.levels = 2, .x = zeros};
    assert_int_equal(dyson_groups(&shape, &first, &groups, &error), 0);
    assert_int_equal(groups, 1);
    free(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_normalised),
        cmocka_unit_test(test_moments),
        cmocka_unit_test(test_two_level_formula),
        cmocka_unit_test(test_cumulative),
        cmocka_unit_test(test_tails),
        cmocka_unit_test(test_histogram),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
