/* The Rice law against its integrals and limits, its fit against samples whose Delta and sigma are
 * known, and Kolmogorov's law against printed tables. */
#include "dyson/statistics.h"
#include "statistics/sorting.h"
#include "statistics_sample.h"
#include "statistics_whole.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { STREAM = 77 };

static const double sigma = 0.7;

static void near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.15g instead of %.15g (tolerance %g)", value, expected, tolerance);
}

/* Simpson's rule for S^power P(S) over [low, high]. */
static double integral(double splitting, double low, double high, int power)
{
    const int steps = 4000;
    double h = (high - low) / steps, sum = 0.0;
    for (int i = 0; i <= steps; i++) {
        double s = low + h * i, weight = i == 0 || i == steps ? 1.0 : i % 2 ? 4.0 : 2.0;
        sum += weight * pow(s, power) * dyson_rice_density(s, splitting, sigma);
    }
    return sum * h / 3.0;
}

static const double ratios[] = {0.0, 0.1, 1.0, 2.5, 6.0, 40.0}; /* Delta/sigma */

static void test_integrals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ratios / sizeof *ratios; i++) {
        const double delta = ratios[i] * sigma;
        const double low = fmax(0.0, delta - 12.0 * sigma), high = delta + 14.0 * sigma;
        near(integral(delta, low, high, 0), 1.0, 1e-10);
        near(integral(delta, low, high, 2), delta * delta + 4.0 * sigma * sigma, 1e-8);
        near(integral(delta, low, high, 1), dyson_rice_mean(delta, sigma), 1e-9);
        for (double u = -5.0; u < 6.0; u += 0.61) {
            const double s = delta + u * sigma;
            near(dyson_rice_cumulative(s, delta, sigma), s > low ? integral(delta, low, s, 0) : 0.0,
                 1e-10);
        }
    }
}

/* Delta = 0: the surmise, also far out, where the exponents are rounded alike. */
static void test_degenerate(void **state)
{
    (void)state;
    near(dyson_rice_mean(0.0, sigma), sqrt(M_PI) * sigma, 1e-14);
    near(dyson_closure_mean(0.0, sigma), sqrt(M_PI) * sigma, 1e-14);
    for (double s = -1.0; s < 20.0; s += 0.173) {
        const double rho = dyson_law_density(DYSON_SURMISE, s, 0.0, sigma);
        near(dyson_rice_density(s, 0.0, sigma), rho, 1e-12 * rho);
        near(dyson_rice_cumulative(s, 0.0, sigma),
             dyson_law_cumulative(DYSON_SURMISE, s, 0.0, sigma), 1e-14);
    }
}

/* Delta >> sigma: Gaussian of standard deviation sqrt(2) sigma.  S = Delta + a + b^2/(2 Delta) -
 * a b^2/(2 Delta^2) ..., so the mean is Delta + sigma^2/Delta (Eq. 60: pi times the
 * shift), and the densities differ by terms of order sigma/Delta. */
static void test_far_apart(void **state)
{
    (void)state;
    for (double ratio = 1e2; ratio < 1e9; ratio *= 10.0) {
        const double delta = ratio * sigma, shift = sigma / ratio, e = 1.0 / ratio;
        near((dyson_rice_mean(delta, sigma) - delta) / shift, 1.0, e + 1e-15 * ratio * ratio);
        near((dyson_closure_mean(delta, sigma) - delta) / shift, M_PI,
             10.0 * e + 1e-15 * ratio * ratio);
        for (double u = -5.0; u < 5.0; u += 0.37) {
            const double s = delta + u * M_SQRT2 * sigma, width = M_SQRT2 * sigma;
            const double rho = dyson_law_density(DYSON_GAUSSIAN, s, delta, width);
            near(dyson_rice_density(s, delta, sigma), rho, 6.0 * e * rho + 1e-15);
            near(dyson_rice_cumulative(s, delta, sigma),
                 dyson_law_cumulative(DYSON_GAUSSIAN, s, delta + shift, width),
                 e * e + 1e-15 * ratio); /* the latter: S is rounded */
        }
        assert_true(dyson_rice_cumulative(0.5 * delta, delta, sigma) < 1e-15);
        assert_true(dyson_rice_cumulative(2.0 * delta, delta, sigma) == 1.0);
    }
    near(dyson_rice_mean(3.0, 0.0), 3.0, 0.0);
}

