/* teams.c: one RBM of any size, by the ranks of a team with PBLAS and ScaLAPACK.
 *
 * The update is that of train_lanes.c, with the same random numbers at the same addresses; each
 * rank draws those of its own blocks.  So results are those of the other regimes to rounding,
 * whatever the grid.  Storage: teams.h. */
#include "models/rbm/teams.h"

#include "random/normals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int teams_replicas(dyson_kernel kernel)
{
    (void)kernel;
    return 1;
}

/* ---- storage ---- */

typedef struct part_of_storage {
    team_matrix *matrix;
    int rows, columns;
} part_of_storage;

enum { MATRICES = 9 };

/* The matrices of a point's sampler; returns their number.  The first three are there, and in the
 * same place, at every point. */
static int list_matrices(dyson_pack *pack, const rbm_parameters *p, part_of_storage list[MATRICES])
{
    const int v = p->visible, h = p->hidden;
    const bool moments = p->sampler == RBM_WISHART, remembered = rbm_remembered(p) > 0;
    int count = 0;
    list[count++] = (part_of_storage){&pack->weights, v, h};
    list[count++] = (part_of_storage){&pack->other, v, h};
    list[count++] = (part_of_storage){&pack->gradient, v, v};
    if (p->sampler != RBM_GIBBS)
        list[count++] = (part_of_storage){&pack->noise, v, v};
    if (p->sampler != RBM_GIBBS && (moments || remembered))
        list[count++] = (part_of_storage){&pack->series, v, v};
    if (p->sampler != RBM_GIBBS && remembered)
        list[count++] = (part_of_storage){&pack->power, v, v};
    if (!moments || remembered)
        list[count++] = (part_of_storage){&pack->chains, moments ? v : p->batch, v};
    if (remembered)
        list[count++] = (part_of_storage){&pack->normals, moments ? v : p->batch,
                                          p->sampler == RBM_GIBBS ? h : v};
    if (moments)
        list[count++] = (part_of_storage){&pack->rest, v, rbm_rest_columns(p)};
    return count;
}

/* Lays the matrices of a point out in pack->storage, or with that NULL tells the doubles they take.
 */
static size_t lay_out(dyson_pack *pack, const rbm_parameters *p)
{
    part_of_storage list[MATRICES];
    const int count = list_matrices(pack, p, list);
    size_t used = 0;
    for (int i = 0; i < count; i++)
        used += team_matrix_lay_out(list[i].matrix, pack->team, list[i].rows, list[i].columns,
                                    pack->storage != NULL ? pack->storage + used : NULL);
    return used;
}

/* As many as the largest point needs; each is laid out anew when it starts. */
static size_t storage_doubles(dyson_pack *pack)
{
    size_t most = 0;
    for (size_t i = 0; i < pack->system->point_count; i++) {
        const rbm_parameters p = rbm_at_point(pack->system, i);
        const size_t doubles = lay_out(pack, &p);
        most = doubles > most ? doubles : most;
    }
    return most;
}

static void teams_destroy(dyson_pack *pack)
{
    if (pack == NULL)
        return;
    team_solver_destroy(pack->solver);
    free(pack->storage);
    free(pack->normal);
    free(pack->part);
    free(pack);
}

/* Local. */
static int allocate(dyson_pack *pack, dyson_error *error)
{
    const dyson_team *const team = pack->team;
    const int levels = pack->system->shape.levels;
    const rbm_parameters p = rbm_at_point(pack->system, 0);
    const size_t bytes = (storage_doubles(pack) + 8) * sizeof *pack->storage; /* not none */
    pack->normal = malloc((size_t)team->block * sizeof *pack->normal);
    pack->part = malloc((size_t)team->ranks * sizeof *pack->part);
    pack->storage = aligned_alloc(64, bytes);
    if (pack->normal == NULL || pack->part == NULL || pack->storage == NULL)
        return dyson_fail(error, DYSON_INTERNAL,
                          "out of memory for this rank's part of an RBM (%zu bytes)", bytes);
    lay_out(pack, &p);
    team_matrix_lay_out(&pack->spectrum, team, levels, levels, pack->gradient.element);
    return DYSON_OK;
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
        allocate(pack, error);
    } else {
        dyson_fail(error, DYSON_INTERNAL, "out of memory");
    }
    if (dyson_team_agree(team, error) != DYSON_OK || pack == NULL ||
        team_solver_create(&pack->spectrum, true, &pack->solver, error) != DYSON_OK) {
        teams_destroy(pack);
        return error->code;
    }
    *result = pack;
    return DYSON_OK;
}

