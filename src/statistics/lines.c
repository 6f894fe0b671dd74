/* lines.c: weighted straight lines, w_i = 1/y_error_i^2, by the normal equations in closed form.
 *
 *   through the origin  slope = sum w x y / sum w x^2,  variance 1/sum w x^2
 *   straight            about the weighted mean of x, where slope and level are uncorrelated
 * chi^2 = sum w (y - line)^2; errors are those the y_error imply, not rescaled by chi^2. */
#include "dyson/statistics.h"

#include <math.h>

static double weight(double error)
{
    return 1.0 / (error * error);
}

static double chi_squared(size_t n, const double *x, const double *y, const double *y_error,
                          double intercept, double slope)
{
    double chi2 = 0.0;
    for (size_t i = 0; i < n; i++) {
        double r = (y[i] - intercept - slope * x[i]) / y_error[i];
        chi2 += r * r;
    }
    return chi2;
}

dyson_line dyson_line_through_origin(size_t n, const double *x, const double *y,
                                     const double *y_error)
{
    double xy = 0.0, xx = 0.0;
    for (size_t i = 0; i < n; i++) {
        xy += weight(y_error[i]) * x[i] * y[i];
        xx += weight(y_error[i]) * x[i] * x[i];
    }
    dyson_line line = {{0.0, 0.0}, {NAN, NAN}, NAN, (double)n - 1.0};
    if (n < 1 || !(xx > 0.0))
        return line;
    line.slope = (dyson_estimate){xy / xx, 1.0 / sqrt(xx)};
    line.chi2 = chi_squared(n, x, y, y_error, 0.0, line.slope.value);
    return line;
}

dyson_line dyson_line_straight(size_t n, const double *x, const double *y, const double *y_error)
{
    double w = 0.0, wx = 0.0, wy = 0.0, xx = 0.0, xy = 0.0;
    for (size_t i = 0; i < n; i++) {
        w += weight(y_error[i]);
        wx += weight(y_error[i]) * x[i];
        wy += weight(y_error[i]) * y[i];
    }
    double centre = wx / w, level = wy / w;
    for (size_t i = 0; i < n; i++) {
        double d = x[i] - centre;
        xx += weight(y_error[i]) * d * d;
        xy += weight(y_error[i]) * d * (y[i] - level);
    }
    dyson_line line = {{NAN, NAN}, {NAN, NAN}, NAN, (double)n - 2.0};
    if (n < 2 || !(xx > 0.0))
        return line;
    line.slope = (dyson_estimate){xy / xx, 1.0 / sqrt(xx)};
    line.intercept =
        (dyson_estimate){level - line.slope.value * centre, sqrt(1.0 / w + centre * centre / xx)};
    line.chi2 = chi_squared(n, x, y, y_error, line.intercept.value, line.slope.value);
    return line;
}
