/* Statistics of whole spectra, of sampled spectra whose law is known. */
#include "statistics/start.h"
#include "statistics_spectra.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { SEED = 20240723 };
static const dyson_semicircle unit = {0.0, 1.0};
static const dyson_unfolding automatic = {DYSON_UNFOLD_AUTO, 9};

/* |value - expected| < 5 errors and a systematic part: errors from 32 blocks are themselves
 * uncertain by 13 %, so that this fails by chance about once in 10^5. */
static void near(double value, double error, double expected, double systematic)
{
    if (!(fabs(value - expected) < 5.0 * error + systematic))
        fail_msg("%.6f, error %.6f, expected %.6f", value, error, expected);
}

static void create_orthogonal(spectra_case *c, int n, size_t replicas, int64_t first,
                              const dyson_unfolding *unfolding)
{
    double *x = sample_room((size_t)n, sizeof *x);
    spectra_create(c, (size_t)n, replicas);
    c->view.density = dyson_density_semicircle((size_t)n, &unit);
    c->view.map = dyson_unfolding_choose(unfolding, &c->view.density, (size_t)n);
    for (size_t r = 0; r < replicas; r++) {
        sample_orthogonal(SEED, first + (int64_t)r, n, x);
        spectra_add(c, r, x);
    }
    spectra_results(c);
    free(x);
}

/* Number variance and rigidity, up to a quarter of the bulk, and the form factor: against functions
 * of L and tau. */
static void check_numbers(const spectra_case *c, double (*variance)(double),
                          double (*stiff)(double), double (*form)(double))
{
    const double bulk = 0.8 * (double)c->view.levels, piece = dyson_form_length(c->view.levels);
    assert_true(piece == bulk || (piece >= 80.0 && piece < 160.0));
    int seen = 0;
    for (size_t k = 0; k < DYSON_LENGTHS; k++) {
        const double *row = spectra_row(c, TABLE_NUMBER, k), length = dyson_lengths[k];
        assert_int_equal(isnan(row[NUMBER_VARIANCE]), 4.0 * length > bulk);
        assert_int_equal(isnan(row[NUMBER_VARIANCE_ERROR]), 4.0 * length > bulk);
        if (isnan(row[NUMBER_VARIANCE]))
            continue;
        seen++;
        near(row[NUMBER_VARIANCE], row[NUMBER_VARIANCE_ERROR], variance(length), 0.0);
        if (k > 0)
            near(row[NUMBER_RIGIDITY], row[NUMBER_RIGIDITY_ERROR], stiff(length), 0.0);
    }
    assert_true(seen >= 5);
    for (size_t k = 0; k < DYSON_TAUS; k++) {
        const double *row = spectra_row(c, TABLE_FORM, k), tau = DYSON_TAU_STEP * (double)(k + 1);
        assert_int_equal(isnan(row[FORM_VALUE]), tau * piece < 4.0 - 1e-9);
        /* K'' >= -4, over the square of the width that the window blurs; its ends: 0.001 */
        if (!isnan(row[FORM_VALUE]))
            near(row[FORM_VALUE], row[FORM_ERROR], form(tau), 2.0 / (piece * piece) + 0.001);
    }
}

