/* Estimators against exact arithmetic, and their errors against their scatter over synthetic
 * ensembles. */
#include "dyson/statistics.h"
#include "statistics_sample.h"
#include "statistics_whole.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { ENSEMBLES = 400, STREAM = 8 };

static void near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.15g instead of %.15g (tolerance %g)", value, expected, tolerance);
}

/* Mean, std, skewness, Binder cumulant of numbers, from their definitions. */
static void by_definition(size_t count, const double *y, double out[4])
{
    double m = (double)count, mean = 0.0, c[5] = {0};
    for (size_t i = 0; i < count; i++)
        mean += y[i] / m;
    for (size_t i = 0; i < count; i++)
        for (int k = 2; k <= 4; k++)
            c[k] += pow(y[i] - mean, k) / m;
    out[0] = mean;
    out[1] = sqrt(c[2] * m / (m - 1.0));
    out[2] = c[3] / pow(c[2], 1.5);
    out[3] = 1.0 - c[4] / (3.0 * c[2] * c[2]);
}

/* The jackknife in closed form is the jackknife. */
static void jackknife_case(size_t values)
{
    enum { N = 17 };
    double y[2 * N], without[2 * N], theta[N][4], full[4];
    sample_normals(STREAM, (int64_t)values, values * N, y);
    for (size_t i = 0; i < values * N; i++)
        y[i] = 1e3 + exp(y[i]); /* lop-sided and far from zero */
    by_definition(values * N, y, full);
    for (size_t i = 0; i < N; i++) {
        memcpy(without, y, values * i * sizeof *y);
        memcpy(without + values * i, y + values * (i + 1), values * (N - 1 - i) * sizeof *y);
        by_definition(values * (N - 1), without, theta[i]);
    }
    dyson_moments moments = whole_moments(N, values, y);
    const dyson_estimate *estimate[4] = {&moments.mean, &moments.std, &moments.skewness,
                                         &moments.binder};
    for (int s = 0; s < 4; s++) {
        double mean = 0.0, scatter = 0.0;
        for (size_t i = 0; i < N; i++)
            mean += theta[i][s] / N;
        for (size_t i = 0; i < N; i++)
            scatter += pow(theta[i][s] - mean, 2);
        near(estimate[s]->value, full[s], 1e-9 * fabs(full[s]));
        near(estimate[s]->error, sqrt(scatter * (N - 1.0) / N), 1e-7 * fabs(estimate[s]->error));
    }
}

static void test_jackknife(void **state)
{
    (void)state;
    jackknife_case(1);
    jackknife_case(2);
    const double y[4] = {1, 2, 3, 6};
    dyson_estimate mean = whole_mean(4, y);
    near(mean.value, 3.0, 1e-15);
    near(mean.error, sqrt(14.0 / 3.0 / 4.0), 1e-15); /* s/sqrt(n) */
    assert_true(isnan(whole_mean(0, y).value) && isnan(whole_mean(1, y).error));
    assert_true(isnan(whole_moments(1, 1, y).binder.value));
}

/* Counted by hand: values of upper below a value of lower of another replica. */
static void test_overlap(void **state)
{
    (void)state;
    const double upper[4] = {5, 3, 4, 2.5}, lower[4] = {1, 2, 3.5, 2.4};
    near(whole_overlap(4, upper, lower), 2.0 / 12.0, 1e-15); /* 3 and 2.5 below 3.5 */
    near(whole_overlap(2, upper, lower), 0.0, 0.0);
}

/* Two independent Gaussians a distance d apart come in the wrong order with probability
 * Phi(-d/sqrt(2)). */
static void test_overlap_gaussian(void **state)
{
    (void)state;
    enum { N = 20000 };
    double *y = sample_room(2 * N, sizeof *y);
    sample_normals(STREAM, 1, 2 * N, y);
    for (size_t i = 0; i < N; i++)
        y[i] += 2.0;
    /* The error of a Mann-Whitney estimate is below sqrt(p (1 - p) 2/n) = 0.0027. */
    near(whole_overlap(N, y, y + N), 0.5 * erfc(1.0), 4.0 * 0.0027);
    free(y);
}

enum {
    SPACING,
    STD,
    BINDER,
    CENTRE_MEAN,
    SURMISE_ML,
    SURMISE_FIT,
    DENSITY_ML,
    CENTRE_ML,
    DENSITY_FIT,
    CENTRE_FIT,
    RATIO,
    PULLS
};