/* Where the cumulative law changes from one form to the other, it does not jump. */
static void test_no_seam(void **state)
{
    (void)state;
    for (double u = -3.0; u < 3.0; u += 0.3)
        near(dyson_rice_cumulative(1e4 + u, 1e4 * (1.0 - 1e-12), 1.0),
             dyson_rice_cumulative(1e4 + u, 1e4 * (1.0 + 1e-12), 1.0), 1e-8);
}

static void sample_spacings(int64_t ensemble, size_t n, double delta, double *spacing)
{
    double *z = sample_room(2 * n, sizeof *z);
    sample_normals(STREAM, ensemble, 2 * n, z);
    for (size_t i = 0; i < n; i++)
        spacing[i] = hypot(delta + M_SQRT2 * sigma * z[2 * i], M_SQRT2 * sigma * z[2 * i + 1]);
    free(z);
}

/* Over 300 ensembles of 500 replicas: the mean estimate lies within 4 of its errors (plus the bias
 * of order 1/n of any maximum-likelihood estimate: a tenth of an error) of the truth, and the
 * scatter is the stated error within 15 %: its own error is 1/sqrt(600) = 4 %. */
static void check_fit(double ratio)
{
    enum { ENSEMBLES = 300, REPLICAS = 500 };
    const double truth[2] = {ratio * sigma, sigma};
    static double spacing[REPLICAS];
    double sum[2] = {0}, squares[2] = {0}, error[2] = {0};
    for (int e = 0; e < ENSEMBLES; e++) {
        sample_spacings(1000 * (int64_t)(10 * ratio) + e, REPLICAS, truth[0], spacing);
        const dyson_rice_fit fit = whole_rice(REPLICAS, spacing);
        const dyson_estimate estimate[2] = {fit.splitting, fit.sigma};
        for (int k = 0; k < 2; k++) {
            const double d = estimate[k].value - truth[k];
            sum[k] += d / ENSEMBLES;
            squares[k] += d * d / ENSEMBLES;
            error[k] += estimate[k].error / ENSEMBLES;
        }
    }
    for (int k = 0; k < 2; k++) {
        const double scatter = sqrt(squares[k] - sum[k] * sum[k]);
        print_message("Delta/sigma = %g, %s: bias/error %.3f, scatter/error %.3f\n", ratio,
                      k == 0 ? "Delta" : "sigma", sum[k] / error[k], scatter / error[k]);
        near(sum[k] / error[k], 0.0, 4.0 / sqrt(ENSEMBLES) + 0.1);
        near(scatter / error[k], 1.0, 0.15);
    }
}

static void test_fit(void **state)
{
    (void)state;
    check_fit(3.0);
    check_fit(20.0);
    check_fit(3000.0);
}

/* The estimate is the maximum: no neighbour is likelier. */
static void test_fit_is_the_maximum(void **state)
{
    (void)state;
    enum { REPLICAS = 400 };
    double spacing[REPLICAS];
    for (size_t i = 1; i < 5; i++) {
        sample_spacings(5, REPLICAS, (1.0 + ratios[i]) * sigma, spacing);
        const dyson_rice_fit fit = whole_rice(REPLICAS, spacing);
        double likelihood[3][3];
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++) {
                const double delta = fit.splitting.value + (a - 1) * 0.1 * fit.splitting.error;
                const double width = fit.sigma.value + (b - 1) * 0.1 * fit.sigma.error;
                likelihood[a][b] = 0.0;
                for (int r = 0; r < REPLICAS; r++)
                    likelihood[a][b] += log(dyson_rice_density(spacing[r], delta, width));
                if (a != 1 || b != 1)
                    continue;
                assert_true(fit.splitting.value > 0.0);
            }
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++)
                assert_true((a == 1 && b == 1) || likelihood[a][b] < likelihood[1][1]);
    }
}