static void test_orthogonal(void **state)
{
    (void)state;
    spectra_case c;
    create_orthogonal(&c, 100, 600, 0, &automatic);
    const double *ratio = spectra_row(&c, TABLE_RATIOS, 0), *law = spectra_row(&c, TABLE_LAW, 0);
    const double *row = spectra_row(&c, TABLE_UNFOLDED, 0);
    near(ratio[RATIO_MEAN], ratio[RATIO_MEAN_ERROR], 0.5307, 1e-4);
    assert_true(ratio[RATIO_MEAN_ERROR] < 0.002);
    assert_true(row[UNFOLDED_METHOD] == DYSON_UNFOLD_ANALYTIC);
    near(row[UNFOLDED_SPACING], row[UNFOLDED_SPACING_ERROR], 1.0, 0.0);
    near(row[UNFOLDED_VARIANCE], row[UNFOLDED_VARIANCE_ERROR], 0.28553, 0.0);
    near(row[UNFOLDED_BRODY], row[UNFOLDED_BRODY_ERROR], row[UNFOLDED_BRODY_ORTHOGONAL], 0.0);
    assert_true(fabs(row[UNFOLDED_BRODY_ORTHOGONAL] - 0.954) < 1e-3);
    assert_true(row[UNFOLDED_BRODY_ERROR] < 0.01);
    assert_true(row[UNFOLDED_P] > 1e-4 && row[UNFOLDED_P_POISSON] < 1e-12);
    assert_true(row[UNFOLDED_KS] < 0.01 && row[UNFOLDED_KS_POISSON] > 0.2);
    check_numbers(&c, dyson_number_variance, dyson_rigidity, dyson_form_factor);
    assert_true(law[LAW_KIND] == DYSON_DENSITY_SEMICIRCLE && law[LAW_HIGH] == 20.0);
    assert_true(law[LAW_P] > 1e-4 && law[LAW_EDGE_P] > 1e-4 && law[LAW_KS] < 0.01);
    /* the law of the edge is approached as N^(-2/3); at N = 64 the mean is 0.014 off */
    near(law[LAW_EDGE], law[LAW_EDGE_ERROR], -1.2065336, 0.02);
    near(law[LAW_EDGE_STD], law[LAW_EDGE_STD_ERROR], sqrt(1.6077810), 0.02);
    double chi2 = 0.0; /* the histogram: 40 bins of about 1600 spacings and fewer */
    for (size_t b = 0; b < 40; b++) {
        const double *bin = spectra_row(&c, TABLE_SPACINGS, b);
        const double s = DYSON_SPACING_WIDTH * (double)b;
        const double expected =
            (dyson_knotted_cumulative(&c.analysis.spacing_law, s + DYSON_SPACING_WIDTH) -
             dyson_knotted_cumulative(&c.analysis.spacing_law, s)) /
            DYSON_SPACING_WIDTH;
        chi2 += pow((bin[BIN_DENSITY] - expected) / bin[BIN_DENSITY_ERROR], 2.0);
    }
    assert_true(chi2 > 15.0 && chi2 < 90.0); /* 40 +- 9; errors of 31 degrees of freedom: + 7 % */
    spectra_clear(&c);
}

static double fifteenth(double length)
{
    return length / 15.0;
}

static double constant(double tau)
{
    (void)tau;
    return 1.0;
}

enum { POISSON_LEVELS = 400 };

/* N independent levels on [0, N]: binomial numbers. */
static double binomial(double length)
{
    return length * (1.0 - length / POISSON_LEVELS);
}

static void test_poisson(void **state)
{
    (void)state;
    spectra_case c;
    double x[POISSON_LEVELS];
    spectra_create(&c, POISSON_LEVELS, 200);
    c.view.map = (dyson_unfolding_map){.kind = DYSON_UNFOLD_POLYNOMIAL,
                                       .levels = POISSON_LEVELS,
                                       .window = 1,
                                       .half = 1.0,
                                       .coefficient = {0.0, 1.0},
                                       .low = 0.1 * POISSON_LEVELS,
                                       .high = 0.9 * POISSON_LEVELS};
    for (size_t r = 0; r < c.replicas; r++) {
        sample_poisson(SEED, (int64_t)r, POISSON_LEVELS, x);
        spectra_add(&c, r, x);
    }
    spectra_results(&c);
    const double *ratio = spectra_row(&c, TABLE_RATIOS, 0);
    const double *row = spectra_row(&c, TABLE_UNFOLDED, 0);
    near(ratio[RATIO_MEAN], ratio[RATIO_MEAN_ERROR], 2.0 * M_LN2 - 1.0, 0.0);
    near(row[UNFOLDED_BRODY], row[UNFOLDED_BRODY_ERROR], 0.0, 1.0 / POISSON_LEVELS);
    near(row[UNFOLDED_SPACING], row[UNFOLDED_SPACING_ERROR], 1.0, 1.0 / POISSON_LEVELS);
    assert_true(row[UNFOLDED_BRODY_ERROR] < 0.01);
    assert_true(row[UNFOLDED_P_POISSON] > 1e-4 && row[UNFOLDED_P] < 1e-12);
    check_numbers(&c, binomial, fifteenth, constant);
    spectra_clear(&c);
}

