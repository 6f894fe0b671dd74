/* spectrum.c: spectra of matrices that a team shares, by ScaLAPACK.
 *
 * A symmetric matrix is brought to tridiagonal form by pdsyntrd; its two diagonals go to the root,
 * where LAPACK's dsterf finishes in N^2 steps, as dsyevd does for one rank (src/spectrum/dense.c).
 * On a square grid pdsyntrd is given the work space for its faster way, one more part of the matrix
 * on each rank; on others, where that way uses the largest square grid of the ranks (of two ranks,
 * one), it is not.  In a build with ELPA that takes the larger ones.  Singular values: pdgesvd. */
#include "team/elpa.h"
#include "team/matrix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define AHEAD_MAX 32 /* no build of ScaLAPACK takes larger blocks on the faster way */

/* ScaLAPACK's and LAPACK's Fortran interfaces; trailing arguments are the lengths of strings. */
void pdsyntrd_(const char *triangle, const int *n, double *a, const int *row, const int *column,
               const int *descriptor, double *diagonal, double *beside, double *tau, double *work,
               const int *work_size, int *info, size_t triangle_length);
void pdgesvd_(const char *left_job, const char *right_job, const int *rows, const int *columns,
              double *a, const int *row, const int *column, const int *descriptor, double *values,
              double *left, const int *left_row, const int *left_column, const int *left_descriptor,
              double *right, const int *right_row, const int *right_column,
              const int *right_descriptor, double *work, const int *work_size, int *info,
              size_t left_length, size_t right_length);
void dsterf_(const int *n, double *diagonal, double *beside, int *info);

struct team_solver {
    bool symmetric;
    int work_size;
    double *work;     /* ScaLAPACK's */
    double *own;      /* for this rank's columns the diagonal, the one beside it, and tau */
    double *diagonal; /* N of the diagonal, N of the one beside it */
    team_elpa *elpa;  /* in place of the above but diagonal; or NULL */
};

static const int one = 1;

static int tridiagonal(team_solver *s, team_matrix *m, double *work, int work_size)
{
    int info = 0;
    const size_t columns = (size_t)m->local_columns + 1;
    pdsyntrd_("L", &m->rows, m->element, &one, &one, m->descriptor, s->own, s->own + columns,
              s->own + 2 * columns, work, &work_size, &info, 1);
    return info;
}

static int singular(team_matrix *m, double *values, double *work, int work_size)
{
    int info = 0;
    double none = 0.0;
    pdgesvd_("N", "N", &m->rows, &m->rows, m->element, &one, &one, m->descriptor, values, &none,
             &one, &one, m->descriptor, &none, &one, &one, m->descriptor, work, &work_size, &info,
             1, 1);
    return info;
}

/* What ScaLAPACK asks for, or for tridiagonal form what it needs at least. */
static int ask_work_size(team_solver *s, team_matrix *m)
{
    double query = 0.0, values = 0.0;
    if (!s->symmetric) {
        singular(m, &values, &query, -1);
        return (int)query;
    }
    tridiagonal(s, m, &query, -1);
    if (m->team->rows == m->team->columns)
        return (int)query;
    return m->team->block * (m->local_rows + 3);
}

int team_solver_create(team_matrix *m, bool symmetric, team_solver **solver, dyson_error *error)
{
    const size_t n = (size_t)m->rows;
    team_solver *const s = calloc(1, sizeof *s);
    *solver = s;
    if (s != NULL) {
        s->symmetric = symmetric;
        s->own = malloc(3 * ((size_t)m->local_columns + 1) * sizeof *s->own);
        s->diagonal = malloc(2 * n * sizeof *s->diagonal);
    }
    if (s == NULL || s->own == NULL || s->diagonal == NULL)
        dyson_fail(error, DYSON_INTERNAL, "out of memory for the spectrum of a %d x %d matrix",
                   m->rows, m->rows);
    if (dyson_team_agree(m->team, error) != DYSON_OK || s == NULL)
        return error->code;
    if (symmetric && team_elpa_suits(m->team->ranks, m->team->block, m->rows))
        return team_elpa_create(m, &s->elpa, error);
    s->work_size = ask_work_size(s, m);
    s->work = malloc((size_t)s->work_size * sizeof *s->work);
    if (s->work == NULL)
        dyson_fail(error, DYSON_INTERNAL,
                   "out of memory for the work space of a %d x %d matrix (%zu bytes)", m->rows,
                   m->rows, (size_t)s->work_size * sizeof *s->work);
    return dyson_team_agree(m->team, error);
}

