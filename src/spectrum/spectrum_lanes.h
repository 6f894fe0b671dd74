/* spectrum_lanes.h: the batched eigensolver as compiled for each kernel; see dyson/spectrum.h. */
#ifndef DYSON_SPECTRUM_LANES_H
#define DYSON_SPECTRUM_LANES_H

#include <stddef.h>

/* Vectors (one double per lane) of scratch: always, and for eigenvectors in addition. */
#define DYSON_SPECTRUM_SCRATCH_VALUES(n) (4 * (size_t)(n) + 2)
#define DYSON_SPECTRUM_SCRATCH_VECTORS(n) ((size_t)(n) * (size_t)((n) + 1))

void dyson_spectrum_lanes_base(int n, double *a, double *eigenvalues, double *vectors,
                               double *scratch);
void dyson_spectrum_lanes_avx2(int n, double *a, double *eigenvalues, double *vectors,
                               double *scratch);
void dyson_spectrum_lanes_avx512(int n, double *a, double *eigenvalues, double *vectors,
                                 double *scratch);

#endif