/* 4 - 2 sqrt(3) of three levels. */
static void test_three_levels(void **state)
{
    (void)state;
    spectra_case c;
    create_orthogonal(&c, 3, 20000, 0, &automatic);
    const double *ratio = spectra_row(&c, TABLE_RATIOS, 0);
    near(ratio[RATIO_MEAN], ratio[RATIO_MEAN_ERROR], 0.5358984, 0.0);
    assert_true(ratio[RATIO_MEAN_ERROR] < 0.003);
    assert_true(fabs(dyson_ratio_orthogonal(3) - 0.5358984) < 1e-7);
    assert_true(spectra_row(&c, TABLE_LAW, 0)[LAW_P] > 1e-4);
    spectra_clear(&c);
}

/* The staircase of an ensemble and its polynomial: the same statistics as with the exact density.
 * Spectra that fall apart have no polynomial. */
static void test_polynomial(void **state)
{
    (void)state;
    enum { LEVELS = 100, REPLICAS = 300, BINS = 4096 };
    const dyson_unfolding polynomial = {DYSON_UNFOLD_POLYNOMIAL, 9};
    static uint64_t count[BINS];
    dyson_error error = {0};
    spectra_case c;
    double *x = sample_room(REPLICAS * LEVELS, sizeof *x), low = 0.0, high = 0.0;
    spectra_create(&c, LEVELS, REPLICAS);
    for (size_t r = 0; r < REPLICAS; r++) {
        sample_orthogonal(SEED, (int64_t)r, LEVELS, x + r * LEVELS);
        low = fmin(low, x[r * LEVELS + LEVELS - 1]);
        high = fmax(high, x[r * LEVELS]);
    }
    memset(count, 0, sizeof count);
    for (size_t i = 0; i < REPLICAS * LEVELS; i++)
        count[(size_t)fmin((x[i] - low) / (high - low) * BINS, BINS - 1)]++;
    c.view.map = dyson_unfolding_choose(&polynomial, &c.view.density, LEVELS);
    assert_int_equal(dyson_unfolding_fit(&c.view.map, 9, REPLICAS, low, high, BINS, count, &error),
                     DYSON_OK);
    const dyson_density density = dyson_density_semicircle(LEVELS, &unit);
    assert_int_equal(c.view.map.kind, DYSON_UNFOLD_POLYNOMIAL);
    /* the edges of the bulk are where the exact staircase has them, to 0.1 spacings */
    assert_true(fabs(dyson_density_staircase(&density, c.view.map.low) - 10.0) < 0.1);
    assert_true(fabs(dyson_density_staircase(&density, c.view.map.high) - 90.0) < 0.1);
    for (size_t r = 0; r < REPLICAS; r++)
        spectra_add(&c, r, x + r * LEVELS);
    spectra_results(&c);
    const double *row = spectra_row(&c, TABLE_UNFOLDED, 0);
    near(row[UNFOLDED_SPACING], row[UNFOLDED_SPACING_ERROR], 1.0, 0.002);
    near(row[UNFOLDED_BRODY], row[UNFOLDED_BRODY_ERROR], row[UNFOLDED_BRODY_ORTHOGONAL], 0.0);
    check_numbers(&c, dyson_number_variance, dyson_rigidity, dyson_form_factor);
    assert_true(isnan(spectra_row(&c, TABLE_LAW, 0)[LAW_P])); /* not known here */
    memset(count, 0, sizeof count);
    count[1000] = count[3000] = REPLICAS * LEVELS / 2;
    assert_int_equal(dyson_unfolding_fit(&c.view.map, 9, REPLICAS, low, high, BINS, count, &error),
                     DYSON_OK);
    assert_int_equal(c.view.map.kind, DYSON_UNFOLD_AUTO);
    spectra_clear(&c);
    free(x);
}

