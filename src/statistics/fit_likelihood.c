/* fit_likelihood.c: maximum likelihood with errors from the scatter of the replicas.
 *
 * An estimate that solves sum_i s_i(theta) = 0 has, whatever the law of the data, the covariance
 *   A^-1 (sum_i s_i s_i^T) A^-1,  A = -sum_i ds_i/dtheta,
 * where s_i is the score of one replica, all its levels together: they are correlated.
 *   surmise    sigma^2 = <S^2>/4
 *   Gaussian   mean and standard deviation (M - 1)
 *   two-level  Newton's method on the mean of q(u) + ln a, u = a z - b, z the standardised values,
 * where rho(u) = e^(-u^2/2) h(u), q = ln rho: h' = erf(u/sqrt(2))/(2 sqrt(2)), h'' = e^(-u^2/2)/(2
 * sqrt(pi)), q' = -u + h'/h, q'' = -1 + h''/h - (h'/h)^2 <= 0. ln rho is concave, so the likelihood
 * is concave in (a, b): one maximum, and a damped Newton step always climbs. sigma = 1/a, x_0 =
 * b/a. */
#include "dyson/statistics.h"

#include <math.h>
#include <stdbool.h>

static const dyson_estimate unknown = {NAN, NAN};

/* Sums over all values at one (a, b): the likelihood, its gradient, the curvature -d2/dab2. */
typedef struct likelihood {
    double value, gradient[2], curvature[3]; /* symmetric 2 x 2 as 00, 01, 11 */
} likelihood;

/* h(u), and h' = error: q' = error/h - u. */
static inline double two_level_h(double u, double *gauss, double *error)
{
    *gauss = exp(-0.5 * u * u) / (2.0 * sqrt(M_PI));
    *error = erf(u * M_SQRT1_2) / (2.0 * M_SQRT2);
    return *gauss + u * *error;
}

