/* matrix.h: matrices that a team shares (private to the library).
 *
 * Layout: a matrix of rows x columns is cut into blocks of team->block in both directions; block
 * (I, J) is on the rank at row I mod team->rows, column J mod team->columns of the grid.  A rank
 * keeps its blocks as one column-major matrix of local_rows x local_columns, in their order: that
 * is ScaLAPACK's block-cyclic layout, from the grid's first row and column on. */
#ifndef DYSON_TEAM_MATRIX_H
#define DYSON_TEAM_MATRIX_H

#include "dyson/team.h"

#include <stddef.h>
#include <stdint.h>

/* The grid of a team of so many ranks: rows the largest divisor that is not above its root. */
void team_grid(int ranks, int *rows, int *columns);

typedef struct team_matrix {
    const dyson_team *team;
    int rows, columns;             /* of the whole */
    int local_rows, local_columns; /* of this rank's part */
    int stride;                    /* between its columns */
    int descriptor[9];             /* ScaLAPACK's */
    double *element;               /* owned where team_matrix_create made it */
} team_matrix;

/* Doubles that this rank's part takes, those between the ends of columns included. */
static inline size_t team_matrix_doubles(const team_matrix *m)
{
    return (size_t)m->stride * (size_t)m->local_columns;
}

/* One block of this rank: element (i, j) of the whole, row <= i < row + rows and column <= j <
 * column + columns, is at[(i - row) + (j - column) * stride]. */
typedef struct team_tile {
    int row, column, rows, columns, stride;
    double *at;
} team_tile;

static inline double *team_tile_element(const team_tile *tile, int i, int j)
{
    return tile->at + (i - tile->row) + (size_t)(j - tile->column) * (size_t)tile->stride;
}

/* Local.  A matrix of zeros.  Errors: DYSON_INTERNAL; team_matrix_destroy also then. */
int team_matrix_create(team_matrix *m, const dyson_team *team, int rows, int columns,
                       dyson_error *error);
void team_matrix_destroy(team_matrix *m);

/* Local.  A matrix whose part lies in the caller's storage, which stays as it is; with storage NULL
 * only its shape counts.  Returns the doubles that it takes there. */
size_t team_matrix_lay_out(team_matrix *m, const dyson_team *team, int rows, int columns,
                           double *storage);

/* Bytes of the largest part that any rank has of such a matrix in a team of so many ranks. */
double team_matrix_bytes(int ranks, int block, int rows, int columns);

/* Local.  The column of the whole that is this rank's k-th. */
int team_matrix_column(const team_matrix *m, int k);

/* Local.  The number of this rank's blocks, and its t-th; t-th blocks of matrices of one size and
 * team cover the same elements. */
int64_t team_matrix_tiles(const team_matrix *m);
team_tile team_matrix_tile(const team_matrix *m, int64_t t);

/* Local.  The first `columns` columns of a matrix to those of another one of as many rows and the
 * same team. */
void team_matrix_copy(const team_matrix *from, int columns, const team_matrix *to);

/* Local.  To each element of the diagonal of a square matrix. */
void team_matrix_add_diagonal(const team_matrix *m, double value);

/* Local.  Whether every element of this rank's part, or of its part of the lower triangle, is
 * finite. */
bool team_matrix_finite(const team_matrix *m, bool lower);

/* Collective over the team.  The whole matrix, row-major, on the root; whole is NULL on the
 * others. lower: only the lower triangle of the square matrix counts, which the upper one is to
 * mirror. */
void team_matrix_gather(const team_matrix *m, bool lower, double *whole);

/* Collective over the team.  The upper triangle of a square matrix from the lower one; `work` is
 * another matrix of that size, and is overwritten. */
void team_matrix_mirror(const team_matrix *m, const team_matrix *work);

/* Collective over the team.  The sum of every rank's own number, added in the ranks' order: the
 * same bits on all of them.  part: as many doubles as the team has ranks, to work in. */
double team_sum(const dyson_team *team, double own, double *part);

/* A part of a matrix: from (row, column) on, both from 0. */
typedef struct team_part {
    const team_matrix *of;
    int row, column;
} team_part;

static inline team_part team_whole(const team_matrix *m)
{
    return (team_part){m, 0, 0};
}

/* Collective over the team.  C = alpha A B + beta C, or with B^T; C is rows x columns. */
void team_multiply(double alpha, team_part a, team_part b, bool transposed, double beta,
                   team_part c, int rows, int columns, int inner);

/* Collective over the team.  A = alpha A L, or with L^T; L lower triangular, columns x columns,
 * whose upper triangle is not looked at; A is rows x columns. */
void team_multiply_triangle(double alpha, team_part lower, bool transposed, team_part a, int rows,
                            int columns);

/* Collective over the team.  A = L A; L lower triangular, rows x rows, as above; A is rows x
 * columns. */
void team_multiply_triangle_left(team_part lower, team_part a, int rows, int columns);

/* Collective over the team.  C = alpha S B + beta C; S symmetric, rows x rows, of which the lower
 * triangle counts; B and C are rows x columns. */
void team_multiply_symmetric(double alpha, team_part lower, team_part b, double beta, team_part c,
                             int rows, int columns);

/* Collective over the team.  The lower triangle of C = alpha A A^T + beta C, n x n, A n x inner; or
 * transposed, of alpha A^T A + beta C, A inner x n.  The upper one stays. */
void team_rank_update(double alpha, team_part a, bool transposed, double beta, team_part c, int n,
                      int inner);

/* Collective over the team.  L of S = L L^T in place of the lower triangle of S, the upper one
 * stays.  False, on all ranks, where S is not positive definite; L is then of no use. */
bool team_factor(const team_matrix *m);

/* Collective over the team.  The lower triangle of (L L^T)^-1 in place of L.  False, on all ranks,
 * where an element of L's diagonal is 0. */
bool team_invert(const team_matrix *m);

/* Work space for the spectra of N x N matrices. */
typedef struct team_solver team_solver;

/* Collective over the team.  For matrices of m's size: symmetric ones, of which the lower triangle
 * counts, or any.  Errors, on all ranks of the team: DYSON_INTERNAL. */
int team_solver_create(team_matrix *m, bool symmetric, team_solver **solver, dyson_error *error);
void team_solver_destroy(team_solver *solver);

/* Bytes of work space on each rank of such a team. */
double team_solver_bytes(int ranks, int block, int size, bool symmetric);

/* Collective over the team.  The eigenvalues or singular values of m (destroyed), descending, the
 * same bits on every rank; NaN where an element is not finite.  Errors, on all ranks of the team:
 * DYSON_INTERNAL. */
int team_spectrum(team_solver *solver, team_matrix *m, double *values, dyson_error *error);

#endif
