/* decay.c: correlations over replicas and the rate at which they decay.
 *
 * With u, v the standardised y and z, the correlation is c = <u v>, and replica r's influence on it
 * psi_r = u_r v_r - c (u_r^2 + v_r^2)/2: error^2 = <psi^2>/n.
 *
 * Fit of -ln c_s = rate tau_s over snapshots s, weighted by w_s = (c_s/error_s)^2, the inverse
 * variance of ln c_s: rate = -sum w_s tau_s ln c_s/sum w_s tau_s^2, and replica r's influence on it
 * -sum w_s tau_s psi_s,r/c_s/sum w_s tau_s^2. */
#include "statistics/decay.h"

#include <math.h>

/* Mean and standard deviation (over n, as the correlation wants it). */
static void standardise(size_t n, const double *y, double *mean, double *deviation)
{
    double squares = 0.0;
    *mean = dyson_mean(n, y).value;
    for (size_t r = 0; r < n; r++)
        squares += (y[r] - *mean) * (y[r] - *mean);
    *deviation = sqrt(squares / (double)n);
}

dyson_estimate dyson_correlation(size_t n, const double *y, const double *z, double *influence)
{
    double mean_y, mean_z, width_y, width_z, c = 0.0, squares = 0.0;
    if (n < 3)
        return (dyson_estimate){NAN, NAN};
    standardise(n, y, &mean_y, &width_y);
    standardise(n, z, &mean_z, &width_z);
    if (!(width_y > 0.0 && width_z > 0.0))
        return (dyson_estimate){NAN, NAN};
    for (size_t r = 0; r < n; r++)
        c += (y[r] - mean_y) / width_y * ((z[r] - mean_z) / width_z);
    c /= (double)n;
    for (size_t r = 0; r < n; r++) {
        const double u = (y[r] - mean_y) / width_y, v = (z[r] - mean_z) / width_z;
        const double psi = u * v - 0.5 * c * (u * u + v * v);
        squares += psi * psi;
        if (influence != NULL)
            influence[r] = psi;
    }
    return (dyson_estimate){c, sqrt(squares) / (double)n};
}

void dyson_decay_add(dyson_decay *decay, double lag, dyson_estimate correlation,
                     const double *influence)
{
    const double c = correlation.value, root = c / correlation.error, weight = root * root;
    decay->numerator -= weight * lag * log(c);
    decay->norm += weight * lag * lag;
    decay->lags++;
    for (size_t r = 0; r < decay->n; r++)
        decay->influence[r] += weight * lag / c * influence[r];
}

dyson_estimate dyson_decay_rate(const dyson_decay *decay)
{
    double squares = 0.0;
    if (decay->lags == 0)
        return (dyson_estimate){NAN, NAN};
    for (size_t r = 0; r < decay->n; r++)
        squares += decay->influence[r] * decay->influence[r];
    return (dyson_estimate){decay->numerator / decay->norm,
                            sqrt(squares) / ((double)decay->n * decay->norm)};
}
