/* p-values: uniform where the law holds, small where it does not. */
#include "dyson/statistics.h"
#include "statistics/sorting.h"
#include "statistics_sample.h"
#include "statistics_whole.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { ENSEMBLES = 400, MOST = 3000, STREAM = 9 };

static dyson_null *null;

static int set_up(void **state)
{
    (void)state;
    dyson_error error = {0};
    return dyson_null_create(MPI_COMM_SELF, &null, &error);
}

static int tear_down(void **state)
{
    (void)state;
    free(null);
    return 0;
}

/* Data of a law, or of a wrong one: spacings of levels that do not repel, pairs of independent
 * Gaussian levels, uniform numbers. */
static void sample(dyson_law law, bool wrong, int64_t e, size_t n, double *y)
{
    double *levels = sample_room(2 * n, sizeof *levels);
    if (law == DYSON_SURMISE && wrong)
        sample_exponential(STREAM, e, n, y);
    else if (law == DYSON_SURMISE)
        sample_pairs(STREAM, e, n, 1.0, 0.2, levels, y);
    else if (law == DYSON_TWO_LEVEL && !wrong)
        sample_pairs(STREAM, e, n, 1.0, 0.2, y, NULL);
    else
        sample_normals(STREAM, e, n * dyson_law_values(law), y);
    if (law == DYSON_GAUSSIAN)
        for (size_t i = 0; i < n; i++)
            y[i] = wrong ? 0.5 * erfc(y[i]) : 7.0 + 1e-3 * y[i];
    free(levels);
}

static void p_values(dyson_law law, bool wrong, size_t n, double *ks, double *ad)
{
    double *y = sample_room(2 * n, sizeof *y);
    for (int e = 0; e < ENSEMBLES; e++) {
        sample(law, wrong, e, n, y);
        dyson_distance d = whole_distance(law, n, y);
        ks[e] = dyson_null_p(null->ks[law], d.ks);
        ad[e] = dyson_null_p(null->ad[law], d.ad);
    }
    free(y);
}

/* sqrt(M) times the greatest distance of sorted p from uniform. */
static double non_uniformity(double *p)
{
    double largest = 0.0;
    dyson_sort(ENSEMBLES, p);
    for (int e = 0; e < ENSEMBLES; e++)
        largest = fmax(largest, fmax(p[e] - (double)e / ENSEMBLES, (e + 1.0) / ENSEMBLES - p[e]));
    return largest * sqrt(ENSEMBLES);
}

/* Under the law, sqrt(M) D exceeds 2.0 once in 1500; 24 such tests here. */
static void test_uniform(void **state)
{
    (void)state;
    const size_t sizes[4] = {12, 60, 400, MOST};
    double ks[ENSEMBLES], ad[ENSEMBLES];
    for (dyson_law law = DYSON_SURMISE; law <= DYSON_GAUSSIAN; law++)
        for (int s = 0; s < 4; s++) {
            p_values(law, false, sizes[s], ks, ad);
            double of_ks = non_uniformity(ks), of_ad = non_uniformity(ad);
            if (!(of_ks < 2.0) || !(of_ad < 2.0))
                fail_msg("law %d, n = %zu: sqrt(M) D = %g (KS), %g (AD)", (int)law, sizes[s], of_ks,
                         of_ad);
        }
}

static void test_power(void **state)
{
    (void)state;
    double ks[ENSEMBLES], ad[ENSEMBLES];
    const size_t enough[DYSON_LAWS] = {100, 1000, 300};
    for (dyson_law law = DYSON_SURMISE; law <= DYSON_GAUSSIAN; law++) {
        int found_ks = 0, found_ad = 0;
        p_values(law, true, enough[law], ks, ad);
        for (int e = 0; e < ENSEMBLES; e++) {
            found_ks += ks[e] < 0.01;
            found_ad += ad[e] < 0.01;
        }
        if (found_ks < ENSEMBLES * 9 / 10 || found_ad < ENSEMBLES * 9 / 10)
            fail_msg("law %d: a wrong law is found in %d (KS) and %d (AD) of %d ensembles",
                     (int)law, found_ks, found_ad, ENSEMBLES);
    }
}

/* Position and scale drop out. */
static void test_parameter_free(void **state)
{
    (void)state;
    enum { N = 50 };
    double y[2 * N], z[2 * N];
    for (dyson_law law = DYSON_SURMISE; law <= DYSON_GAUSSIAN; law++) {
        sample(law, false, 3, N, y);
        double shift = law == DYSON_SURMISE ? 0.0 : 11.0;
        for (size_t i = 0; i < N * dyson_law_values(law); i++)
            z[i] = shift + 250.0 * y[i];
        dyson_distance a = whole_distance(law, N, y), b = whole_distance(law, N, z);
        assert_true(fabs(a.ks - b.ks) < 1e-9 && fabs(a.ad - b.ad) < 1e-7);
    }
}

static void test_p(void **state)
{
    (void)state;
    const double *sorted = null->ks[DYSON_SURMISE];
    for (int i = 1; i < DYSON_NULLS; i++)
        assert_true(sorted[i - 1] <= sorted[i]);
    assert_true(dyson_null_p(sorted, 0.0) == 1.0);
    assert_true(dyson_null_p(sorted, INFINITY) == 1.0 / (1.0 + DYSON_NULLS));
    assert_true(dyson_null_p(sorted, sorted[DYSON_NULLS - 1]) == 2.0 / (1.0 + DYSON_NULLS));
    assert_true(isnan(dyson_null_p(sorted, NAN)));
    /* Too few or equal numbers say nothing. */
    double few[7] = {1, 2, 3, 4, 5, 6, 7}, equal[8] = {0};
    assert_true(isnan(whole_distance(DYSON_SURMISE, 7, few).ks));
    assert_true(isnan(whole_distance(DYSON_GAUSSIAN, 8, equal).ad));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uniform),
        cmocka_unit_test(test_power),
        cmocka_unit_test(test_parameter_free),
        cmocka_unit_test(test_p),
    };
    MPI_Init(&argc, &argv);
    int failed = cmocka_run_group_tests(tests, set_up, tear_down);
    MPI_Finalize();
    return failed;
}
