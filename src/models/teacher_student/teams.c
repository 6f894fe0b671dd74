/* teams.c: one student of any size, by the ranks of a team with PBLAS and ScaLAPACK.
 *
 * The update, its random numbers and their addresses are those of train_lanes.c, the products those
 * of dense.c.  Every rank draws what its blocks need: the numbers of a row that lie side by side
 * in a block have addresses side by side.  An element above the diagonal takes the noise of its
 * mirror image, whose numbers lie side by side along its column; so where W_s has both triangles
 * the team draws each noise twice, N^2 normals instead of N^2/2.
 *
 * Matrices are block-cyclic (team/matrix.h); a W_s that stays symmetric is kept in its lower
 * triangle.  Doubles of the whole team: N^2 for W_s and N^2 for its spectrum; where data are drawn
 * N^2 for the descent and 2 N C more; and the solver's work space. */
#include "models/teacher_student/teacher_student.h"

#include "random/normals.h"
#include "team/matrix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct dyson_pack {
    const dyson_system *system;
    dyson_kernel kernel;
    const dyson_team *team;
    bool symmetric, drawn;         /* eigenvalues of W_s, not singular values; data are drawn */
    student_parameters parameters; /* of the point being trained */
    int64_t replica, update, diverged_at;
    team_matrix weights;
    team_matrix spectrum;        /* destroyed by the solver */
    team_matrix descent;         /* as the next two only where data are drawn */
    team_matrix factor, product; /* T and (W_t - W_s) T, N x C */
    team_solver *solver;
    double *normal; /* of one row or column of a block */
    double *part;   /* sums of all ranks */
};

static int teams_replicas(dyson_kernel kernel)
{
    (void)kernel;
    return 1;
}

static void teams_destroy(dyson_pack *pack)
{
    if (pack == NULL)
        return;
    team_matrix_destroy(&pack->weights);
    team_matrix_destroy(&pack->spectrum);
    team_matrix_destroy(&pack->descent);
    team_matrix_destroy(&pack->factor);
    team_matrix_destroy(&pack->product);
    team_solver_destroy(pack->solver);
    free(pack->normal);
    free(pack->part);
    free(pack);
}

