/* factor.c: Cholesky factors of matrices that a team shares, by ScaLAPACK. */
#include "team/matrix.h"

/* The Fortran interface; the trailing argument is the length of the string. */
void pdpotrf_(const char *triangle, const int *n, double *a, const int *row, const int *column,
              const int *descriptor, int *info, size_t triangle_length);
void pdpotri_(const char *triangle, const int *n, double *a, const int *row, const int *column,
              const int *descriptor, int *info, size_t triangle_length);

static const int first = 1;

bool team_factor(const team_matrix *m)
{
    int info = 0;
    pdpotrf_("L", &m->rows, m->element, &first, &first, m->descriptor, &info, 1);
    return !dyson_team_any(m->team, info != 0);
}

bool team_invert(const team_matrix *m)
{
    int info = 0;
    pdpotri_("L", &m->rows, m->element, &first, &first, m->descriptor, &info, 1);
    return !dyson_team_any(m->team, info != 0);
}
