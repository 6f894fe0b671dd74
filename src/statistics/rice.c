/* rice.c: the spacing of two levels whose targets differ by Delta.
 *
 * W = diag(x_1, x_2) + noise, each diagonal element with standard deviation sigma, the off-diagonal
 * one with sigma/sqrt(2): S = |Delta + a + i b|, a and b of variance 2 sigma^2 each, so
 *   P(S) = S/(2 sigma^2) exp(-(S^2 + Delta^2)/(4 sigma^2)) I_0(x),  x = S Delta/(2 sigma^2),
 * the Rice law; Delta = 0 is the Wigner surmise. With the scaled e^-x I_0(x) the exponent becomes
 * -(S - Delta)^2/(4 sigma^2), which neither over- nor underflows where P does not.
 *
 * Its integral, on the circle S e^(i theta) with a = S sin theta, b integrated out:
 *   F(S) = int dtheta S cos(theta) phi(S sin(theta) - Delta) erf(S cos(theta)/(2 sigma)),
 * theta from -pi/2 to pi/2, phi the normal density of variance 2 sigma^2. The integrand is even
 * about both ends and analytic, so the midpoint rule converges faster than any power: steps of half
 * a standard deviation give all digits.
 *
 * Maximum likelihood: dL/dDelta = dL/dsigma = 0 combine to <S^2> = Delta^2 + t, t = 4 sigma^2,
 * which leaves one equation, with q(x) = 1 - I_1(x)/I_0(x) and <S>^2 - Delta^2 = t - var S,
 *   (t - var S)/(<S> + Delta) - <S q(x)> = 0,  Delta = sqrt(<S^2> - t),
 * negative at t = var S. Towards t = <S^2> it goes like Delta^3 (2 <S^2>^2 - <S^4>): where <S^4> >=
 * 2 <S^2>^2 the likelihood is largest at Delta = 0. Errors: the sandwich formula of
 * fit_likelihood.c. */
#include "dyson/statistics.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <gsl/gsl_sf_bessel.h>
#include <math.h>

/* Delta/sigma beyond which S - Delta is normal to all digits that matter: (sigma/Delta)^2. */
static const double far_apart = 1e4;

double dyson_rice_density(double spacing, double splitting, double sigma)
{
    if (!(spacing > 0.0))
        return 0.0;
    const double d = (spacing - splitting) / (2.0 * sigma);
    return spacing / (2.0 * sigma * sigma) * exp(-d * d) *
           gsl_sf_bessel_I0_scaled(0.5 * (spacing / sigma) * (splitting / sigma));
}

double dyson_rice_cumulative(double spacing, double splitting, double sigma)
{
    enum { LEAST = 16, REACH = 9 };
    const double s = M_SQRT2 * sigma;
    if (!(spacing > 0.0))
        return 0.0;
    if (spacing > splitting + REACH * s)
        return 1.0;
    if (splitting > far_apart * sigma) /* mean Delta + sigma^2/Delta */
        return 0.5 * erfc((splitting + sigma * sigma / splitting - spacing) / (2.0 * sigma));
    const double nodes = fmax(LEAST, ceil(2.0 * M_PI * spacing / s)), step = M_PI / nodes;
    /* Only where |S sin(theta) - Delta| < 9 s. */
    const double from = asin(fmax((splitting - REACH * s) / spacing, -1.0));
    double sum = 0.0;
    for (double k = floor((from + M_PI_2) / step); k < nodes; k += 1.0) {
        const double theta = (k + 0.5) * step - M_PI_2, along = spacing * cos(theta);
        const double across = (spacing * sin(theta) - splitting) / (2.0 * sigma);
        if (across > REACH)
            break;
        sum += along * exp(-across * across) * erf(along / (2.0 * sigma));
    }
    return fmin(sum * step / (2.0 * sqrt(M_PI) * sigma), 1.0);
}

double dyson_rice_mean(double splitting, double sigma)
{
    const double z = 0.25 * (splitting / sigma) * (splitting / sigma);
    if (z > 0.25 * far_apart * far_apart)
        return splitting + sigma * sigma / splitting;
    /* L_1/2(-z) = e^(-z/2) [(1 + z) I_0(z/2) + z I_1(z/2)] */
    return sqrt(M_PI) * sigma *
           ((1.0 + z) * gsl_sf_bessel_I0_scaled(0.5 * z) + z * gsl_sf_bessel_I1_scaled(0.5 * z));
}

double dyson_closure_mean(double splitting, double sigma)
{
    return 0.5 * (splitting + sqrt(splitting * splitting + 4.0 * M_PI * sigma * sigma));
}

/* ---- maximum likelihood ---- */

typedef struct sample {
    const dyson_marks *spacing;
    double mean, variance, square; /* square: <S^2> */
} sample;

/* q(x) = 1 - I_1/I_0 */
static double deficit(double x)
{
    enum { LARGE = 10000 };
    if (x > LARGE)
        return 0.5 / x + 0.125 / (x * x) + 0.125 / (x * x * x);
    const double i0 = gsl_sf_bessel_I0_scaled(x);
    return (i0 - gsl_sf_bessel_I1_scaled(x)) / i0;
}