static const char *const names[PULLS] = {
    "<S>",        "std",       "Binder",      "mean",       "surmise ML",          "surmise fit",
    "density ML", "centre ML", "density fit", "centre fit", "<S> - sqrt(pi) sigma"};

static double pull(dyson_estimate estimate, double truth)
{
    return (estimate.value - truth) / estimate.error;
}

/* chi2[0], chi2[1] and dof: of the two histogram fits. */
static void one_ensemble(int64_t e, size_t n, double out[PULLS], double chi2[2], double dof[2])
{
    const double x0 = 2.0, sigma = 0.3;
    double *x = sample_room(4 * n, sizeof *x), *spacing = x + 2 * n, *influence = x + 3 * n;
    double covariance = 0.0, count = (double)n;
    dyson_fit fit;
    sample_pairs(STREAM, e, n, x0, sigma, x, spacing);
    dyson_estimate mean = whole_mean(n, spacing);
    dyson_moments moments = whole_moments(n, 2, x);
    out[SPACING] = pull(mean, sqrt(M_PI) * sigma);
    out[STD] = pull(moments.std, sqrt(1.5) * sigma);
    out[BINDER] = pull(moments.binder, 4.0 / 27.0);
    out[CENTRE_MEAN] = pull(moments.mean, x0);
    out[SURMISE_ML] = pull(whole_likelihood(DYSON_SURMISE, n, spacing).sigma, sigma);
    fit = whole_likelihood(DYSON_TWO_LEVEL, n, x);
    out[DENSITY_ML] = pull(fit.sigma, sigma);
    out[CENTRE_ML] = pull(fit.centre, x0);
    dyson_histogram h = whole_histogram(n, spacing);
    fit = whole_binned(DYSON_SURMISE, n, spacing, &h, NULL);
    out[SURMISE_FIT] = pull(fit.sigma, sigma);
    chi2[0] += fit.chi2;
    dof[0] += fit.dof;
    dyson_histogram_clear(&h);
    h = whole_histogram(2 * n, x);
    fit = whole_binned(DYSON_TWO_LEVEL, n, x, &h, influence);
    out[DENSITY_FIT] = pull(fit.sigma, sigma);
    out[CENTRE_FIT] = pull(fit.centre, x0);
    chi2[1] += fit.chi2;
    dof[1] += fit.dof;
    dyson_histogram_clear(&h);
    for (size_t i = 0; i < n; i++)
        covariance += influence[i] * (spacing[i] - mean.value) / (count * (count - 1.0));
    out[RATIO] = (mean.value - sqrt(M_PI) * fit.sigma.value) /
                 sqrt(mean.error * mean.error + M_PI * fit.sigma.error * fit.sigma.error -
                      2.0 * sqrt(M_PI) * covariance);
    free(x);
}

/* Pulls (estimate - truth)/error have mean 0 and standard deviation 1. Over 400 ensembles their
 * mean is known to 0.05 and their standard deviation to 0.035: four of those are allowed, plus, for
 * n replicas, the bias of order 1/n of a non-linear estimate, in units of its error 1.5/sqrt(n)
 * (Binder: 3.5/sqrt(n), as 1 - m_4/(3 m_2^2) takes the largest of the biases). */
static void test_pulls(void **state)
{
    (void)state;
    const size_t sizes[2] = {300, 3000};
    for (int s = 0; s < 2; s++) {
        double sum[PULLS] = {0}, square[PULLS] = {0}, chi2[2] = {0}, dof[2] = {0};
        for (int64_t e = 0; e < ENSEMBLES; e++) {
            double p[PULLS];
            one_ensemble(e, sizes[s], p, chi2, dof);
            for (int k = 0; k < PULLS; k++) {
                sum[k] += p[k];
                square[k] += p[k] * p[k];
            }
        }
        for (int k = 0; k < PULLS; k++) {
            double mean = sum[k] / ENSEMBLES, sd = sqrt(square[k] / ENSEMBLES - mean * mean);
            double bias = (k == BINDER ? 3.5 : 1.5) / sqrt((double)sizes[s]);
            if (!(fabs(mean) < 0.2 + bias) || !(fabs(sd - 1.0) < 0.14 + bias))
                fail_msg("n = %zu, %s: mean pull %g, standard deviation %g", sizes[s], names[k],
                         mean, sd);
        }
        /* Mean chi^2 is dof, to sqrt(2 dof/400) = 2 %; two levels of a replica never share a bin,
         * which lowers it by a few per cent more. */
        for (int f = 0; f < 2; f++)
            near(chi2[f] / dof[f], 1.0, 0.1);
    }
}

