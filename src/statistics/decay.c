/* decay.c: correlations over replicas and the rate at which they decay.
 *
 * With u, v the standardised y and z (over n: <u^2> = <v^2> = 1), d = u - v and q = u^2 + v^2, the
 * correlation is c = <u v> = 1 - <d^2>/2, and replica r's influence on it psi_r = u_r v_r - c q_r/2
 * = ((1 - c) q_r - d_r^2)/2: error^2 = <psi^2>/n, which keeps its digits where c is close to 1.
 *
 * Fit of -ln c_s = rate tau_s over snapshots s, weighted by w_s = (c_s/error_s)^2, the inverse
 * variance of ln c_s: rate = -sum w_s tau_s ln c_s/sum w_s tau_s^2, and replica r's influence on it
 * -sum w_s tau_s psi_s,r/c_s/sum w_s tau_s^2. */
#include "statistics/decay.h"

#include <math.h>

typedef struct standard {
    double mean_y, mean_z, scale_y, scale_z; /* u = (y - mean_y) scale_y */
} standard;

static standard standard_of(const dyson_correlation_sums *sums)
{
    const double n = sums->count;
    double mean[2], width[2];
    for (int k = 0; k < 2; k++) {
        const double away = sums->sum[k] / n;
        mean[k] = sums->pivot[k] + away;
        width[k] = sqrt(fmax(sums->squares[k] / n - away * away, 0.0));
    }
    return (standard){mean[0], mean[1], 1.0 / width[0], 1.0 / width[1]};
}

static void add_widths(dyson_correlation_sums *sums, size_t n, const double *y, const double *z)
{
    double sum[2] = {0.0, 0.0}, squares[2] = {0.0, 0.0};
    if (sums->count == 0.0 && n > 0) {
        sums->pivot[0] = y[0];
        sums->pivot[1] = z[0];
    }
    for (size_t r = 0; r < n; r++) {
        const double a = y[r] - sums->pivot[0], b = z[r] - sums->pivot[1];
        sum[0] += a;
        sum[1] += b;
        squares[0] += a * a;
        squares[1] += b * b;
    }
    for (int k = 0; k < 2; k++) {
        sums->sum[k] += sum[k];
        sums->squares[k] += squares[k];
    }
    sums->count += (double)n;
}

void dyson_correlation_add(dyson_correlation_sums *sums, int pass, size_t n, const double *y,
                           const double *z)
{
    if (pass == 0)
        add_widths(sums, n, y, z);
    if (pass != 1)
        return;
    const standard s = standard_of(sums);
    double apart = 0.0, quartic = 0.0, mixed = 0.0, apart2 = 0.0;
    for (size_t r = 0; r < n; r++) {
        const double u = (y[r] - s.mean_y) * s.scale_y, v = (z[r] - s.mean_z) * s.scale_z;
        const double d2 = (u - v) * (u - v), q = u * u + v * v;
        apart += d2;
        quartic += q * q;
        mixed += q * d2;
        apart2 += d2 * d2;
    }
    sums->apart += apart;
    sums->quartic += quartic;
    sums->mixed += mixed;
    sums->apart2 += apart2;
}

dyson_estimate dyson_correlation_of(const dyson_correlation_sums *sums)
{
    const double n = sums->count;
    const standard s = standard_of(sums);
    if (!(n >= 3.0) || !isfinite(s.scale_y) || !isfinite(s.scale_z))
        return (dyson_estimate){NAN, NAN};
    const double rest = sums->apart / (2.0 * n); /* 1 - c */
    const double squares =
        0.25 * (rest * rest * sums->quartic - 2.0 * rest * sums->mixed + sums->apart2);
    return (dyson_estimate){1.0 - rest, sqrt(fmax(squares, 0.0)) / n};
}

double dyson_decay_add(dyson_decay *decay, double lag, dyson_estimate correlation)
{
    const double c = correlation.value, root = c / correlation.error, weight = root * root;
    decay->numerator -= weight * lag * log(c);
    decay->norm += weight * lag * lag;
    decay->lags++;
    return weight * lag / c;
}

void dyson_decay_influence(const dyson_correlation_sums *sums, double factor, size_t n,
                           const double *y, const double *z, double *influence)
{
    const standard s = standard_of(sums);
    const double rest = sums->apart / (2.0 * sums->count);
    for (size_t r = 0; r < n; r++) {
        const double u = (y[r] - s.mean_y) * s.scale_y, v = (z[r] - s.mean_z) * s.scale_z;
        influence[r] += 0.5 * factor * (rest * (u * u + v * v) - (u - v) * (u - v));
    }
}

void dyson_decay_scatter(dyson_decay *decay, size_t n, const double *influence)
{
    double squares = 0.0;
    for (size_t r = 0; r < n; r++)
        squares += influence[r] * influence[r];
    decay->squares += squares;
    decay->replicas += (double)n;
}

dyson_estimate dyson_decay_rate(const dyson_decay *decay)
{
    if (decay->lags == 0)
        return (dyson_estimate){NAN, NAN};
    return (dyson_estimate){decay->numerator / decay->norm,
                            sqrt(decay->squares) / (decay->replicas * decay->norm)};
}
