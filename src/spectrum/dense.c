/* dense.c: eigenvalues and eigenvectors of one matrix of any size, by LAPACK's dsyevd.
 *
 * A symmetric matrix is its own transpose, so that LAPACK's column-major upper triangle is the
 * lower triangle of the row-major matrix. */
#include "dyson/spectrum.h"

#include <math.h>
#include <stdlib.h>

/* LAPACK's Fortran interface; the trailing arguments are the lengths of the two strings. */
void dsyevd_(const char *job, const char *triangle, const int *n, double *a, const int *stride,
             double *eigenvalues, double *work, const int *work_size, int *integer_work,
             const int *integer_work_size, int *info, size_t job_length, size_t triangle_length);

static int finite_lower(int n, const double *a)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++)
            if (!isfinite(a[(size_t)i * (size_t)n + (size_t)j]))
                return 0;
    return 1;
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
    if (!finite_lower(n, a)) {
        for (int i = 0; i < n; i++)
            eigenvalues[i] = NAN;
        return 0;
    }
    int ask = -1, integer_size = 1, info = 0;
    double query = 0.0;
    dsyevd_(job, "U", &n, a, &n, eigenvalues, &query, &ask, &integer_size, &ask, &info, 1, 1);
    int work_size = query > 1.0 ? (int)query : 1;
    double *work = malloc((size_t)work_size * sizeof *work);
    int *integers = malloc((size_t)integer_size * sizeof *integers);
    if (work == NULL || integers == NULL)
        dyson_fail(error, DYSON_INTERNAL,
                   "spectrum: no memory for the work space of a %d x %d matrix", n, n);
    else
        dsyevd_(job, "U", &n, a, &n, eigenvalues, work, &work_size, integers, &integer_size, &info,
                1, 1);
    free(work);
    free(integers);
    if (info != 0)
        return dyson_fail(error, DYSON_INTERNAL,
                          "spectrum: LAPACK's dsyevd failed on a %d x %d matrix (info = %d)", n, n,
                          info);
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
