/* Estimates from samples that are counted in cells, against the same numbers one by one; sums by
 * chunks against sums of all at once. */
#include "statistics/decay.h"
#include "statistics/sorting.h"
#include "statistics_sample.h"
#include "statistics_whole.h"

enum { STREAM = 31, MANY = 400000 };

/* The numbers one by one: y is sorted. */
static dyson_marks marks_of(size_t count, double *y)
{
    dyson_sort(count, y);
    return (dyson_marks){count, (double)count, y[0], y[count - 1], y, NULL};
}

static void near(const char *what, double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%s: %.15g instead of %.15g (tolerance %g)", what, value, expected, tolerance);
}

/* Few numbers are kept. */
static void test_few(void **state)
{
    (void)state;
    enum { N = 5000 };
    double y[N];
    sample_normals(STREAM, 0, N, y);
    dyson_sample sample = whole_sample(N, y);
    const dyson_marks marks = marks_of(N, y);
    assert_true(sample.marks.marks == N && sample.marks.weight == NULL);
    assert_true(sample.marks.low == marks.low && sample.marks.high == marks.high);
    assert_memory_equal(sample.marks.value, y, sizeof y);
    dyson_sample_clear(&sample);
    dyson_error error = {0};
    sample = dyson_sample_of(16);
    assert_int_equal(dyson_sample_sort(&sample, &error), DYSON_OK);
    assert_true(sample.marks.marks == 0 && sample.marks.total == 0.0);
    dyson_sample_clear(&sample);
}

/* Data of a law far from zero, much narrower than their distance from it. */
static void fill(dyson_law law, double *y)
{
    const size_t n = MANY / dyson_law_values(law);
    double *levels = sample_room(2 * MANY, sizeof *levels);
    sample_pairs(STREAM, law, n, 3.0, 1e-4, levels, law == DYSON_SURMISE ? y : NULL);
    for (size_t i = 0; law == DYSON_TWO_LEVEL && i < MANY; i++)
        y[i] = levels[i];
    if (law == DYSON_GAUSSIAN)
        sample_normals(STREAM, 1, MANY, y);
    for (size_t i = 0; law == DYSON_GAUSSIAN && i < MANY; i++)
        y[i] = -7.0 + 1e-5 * y[i];
    free(levels);
}

/* A cell near the median holds at most 1e-4 of all, so that the empirical process, of scale 1,
 * varies in it by 0.01, and over all cells rarely by five times that.  Fits and widths are of
 * second order in a cell's width, of 1.2e-4 interquartile ranges; quartiles of first. */
static void test_laws(void **state)
{
    (void)state;
    double *y = sample_room(MANY, sizeof *y);
    for (dyson_law law = DYSON_SURMISE; law <= DYSON_GAUSSIAN; law++) {
        fill(law, y);
        dyson_sample sample = whole_sample(MANY, y);
        const dyson_marks exact = marks_of(MANY, y);
        assert_true(sample.marks.weight != NULL && sample.marks.total == MANY);
        assert_true(sample.marks.marks < 4 * DYSON_SAMPLE_LIMIT);
        assert_true(sample.marks.low == exact.low && sample.marks.high == exact.high);
        const dyson_distance of_cells = dyson_goodness_distance(law, &sample.marks);
        const dyson_distance of_values = dyson_goodness_distance(law, &exact);
        near("Kolmogorov-Smirnov", of_cells.ks, of_values.ks, 0.05);
        near("Anderson-Darling", of_cells.ad, of_values.ad, 0.01 * of_values.ad);
        const dyson_fit cells = dyson_likelihood_solve(law, &sample.marks).fit;
        const dyson_fit values = dyson_likelihood_solve(law, &exact).fit;
        near("sigma", cells.sigma.value / values.sigma.value, 1.0, 1e-6);
        if (law != DYSON_SURMISE)
            near("centre", cells.centre.value, values.centre.value, 1e-6 * values.sigma.value);
        near("bins", dyson_freedman_diaconis(&sample.marks) / dyson_freedman_diaconis(&exact), 1.0,
             5e-4);
        dyson_sample_clear(&sample);
    }
    free(y);
}

/* Values as regular as they can be, in numbers that only cells hold: A^2 of n values at F = (i +
 * 1/2)/n is O(ln n/n), here nothing.  Without the correction for a cell's width it would be 0.07.
 */
static void test_many(void **state)
{
    (void)state;
    enum { CELLS = 50000 };
    const double each = 2000.0; /* 10^8 values */
    double *value = sample_room(2 * CELLS, sizeof *value), *weight = value + CELLS;
    double squares = 0.0;
    for (size_t i = 0; i < CELLS; i++) { /* the surmise of sigma = 1/2: F = 1 - e^(-S^2) */
        value[i] = sqrt(-log1p(-((double)i + 0.5) / CELLS));
        weight[i] = each;
        squares += value[i] * value[i] / CELLS;
    }
    for (size_t i = 0; i < CELLS; i++)
        value[i] /= sqrt(squares);
    const dyson_marks marks = {CELLS, CELLS * each, value[0], value[CELLS - 1], value, weight};
    near("Anderson-Darling", dyson_goodness_distance(DYSON_SURMISE, &marks).ad, 0.0, 0.02);
    free(value);
}

