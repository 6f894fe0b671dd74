/* number_laws.c: fluctuations of the number of levels in an interval, and Brody's law.
 *
 * Sigma^2(L) of the GOE is exact (Brody et al., Rev. Mod. Phys. 53, 385): with that of the unitary
 * ensemble, pi^2 Sigma_2^2 = ln(2 pi L) + gamma + 1 - cos(2 pi L) - Ci(2 pi L)
 *                            + pi^2 L (1 - (2/pi) Si(2 pi L)),
 *   Sigma^2 = 2 Sigma_2^2 + (Si(pi L)/pi)^2 - Si(pi L)/pi.
 * Delta_3(L) = (2/L^4) int_0^L (L^3 - 2 L^2 r + r^3) Sigma^2(r) dr in every ensemble.
 * K(tau) = 2 tau - tau ln(1 + 2 tau) up to 1, 2 - tau ln((2 tau + 1)/(2 tau - 1)) beyond. */
#include "statistics/bulk_laws.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_min.h>
#include <gsl/gsl_sf_expint.h>
#include <math.h>

double dyson_number_variance(double length)
{
    if (!(length > 0.0))
        return 0.0;
    const double full = 2.0 * M_PI * length, half = gsl_sf_Si(M_PI * length) / M_PI;
    const double unitary =
        (log(full) + M_EULER + 1.0 - cos(full) - gsl_sf_Ci(full)) / (M_PI * M_PI) +
        length * (1.0 - M_2_PI * gsl_sf_Si(full));
    return 2.0 * unitary + half * half - half;
}

static double rigidity_integrand(double share, void *context)
{
    const double length = *(const double *)context;
    return 2.0 * (1.0 - 2.0 * share + share * share * share) *
           dyson_number_variance(share * length);
}

double dyson_rigidity(double length)
{
    enum { NODES = 64, PIECES = 8 };
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(NODES);
    const gsl_function function = {rigidity_integrand, &length};
    double sum = 0.0;
    /* Sigma^2 ends in r ln r at 0 and oscillates with period 1: pieces that shrink towards 0. */
    for (int i = 0; i < PIECES && table != NULL; i++)
        sum += gsl_integration_glfixed(&function, i == PIECES - 1 ? 0.0 : ldexp(1.0, -i - 1),
                                       ldexp(1.0, -i), table);
    gsl_integration_glfixed_table_free(table);
    return table != NULL ? sum : NAN;
}

double dyson_form_factor(double tau)
{
    if (tau <= 1.0)
        return 2.0 * tau - tau * log1p(2.0 * tau);
    return 2.0 - tau * log((2.0 * tau + 1.0) / (2.0 * tau - 1.0));
}

double dyson_brody_cumulative(double s, double q)
{
    return -expm1(-pow(s * tgamma((q + 2.0) / (q + 1.0)), q + 1.0));
}

typedef struct brody {
    size_t bins;
    double width;
    const double *count;
} brody;

/* -ln of the likelihood of the bins */
static double unlikelihood(double q, void *context)
{
    const brody *of = context;
    const double scale = of->width * tgamma((q + 2.0) / (q + 1.0));
    double above = 1.0, sum = 0.0; /* share of the law above the bin's lower end */
    for (size_t i = 0; i < of->bins; i++) {
        const double next = i + 1 < of->bins ? exp(-pow(scale * (double)(i + 1), q + 1.0)) : 0.0;
        if (of->count[i] > 0.0)
            sum -= of->count[i] * log(fmax(above - next, 1e-300));
        above = next;
    }
    return sum;
}

double dyson_brody_fit(size_t bins, double width, const double *count)
{
    enum { MOST = 100 };
    const double low = -0.9, high = 4.0;
    brody of = {bins, width, count};
    gsl_function function = {unlikelihood, &of};
    gsl_min_fminimizer *search = gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent);
    gsl_error_handler_t *handler = gsl_set_error_handler_off();
    double q = NAN, all = 0.0;
    for (size_t i = 0; i < bins; i++)
        all += count[i];
    /* The likelihood has one maximum; where none of these starts lies below both ends there is
     * none inside. */
    for (double start = -0.5; all > 0.0 && start < high && isnan(q); start += 0.5) {
        if (search == NULL ||
            gsl_min_fminimizer_set(search, &function, start, low, high) != GSL_SUCCESS)
            continue;
        for (int i = 0; i < MOST; i++)
            if (gsl_min_fminimizer_iterate(search) != GSL_SUCCESS ||
                gsl_min_test_interval(gsl_min_fminimizer_x_lower(search),
                                      gsl_min_fminimizer_x_upper(search), 1e-7, 0.0) == GSL_SUCCESS)
                break;
        q = gsl_min_fminimizer_x_minimum(search);
    }
    gsl_set_error_handler(handler);
    if (search != NULL)
        gsl_min_fminimizer_free(search);
    return q;
}

double dyson_ratio_orthogonal(size_t levels)
{
    return levels == 3 ? 4.0 - 2.0 * sqrt(3.0) : 0.5307;
}

double dyson_ratio_poisson(void)
{
    return 2.0 * M_LN2 - 1.0;
}
