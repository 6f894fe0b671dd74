/* The laws of whole spectra, against published numbers and against each other. */
#include "statistics/bulk_laws.h"
#include "statistics/unfold.h"

#include <gsl/gsl_integration.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* <x^power> by parts, from the lowest to the highest knot. */
static double moment(const dyson_knotted *law, int power)
{
    enum { PARTS = 64 };
    const double step = law->step / PARTS, high = law->low + law->step * (double)(law->knots - 1);
    double sum = pow(high, power);
    for (size_t i = 0; i < (law->knots - 1) * PARTS; i++) {
        const double x = law->low + step * ((double)i + 0.5);
        sum -= step * dyson_knotted_cumulative(law, x) * power * pow(x, power - 1);
    }
    return sum;
}

/* p(s) = pi^2 s/6 - pi^4 s^3/60 + pi^4 s^4/270 + pi^6 s^5/1680 - pi^6 s^6/4725 - pi^8 s^7/90720
 * + ...: the determinant's expansion with the kernel's Taylor series, in rational numbers; the next
 * coefficient is 0.052. */
static void test_spacing(void **state)
{
    (void)state;
    dyson_knotted law;
    dyson_error error = {0};
    assert_int_equal(dyson_spacing_law_create(&law, &error), DYSON_OK);
    for (int k = 1; k <= 8; k++) {
        const double s = law.step * k, p = M_PI * M_PI, p4 = p * p, p6 = p4 * p;
        const double series = p * s / 6.0 - p4 * pow(s, 3) / 60.0 + p4 * pow(s, 4) / 270.0 +
                              p6 * pow(s, 5) / 1680.0 - p6 * pow(s, 6) / 4725.0 -
                              p4 * p4 * pow(s, 7) / 90720.0;
        assert_true(fabs(law.density[k] - series) < 0.06 * pow(s, 8) + 1e-12);
    }
    assert_true(fabs(moment(&law, 1) - 1.0) < 1e-6);
    assert_true(fabs(moment(&law, 2) - 1.0 - 0.2855) < 1e-4);
    for (size_t k = 1; k < law.knots; k++) /* near the surmise */
        assert_true(fabs(law.cumulative[k] + expm1(-M_PI * pow(law.step * (double)k, 2) / 4.0)) <
                    0.01);
    /* Between the knots the interpolation errs by step^4/384 of the law's fourth derivative; seen
     * here through the derivative's mean, which is that of the density. */
    for (size_t k = 0; k + 1 < law.knots; k++) {
        const double x = law.step * ((double)k + 0.5);
        const double rise =
            dyson_knotted_cumulative(&law, x + 0.001) - dyson_knotted_cumulative(&law, x - 0.001);
        assert_true(fabs(rise / 0.002 - 0.5 * (law.density[k] + law.density[k + 1])) < 1e-3);
    }
    assert_true(dyson_knotted_cumulative(&law, 0.0) == 0.0);
    assert_true(dyson_knotted_cumulative(&law, 9.0) == 1.0);
    dyson_knotted_clear(&law);
}

/* F_1: mean, variance and F_1(0) of Bornemann, Markov Processes Relat. Fields 16, 803. */
static void test_edge(void **state)
{
    (void)state;
    dyson_knotted law;
    dyson_error error = {0};
    assert_int_equal(dyson_edge_law_create(&law, &error), DYSON_OK);
    const double mean = moment(&law, 1);
    assert_true(fabs(mean + 1.20653357458209) < 2e-6);
    assert_true(fabs(moment(&law, 2) - mean * mean - 1.60778103458107) < 1e-5);
    assert_true(fabs(dyson_knotted_cumulative(&law, 0.0) - 0.83190806620295) < 1e-12);
    for (size_t k = 0; k < law.knots; k++)
        assert_true(law.cumulative[k] > -1e-7 && law.density[k] > -1e-6);
    dyson_knotted_clear(&law);
}

typedef struct number_integrand {
    double length;
    double (*function)(double x);
} number_integrand;

/* (2/pi^2) K(tau) sin^2(pi L tau)/tau^2 */
static double of_form(double tau, void *context)
{
    const double length = ((const number_integrand *)context)->length;
    const double sine = sin(M_PI * length * tau);
    return 2.0 / (M_PI * M_PI) * dyson_form_factor(tau) * sine * sine / (tau * tau);
}

static double integral(double (*f)(double x, void *context), number_integrand *context, double low,
                       double high)
{
    gsl_integration_workspace *room = gsl_integration_workspace_alloc(4000);
    gsl_function function = {f, context};
    double result, error;
    assert_int_equal(gsl_integration_qag(&function, low, high, 1e-10, 1e-9, 4000, GSL_INTEG_GAUSS61,
                                         room, &result, &error),
                     0);
    gsl_integration_workspace_free(room);
    return result;
}

/* Sigma^2 is the integral over the form factor; beyond tau = 200 it is 1 and the sine's square 1/2,
 * to 10^-7. */
