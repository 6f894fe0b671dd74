/* fit_likelihood.c: maximum likelihood with errors from the scatter of the replicas.
 *
 * An estimate that solves sum_i s_i(theta) = 0 has, whatever the law of the data, the covariance
 *   A^-1 (sum_i s_i s_i^T) A^-1,  A = -sum_i ds_i/dtheta,
 * where s_i is the score of one replica, all its levels together: they are correlated.
 *   surmise    sigma^2 = <S^2>/4
 *   Gaussian   mean and standard deviation (M - 1), errors by jackknife
 *   two-level  Newton's method on the mean of q(u) + ln a, u = a z - b, z the standardised values,
 * where rho(u) = e^(-u^2/2) h(u), q = ln rho: h' = erf(u/sqrt(2))/(2 sqrt(2)), h'' = e^(-u^2/2)/(2
 * sqrt(pi)), q' = -u + h'/h, q'' = -1 + h''/h - (h'/h)^2 <= 0. ln rho is concave, so the likelihood
 * is concave in (a, b): one maximum, and a damped Newton step always climbs. sigma = 1/a, x_0 =
 * b/a. */
#include "dyson/statistics.h"

#include <math.h>

static const dyson_estimate unknown = {NAN, NAN};

/* Sums over all values at one (a, b): the likelihood, its gradient, the curvature -d2/dab2, and the
 * outer products of the replicas' scores. */
typedef struct likelihood {
    double value, gradient[2], curvature[3], score[3]; /* symmetric 2 x 2 as 00, 01, 11 */
} likelihood;

static void add_level(double z, double a, double b, likelihood *sum, double score[2])
{
    double u = a * z - b, gauss = exp(-0.5 * u * u), error = erf(u * M_SQRT1_2) / (2.0 * M_SQRT2);
    double h = gauss / (2.0 * sqrt(M_PI)) + u * error;
    double slope = error / h - u;
    double bend = gauss / (2.0 * sqrt(M_PI)) / h - (error / h) * (error / h) - 1.0;
    sum->value += log(h) - 0.5 * u * u + log(a);
    score[0] += slope * z + 1.0 / a;
    score[1] -= slope;
    sum->curvature[0] += 1.0 / (a * a) - bend * z * z;
    sum->curvature[1] += bend * z;
    sum->curvature[2] -= bend;
}

static likelihood two_level_likelihood(size_t n, const double *x, double mean, double std, double a,
                                       double b)
{
    likelihood sum = {0};
    for (size_t i = 0; i < n; i++) {
        double score[2] = {0.0, 0.0};
        add_level((x[2 * i] - mean) / std, a, b, &sum, score);
        add_level((x[2 * i + 1] - mean) / std, a, b, &sum, score);
        sum.gradient[0] += score[0];
        sum.gradient[1] += score[1];
        sum.score[0] += score[0] * score[0];
        sum.score[1] += score[0] * score[1];
        sum.score[2] += score[1] * score[1];
    }
    return sum;
}

/* step = curvature^-1 gradient */
static void newton_step(const double m[3], const double gradient[2], double step[2])
{
    double determinant = m[0] * m[2] - m[1] * m[1];
    step[0] = (m[2] * gradient[0] - m[1] * gradient[1]) / determinant;
    step[1] = (m[0] * gradient[1] - m[1] * gradient[0]) / determinant;
}

/* The variance of v . (a, b). */
static double sandwich(const likelihood *sum, double v0, double v1)
{
    double w[2];
    newton_step(sum->curvature, (const double[2]){v0, v1}, w);
    return w[0] * w[0] * sum->score[0] + 2.0 * w[0] * w[1] * sum->score[1] +
           w[1] * w[1] * sum->score[2];
}

static dyson_fit fit_two_level(size_t n, const double *x)
{
    dyson_fit fit = {unknown, unknown, NAN, NAN};
    dyson_moments moments = dyson_moments_of(n, 2, x);
    double mean = moments.mean.value, std = moments.std.value;
    if (n < 2 || !(std > 0.0))
        return fit;
    double a = sqrt(1.5), b = 0.0; /* <u^2> = 3/2 */
    likelihood here = two_level_likelihood(n, x, mean, std, a, b);
    double largest = 1.0;
    for (int iteration = 0; iteration < 100 && largest > 1e-10; iteration++) {
        double step[2];
        newton_step(here.curvature, here.gradient, step);
        largest = fmax(fabs(step[0]), fabs(step[1]));
        likelihood next = {.value = -INFINITY};
        double damping = 1.0;
        for (; damping > 1e-6; damping *= 0.5) {
            if (a + damping * step[0] > 0.0)
                next = two_level_likelihood(n, x, mean, std, a + damping * step[0],
                                            b + damping * step[1]);
            if (next.value >= here.value - 1e-9 * fabs(here.value))
                break;
        }
        if (!(damping > 1e-6))
            return fit;
        a += damping * step[0];
        b += damping * step[1];
        here = next;
    }
    if (largest > 1e-10)
        return fit;
    fit.sigma.value = std / a;
    fit.sigma.error = std / (a * a) * sqrt(sandwich(&here, 1.0, 0.0));
    fit.centre.value = mean + std * b / a;
    fit.centre.error = std * sqrt(sandwich(&here, -b / (a * a), 1.0 / a));
    return fit;
}

static dyson_fit fit_surmise(size_t n, const double *spacing)
{
    double squares = 0.0, fourths = 0.0, count = (double)n;
    for (size_t i = 0; i < n; i++)
        squares += spacing[i] * spacing[i];
    double mean = squares / count;
    for (size_t i = 0; i < n; i++) {
        const double away = spacing[i] * spacing[i] - mean;
        fourths += away * away;
    }
    dyson_fit fit = {unknown, unknown, NAN, NAN};
    if (n < 2 || !(mean > 0.0))
        return fit;
    fit.sigma.value = 0.5 * sqrt(mean);
    /* d sigma = d<S^2>/(8 sigma) */
    fit.sigma.error = sqrt(fourths / (count * (count - 1.0))) / (8.0 * fit.sigma.value);
    return fit;
}

dyson_fit dyson_fit_likelihood(dyson_law law, size_t n, const double *values)
{
    if (law == DYSON_SURMISE)
        return fit_surmise(n, values);
    if (law == DYSON_TWO_LEVEL)
        return fit_two_level(n, values);
    dyson_moments moments = dyson_moments_of(n, 1, values);
    dyson_fit fit = {moments.mean, moments.std, NAN, NAN};
    if (n < 2 || !(moments.std.value > 0.0))
        fit.centre = fit.sigma = unknown;
    return fit;
}
