/* matrix.c: block-cyclic matrices: who has what, and how it comes together. */
#include "team/matrix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows (or columns) of n in blocks, that are on the p-th of so many. */
static int share(int n, int block, int p, int of)
{
    const int blocks = n / block, rest = n % block;
    const int own = blocks / of + (p < blocks % of ? 1 : 0);
    return own * block + (p == blocks % of ? rest : 0);
}

/* Columns begin an odd number of cache lines apart, so that neighbours in a row do not compete for
 * the same places of the cache. */
static int stride_of(int local_rows)
{
    const int line = 64 / (int)sizeof(double);
    return ((local_rows + line - 1) / line | 1) * line;
}

size_t team_matrix_lay_out(team_matrix *m, const dyson_team *team, int rows, int columns,
                           double *storage)
{
    *m = (team_matrix){.team = team, .rows = rows, .columns = columns};
    m->element = storage;
    m->local_rows = share(rows, team->block, team->row, team->rows);
    m->local_columns = share(columns, team->block, team->column, team->columns);
    m->stride = stride_of(m->local_rows);
    const int descriptor[9] = {1, team->context, rows, columns, team->block, team->block, 0,
                               0, m->stride};
    memcpy(m->descriptor, descriptor, sizeof descriptor);
    return team_matrix_doubles(m);
}

int team_matrix_create(team_matrix *m, const dyson_team *team, int rows, int columns,
                       dyson_error *error)
{
    const size_t elements = team_matrix_lay_out(m, team, rows, columns, NULL);
    m->element = calloc(elements + 1, sizeof *m->element); /* not none, where a rank has nothing */
    if (m->element == NULL)
        return dyson_fail(error, DYSON_INTERNAL,
                          "out of memory for this rank's part of a %d x %d matrix (%zu bytes)",
                          rows, columns, elements * sizeof *m->element);
    return DYSON_OK;
}

void team_matrix_destroy(team_matrix *m)
{
    free(m->element);
    m->element = NULL;
}

double team_matrix_bytes(int ranks, int block, int rows, int columns)
{
    int down, across;
    team_grid(ranks, &down, &across);
    return 8.0 * stride_of(share(rows, block, 0, down)) * share(columns, block, 0, across);
}

/* The first element of the b-th own block of the p-th of so many. */
static int begin(int b, int block, int p, int of)
{
    return (b * of + p) * block;
}

int team_matrix_column(const team_matrix *m, int k)
{
    const dyson_team *const team = m->team;
    return begin(k / team->block, team->block, team->column, team->columns) + k % team->block;
}

/* Blocks that so many own rows or columns lie in. */
static int blocks(int local, int block)
{
    return (local + block - 1) / block;
}

int64_t team_matrix_tiles(const team_matrix *m)
{
    const int block = m->team->block;
    return (int64_t)blocks(m->local_rows, block) * blocks(m->local_columns, block);
}

team_tile team_matrix_tile(const team_matrix *m, int64_t t)
{
    const dyson_team *const team = m->team;
    const int block = team->block, down = blocks(m->local_rows, block);
    const int i = (int)(t % down), j = (int)(t / down);
    team_tile tile = {
        .row = begin(i, block, team->row, team->rows),
        .column = begin(j, block, team->column, team->columns),
        .rows = m->local_rows - i * block,
        .columns = m->local_columns - j * block,
        .stride = m->stride,
        .at =
            m->element + (size_t)i * (size_t)block + (size_t)j * (size_t)block * (size_t)m->stride,
    };
    tile.rows = tile.rows < block ? tile.rows : block;
    tile.columns = tile.columns < block ? tile.columns : block;
    return tile;
}

void team_matrix_copy(const team_matrix *from, int columns, const team_matrix *to)
{
    const dyson_team *const team = from->team;
    const int local = share(columns, team->block, team->column, team->columns);
    memcpy(to->element, from->element, (size_t)from->stride * (size_t)local * sizeof *to->element);
}

void team_matrix_add_diagonal(const team_matrix *m, double value)
{
    for (int64_t t = 0; t < team_matrix_tiles(m); t++) {
        const team_tile tile = team_matrix_tile(m, t);
        for (int i = tile.row; tile.row == tile.column && i < tile.row + tile.rows; i++)
            *team_tile_element(&tile, i, i) += value;
    }
}

bool team_matrix_finite(const team_matrix *m, bool lower)
{
    const int64_t tiles = team_matrix_tiles(m);
    for (int64_t t = 0; t < tiles; t++) {
        const team_tile tile = team_matrix_tile(m, t);
        for (int c = 0; c < tile.columns; c++)
            for (int r = 0; r < tile.rows; r++)
                if ((!lower || tile.row + r >= tile.column + c) &&
                    !isfinite(tile.at[(size_t)r + (size_t)c * (size_t)tile.stride]))
                    return false;
    }
    return true;
}

/* A tile as its owner has it, and the same elements, in the same order, of a row-major matrix. */
static MPI_Datatype tile_type(int rows, int columns, int stride)
{
    MPI_Datatype type;
    MPI_Type_vector(columns, rows, stride, MPI_DOUBLE, &type);
    MPI_Type_commit(&type);
    return type;
}

static MPI_Datatype transposed_type(int rows, int columns, int width)
{
    MPI_Datatype column, type;
    MPI_Type_vector(rows, 1, width, MPI_DOUBLE, &column);
    MPI_Type_create_hvector(columns, 1, sizeof(double), column, &type);
    MPI_Type_free(&column);
    MPI_Type_commit(&type);
    return type;
}

static void send_tile(const team_tile *tile, MPI_Comm comm, MPI_Request *request)
{
    MPI_Datatype type = tile_type(tile->rows, tile->columns, tile->stride);
    MPI_Isend(tile->at, 1, type, 0, 0, comm, request);
    MPI_Type_free(&type);
}

/* The root: one block of the whole from its owner. */
static void take_tile(const team_matrix *m, int row, int column, double *whole)
{
    const dyson_team *const team = m->team;
    const int block = team->block;
    const int rows = m->rows - row < block ? m->rows - row : block;
    const int columns = m->columns - column < block ? m->columns - column : block;
    const int owner = row / block % team->rows * team->columns + column / block % team->columns;
    MPI_Datatype type = transposed_type(rows, columns, m->columns);
    MPI_Recv(whole + (size_t)row * (size_t)m->columns + (size_t)column, 1, type, owner, 0,
             team->comm, MPI_STATUS_IGNORE);
    MPI_Type_free(&type);
}

/* Blocks go to the root one by one, column of blocks by column of blocks; so it needs no memory
 * besides the whole. */
void team_matrix_gather(const team_matrix *m, bool lower, double *whole)
{
    const dyson_team *const team = m->team;
    const int block = team->block;
    int64_t own = 0;
    for (int column = 0; column < m->columns; column += block) {
        for (int row = 0; row < m->rows; row += block) {
            const bool mine = row / block % team->rows == team->row &&
                              column / block % team->columns == team->column;
            MPI_Request request = MPI_REQUEST_NULL;
            if (mine) {
                const team_tile tile = team_matrix_tile(m, own++);
                send_tile(&tile, team->comm, &request);
            }
            if (team->rank == 0)
                take_tile(m, row, column, whole);
            MPI_Wait(&request, MPI_STATUS_IGNORE);
        }
    }
    const size_t n = (size_t)m->rows;
    for (size_t i = 0; lower && team->rank == 0 && i < n; i++)
        for (size_t j = 0; j < i; j++)
            whole[j * n + i] = whole[i * n + j];
}