static void test_numbers(void **state)
{
    (void)state;
    static const double lengths[] = {0.25, 0.5, 1.0, 3.3, 10.0};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        number_integrand of = {lengths[i], NULL};
        double sum = 1.0 / (M_PI * M_PI * 200.0);
        for (int k = 0; k < 200; k++)
            sum += integral(of_form, &of, k == 0 ? 1e-12 : k, k + 1.0);
        assert_true(fabs(dyson_number_variance(lengths[i]) - sum) < 2e-6);
    }
    /* The limits: L - ... at small L; logarithms at large L (Mehta, ch. 16). */
    assert_true(fabs(dyson_number_variance(1e-4) - 1e-4) < 2e-8);
    const double gamma = 0.57721566490153286;
    assert_true(fabs(dyson_number_variance(200.0) -
                     2.0 / (M_PI * M_PI) *
                         (log(2.0 * M_PI * 200.0) + gamma + 1.0 - M_PI * M_PI / 8.0)) < 1e-4);
    assert_true(
        fabs(dyson_rigidity(1000.0) -
             (log(2.0 * M_PI * 1000.0) + gamma - 1.25 - M_PI * M_PI / 8.0) / (M_PI * M_PI)) < 3e-4);
    assert_true(fabs(dyson_rigidity(1e-3) - 1e-3 / 15.0) < 1e-7);
    assert_true(fabs(dyson_form_factor(1.0 - 1e-9) - dyson_form_factor(1.0 + 1e-9)) < 1e-8);
    assert_true(fabs(dyson_form_factor(50.0) - 1.0) < 1e-4);
}

static void test_brody(void **state)
{
    (void)state;
    enum { BINS = 129 };
    for (double q = -0.2; q < 2.1; q += 0.4) {
        double count[BINS], below = 0.0;
        for (int b = 0; b < BINS; b++) {
            const double next = b + 1 < BINS ? dyson_brody_cumulative((b + 1) / 16.0, q) : 1.0;
            count[b] = 1000.0 * (next - below);
            below = next;
        }
        assert_true(fabs(dyson_brody_fit(BINS, 1.0 / 16.0, count) - q) < 1e-4);
    }
    double none[BINS] = {0};
    assert_true(isnan(dyson_brody_fit(BINS, 1.0 / 16.0, none)));
    assert_true(fabs(dyson_brody_cumulative(0.7, 1.0) + expm1(-M_PI * 0.49 / 4.0)) < 1e-14);
    assert_true(fabs(dyson_brody_cumulative(0.7, 0.0) + expm1(-0.7)) < 1e-14);
}

/* The mean staircase: N at the upper edge but for the quarter of a level that lies there. */
static void test_staircase(void **state)
{
    (void)state;
    const dyson_semicircle orthogonal = {1.0, 0.5};
    const dyson_gaussian_start start = {30, 50, 0.1};
    const dyson_density densities[] = {dyson_density_semicircle(30, &orthogonal),
                                       dyson_density_start(&start)};
    for (int i = 0; i < 2; i++) {
        const dyson_density *d = &densities[i];
        double before = 0.25;
        for (int k = 0; k <= 100; k++) {
            const double x = d->centre + d->half * (k / 50.0 - 1.0);
            const double here = dyson_density_staircase(d, x), f = dyson_density_cumulative(d, x);
            assert_true(fabs(here - 30.0 * f) <= 0.2501);
            assert_true(k == 0 || here > before - (k == 1 || k == 100));
            before = here;
        }
        assert_true(fabs(dyson_density_staircase(d, d->centre + d->half) - 29.75) < 1e-9);
        assert_true(fabs(dyson_density_staircase(d, d->centre - d->half) - 0.25) < 1e-9);
        assert_true(d->edge < d->centre + d->half && d->edge > d->centre + 0.95 * d->half);
    }
    assert_true(densities[0].half == 2.0 * 0.5 * sqrt(30.0));
    /* tr X^2 of the GOE: N (N + 1) sigma^2, so that tr T_2 is (1 - N)/2 */
    assert_true(fabs(densities[0].chebyshev[1] + 14.5) < 1e-12);
    const dyson_semicircle none = {1.0, 0.0};
    assert_int_equal(dyson_density_semicircle(30, &none).kind, DYSON_DENSITY_UNKNOWN);
}

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        dyson_unfolding_kind kind;
        int parameter;
    } good[] = {{"auto", DYSON_UNFOLD_AUTO, 9},
                {"analytic", DYSON_UNFOLD_ANALYTIC, 0},
                {"polynomial", DYSON_UNFOLD_POLYNOMIAL, 9},
                {"polynomial:30", DYSON_UNFOLD_POLYNOMIAL, 30},
                {"local:7", DYSON_UNFOLD_LOCAL, 7}};
    static const char *const bad[] = {
        "",        "autos",      "auto:3",        "polynomial:", "local:0",
        "local:x", "local:1001", "polynomial:31", "analytic:",   "Local"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        dyson_error error = {0};
        dyson_unfolding found;
        assert_int_equal(dyson_unfolding_parse(good[i].text, &found, &error), DYSON_OK);
        assert_int_equal(found.kind, good[i].kind);
        assert_int_equal(found.parameter, good[i].parameter);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        dyson_error error = {0};
        dyson_unfolding found;
        assert_int_equal(dyson_unfolding_parse(bad[i], &found, &error), DYSON_USAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spacing),   cmocka_unit_test(test_edge),
        cmocka_unit_test(test_numbers),   cmocka_unit_test(test_brody),
        cmocka_unit_test(test_staircase), cmocka_unit_test(test_parse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