/* Where the law does not hold, the errors still do: exponential spacings under the surmise estimate
 * sigma^2 = <S^2>/4 = 1/2 of which <S^2> = 2, var S^2 = 20. */
static void test_wrong_law_error(void **state)
{
    (void)state;
    enum { N = 2000 };
    double *y = sample_room(N, sizeof *y), sum = 0.0, square = 0.0;
    for (int64_t e = 0; e < ENSEMBLES; e++) {
        sample_exponential(STREAM, e, N, y);
        double p = pull(whole_likelihood(DYSON_SURMISE, N, y).sigma, sqrt(0.5));
        sum += p;
        square += p * p;
    }
    double mean = sum / ENSEMBLES;
    near(mean, 0.0, 0.3); /* heavy tails: a bias of order 1/sqrt(n) stays */
    near(sqrt(square / ENSEMBLES - mean * mean), 1.0, 0.17);
    free(y);
}

/* No data, equal data, few data: not-a-number, never a crash. */
static void test_degenerate(void **state)
{
    (void)state;
    double equal[8] = {3, 3, 3, 3, 3, 3, 3, 3}, zero[4] = {0};
    assert_true(isnan(whole_likelihood(DYSON_TWO_LEVEL, 4, equal).sigma.value));
    assert_true(isnan(whole_likelihood(DYSON_GAUSSIAN, 8, equal).sigma.value));
    assert_true(isnan(whole_likelihood(DYSON_SURMISE, 4, zero).sigma.value));
    assert_true(isnan(whole_likelihood(DYSON_SURMISE, 0, zero).sigma.value));
    assert_true(isnan(whole_likelihood(DYSON_TWO_LEVEL, 0, zero).sigma.value));
    const double x[8] = {1, 2, 1.5, 2.5, 1.1, 2.2, 0.9, 3.0};
    dyson_histogram h = whole_histogram(8, x);
    assert_true(isnan(whole_binned(DYSON_TWO_LEVEL, 4, x, &h, NULL).sigma.value));
    dyson_histogram_clear(&h);
}

/* Shifting and stretching the data shifts and stretches the fits, over many orders of magnitude. */
static void test_covariant(void **state)
{
    (void)state;
    enum { N = 500 };
    double *x = sample_room(4 * N, sizeof *x), *y = x + 2 * N;
    sample_pairs(STREAM, 7, N, 0.0, 1.0, x, NULL);
    dyson_fit fit[2], ml[2];
    for (int s = 0; s < 2; s++) {
        double scale = s == 0 ? 1.0 : 1e-7, shift = s == 0 ? 0.0 : 4.0;
        for (size_t i = 0; i < 2 * N; i++)
            y[i] = shift + scale * x[i];
        ml[s] = whole_likelihood(DYSON_TWO_LEVEL, N, y);
        dyson_histogram h = whole_histogram(2 * N, y);
        fit[s] = whole_binned(DYSON_TWO_LEVEL, N, y, &h, NULL);
        dyson_histogram_clear(&h);
    }
    near(ml[1].sigma.value / (1e-7 * ml[0].sigma.value), 1.0, 1e-6);
    near(ml[1].sigma.error / (1e-7 * ml[0].sigma.error), 1.0, 1e-5);
    near((ml[1].centre.value - 4.0) / 1e-7, ml[0].centre.value, 1e-6);
    near(fit[1].sigma.value / (1e-7 * fit[0].sigma.value), 1.0, 0.02);
    near((fit[1].centre.value - 4.0) / 1e-7, fit[0].centre.value, 0.02);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jackknife),        cmocka_unit_test(test_overlap),
        cmocka_unit_test(test_overlap_gaussian), cmocka_unit_test(test_pulls),
        cmocka_unit_test(test_wrong_law_error),  cmocka_unit_test(test_degenerate),
        cmocka_unit_test(test_covariant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