static likelihood two_level_sums(const dyson_marks *marks, double mean, double std, double a,
                                 double b)
{
    likelihood sum = {0};
    const double log_a = log(a);
    for (size_t i = 0; i < marks->marks; i++) {
        const double z = (marks->value[i] - mean) / std, u = a * z - b;
        const double w = dyson_weight(marks, i);
        double gauss, error;
        const double h = two_level_h(u, &gauss, &error);
        const double slope = error / h - u, bend = gauss / h - (error / h) * (error / h) - 1.0;
        sum.value += w * (log(h) - 0.5 * u * u + log_a);
        sum.gradient[0] += w * (slope * z + 1.0 / a);
        sum.gradient[1] -= w * slope;
        sum.curvature[0] += w * (1.0 / (a * a) - bend * z * z);
        sum.curvature[1] += w * bend * z;
        sum.curvature[2] -= w * bend;
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
static double sandwich(const dyson_likelihood *l, double v0, double v1)
{
    double w[2];
    newton_step(l->curvature, (const double[2]){v0, v1}, w);
    return w[0] * w[0] * l->score[0] + 2.0 * w[0] * w[1] * l->score[1] + w[1] * w[1] * l->score[2];
}

/* Whether the maximum was found; l->a, b: where. */
static bool climb(const dyson_marks *marks, dyson_likelihood *l)
{
    l->a = sqrt(1.5); /* <u^2> = 3/2 */
    l->b = 0.0;
    likelihood here = two_level_sums(marks, l->mean, l->std, l->a, l->b);
    double largest = 1.0;
    for (int iteration = 0; iteration < 100 && largest > 1e-10; iteration++) {
        double step[2];
        newton_step(here.curvature, here.gradient, step);
        largest = fmax(fabs(step[0]), fabs(step[1]));
        likelihood next = {.value = -INFINITY};
        double damping = 1.0;
        for (; damping > 1e-6; damping *= 0.5) {
            if (l->a + damping * step[0] > 0.0)
                next = two_level_sums(marks, l->mean, l->std, l->a + damping * step[0],
                                      l->b + damping * step[1]);
            if (next.value >= here.value - 1e-9 * fabs(here.value))
                break;
        }
        if (!(damping > 1e-6))
            return false;
        l->a += damping * step[0];
        l->b += damping * step[1];
        here = next;
    }
    for (int k = 0; k < 3; k++)
        l->curvature[k] = here.curvature[k];
    return largest <= 1e-10;
}

static void solve_two_level(const dyson_marks *marks, dyson_likelihood *l)
{
    dyson_marks_width(marks, &l->mean, &l->std);
    if (!(marks->total >= 4.0) || !(l->std > 0.0) || !climb(marks, l))
        return;
    l->fit.sigma.value = l->std / l->a;
    l->fit.centre.value = l->mean + l->std * l->b / l->a;
}

static void solve_surmise(const dyson_marks *marks, dyson_likelihood *l)
{
    double squares = 0.0, fourths = 0.0;
    const double n = marks->total;
    for (size_t i = 0; i < marks->marks; i++)
        squares += dyson_weight(marks, i) * marks->value[i] * marks->value[i];
    const double mean = squares / n;
    for (size_t i = 0; i < marks->marks; i++) {
        const double away = marks->value[i] * marks->value[i] - mean;
        fourths += dyson_weight(marks, i) * away * away;
    }
    if (!(n >= 2.0) || !(mean > 0.0))
        return;
    l->fit.sigma.value = 0.5 * sqrt(mean);
    /* d sigma = d<S^2>/(8 sigma) */
    l->fit.sigma.error = sqrt(fourths / (n * (n - 1.0))) / (8.0 * l->fit.sigma.value);
}

static void solve_gaussian(const dyson_marks *marks, dyson_likelihood *l)
{
    double mean, std, fourths = 0.0;
    const double n = marks->total;
    dyson_marks_width(marks, &mean, &std);
    if (!(n >= 2.0) || !(std > 0.0))
        return;
    for (size_t i = 0; i < marks->marks; i++)
        fourths += dyson_weight(marks, i) * pow(marks->value[i] - mean, 4.0) / n;
    const double m2 = std * std * (n - 1.0) / n;
    l->fit.centre = (dyson_estimate){mean, std / sqrt(n)};
    l->fit.sigma = (dyson_estimate){std, sqrt(fmax(fourths - m2 * m2, 0.0) / (4.0 * m2 * n))};
}

dyson_likelihood dyson_likelihood_solve(dyson_law law, const dyson_marks *marks)
{
    dyson_likelihood l = {.fit = {unknown, unknown, NAN, NAN}};
    if (law == DYSON_SURMISE)
        solve_surmise(marks, &l);
    else if (law == DYSON_TWO_LEVEL)
        solve_two_level(marks, &l);
    else
        solve_gaussian(marks, &l);
    return l;
}

void dyson_likelihood_add(dyson_likelihood *l, size_t n, const double *values)
{
    for (size_t i = 0; i < n; i++) {
        double score[2] = {0.0, 0.0};
        for (size_t v = 2 * i; v < 2 * i + 2; v++) {
            const double z = (values[v] - l->mean) / l->std, u = l->a * z - l->b;
            double gauss, error;
            const double h = two_level_h(u, &gauss, &error), slope = error / h - u;
            score[0] += slope * z + 1.0 / l->a;
            score[1] -= slope;
        }
        l->score[0] += score[0] * score[0];
        l->score[1] += score[0] * score[1];
        l->score[2] += score[1] * score[1];
    }
}

dyson_fit dyson_likelihood_fit(const dyson_likelihood *l)
{
    dyson_fit fit = l->fit;
    if (!(l->a > 0.0) || isnan(fit.sigma.value))
        return fit;
    fit.sigma.error = l->std / (l->a * l->a) * sqrt(sandwich(l, 1.0, 0.0));
    fit.centre.error = l->std * sqrt(sandwich(l, -l->b / (l->a * l->a), 1.0 / l->a));
    return fit;
}