/* The mean over the neighbours contains the spacing itself, and the spacings grow towards both
 * ends: a bias of order (W/N)^2, 1/2 % here. */
static void test_local(void **state)
{
    (void)state;
    const dyson_unfolding local = {DYSON_UNFOLD_LOCAL, 10};
    spectra_case c;
    create_orthogonal(&c, 200, 150, 0, &local);
    const double *row = spectra_row(&c, TABLE_UNFOLDED, 0);
    assert_true(row[UNFOLDED_SPACING_ERROR] < 0.001);
    near(row[UNFOLDED_SPACING], row[UNFOLDED_SPACING_ERROR], 1.0, 0.006);
    near(row[UNFOLDED_BRODY], row[UNFOLDED_BRODY_ERROR], row[UNFOLDED_BRODY_ORTHOGONAL], 0.03);
    assert_true(isnan(row[UNFOLDED_P]) && row[UNFOLDED_KS] < 0.015);
    assert_true(isnan(spectra_row(&c, TABLE_NUMBER, 0)[NUMBER_VARIANCE]));
    assert_true(isnan(spectra_row(&c, TABLE_FORM, 20)[FORM_VALUE]));
    spectra_clear(&c);
}

/* p-values of ensembles of the right law are uniform: the distance of 64 of them from that, p above
 * 0.001, and the smallest above 10^-5. */
static void test_calibration(void **state)
{
    (void)state;
    enum { ENSEMBLES = 64, REPLICAS = 40, LEVELS = 50 };
    static const int column[3] = {UNFOLDED_P, LAW_P, LAW_EDGE_P};
    double p[3][ENSEMBLES];
    for (int e = 0; e < ENSEMBLES; e++) {
        spectra_case c;
        create_orthogonal(&c, LEVELS, REPLICAS, 1000000 + e * REPLICAS, &automatic);
        for (int i = 0; i < 3; i++)
            p[i][e] = spectra_row(&c, i == 0 ? TABLE_UNFOLDED : TABLE_LAW, 0)[column[i]];
        spectra_clear(&c);
    }
    for (int i = 0; i < 3; i++) {
        double distance = 0.0;
        dyson_sort(ENSEMBLES, p[i]);
        for (int e = 0; e < ENSEMBLES; e++)
            distance = fmax(distance,
                            fmax(p[i][e] - (double)e / ENSEMBLES, (e + 1.0) / ENSEMBLES - p[i][e]));
        if (!(dyson_kolmogorov_p(ENSEMBLES, distance) > 0.001 && p[i][0] > 1e-5))
            fail_msg("p-values of column %d are not uniform: distance %.3f", i, distance);
    }
}

/* Wishart's ensemble: exact moments, edge, and the bulk unfolded by its density. */
static void test_start(void **state)
{
    (void)state;
    static const dyson_gaussian_start starts[] = {{24, 40, 0.5}, {24, 24, 0.01}};
    for (int i = 0; i < 2; i++) {
        enum { LEVELS = 24, REPLICAS = 1500 };
        double *x = sample_room(LEVELS * REPLICAS, sizeof *x);
        dyson_error error = {0};
        spectra_case c;
        spectra_create(&c, LEVELS, REPLICAS);
        assert_int_equal(dyson_start_sample(&starts[i], 5, REPLICAS, x, &error), DYSON_OK);
        c.view.density = dyson_density_start(&starts[i]);
        c.view.map = dyson_unfolding_choose(&automatic, &c.view.density, LEVELS);
        for (size_t r = 0; r < REPLICAS; r++)
            spectra_add(&c, r, x + r * LEVELS);
        spectra_results(&c);
        const double *law = spectra_row(&c, TABLE_LAW, 0),
                     *row = spectra_row(&c, TABLE_UNFOLDED, 0);
        assert_true(law[LAW_KIND] == DYSON_DENSITY_MARCHENKO_PASTUR);
        assert_true(law[LAW_P] > 1e-4 && law[LAW_KS] < 0.03);
        near(law[LAW_EDGE], law[LAW_EDGE_ERROR], -1.2065336, 0.1);
        near(row[UNFOLDED_SPACING], row[UNFOLDED_SPACING_ERROR], 1.0, 0.01);
        near(row[UNFOLDED_BRODY], row[UNFOLDED_BRODY_ERROR], row[UNFOLDED_BRODY_ORTHOGONAL], 0.02);
        spectra_clear(&c);
        free(x);
    }
}

