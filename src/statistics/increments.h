/* increments.h: what one update does to X, in the basis of X's own eigenvectors. */
#ifndef DYSON_STATISTICS_INCREMENTS_H
#define DYSON_STATISTICS_INCREMENTS_H

#include "dyson/statistics.h"

/* Sums over replicas, for elements (i, j) of N x N matrices. */
typedef struct dyson_increments {
    int levels;     /* N */
    size_t count;   /* replicas */
    double *sum[4]; /* N x N each: powers 1 to 4 of delta_ij; one allocation owned by sum[0] */
    double *work;   /* 3 N x N; freed with it */
} dyson_increments;

/* Errors: DYSON_INTERNAL. */
int dyson_increments_create(int levels, dyson_increments *increments, dyson_error *error);
void dyson_increments_clear(dyson_increments *increments);

/* Adds a replica whose X (N x N, destroyed) becomes `next`.  eigenvalues: N, those of X,
 * descending.  Errors: DYSON_INTERNAL. */
int dyson_increments_add(dyson_increments *increments, double *x, const double *next,
                         double *eigenvalues, dyson_error *error);

/* g_ij^2: the mean square of delta_ij, and half the variance of delta_ii.  The sign of an
 * eigenvector, and so of delta_ij, is arbitrary: the mean of that is 0. */
dyson_estimate dyson_increments_noise(const dyson_increments *increments, int i, int j);

#endif