static double teams_memory(const dyson_system *system, int ranks)
{
    double most = 0.0;
    for (size_t i = 0; i < system->point_count; i++) {
        dyson_pack none;
        part_of_storage list[MATRICES];
        const rbm_parameters p = rbm_at_point(system, i);
        const int count = list_matrices(&none, &p, list);
        double bytes = 0.0;
        for (int m = 0; m < count; m++)
            bytes += team_matrix_bytes(ranks, DYSON_TEAM_BLOCK, list[m].rows, list[m].columns);
        most = fmax(most, bytes);
    }
    return most + team_solver_bytes(ranks, DYSON_TEAM_BLOCK, system->shape.levels, true);
}

/* ---- training ---- */

/* trace X against the bound, or a trace that is not a number; all ranks judge alike. */
static void watch(dyson_pack *pack)
{
    const rbm_parameters *const p = &pack->parameters;
    const team_matrix *const w = &pack->weights;
    double own = 0.0;
    for (int j = 0; j < w->local_columns; j++) {
        const double *const column = w->element + (size_t)j * (size_t)w->stride;
        for (int i = 0; i < w->local_rows; i++)
            own += column[i] * column[i];
    }
    const double sum = team_sum(pack->team, own, pack->part);
    if (!(p->sigma_h * p->sigma_h * sum <= p->trace_bound) && pack->diverged_at < 0)
        pack->diverged_at = pack->update;
}

/* W_ia = init_std times normal a N_v + i. */
static void draw_weights(dyson_pack *pack)
{
    const rbm_parameters *const p = &pack->parameters;
    for (int64_t t = 0; t < team_matrix_tiles(&pack->weights); t++) {
        const team_tile tile = team_matrix_tile(&pack->weights, t);
        for (int a = tile.column; a < tile.column + tile.columns; a++) {
            dyson_normals_range(pack->kernel, p->stream, DYSON_PURPOSE_WEIGHTS, pack->replica, 0,
                                (int64_t)a * p->visible + tile.row, tile.rows, pack->normal);
            for (int i = tile.row; i < tile.row + tile.rows; i++)
                *team_tile_element(&tile, i, a) = p->init_std * pack->normal[i - tile.row];
        }
    }
}

static void teams_start(dyson_pack *pack, size_t point, const int64_t *replica, int count)
{
    (void)count; /* is 1 */
    pack->parameters = rbm_at_point(pack->system, point);
    pack->replica = replica[0];
    pack->update = 0;
    pack->diverged_at = -1;
    memset(pack->storage, 0, lay_out(pack, &pack->parameters) * sizeof *pack->storage);
    draw_weights(pack);
    rbm_teams_start_chains(pack);
    watch(pack);
}

/* A block of rate sigma_h^2 C_target, and for wishart less V^T V/B. */
static void fill_tile(dyson_pack *pack, const team_tile *tile, const team_tile *moments,
                      double strength)
{
    const rbm_parameters *const p = &pack->parameters;
    const double share = -strength / p->batch;
    for (int j = tile->column; j < tile->column + tile->columns; j++) {
        rbm_target_row(p, j, tile->row, tile->rows, pack->normal);
        for (int i = tile->row; i < tile->row + tile->rows; i++)
            *team_tile_element(tile, i, j) =
                strength * pack->normal[i - tile->row] +
                (moments != NULL ? share * *team_tile_element(moments, i, j) : 0.0);
    }
}