/* At Delta = 0 the estimate is 0 in about half of the ensembles: then it is the surmise's. */
static void test_fit_of_the_degenerate(void **state)
{
    (void)state;
    enum { ENSEMBLES = 200, REPLICAS = 300 };
    double spacing[REPLICAS];
    int zeros = 0;
    for (int e = 0; e < ENSEMBLES; e++) {
        sample_spacings(e, REPLICAS, 0.0, spacing);
        const dyson_rice_fit fit = whole_rice(REPLICAS, spacing);
        assert_true(fit.splitting.value >= 0.0 && fit.sigma.value > 0.0);
        if (fit.splitting.value > 0.0)
            continue;
        zeros++;
        assert_true(isnan(fit.splitting.error) && isnan(fit.sigma.error));
        near(fit.sigma.value, whole_likelihood(DYSON_SURMISE, REPLICAS, spacing).sigma.value,
             1e-14);
    }
    print_message("Delta = 0: %d of %d estimates are 0\n", zeros, ENSEMBLES);
    /* sqrt(50) = 7 is the scatter; that of <S^4> is lop-sided, which moves the half. */
    assert_true(zeros > 70 && zeros < 140);
    const double equal[4] = {1, 1, 1, 1};
    assert_true(isnan(whole_rice(4, equal).sigma.value));
    assert_true(isnan(whole_rice(2, spacing).sigma.value));
}

/* Two-sided critical distances at 5 % and 1 % as printed in the tables of Miller (1956). */
static void test_kolmogorov(void **state)
{
    (void)state;
    near(dyson_kolmogorov_p(10, 0.40925), 0.05, 0.001);
    near(dyson_kolmogorov_p(20, 0.29408), 0.05, 0.001);
    near(dyson_kolmogorov_p(100, 0.13403), 0.05, 0.0005);
    near(dyson_kolmogorov_p(100, 0.16081), 0.01, 0.0002);
    near(dyson_kolmogorov_p(1000000, 1.0 / 1000.12), dyson_kolmogorov_p(1000000, 1.0001 / 1000.12),
         1e-3); /* both series, at y = 1 */
    near(dyson_kolmogorov_p(1000000, 1e-9), 1.0, 0.0);
    assert_true(isnan(dyson_kolmogorov_p(7, 0.1)));
}

/* p-values of spacings that follow the law are uniform; those of another splitting are small. */
static void test_p_values(void **state)
{
    (void)state;
    enum { ENSEMBLES = 400, REPLICAS = 200 };
    double spacing[REPLICAS], p[ENSEMBLES], distance;
    for (int wrong = 0; wrong < 2; wrong++) {
        for (int e = 0; e < ENSEMBLES; e++) {
            sample_spacings(e, REPLICAS, 1.5 * sigma, spacing);
            dyson_sort(REPLICAS, spacing);
            distance = 0.0;
            for (int i = 0; i < REPLICAS; i++) {
                const double law =
                    dyson_rice_cumulative(spacing[i], (wrong ? 2.5 : 1.5) * sigma, sigma);
                distance = fmax(distance,
                                fmax(law - i / (double)REPLICAS, (i + 1) / (double)REPLICAS - law));
            }
            p[e] = dyson_kolmogorov_p(REPLICAS, distance);
        }
        dyson_sort(ENSEMBLES, p);
        distance = 0.0;
        for (int i = 0; i < ENSEMBLES; i++)
            distance = fmax(distance, fabs(p[i] - (i + 0.5) / ENSEMBLES));
        assert_true(wrong ? p[ENSEMBLES / 2] < 1e-4
                          : dyson_kolmogorov_p(ENSEMBLES, distance) > 1e-3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integrals),
        cmocka_unit_test(test_degenerate),
        cmocka_unit_test(test_far_apart),
        cmocka_unit_test(test_no_seam),
        cmocka_unit_test(test_fit),
        cmocka_unit_test(test_fit_is_the_maximum),
        cmocka_unit_test(test_fit_of_the_degenerate),
        cmocka_unit_test(test_kolmogorov),
        cmocka_unit_test(test_p_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