/* Two levels that overlap, and the Rice law. */
static void test_pairs_of_samples(void **state)
{
    (void)state;
    double *y = sample_room(2 * MANY, sizeof *y), *z = y + MANY;
    sample_normals(STREAM, 2, 2 * MANY, y);
    for (size_t i = 0; i < MANY; i++)
        y[i] += 2.0;
    dyson_sample upper = whole_sample(MANY, y), lower = whole_sample(MANY, z);
    const dyson_marks high = marks_of(MANY, y), low = marks_of(MANY, z);
    const double exact = dyson_overlap(&high, &low);
    near("overlap", dyson_overlap(&upper.marks, &lower.marks), exact, 1e-4 * exact);
    dyson_sample_clear(&upper);
    dyson_sample_clear(&lower);
    /* |Delta + a + i b| with Delta = 2, a and b of variance 2. */
    sample_normals(STREAM, 3, 2 * MANY, y);
    for (size_t i = 0; i < MANY; i++)
        y[i] = hypot(2.0 + M_SQRT2 * y[i], M_SQRT2 * z[i]);
    dyson_sample spacings = whole_sample(MANY, y);
    const dyson_marks all = marks_of(MANY, y);
    const dyson_rice_fit cells = dyson_fit_rice(&spacings.marks), values = dyson_fit_rice(&all);
    near("splitting", cells.splitting.value, values.splitting.value, 1e-6);
    near("its error", cells.splitting.error / values.splitting.error, 1.0, 1e-4);
    near("sigma", cells.sigma.value, values.sigma.value, 1e-6);
    dyson_sample_clear(&spacings);
    free(y);
}

/* Nothing is lost of numbers that the first do not tell of: huge and tiny ones, of either sign, and
 * most of them equal. */
static void test_hard(void **state)
{
    (void)state;
    const double far[] = {1e300, -1e300, 1e-300, 0.0, -7.0, 1e9};
    enum { FAR = sizeof far / sizeof *far };
    double *y = sample_room(MANY, sizeof *y);
    dyson_error error = {0};
    for (size_t i = 0; i < MANY; i++)
        y[i] = i < 300000 ? 2.5 : 2.5 + 1e-3 * (double)(i % 7);
    dyson_sample sample = dyson_sample_of(DYSON_SAMPLE_LIMIT);
    assert_int_equal(dyson_sample_add(&sample, MANY, y, &error), DYSON_OK);
    assert_int_equal(dyson_sample_add(&sample, FAR, far, &error), DYSON_OK);
    assert_int_equal(dyson_sample_sort(&sample, &error), DYSON_OK);
    double sum = 0.0;
    for (size_t i = 0; i < sample.marks.marks; i++) {
        assert_true(isfinite(sample.marks.value[i]));
        assert_true(i == 0 || sample.marks.value[i] >= sample.marks.value[i - 1]);
        sum += sample.marks.weight[i];
    }
    assert_true(sum == MANY + FAR && sample.marks.total == sum);
    assert_true(sample.marks.low == -1e300 && sample.marks.high == 1e300);
    dyson_sample_clear(&sample);
    for (size_t i = 0; i < MANY; i++)
        y[i] = -4.0;
    sample = whole_sample(MANY, y);
    assert_true(sample.marks.marks == 1 && sample.marks.value[0] == -4.0);
    assert_true(isnan(dyson_goodness_distance(DYSON_GAUSSIAN, &sample.marks).ks));
    dyson_sample_clear(&sample);
    free(y);
}

/* Chunks of all sizes give what one chunk gives, but for rounding. */
static void test_chunks(void **state)
{
    (void)state;
    enum { N = 3000 };
    double y[2 * N], z[N];
    sample_normals(STREAM, 4, 2 * N, y);
    sample_normals(STREAM, 5, N, z);
    for (size_t i = 0; i < N; i++)
        z[i] = 0.9 * y[i] + 0.1 * z[i];
    dyson_moment_sums one = {0}, many = {0};
    dyson_correlation_sums whole = {0}, parts = {0};
    for (int pass = 0; pass < DYSON_PASSES; pass++) {
        dyson_moments_add(&one, pass, N, 2, y);
        dyson_correlation_add(&whole, pass, N, y, z);
        for (size_t i = 0, count; i < N; i += count) {
            count = 1 + i % 37 < N - i ? 1 + i % 37 : N - i;
            dyson_moments_add(&many, pass, count, 2, y + 2 * i);
            dyson_correlation_add(&parts, pass, count, y + i, z + i);
        }
    }
    const dyson_moments a = dyson_moments_of(&one), b = dyson_moments_of(&many);
    near("mean", b.mean.value, a.mean.value, 1e-14);
    near("std", b.std.value, a.std.value, 1e-13);
    near("binder", b.binder.value, a.binder.value, 1e-12);
    near("its error", b.binder.error / a.binder.error, 1.0, 1e-10);
    const dyson_estimate c = dyson_correlation_of(&whole), d = dyson_correlation_of(&parts);
    near("correlation", d.value, c.value, 1e-13);
    near("its error", d.error / c.error, 1.0, 1e-11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_few),  cmocka_unit_test(test_laws),
        cmocka_unit_test(test_many), cmocka_unit_test(test_pairs_of_samples),
        cmocka_unit_test(test_hard), cmocka_unit_test(test_chunks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
