/* symmetric_reference.h: eigenvalues of one symmetric matrix by Jacobi's rotations: slow, plain,
 * accurate. */
#ifndef DYSON_TEST_SYMMETRIC_REFERENCE_H
#define DYSON_TEST_SYMMETRIC_REFERENCE_H

/* Eigenvalues, descending, of the symmetric n x n matrix a, which is destroyed. */
void symmetric_reference_eigenvalues(int n, double *a, double *eigenvalues);

#endif