static double likelihood_slope(double t, void *context)
{
    const sample *a = context;
    const double splitting = sqrt(fmax(a->square - t, 0.0));
    double sum = 0.0;
    for (size_t i = 0; i < a->spacing->marks; i++) {
        const double spacing = a->spacing->value[i];
        sum += dyson_weight(a->spacing, i) * spacing * deficit(2.0 * spacing * splitting / t);
    }
    return (t - a->variance) / (a->mean + splitting) - sum / a->spacing->total;
}

/* The root of the slope between low, where it is negative, and high, where it is positive; NaN
 * where it is not found. */
static double root_between(sample *a, double low, double high)
{
    enum { ITERATIONS = 200 };
    gsl_function slope = {likelihood_slope, a};
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    if (solver == NULL)
        return NAN;
    int status = gsl_root_fsolver_set(solver, &slope, low, high), found = GSL_CONTINUE;
    for (int i = 0; i < ITERATIONS && status == GSL_SUCCESS && found == GSL_CONTINUE; i++) {
        status = gsl_root_fsolver_iterate(solver);
        found = gsl_root_test_interval(gsl_root_fsolver_x_lower(solver),
                                       gsl_root_fsolver_x_upper(solver), 0.0, 1e-11);
    }
    const double root = gsl_root_fsolver_root(solver);
    gsl_root_fsolver_free(solver);
    return status == GSL_SUCCESS && found == GSL_SUCCESS ? root : NAN;
}

/* t = 4 sigma^2 between var S and <S^2>, with a guess of Delta; NaN where it is not found. */
static double solve(sample *a, double splitting)
{
    enum { SHORTER = 30 };
    double high = a->square - 0.01 * splitting * splitting;
    for (int i = 0; i < SHORTER && !(likelihood_slope(high, a) > 0.0); i++)
        high = 0.5 * (high + a->square);
    if (!(likelihood_slope(high, a) > 0.0) || !(likelihood_slope(a->variance, a) < 0.0))
        return NAN;
    gsl_error_handler_t *handler = gsl_set_error_handler_off();
    const double root = root_between(a, a->variance, high);
    gsl_set_error_handler(handler);
    return root;
}

/* Adds `weight` times one spacing to the curvature A = -sum ds/dtheta and to sum s s^T, theta =
 * (Delta, sigma). */
static void add_score(double weight, double spacing, double splitting, double sigma,
                      double curvature[3], double outer[3])
{
    const double d = spacing - splitting, v = sigma * sigma;
    const double x = 0.5 * (spacing / sigma) * (splitting / sigma), q = deficit(x);
    const double bend = q * (2.0 - q) - (1.0 - q) / x; /* d(I_1/I_0)/dx */
    const double along = d - spacing * q, across = d * d + 2.0 * spacing * splitting * q;
    const double score[2] = {0.5 * along / v, -2.0 / sigma + 0.5 * across / (v * sigma)};
    curvature[0] += weight * (0.5 / v - 0.25 * spacing * spacing * bend / (v * v));
    curvature[1] += weight * (along + spacing * x * bend) / (v * sigma);
    curvature[2] += weight * (-2.0 / v + 1.5 * across / (v * v) - 4.0 * x * x * bend / v);
    outer[0] += weight * score[0] * score[0];
    outer[1] += weight * score[0] * score[1];
    outer[2] += weight * score[1] * score[1];
}

/* The variance of w . theta, w = A^-1 e. */
static double sandwich(const double outer[3], double w0, double w1)
{
    return w0 * w0 * outer[0] + 2.0 * w0 * w1 * outer[1] + w1 * w1 * outer[2];
}

static void errors(const sample *a, dyson_rice_fit *fit)
{
    double m[3] = {0}, outer[3] = {0};
    for (size_t i = 0; i < a->spacing->marks; i++)
        if (a->spacing->value[i] > 0.0)
            add_score(dyson_weight(a->spacing, i), a->spacing->value[i], fit->splitting.value,
                      fit->sigma.value, m, outer);
    const double determinant = m[0] * m[2] - m[1] * m[1];
    fit->splitting.error = sqrt(sandwich(outer, m[2], -m[1])) / determinant;
    fit->sigma.error = sqrt(sandwich(outer, -m[1], m[0])) / determinant;
}

dyson_rice_fit dyson_fit_rice(const dyson_marks *spacing)
{
    const dyson_estimate unknown = {NAN, NAN};
    dyson_rice_fit fit = {unknown, unknown};
    sample a = {spacing, 0.0, 0.0, 0.0};
    double fourth = 0.0, std;
    dyson_marks_width(spacing, &a.mean, &std);
    a.variance = std * std * (spacing->total - 1.0) / spacing->total;
    for (size_t i = 0; i < spacing->marks; i++) {
        const double square = spacing->value[i] * spacing->value[i];
        const double share = dyson_weight(spacing, i) / spacing->total;
        a.square += share * square;
        fourth += share * square * square;
    }
    if (!(spacing->total >= 3.0) || !(a.variance > 0.0))
        return fit;
    const double excess = 2.0 * a.square * a.square - fourth; /* Delta^4 */
    if (!(excess > 0.0)) {
        fit.splitting.value = 0.0;
        fit.sigma.value = 0.5 * sqrt(a.square);
        return fit;
    }
    const double t = solve(&a, fmin(sqrt(sqrt(excess)), sqrt(a.square)));
    if (isnan(t))
        return fit;
    fit.splitting.value = sqrt(a.square - t);
    fit.sigma.value = 0.5 * sqrt(t);
    errors(&a, &fit);
    return fit;
}
