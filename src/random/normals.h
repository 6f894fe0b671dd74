/* normals.h: the vectorised normals, by kernel (private; the numbers are those of
 * dyson_random_normals to rounding). */
#ifndef DYSON_NORMALS_H
#define DYSON_NORMALS_H

#include "dyson/kernel.h"
#include "dyson/random.h"

/* normal: 4 * blocks vectors of dyson_kernel_lanes(kernel) doubles, aligned to 64 bytes; lane l
 * holds the normals of replica[l]. */
void dyson_normals(dyson_kernel kernel, uint64_t stream, dyson_purpose purpose,
                   const int64_t *replica, int64_t update, uint32_t first, int blocks,
                   double *normal);

/* The same in single precision: twice as many replicas, vectors of twice as many floats. */
void dyson_normals_single(dyson_kernel kernel, uint64_t stream, dyson_purpose purpose,
                          const int64_t *replica, int64_t update, uint32_t first, int blocks,
                          float *normal);

/* The normals of one replica, one after the other: normal[0 .. 4*blocks) as dyson_random_normals
 * fills it, to rounding. */
void dyson_normals_along(dyson_kernel kernel, uint64_t stream, dyson_purpose purpose,
                         int64_t replica, int64_t update, uint32_t first, int64_t blocks,
                         double *normal);

/* The same from number `first` on, wherever a block begins; first + count <= 2^34. */
void dyson_normals_range(dyson_kernel kernel, uint64_t stream, dyson_purpose purpose,
                         int64_t replica, int64_t update, int64_t first, int64_t count,
                         double *normal);

typedef void normals_function(uint64_t stream, dyson_purpose purpose, const int64_t *replica,
                              int64_t update, uint32_t first, int blocks, double *normal);
typedef void normals_along_function(uint64_t stream, dyson_purpose purpose, int64_t replica,
                                    int64_t update, uint32_t first, int64_t blocks, double *normal);
normals_function normals_base, normals_avx2, normals_avx512;
typedef void normals_single_function(uint64_t stream, dyson_purpose purpose, const int64_t *replica,
                                     int64_t update, uint32_t first, int blocks, float *normal);
normals_single_function normals_base_single, normals_avx2_single, normals_avx512_single;
normals_along_function normals_along_base, normals_along_avx2, normals_along_avx512;

#endif
