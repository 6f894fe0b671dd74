/* spectrum.h: eigenvalues of real symmetric matrices, many small ones at a time.
 *
 * Lane layout: element (i, j) of the matrices of a pack is the vector a[i*n + j]; its lane l
 * belongs to matrix l.  In memory: double a[n][n][L], L = dyson_kernel_lanes(kernel), aligned to 64
 * bytes. */
#ifndef DYSON_SPECTRUM_H
#define DYSON_SPECTRUM_H

#include "dyson/error.h"
#include "dyson/kernel.h"

#include <stddef.h>

#define DYSON_SPECTRUM_LANES_MAX 64 /* the largest n of the batched solver */

/* Doubles of scratch that dyson_spectrum_lanes needs. */
size_t dyson_spectrum_scratch(int n, dyson_kernel kernel, int vectors);

/* Eigenvalues, descending, of L symmetric n x n matrices, 1 <= n <= DYSON_SPECTRUM_LANES_MAX, and
 * where vectors is not NULL the eigenvectors: vectors[i*n + k] is component i of the k-th.  Only
 * the lower triangle of a is read; a is destroyed.  A lane's result does not depend on the other
 * lanes. A matrix with an element that is not finite gives NaN eigenvalues.  Backward stable:
 * ||A V - V Lambda|| <= c n eps ||A||, for any scale of A that is representable.  Local; cannot
 * fail. */
void dyson_spectrum_lanes(int n, dyson_kernel kernel, double *a, double *eigenvalues,
                          double *vectors, double *scratch);

/* The same for one matrix of any n (row-major, destroyed), by LAPACK; with vectors, row k of a
 * becomes the eigenvector of the k-th eigenvalue; and the singular values of one n x n matrix,
 * descending. */
int dyson_spectrum_dense(int n, double *a, double *eigenvalues, dyson_error *error);
int dyson_spectrum_dense_vectors(int n, double *a, double *eigenvalues, dyson_error *error);
int dyson_spectrum_singular(int n, double *a, double *values, dyson_error *error);

#endif
