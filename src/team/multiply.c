/* multiply.c: products and transposes of matrices that a team shares, by PBLAS. */
#include "team/matrix.h"

/* PBLAS, the Fortran interface; the trailing arguments are the lengths of the strings. */
void pdgemm_(const char *transpose_a, const char *transpose_b, const int *rows, const int *columns,
             const int *inner, const double *alpha, const double *a, const int *a_row,
             const int *a_column, const int *a_descriptor, const double *b, const int *b_row,
             const int *b_column, const int *b_descriptor, const double *beta, double *c,
             const int *c_row, const int *c_column, const int *c_descriptor, size_t a_length,
             size_t b_length);
void pdtrmm_(const char *side, const char *triangle, const char *transpose, const char *unit,
             const int *rows, const int *columns, const double *alpha, const double *a,
             const int *a_row, const int *a_column, const int *a_descriptor, double *b,
             const int *b_row, const int *b_column, const int *b_descriptor, size_t side_length,
             size_t triangle_length, size_t transpose_length, size_t unit_length);
void pdsymm_(const char *side, const char *triangle, const int *rows, const int *columns,
             const double *alpha, const double *a, const int *a_row, const int *a_column,
             const int *a_descriptor, const double *b, const int *b_row, const int *b_column,
             const int *b_descriptor, const double *beta, double *c, const int *c_row,
             const int *c_column, const int *c_descriptor, size_t side_length,
             size_t triangle_length);
void pdsyrk_(const char *triangle, const char *transpose, const int *n, const int *inner,
             const double *alpha, const double *a, const int *a_row, const int *a_column,
             const int *a_descriptor, const double *beta, double *c, const int *c_row,
             const int *c_column, const int *c_descriptor, size_t triangle_length,
             size_t transpose_length);
void pdtran_(const int *rows, const int *columns, const double *alpha, const double *a,
             const int *a_row, const int *a_column, const int *a_descriptor, const double *beta,
             double *c, const int *c_row, const int *c_column, const int *c_descriptor);

static const int first = 1;
static const double one = 1.0, zero = 0.0;

void team_multiply(double alpha, team_part a, team_part b, bool transposed, double beta,
                   team_part c, int rows, int columns, int inner)
{
    const int at[] = {a.row + 1, a.column + 1, b.row + 1, b.column + 1, c.row + 1, c.column + 1};
    pdgemm_("N", transposed ? "T" : "N", &rows, &columns, &inner, &alpha, a.of->element, &at[0],
            &at[1], a.of->descriptor, b.of->element, &at[2], &at[3], b.of->descriptor, &beta,
            c.of->element, &at[4], &at[5], c.of->descriptor, 1, 1);
}

void team_multiply_triangle(double alpha, team_part lower, bool transposed, team_part a, int rows,
                            int columns)
{
    const int at[] = {lower.row + 1, lower.column + 1, a.row + 1, a.column + 1};
    pdtrmm_("R", "L", transposed ? "T" : "N", "N", &rows, &columns, &alpha, lower.of->element,
            &at[0], &at[1], lower.of->descriptor, a.of->element, &at[2], &at[3], a.of->descriptor,
            1, 1, 1, 1);
}

void team_multiply_triangle_left(team_part lower, team_part a, int rows, int columns)
{
    const int at[] = {lower.row + 1, lower.column + 1, a.row + 1, a.column + 1};
    pdtrmm_("L", "L", "N", "N", &rows, &columns, &one, lower.of->element, &at[0], &at[1],
            lower.of->descriptor, a.of->element, &at[2], &at[3], a.of->descriptor, 1, 1, 1, 1);
}

void team_multiply_symmetric(double alpha, team_part lower, team_part b, double beta, team_part c,
                             int rows, int columns)
{
    const int at[] = {lower.row + 1, lower.column + 1, b.row + 1,
                      b.column + 1,  c.row + 1,        c.column + 1};
    pdsymm_("L", "L", &rows, &columns, &alpha, lower.of->element, &at[0], &at[1],
            lower.of->descriptor, b.of->element, &at[2], &at[3], b.of->descriptor, &beta,
            c.of->element, &at[4], &at[5], c.of->descriptor, 1, 1);
}

void team_rank_update(double alpha, team_part a, bool transposed, double beta, team_part c, int n,
                      int inner)
{
    const int at[] = {a.row + 1, a.column + 1, c.row + 1, c.column + 1};
    pdsyrk_("L", transposed ? "T" : "N", &n, &inner, &alpha, a.of->element, &at[0], &at[1],
            a.of->descriptor, &beta, c.of->element, &at[2], &at[3], c.of->descriptor, 1, 1);
}

void team_matrix_mirror(const team_matrix *m, const team_matrix *work)
{
    pdtran_(&m->rows, &m->columns, &one, m->element, &first, &first, m->descriptor, &zero,
            work->element, &first, &first, work->descriptor);
    for (int64_t t = 0; t < team_matrix_tiles(m); t++) {
        const team_tile to = team_matrix_tile(m, t), from = team_matrix_tile(work, t);
        for (int j = to.column; j < to.column + to.columns; j++)
            for (int i = to.row; i < to.row + to.rows && i < j; i++)
                *team_tile_element(&to, i, j) = *team_tile_element(&from, i, j);
    }
}
