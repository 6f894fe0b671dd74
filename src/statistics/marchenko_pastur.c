/* marchenko_pastur.c: the spectrum of X = G^T G for large random G.
 *
 * G is M x N, M >= N, of independent entries of mean 0 and variance v; with r = N/M and the scale
 * s^2 = M v held fixed the density of X's eigenvalues becomes
 *   rho(x) = sqrt((x_+ - x)(x - x_-))/(2 pi s^2 r x),   x_+- = s^2 (1 +- sqrt r)^2.
 * With x = s^2 (1 + r - 2 sqrt(r) cos theta), 0 <= theta <= pi, the weight of an interval is
 * (2/pi) sin^2 theta/(1 + r - 2 sqrt(r) cos theta) d theta, which integrates to
 *   F = (2/pi) [sin theta/(2 sqrt r) + (1 + r) theta/(4 r)
 *               - (1 - r)/(2 r) arctan((1 + sqrt r)/(1 - sqrt r) tan(theta/2))].
 * Moments: <x^k> = s^(2k) sum_j r^j/(j + 1) C(k, j) C(k - 1, j), j = 0 .. k - 1.
 *
 * For Gaussian G the mean of tr X/N is s^2 as well, but that of tr X^2/N is v^2 M (M + N + 1):
 * above the law's s^4 (1 + r) by s^4/M, at every size. */
#include "dyson/statistics.h"

#include <math.h>

dyson_marchenko_pastur dyson_marchenko_pastur_of(const dyson_gaussian_start *start)
{
    const double rows = start->rows, columns = start->columns;
    const double large = fmax(rows, columns), small = fmin(rows, columns);
    dyson_marchenko_pastur law = {.ratio = small / large, .scale = large * start->variance};
    const double root = sqrt(law.ratio);
    law.low = law.scale * (1.0 - root) * (1.0 - root);
    law.high = law.scale * (1.0 + root) * (1.0 + root);
    return law;
}

double dyson_marchenko_pastur_density(const dyson_marchenko_pastur *law, double x)
{
    if (!(x > law->low && x < law->high))
        return 0.0;
    return sqrt((law->high - x) * (x - law->low)) / (2.0 * M_PI * law->scale * law->ratio * x);
}

double dyson_marchenko_pastur_cumulative(const dyson_marchenko_pastur *law, double x)
{
    if (!(x > law->low))
        return 0.0;
    if (!(x < law->high))
        return 1.0;
    const double r = law->ratio, root = sqrt(r);
    /* (x - x_-)/(x_+ - x_-) = sin^2(theta/2) */
    const double half = asin(sqrt((x - law->low) / (law->high - law->low)));
    const double angle = atan2((1.0 + root) * sin(half), (1.0 - root) * cos(half));
    return M_2_PI * (sin(2.0 * half) / (2.0 * root) + (1.0 + r) * half / (2.0 * r) -
                     (1.0 - r) / (2.0 * r) * angle);
}

double dyson_marchenko_pastur_moment(const dyson_marchenko_pastur *law, int k)
{
    double sum = 0.0, term = 1.0; /* r^j C(k, j) C(k - 1, j)/(j + 1) */
    for (int j = 0; j < k; j++) {
        sum += term;
        term *= law->ratio * (k - j) * (k - 1 - j) / ((j + 1.0) * (j + 2.0));
    }
    return k == 0 ? 1.0 : sum * pow(law->scale, k);
}

double dyson_start_trace(const dyson_gaussian_start *start)
{
    return fmax(start->rows, start->columns) * start->variance;
}

double dyson_start_trace_squares(const dyson_gaussian_start *start)
{
    return dyson_start_trace(start) * start->variance * (start->rows + start->columns + 1.0);
}