/* diagonal 1 + rate sigma_h^2 (C_target - V^T V/B). */
static void find_gradient(dyson_pack *pack, double rate, double diagonal)
{
    const rbm_parameters *const p = &pack->parameters;
    const double strength = rate * p->sigma_h * p->sigma_h;
    const bool moments = p->sampler == RBM_WISHART;
    for (int64_t t = 0; t < team_matrix_tiles(&pack->gradient); t++) {
        const team_tile tile = team_matrix_tile(&pack->gradient, t);
        const team_tile sums = moments ? team_matrix_tile(&pack->series, t) : tile;
        if (tile.column < tile.row + tile.rows) /* not above the diagonal */
            fill_tile(pack, &tile, moments ? &sums : NULL, strength);
    }
    if (!moments)
        team_rank_update(-strength / p->batch, team_whole(&pack->chains), true, 1.0,
                         team_whole(&pack->gradient), p->visible, p->batch);
    team_matrix_add_diagonal(&pack->gradient, diagonal);
}

/* W' = kept W + rate m', element by element. */
static void step(dyson_pack *pack, double kept, double rate)
{
    const team_matrix *const w = &pack->weights, *const m = &pack->other;
    for (size_t i = 0; i < team_matrix_doubles(w); i++)
        w->element[i] = kept * w->element[i] + rate * m->element[i];
}

static void learn(dyson_pack *pack, double rate)
{
    const rbm_parameters *const p = &pack->parameters;
    const team_matrix before = pack->weights;
    const double kept = 1.0 - rate * p->l2;
    const bool averaged = p->momentum > 0.0;
    find_gradient(pack, averaged ? 1.0 : rate, averaged ? 0.0 : kept);
    team_multiply_symmetric(averaged ? 1.0 - p->momentum : 1.0, team_whole(&pack->gradient),
                            team_whole(&before), averaged ? p->momentum : 0.0,
                            team_whole(&pack->other), p->visible, p->hidden);
    if (averaged) {
        step(pack, kept, rate);
        return;
    }
    pack->weights = pack->other;
    pack->other = before;
}

static void teams_advance(dyson_pack *pack, int64_t update)
{
    const rbm_parameters *const p = &pack->parameters;
    while (pack->update < update) {
        const double rate = rbm_learning_rate(p, pack->update);
        pack->update++;
        rbm_teams_advance_chains(pack);
        learn(pack, rate);
        if (p->sampler == RBM_WISHART)
            rbm_teams_factor(pack);
        watch(pack);
    }
}

/* ---- what is looked at ---- */

/* Of sigma_h^2 W W^T or sigma_h^2 W^T W, whichever is smaller. */
static int teams_spectrum(dyson_pack *pack, double *eigenvalues, size_t stride, dyson_error *error)
{
    const rbm_parameters *const p = &pack->parameters;
    const bool visible = p->visible <= p->hidden;
    (void)stride; /* one replica */
    team_rank_update(p->sigma_h * p->sigma_h, team_whole(&pack->weights), !visible, 0.0,
                     team_whole(&pack->spectrum), visible ? p->visible : p->hidden,
                     visible ? p->hidden : p->visible);
    return team_spectrum(pack->solver, &pack->spectrum, eigenvalues, error);
}

static void teams_weights(dyson_pack *pack, double *weights, size_t stride)
{
    (void)stride;
    team_matrix_gather(&pack->weights, false, weights);
}

static void teams_diverged(const dyson_pack *pack, int64_t *diverged_at)
{
    *diverged_at = pack->diverged_at;
}

/* As in the dense regime. */
static int teams_state(dyson_pack *pack, dyson_state_part part[DYSON_STATE_PARTS])
{
    const rbm_parameters *const p = &pack->parameters;
    const bool moments = p->sampler == RBM_WISHART;
    int parts = 0;
    part[parts++] =
        (dyson_state_part){.rows = p->visible, .columns = p->hidden, .shared = &pack->weights};
    if (p->momentum > 0.0)
        part[parts++] =
            (dyson_state_part){.rows = p->visible, .columns = p->hidden, .shared = &pack->other};
    if (p->steps != RBM_INFINITE)
        part[parts++] = (dyson_state_part){.rows = moments ? p->visible : p->batch,
                                           .columns = p->visible,
                                           .lower = moments,
                                           .shared = &pack->chains};
    return parts;
}

static void teams_resume(dyson_pack *pack, int64_t update)
{
    pack->update = update;
}

const dyson_team_regime rbm_teams = {
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
    .crossover = 384,
};