/* Local. */
static int allocate(dyson_pack *pack, dyson_error *error)
{
    const dyson_team *const team = pack->team;
    const int n = pack->system->parameters.size, c = student_columns(pack->system);
    pack->normal = malloc((size_t)team->block * sizeof *pack->normal);
    pack->part = malloc((size_t)team->ranks * sizeof *pack->part);
    if (pack->normal == NULL || pack->part == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory");
    if (team_matrix_create(&pack->weights, team, n, n, error) == DYSON_OK &&
        team_matrix_create(&pack->spectrum, team, n, n, error) == DYSON_OK && pack->drawn &&
        team_matrix_create(&pack->descent, team, n, n, error) == DYSON_OK &&
        team_matrix_create(&pack->factor, team, n, c, error) == DYSON_OK)
        team_matrix_create(&pack->product, team, n, c, error);
    return error->code;
}

static int teams_create(const dyson_system *system, dyson_kernel kernel, const dyson_team *team,
                        dyson_pack **result, dyson_error *error)
{
    dyson_pack *const pack = calloc(1, sizeof *pack);
    *result = NULL;
    if (pack != NULL) {
        pack->system = system;
        pack->kernel = kernel;
        pack->team = team;
        pack->symmetric = student_stays_symmetric(&system->parameters);
        pack->drawn = system->parameters.data != STUDENT_INFINITE;
        allocate(pack, error);
    } else {
        dyson_fail(error, DYSON_INTERNAL, "out of memory");
    }
    if (dyson_team_agree(team, error) != DYSON_OK || pack == NULL ||
        team_solver_create(&pack->spectrum, pack->symmetric, &pack->solver, error) != DYSON_OK) {
        teams_destroy(pack);
        return error->code;
    }
    *result = pack;
    return DYSON_OK;
}

/* Into pack->normal: so many normals of a purpose from number `first` on. */
static void draw_normals(const dyson_pack *pack, dyson_purpose purpose, int64_t draw, int64_t first,
                         int count)
{
    dyson_normals_range(pack->kernel, pack->parameters.stream, purpose, pack->replica, draw, first,
                        count, pack->normal);
}

/* The end of a block's rows or columns, cut short at `most`. */
static int end(int first, int count, int most)
{
    return first + count < most ? first + count : most;
}

/* Whether nothing of the tile is needed: it lies above the diagonal of a symmetric W_s. */
static bool unused(const dyson_pack *pack, const team_tile *tile)
{
    return pack->symmetric && tile->column >= tile->row + tile->rows;
}

/* W_ij = init_std z, or with the symmetric start half the sum with its mirror image. */
static void start_tile(dyson_pack *pack, const team_tile *tile)
{
    const student_parameters *const p = &pack->parameters;
    const int64_t n = p->size;
    for (int i = tile->row; i < tile->row + tile->rows; i++) {
        draw_normals(pack, DYSON_PURPOSE_WEIGHTS, 0, i * n + tile->column, tile->columns);
        for (int c = 0; c < tile->columns; c++)
            *team_tile_element(tile, i, tile->column + c) = p->init_std * pack->normal[c];
    }
    for (int j = tile->column; p->symmetric && j < tile->column + tile->columns; j++) {
        draw_normals(pack, DYSON_PURPOSE_WEIGHTS, 0, j * n + tile->row, tile->rows);
        for (int r = 0; r < tile->rows; r++) {
            double *const w = team_tile_element(tile, tile->row + r, j);
            *w = 0.5 * (*w + p->init_std * pack->normal[r]);
        }
    }
}

static void teams_start(dyson_pack *pack, size_t point, const int64_t *replica, int count)
{
    pack->parameters = student_at_point(pack->system, point);
    pack->replica = replica[0];
    pack->update = 0;
    pack->diverged_at = -1;
    (void)count; /* is 1 */
    for (int64_t t = 0; t < team_matrix_tiles(&pack->weights); t++) {
        const team_tile tile = team_matrix_tile(&pack->weights, t);
        if (!unused(pack, &tile))
            start_tile(pack, &tile);
    }
}

/* T of a mini-batch: N x C.  What is above its diagonal stays 0. */
static void draw_factor(dyson_pack *pack, int64_t draw, int columns)
{
    const student_parameters *const p = &pack->parameters;
    const int64_t c = columns;
    for (int64_t t = 0; t < team_matrix_tiles(&pack->factor); t++) {
        const team_tile tile = team_matrix_tile(&pack->factor, t);
        for (int i = tile.row; i < tile.row + tile.rows; i++) {
            const int64_t row = i; /* and the numbers of those before it: */
            const int64_t before = row <= c ? row * (row - 1) / 2 : c * (c - 1) / 2 + (row - c) * c;
            const int last = end(tile.column, tile.columns, i < columns ? i : columns);
            if (tile.column < last)
                draw_normals(pack, DYSON_PURPOSE_DATA, draw, before + tile.column,
                             last - tile.column);
            for (int j = tile.column; j < last; j++)
                *team_tile_element(&tile, i, j) = pack->normal[j - tile.column];
            if (i < columns && tile.column <= i && i < tile.column + tile.columns)
                *team_tile_element(&tile, i, i) = student_chi(p, pack->replica, draw, i);
        }
    }
}

/* W_t - W_s into descent. */
static void subtract(dyson_pack *pack)
{
    for (int64_t t = 0; t < team_matrix_tiles(&pack->weights); t++) {
        const team_tile from = team_matrix_tile(&pack->weights, t);
        const team_tile to = team_matrix_tile(&pack->descent, t);
        for (int j = from.column; j < from.column + from.columns; j++)
            for (int i = from.row; i < from.row + from.rows; i++)
                *team_tile_element(&to, i, j) =
                    (i == j ? pack->parameters.teacher[i] : 0.0) - *team_tile_element(&from, i, j);
    }
}

/* descent = (W_t - W_s) T T^T/B, with T1 the first C rows of T and T2 the others. */
static void descend(dyson_pack *pack, int64_t draw)
{
    const student_parameters *const p = &pack->parameters;
    const int n = p->size, c = p->batch < n ? (int)p->batch : n, rest = n - c;
    const double share = 1.0 / (double)p->batch;
    const team_part t1 = {&pack->factor, 0, 0}, t2 = {&pack->factor, c, 0};
    const team_part first = {&pack->descent, 0, 0}, others = {&pack->descent, 0, c};
    const team_part product = {&pack->product, 0, 0};
    draw_factor(pack, draw, c);
    subtract(pack);
    team_matrix_copy(&pack->descent, c, &pack->product);
    team_multiply_triangle(1.0, t1, false, product, n, c);
    if (rest > 0) {
        team_multiply(1.0, others, t2, false, 1.0, product, n, c, rest);
        team_multiply(share, product, t2, true, 0.0, others, n, rest, c);
    }
    team_matrix_copy(&pack->product, c, &pack->descent);
    team_multiply_triangle(share, t1, true, first, n, c);
}

/* One element's step with its noise; what it adds to |W_s|^2. */
static double step(const dyson_pack *pack, const team_tile *weights, const team_tile *descent,
                   int i, int j, double noise)
{
    const student_parameters *const p = &pack->parameters;
    double *const w = team_tile_element(weights, i, j);
    const double slope =
        pack->drawn ? *team_tile_element(descent, i, j) : (i == j ? p->teacher[i] : 0.0) - *w;
    *w += p->learning_rate * slope + noise;
    return *w * *w;
}

/* W_s' of a block; its part of the norm. */
static double learn_tile(dyson_pack *pack, const team_tile *tile, const team_tile *descent,
                         int64_t draw)
{
    const student_parameters *const p = &pack->parameters;
    const double noise = p->learning_rate * p->noise / sqrt((double)p->batch);
    double norm = 0.0, below = 0.0;
    for (int i = tile->row; i < tile->row + tile->rows; i++) {
        const int64_t before = (int64_t)i * (i + 1) / 2;
        const int last = end(tile->column, tile->columns, i + 1);
        if (tile->column >= last)
            continue;
        draw_normals(pack, DYSON_PURPOSE_NOISE, draw, before + tile->column, last - tile->column);
        for (int j = tile->column; j < last && j < i; j++)
            below += step(pack, tile, descent, i, j, noise * pack->normal[j - tile->column]);
        if (last == i + 1)
            norm +=
                step(pack, tile, descent, i, i, noise * sqrt(2.0) * pack->normal[i - tile->column]);
    }
    for (int j = tile->column; !pack->symmetric && j < tile->column + tile->columns; j++) {
        const int64_t before = (int64_t)j * (j + 1) / 2;
        const int last = end(tile->row, tile->rows, j);
        if (tile->row >= last)
            continue;
        draw_normals(pack, DYSON_PURPOSE_NOISE, draw, before + tile->row, last - tile->row);
        for (int i = tile->row; i < last; i++)
            norm += step(pack, tile, descent, i, j, noise * pack->normal[i - tile->row]);
    }
    return norm + (pack->symmetric ? 2.0 * below : below);
}

/* W_s' from descent and noise; where its norm leaves the bound, or is not a number, the replica has
 * run away, on all ranks alike. */
static void learn(dyson_pack *pack, int64_t draw)
{
    double own = 0.0;
    for (int64_t t = 0; t < team_matrix_tiles(&pack->weights); t++) {
        const team_tile tile = team_matrix_tile(&pack->weights, t);
        const team_tile descent = pack->drawn ? team_matrix_tile(&pack->descent, t) : tile;
        if (!unused(pack, &tile))
            own += learn_tile(pack, &tile, &descent, draw);
    }
    const double norm = team_sum(pack->team, own, pack->part);
    if (!(norm <= pack->parameters.bound) && pack->diverged_at < 0)
        pack->diverged_at = pack->update;
}

static void teams_advance(dyson_pack *pack, int64_t update)
{
    while (pack->update < update) {
        const int64_t draw = student_draw(&pack->parameters, pack->update);
        pack->update++;
        if (pack->drawn)
            descend(pack, draw);
        learn(pack, draw);
    }
}

static int teams_spectrum(dyson_pack *pack, double *eigenvalues, size_t stride, dyson_error *error)
{
    (void)stride; /* one replica */
    team_matrix_copy(&pack->weights, pack->weights.columns, &pack->spectrum);
    return team_spectrum(pack->solver, &pack->spectrum, eigenvalues, error);
}

static void teams_weights(dyson_pack *pack, double *weights, size_t stride)
{
    (void)stride;
    team_matrix_gather(&pack->weights, pack->symmetric, weights);
}

static void teams_diverged(const dyson_pack *pack, int64_t *diverged_at)
{
    *diverged_at = pack->diverged_at;
}

static int teams_state(dyson_pack *pack, dyson_state_part part[DYSON_STATE_PARTS])
{
    const int n = pack->parameters.size;
    part[0] = (dyson_state_part){
        .rows = n, .columns = n, .lower = pack->symmetric, .shared = &pack->weights};
    return 1;
}

static void teams_resume(dyson_pack *pack, int64_t update)
{
    pack->update = update;
}

static double teams_memory(const dyson_system *system, int ranks)
{
    const student_parameters *const p = &system->parameters;
    const bool drawn = p->data != STUDENT_INFINITE;
    const int n = p->size, c = drawn ? student_columns(system) : 0;
    return (drawn ? 3 : 2) * team_matrix_bytes(ranks, DYSON_TEAM_BLOCK, n, n) +
           2 * team_matrix_bytes(ranks, DYSON_TEAM_BLOCK, n, c) +
           team_solver_bytes(ranks, DYSON_TEAM_BLOCK, n, student_stays_symmetric(p));
}

const dyson_team_regime student_teams = {
    .regime =
        {
            .name = "teams",
            .replicas = teams_replicas,
            .destroy = teams_destroy,
            .start = teams_start,
            .advance = teams_advance,
            .spectrum = teams_spectrum,
            .weights = teams_weights,
            .diverged = teams_diverged,
            .state = teams_state,
            .resume = teams_resume,
        },
    .create = teams_create,
    .memory = teams_memory,
    .crossover = 256,
};