/* One replica has no error; few levels are not unfolded. */
static void test_small(void **state)
{
    (void)state;
    spectra_case c;
    create_orthogonal(&c, 200, 1, 0, &automatic);
    assert_true(isfinite(spectra_row(&c, TABLE_RATIOS, 0)[RATIO_MEAN]));
    assert_true(isnan(spectra_row(&c, TABLE_RATIOS, 0)[RATIO_MEAN_ERROR]));
    assert_true(isnan(spectra_row(&c, TABLE_NUMBER, 3)[NUMBER_VARIANCE_ERROR]));
    assert_true(spectra_row(&c, TABLE_LAW, 0)[LAW_P] > 1e-4);
    spectra_clear(&c);
    create_orthogonal(&c, 2, 50, 0, &automatic);
    assert_int_equal(dyson_bulk_ratio_rows(&c.analysis), 0);
    assert_int_equal(dyson_bulk_unfolded_rows(&c.analysis), 0);
    assert_true(spectra_row(&c, TABLE_LAW, 0)[LAW_P] > 1e-4);
    spectra_clear(&c);
}

/* What no run writes, but a file may hold: nothing is written outside the sums. */
static void test_hostile(void **state)
{
    (void)state;
    enum { LEVELS = 40 };
    static const double odd[] = {NAN, INFINITY, -INFINITY, 0.0, 1e300, -1e300, 3.0};
    for (int kind = DYSON_UNFOLD_ANALYTIC; kind <= DYSON_UNFOLD_LOCAL; kind++) {
        const dyson_unfolding unfolding = {(dyson_unfolding_kind)kind, 5};
        double x[LEVELS];
        spectra_case c;
        spectra_create(&c, LEVELS, 60);
        c.view.density = dyson_density_semicircle(LEVELS, &unit);
        c.view.map = dyson_unfolding_choose(&unfolding, &c.view.density, LEVELS);
        for (size_t r = 0; r < c.replicas; r++) {
            sample_orthogonal(SEED, (int64_t)r, LEVELS, x);
            for (size_t i = r % 7; i < LEVELS; i += 1 + r % 5)
                x[i] = i % 2 == 0 ? odd[(i + r) % 7] : x[LEVELS - 1 - i];
            spectra_add(&c, r, x);
        }
        spectra_results(&c);
        assert_true(c.sums[0].replicas >= 1.0);
        spectra_clear(&c);
    }
    static uint64_t count[64];
    count[3] = 7;
    dyson_error error = {0};
    dyson_unfolding_map map = {.kind = DYSON_UNFOLD_POLYNOMIAL, .levels = LEVELS};
    assert_int_equal(dyson_unfolding_fit(&map, 3, 1, -INFINITY, 1.0, 64, count, &error), DYSON_OK);
    assert_int_equal(map.kind, DYSON_UNFOLD_AUTO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_orthogonal),   cmocka_unit_test(test_poisson),
        cmocka_unit_test(test_three_levels), cmocka_unit_test(test_polynomial),
        cmocka_unit_test(test_local),        cmocka_unit_test(test_calibration),
        cmocka_unit_test(test_start),        cmocka_unit_test(test_small),
        cmocka_unit_test(test_hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
