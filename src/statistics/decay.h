/* decay.h: how a quantity's correlation over replicas decays with the lag. */
#ifndef DYSON_STATISTICS_DECAY_H
#define DYSON_STATISTICS_DECAY_H

#include "dyson/statistics.h"

/* The correlation of y and z over replicas, and its error; passes 0 and 1.  NaN for n < 3. */
typedef struct dyson_correlation_sums {
    double count, pivot[2], sum[2], squares[2]; /* of pass 0, about the first y and z */
    double apart, quartic, mixed, apart2; /* of d^2, q^2, q d^2, d^4; d = u - v, q = u^2 + v^2 */
} dyson_correlation_sums;

void dyson_correlation_add(dyson_correlation_sums *sums, int pass, size_t n, const double *y,
                           const double *z);
dyson_estimate dyson_correlation_of(const dyson_correlation_sums *sums);

/* A fit of correlation = exp(-rate lag), snapshot by snapshot. */
typedef struct dyson_decay {
    size_t lags;              /* snapshots so far */
    double numerator, norm;   /* weighted sums of -lag ln(correlation) and lag^2 */
    double replicas, squares; /* of the influences */
} dyson_decay;

/* Adds a snapshot at lag > 0 with its correlation > 0, error > 0.  Returns what its influence
 * counts for in that on the rate. */
double dyson_decay_add(dyson_decay *decay, double lag, dyson_estimate correlation);
/* influence[r] += factor psi_r, where correlation - true value = mean(psi) to leading order; then,
 * when all snapshots that count have been added for these n replicas, their scatter. */
void dyson_decay_influence(const dyson_correlation_sums *sums, double factor, size_t n,
                           const double *y, const double *z, double *influence);
void dyson_decay_scatter(dyson_decay *decay, size_t n, const double *influence);
/* The rate; its error counts replicas, so that it is right although the snapshots' correlations are
 * of the same replicas.  NaN without a snapshot. */
dyson_estimate dyson_decay_rate(const dyson_decay *decay);

#endif