void team_solver_destroy(team_solver *s)
{
    if (s == NULL)
        return;
    team_elpa_destroy(s->elpa);
    free(s->work);
    free(s->own);
    free(s->diagonal);
    free(s);
}

double team_solver_bytes(int ranks, int block, int size, bool symmetric)
{
    int rows, columns;
    team_grid(ranks, &rows, &columns);
    const double n = size, side = n / rows + block, across = n / columns + block;
    if (!symmetric)
        return 8.0 * (block * (side + across) + 11.0 * n);
    if (team_elpa_suits(ranks, block, size))
        return team_elpa_bytes(ranks, block, size) + 8.0 * 5.0 * n;
    const double part = fmax(ceil(n / rows), 2.0 * AHEAD_MAX);
    const double fast = part * part + (8.0 * AHEAD_MAX + 12.0) * part + 4.0 * (AHEAD_MAX + 1.0);
    return 8.0 * ((rows == columns ? fast : block * (side + 3.0)) + 5.0 * n);
}

/* The diagonals of this rank's columns to the root, where they become eigenvalues, descending. */
static int finish(team_solver *s, const team_matrix *m, double *values)
{
    const dyson_team *const team = m->team;
    const int n = m->rows;
    int info = 0;
    memset(s->diagonal, 0, 2 * (size_t)n * sizeof *s->diagonal);
    for (int k = 0; team->row == 0 && k < m->local_columns; k++) {
        const int j = team_matrix_column(m, k);
        s->diagonal[j] = s->own[k];
        s->diagonal[n + j] = j + 1 < n ? s->own[m->local_columns + 1 + k] : 0.0;
    }
    /* One rank has a number where all others have 0: a sum without rounding. */
    MPI_Reduce(team->rank == 0 ? MPI_IN_PLACE : s->diagonal, s->diagonal, 2 * n, MPI_DOUBLE,
               MPI_SUM, 0, team->comm);
    if (team->rank == 0) {
        dsterf_(&n, s->diagonal, s->diagonal + n, &info);
        for (int i = 0; i < n; i++)
            values[i] = s->diagonal[n - 1 - i];
    }
    return info;
}

/* As finish. */
static int finish_elpa(team_solver *s, team_matrix *m, double *values)
{
    const int n = m->rows, code = team_elpa_eigenvalues(s->elpa, m, s->diagonal);
    for (int i = 0; i < n; i++)
        values[i] = s->diagonal[n - 1 - i];
    return code;
}

static const char *method(const team_solver *s)
{
    if (s->elpa != NULL)
        return "ELPA";
    return s->symmetric ? "ScaLAPACK's pdsyntrd or dsterf" : "ScaLAPACK's pdgesvd";
}

int team_spectrum(team_solver *s, team_matrix *m, double *values, dyson_error *error)
{
    const dyson_team *const team = m->team;
    const int n = m->rows;
    int info;
    if (dyson_team_any(team, !team_matrix_finite(m, s->symmetric))) {
        for (int i = 0; i < n; i++)
            values[i] = NAN;
        return DYSON_OK;
    }
    if (s->elpa != NULL) {
        info = finish_elpa(s, m, values);
    } else if (s->symmetric) {
        info = tridiagonal(s, m, s->work, s->work_size);
        if (info == 0)
            info = finish(s, m, values);
    } else {
        info = singular(m, values, s->work, s->work_size);
    }
    if (info != 0)
        dyson_fail(error, DYSON_INTERNAL, "spectrum: %s failed on a %d x %d matrix (info = %d)",
                   method(s), n, n, info);
    if (dyson_team_agree(team, error) == DYSON_OK)
        MPI_Bcast(values, n, MPI_DOUBLE, 0, team->comm);
    return error->code;
}
