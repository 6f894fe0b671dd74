/* dense.h: what the models' dense regimes, one replica at a time, have in common (private to the
 * models): BLAS and LAPACK, and one replica's random numbers in their order. */
#ifndef DYSON_MODELS_DENSE_H
#define DYSON_MODELS_DENSE_H

#include "dyson/kernel.h"
#include "dyson/random.h"

/* BLAS and LAPACK by their Fortran interface: the C one may be found in GSL's plain implementation.
 * Matrices are column-major.  Trailing arguments are the lengths of the strings. */
void dgemm_(const char *transpose_a, const char *transpose_b, const int *rows, const int *columns,
            const int *inner, const double *alpha, const double *a, const int *a_stride,
            const double *b, const int *b_stride, const double *beta, double *c,
            const int *c_stride, size_t a_length, size_t b_length);
void dsymm_(const char *side, const char *triangle, const int *rows, const int *columns,
            const double *alpha, const double *a, const int *a_stride, const double *b,
            const int *b_stride, const double *beta, double *c, const int *c_stride,
            size_t side_length, size_t triangle_length);
void dsyrk_(const char *triangle, const char *transpose, const int *n, const int *inner,
            const double *alpha, const double *a, const int *a_stride, const double *beta,
            double *c, const int *c_stride, size_t triangle_length, size_t transpose_length);
void dtrmm_(const char *side, const char *triangle, const char *transpose, const char *unit,
            const int *rows, const int *columns, const double *alpha, const double *a,
            const int *a_stride, double *b, const int *b_stride, size_t side_length,
            size_t triangle_length, size_t transpose_length, size_t unit_length);
double ddot_(const int *count, const double *a, const int *a_step, const double *b,
             const int *b_step);
void dpotrf_(const char *triangle, const int *n, double *a, const int *stride, int *info,
             size_t triangle_length);
void dpotri_(const char *triangle, const int *n, double *a, const int *stride, int *info,
             size_t triangle_length);

/* Whose numbers, for what, of which update. */
typedef struct dense_source {
    dyson_kernel kernel;
    uint64_t stream;
    dyson_purpose purpose;
    int64_t replica, update;
} dense_source;

#define DENSE_STRETCH 256 /* blocks of normals drawn at a time */

/* Normals in their order, a stretch at a time. */
typedef struct dense_normals {
    dense_source source;
    uint32_t block; /* the next one to be drawn */
    int used;       /* numbers of this stretch; all of them at the start */
    double normal[4 * DENSE_STRETCH];
} dense_normals;

/* From the first number of a block on. */
void dense_normals_begin(dense_normals *normals, const dense_source *source, uint32_t block);
void dense_normals_draw(dense_normals *normals);
void dense_normals_take(dense_normals *normals, size_t count, double *out);

static inline double dense_normals_next(dense_normals *normals)
{
    if (normals->used == 4 * DENSE_STRETCH)
        dense_normals_draw(normals);
    return normals->normal[normals->used++];
}

/* The chi variate of a column, as chi_lanes.h draws it, to rounding. */
double dense_chi(const dense_source *source, int column, double degrees);

#endif
