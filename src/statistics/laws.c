/* laws.c: what two or one levels of a Gaussian ensemble do, u = (x - centre)/sigma.
 *
 * Two degenerate levels: P(x_1, x_2) ~ |x_1 - x_2| exp(-sum (x_i - x_0)^2/(2 sigma^2)). Hence
 *   surmise    P(S) = S/(2 sigma^2) exp(-v), v = S^2/(4 sigma^2);  integral 1 - exp(-v)
 *   two-level  rho(u) = e^(-u^2)/(2 sqrt(pi)) + u e^(-u^2/2) erf(u/sqrt(2))/(2 sqrt(2)),
 *              integral 1/2 (1 + erf u) - e^(-u^2/2) erf(u/sqrt(2))/(2 sqrt(2)),
 * the latter by parts. Tails are written as sums of positive terms, so they keep their relative
 * accuracy. */
#include "dyson/statistics.h"

#include <math.h>

size_t dyson_law_values(dyson_law law)
{
    return law == DYSON_TWO_LEVEL ? 2 : 1;
}

double dyson_law_density(dyson_law law, double x, double centre, double sigma)
{
    if (law == DYSON_SURMISE)
        return x <= 0.0 ? 0.0 : x / (2.0 * sigma * sigma) * exp(-x * x / (4.0 * sigma * sigma));
    double u = (x - centre) / sigma;
    double gauss = exp(-0.5 * u * u);
    if (law == DYSON_GAUSSIAN)
        return gauss / (sqrt(2.0 * M_PI) * sigma);
    return gauss * (gauss / (2.0 * sqrt(M_PI)) + u * erf(u * M_SQRT1_2) / (2.0 * M_SQRT2)) / sigma;
}

/* The weight below -|u| of a symmetric law. */
static double tail(dyson_law law, double u)
{
    double a = fabs(u);
    if (law == DYSON_GAUSSIAN)
        return 0.5 * erfc(a * M_SQRT1_2);
    return 0.5 * erfc(a) + exp(-0.5 * a * a) * erf(a * M_SQRT1_2) / (2.0 * M_SQRT2);
}

void dyson_law_sides(dyson_law law, double x, double centre, double sigma, double *cumulative,
                     double *survival)
{
    if (law == DYSON_SURMISE) {
        const double exponent = x <= 0.0 ? 0.0 : -x * x / (4.0 * sigma * sigma);
        *cumulative = -expm1(exponent);
        *survival = exp(exponent);
        return;
    }
    const double u = (x - centre) / sigma, outer = tail(law, u), inner = 1.0 - outer;
    *cumulative = u < 0.0 ? outer : inner;
    *survival = u < 0.0 ? inner : outer;
}

double dyson_law_cumulative(dyson_law law, double x, double centre, double sigma)
{
    double cumulative, survival;
    dyson_law_sides(law, x, centre, sigma, &cumulative, &survival);
    return cumulative;
}

double dyson_law_survival(dyson_law law, double x, double centre, double sigma)
{
    double cumulative, survival;
    dyson_law_sides(law, x, centre, sigma, &cumulative, &survival);
    return survival;
}
