/* dense.c: eigenvalues, eigenvectors and singular values of one matrix of any size, by LAPACK's
 * dsyevd and dgesdd.
 *
 * A symmetric matrix is its own transpose, so that LAPACK's column-major upper triangle is the
 * lower triangle of the row-major matrix; and a matrix has its transpose's singular values. */
#include "dyson/spectrum.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* LAPACK's Fortran interface; the trailing arguments are the lengths of the strings. */
void dsyevd_(const char *job, const char *triangle, const int *n, double *a, const int *stride,
             double *eigenvalues, double *work, const int *work_size, int *integer_work,
             const int *integer_work_size, int *info, size_t job_length, size_t triangle_length);
void dgesdd_(const char *job, const int *rows, const int *columns, double *a, const int *stride,
             double *values, double *left, const int *left_stride, double *right,
             const int *right_stride, double *work, const int *work_size, int *integer_work,
             int *info, size_t job_length);

/* Of the lower triangle, or of the whole matrix. */
static bool all_finite(int n, const double *a, bool whole)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < (whole ? n : i + 1); j++)
            if (!isfinite(a[(size_t)i * (size_t)n + (size_t)j]))
                return false;
    return true;
}

static void fill_nan(int n, double *values)
{
    for (int i = 0; i < n; i++)
        values[i] = NAN;
}

static int no_memory(int n, dyson_error *error)
{
    return dyson_fail(error, DYSON_INTERNAL,
                      "spectrum: no memory for the work space of a %d x %d matrix", n, n);
}

static int failed(const char *routine, int n, int info, dyson_error *error)
{
    return dyson_fail(error, DYSON_INTERNAL,
                      "spectrum: LAPACK's %s failed on a %d x %d matrix (info = %d)", routine, n, n,
                      info);
}

/* LAPACK sorts ascending: eigenvalues, and rows of vectors (NULL: none), are put the other way. */
static void reverse(int n, double *eigenvalues, double *vectors)
{
    for (int i = 0; i < n / 2; i++) {
        const int last = n - 1 - i;
        double other = eigenvalues[last];
        eigenvalues[last] = eigenvalues[i];
        eigenvalues[i] = other;
        for (int j = 0; vectors != NULL && j < n; j++) {
            double *a = &vectors[(size_t)i * (size_t)n + (size_t)j];
            double *b = &vectors[(size_t)last * (size_t)n + (size_t)j];
            other = *a;
            *a = *b;
            *b = other;
        }
    }
}

/* job: "N" eigenvalues alone, "V" with eigenvectors. */
static int solve(const char *job, int n, double *a, double *eigenvalues, dyson_error *error)
{
    if (!all_finite(n, a, false)) {
        fill_nan(n, eigenvalues);
        return DYSON_OK;
    }
    int ask = -1, integer_size = 1, info = 0;
    double query = 0.0;
    dsyevd_(job, "U", &n, a, &n, eigenvalues, &query, &ask, &integer_size, &ask, &info, 1, 1);
    int work_size = query > 1.0 ? (int)query : 1;
    double *work = malloc((size_t)work_size * sizeof *work);
    int *integers = malloc((size_t)integer_size * sizeof *integers);
    if (work == NULL || integers == NULL)
        no_memory(n, error);
    else
        dsyevd_(job, "U", &n, a, &n, eigenvalues, work, &work_size, integers, &integer_size, &info,
                1, 1);
    free(work);
    free(integers);
    if (info != 0)
        failed("dsyevd", n, info, error);
    if (error->code == DYSON_OK)
        reverse(n, eigenvalues, job[0] == 'V' ? a : NULL);
    return error->code;
}

int dyson_spectrum_dense(int n, double *a, double *eigenvalues, dyson_error *error)
{
    return solve("N", n, a, eigenvalues, error);
}

int dyson_spectrum_dense_vectors(int n, double *a, double *eigenvalues, dyson_error *error)
{
    return solve("V", n, a, eigenvalues, error);
}

int dyson_spectrum_singular(int n, double *a, double *values, dyson_error *error)
{
    if (!all_finite(n, a, true)) {
        fill_nan(n, values);
        return DYSON_OK;
    }
    int info = 0, one = 1, ask = -1;
    double query = 0.0, none = 0.0;
    int *const integer_work = malloc(8 * (size_t)n * sizeof *integer_work);
    dgesdd_("N", &n, &n, a, &n, values, &none, &one, &none, &one, &query, &ask, integer_work, &info,
            1);
    const int work_size = (int)query;
    double *const work = malloc((size_t)work_size * sizeof *work);
    if (integer_work == NULL || work == NULL)
        no_memory(n, error);
    else
        dgesdd_("N", &n, &n, a, &n, values, &none, &one, &none, &one, work, &work_size,
                integer_work, &info, 1);
    free(integer_work);
    free(work);
    if (info != 0)
        failed("dgesdd", n, info, error);
    return error->code;
}
