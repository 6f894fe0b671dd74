/* decay.h: how a quantity's correlation over replicas decays with the lag. */
#ifndef DYSON_STATISTICS_DECAY_H
#define DYSON_STATISTICS_DECAY_H

#include "dyson/statistics.h"

/* Correlation of y and z over n replicas, its error, and (NULL: not wanted) the influence of each
 * replica: n numbers with correlation - true value = mean(influence) to leading order.  NaN for n <
 * 3. */
dyson_estimate dyson_correlation(size_t n, const double *y, const double *z, double *influence);

/* A fit of correlation = exp(-rate lag), snapshot by snapshot. */
typedef struct dyson_decay {
    size_t n, lags;         /* replicas, snapshots so far */
    double numerator, norm; /* weighted sums of -lag ln(correlation) and lag^2 */
    double *influence;      /* n: the caller's, all 0 at first; sum of weight lag psi/correlation */
} dyson_decay;

/* Adds a snapshot at lag > 0 with its correlation > 0, error > 0 and influence psi (n). */
void dyson_decay_add(dyson_decay *decay, double lag, dyson_estimate correlation,
                     const double *influence);
/* The rate; its error counts replicas, so that it is right although the snapshots' correlations are
 * of the same replicas.  NaN without a snapshot. */
dyson_estimate dyson_decay_rate(const dyson_decay *decay);

#endif
