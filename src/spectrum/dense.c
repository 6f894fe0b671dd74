/* dense.c: eigenvalues of one matrix of any size, by LAPACK's dsyevd.
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

int dyson_spectrum_dense(int n, double *a, double *eigenvalues, dyson_error *error)
{
    if (!finite_lower(n, a)) {
        for (int i = 0; i < n; i++)
            eigenvalues[i] = NAN;
        return 0;
    }
    /* The sizes that dsyevd asks for when it computes eigenvalues alone. */
    int work_size = 2 * n + 1, integer_work = 0, one = 1, info = 0;
    double query = 0.0;
    int ask = -1;
    dsyevd_("N", "U", &n, a, &n, eigenvalues, &query, &ask, &integer_work, &one, &info, 1, 1);
    if (info == 0 && query > work_size)
        work_size = (int)query;
    double *work = malloc((size_t)work_size * sizeof *work);
    if (work == NULL)
        return dyson_fail(error, DYSON_INTERNAL,
                          "spectrum: no memory for the work space of a %d x %d matrix", n, n);
    dsyevd_("N", "U", &n, a, &n, eigenvalues, work, &work_size, &integer_work, &one, &info, 1, 1);
    free(work);
    if (info != 0)
        return dyson_fail(error, DYSON_INTERNAL,
                          "spectrum: LAPACK's dsyevd failed on a %d x %d matrix (info = %d)", n, n,
                          info);
    for (int i = 0; i < n / 2; i++) { /* LAPACK sorts ascending */
        double other = eigenvalues[n - 1 - i];
        eigenvalues[n - 1 - i] = eigenvalues[i];
        eigenvalues[i] = other;
    }
    return 0;
}
