/* teams_chains.c: the chains of one update of an RBM that a team trains, one step after the other
 * or all k at once, or their second moments alone.
 *
 * Formulas, random numbers and their addresses are those of chains_lanes.h and moments_lanes.h.
 * Every rank draws what its blocks need: numbers that lie side by side in a row of a block have
 * addresses side by side. */
#include "models/rbm/teams.h"

#include "models/dense.h"
#include "random/normals.h"

#include <math.h>
#include <string.h>

static void swap(team_matrix *a, team_matrix *b)
{
    const team_matrix other = *a;
    *a = *b;
    *b = other;
}

/* ---- random numbers ---- */

/* Into pack->normal: so many of this update from number `first` on. */
static void draw(const dyson_pack *pack, int64_t first, int count)
{
    dyson_normals_range(pack->kernel, pack->parameters.stream, DYSON_PURPOSE_CHAINS, pack->replica,
                        pack->update, first, count, pack->normal);
}

/* Normals for all of m, its rows in groups of RBM_GROUP, the numbers of a group row by row from
 * block first + (number of the group) apart on. */
static void draw_groups(const dyson_pack *pack, const team_matrix *m, int64_t first, int64_t apart)
{
    for (int64_t t = 0; t < team_matrix_tiles(m); t++) {
        const team_tile tile = team_matrix_tile(m, t);
        for (int i = tile.row; i < tile.row + tile.rows; i++) {
            const int64_t group = i / RBM_GROUP, within = i % RBM_GROUP;
            draw(pack, 4 * (first + group * apart) + within * m->columns + tile.column,
                 tile.columns);
            for (int j = tile.column; j < tile.column + tile.columns; j++)
                *team_tile_element(&tile, i, j) = pack->normal[j - tile.column];
        }
    }
}

/* T: lower triangular or trapezoidal, zeros above. */
static void draw_rest(const dyson_pack *pack)
{
    const rbm_parameters *const p = &pack->parameters;
    const team_matrix *const rest = &pack->rest;
    const dense_source source = {pack->kernel, p->stream, DYSON_PURPOSE_CHAINS, pack->replica,
                                 pack->update};
    const int64_t v = p->visible, c = rest->columns, of_z = (v * v + 3) / 4; /* blocks */
    const int others = p->batch - rbm_remembered(p);
    memset(rest->element, 0, team_matrix_doubles(rest) * sizeof *rest->element);
    for (int64_t t = 0; t < team_matrix_tiles(rest); t++) {
        const team_tile tile = team_matrix_tile(rest, t);
        for (int i = tile.row; i < tile.row + tile.rows; i++) {
            const int64_t row = i; /* and the numbers of those before it: */
            const int64_t before = row <= c ? row * (row - 1) / 2 : c * (c - 1) / 2 + (row - c) * c;
            const int below = i - tile.column;
            const int count = below < tile.columns ? below : tile.columns;
            if (count > 0)
                draw(pack, 4 * of_z + before + tile.column, count);
            for (int k = 0; k < count; k++)
                *team_tile_element(&tile, i, tile.column + k) = pack->normal[k];
            if (below >= 0 && below < tile.columns)
                *team_tile_element(&tile, i, i) = dense_chi(&source, i, (double)(others - i));
        }
    }
}

/* ---- powers of A, and L ---- */

/* Columns of a product at a time where part of it is not needed: a quarter of them, in whole
 * blocks.  For two ranks and N = 1024 to 2048 half of a square is then made in 0.76 to 0.81 of the
 * time of all. */
static int strip_of(const team_matrix *m)
{
    const int block = m->team->block, quarter = (m->columns + 3) / 4;
    return (quarter + block - 1) / block * block;
}

/* c = scale a b + weight add + diagonal 1, where a b is known to be symmetric; both triangles of
 * all.  add may be NULL.  work: overwritten; NULL where c's upper triangle is not needed. */
typedef struct symmetric_sum {
    double scale, weight, diagonal;
    const team_matrix *add, *work;
} symmetric_sum;

static void multiply_symmetric(const team_matrix *a, const team_matrix *b, symmetric_sum sum,
                               const team_matrix *c)
{
    const int n = a->rows, wide = strip_of(c);
    const double weight = sum.add != NULL ? sum.weight : 0.0;
    if (sum.add != NULL)
        team_matrix_copy(sum.add, n, c);
    if (a == b)
        team_rank_update(sum.scale, team_whole(a), false, weight, team_whole(c), n, n);
    for (int j = 0; a != b && j < n; j += wide)
        team_multiply(sum.scale, (team_part){a, j, 0}, (team_part){b, 0, j}, false, weight,
                      (team_part){c, j, j}, n - j, n - j < wide ? n - j : wide, n);
    team_matrix_add_diagonal(c, sum.diagonal);
    if (sum.work != NULL)
        team_matrix_mirror(c, sum.work);
}

/* series = 1 + A + ... + A^(k-1), by the binary digits of k; k > 1. */
static void sum_powers(dyson_pack *pack)
{
    const rbm_parameters *const p = &pack->parameters;
    const team_matrix *const a = &pack->gradient;
    team_matrix *const series = &pack->series, *const spare = &pack->noise;
    const team_matrix *const power = &pack->power;
    int digit = 1, reached = 1;
    while (digit * 2 <= p->steps)
        digit *= 2;
    for (digit /= 2; digit > 0; digit /= 2) {
        const int odd = (p->steps & digit) != 0;
        if (reached == 1 && odd) {
            multiply_symmetric(a, a, (symmetric_sum){1, 1, 1, a, spare}, series);
        } else if (reached == 1) {
            team_matrix_copy(a, a->columns, series);
            team_matrix_add_diagonal(series, 1.0);
        } else {
            multiply_symmetric(a, series, (symmetric_sum){1, -1, 1, series, spare}, power);
            multiply_symmetric(power, series, (symmetric_sum){1, 1, 0, series, power}, spare);
            swap(series, spare);
            if (odd) {
                multiply_symmetric(a, series, (symmetric_sum){1, 0, 1, NULL, power}, spare);
                swap(series, spare);
            }
        }
        reached = 2 * reached + odd;
    }
}

/* NaN for all of a matrix that cannot be factored, as in the other regimes. */
static void spoil(const team_matrix *m)
{
    for (size_t i = 0; i < team_matrix_doubles(m); i++)
        m->element[i] = NAN;
}

static void factor(const team_matrix *m)
{
    if (!team_factor(m))
        spoil(m);
}

/* Of k = infinity: L L^T = K^-1, K = mu^2 - sigma_h^2 W W^T; NaN where there is no such model. */
static void equilibrium(dyson_pack *pack)
{
    const rbm_parameters *const p = &pack->parameters;
    const team_matrix *const noise = &pack->noise;
    team_rank_update(-p->sigma_h * p->sigma_h, team_whole(&pack->weights), false, 0.0,
                     team_whole(noise), p->visible, p->hidden);
    team_matrix_add_diagonal(noise, p->mass2);
    if (!team_factor(noise) || !team_invert(noise) || !team_factor(noise))
        spoil(noise);
}

/* A^k and L. */
static void collapse(dyson_pack *pack)
{
    const rbm_parameters *const p = &pack->parameters;
    const team_matrix *const a = &pack->gradient, *const series = &pack->series;
    const team_matrix *const power = &pack->power, *const noise = &pack->noise;
    const double scale = 1.0 / p->mass2;
    team_rank_update(p->sigma_h * p->sigma_h * scale, team_whole(&pack->weights), false, 0.0,
                     team_whole(a), p->visible, p->hidden);
    team_matrix_mirror(a, noise);
    if (p->steps == 1) {
        team_matrix_copy(a, a->columns, power);
        for (size_t i = 0; i < team_matrix_doubles(a); i++)
            noise->element[i] = scale * a->element[i];
        team_matrix_add_diagonal(noise, scale);
    } else {
        sum_powers(pack);
        multiply_symmetric(a, series, (symmetric_sum){1, -1, 1, series, noise}, power);
        multiply_symmetric(power, series, (symmetric_sum){scale, scale, 0, series, NULL}, noise);
    }
    factor(noise);
}

/* ---- chains ---- */

/* A chain in each row: H = sigma_h^2 V W + sigma_h Z, V = H W^T/mu^2 + Z'/mu. */
static void advance_gibbs(dyson_pack *pack)
{
    const rbm_parameters *const p = &pack->parameters;
    const int64_t v = p->visible, h = p->hidden, of_chain = p->steps * (v + h);
    for (int64_t s = 0; s < p->steps; s++) {
        draw_groups(pack, &pack->normals, s * (v + h), of_chain);
        team_multiply(p->sigma_h * p->sigma_h, team_whole(&pack->chains),
                      team_whole(&pack->weights), false, p->sigma_h, team_whole(&pack->normals),
                      p->batch, p->hidden, p->visible);
        draw_groups(pack, &pack->chains, s * (v + h) + h, of_chain);
        team_multiply(1.0 / p->mass2, team_whole(&pack->normals), team_whole(&pack->weights), true,
                      1.0 / sqrt(p->mass2), team_whole(&pack->chains), p->batch, p->visible,
                      p->hidden);
    }
}

/* V' = V A^k + Z L^T; without the first, and in place, where nothing is remembered. */
static void advance_collapsed(dyson_pack *pack)
{
    const rbm_parameters *const p = &pack->parameters;
    const bool remembered = rbm_remembered(p) > 0;
    const int v = p->visible, b = p->batch;
    const team_matrix *const next = remembered ? &pack->normals : &pack->chains;
    draw_groups(pack, next, 0, v);
    team_multiply_triangle(1.0, team_whole(&pack->noise), true, team_whole(next), b, v);
    if (remembered) {
        team_multiply(1.0, team_whole(&pack->chains), team_whole(&pack->power), false, 1.0,
                      team_whole(next), b, v, v);
        swap(&pack->chains, &pack->normals);
    }
}

/* M M^T into series, M = A^k C + L Z. */
static void advance_remembered(dyson_pack *pack)
{
    const int v = pack->parameters.visible;
    const team_matrix *const m = &pack->normals, *const moved = &pack->power;
    draw_groups(pack, m, 0, v);
    team_multiply_triangle_left(team_whole(&pack->noise), team_whole(m), v, v);
    team_multiply_triangle(1.0, team_whole(&pack->chains), false, team_whole(moved), v, v);
    for (size_t i = 0; i < team_matrix_doubles(m); i++)
        m->element[i] += moved->element[i];
    team_rank_update(1.0, team_whole(m), false, 0.0, team_whole(&pack->series), v, v);
}

/* S' = M M^T + (L T)(L T)^T; by strips of T, which leave out zeros above its diagonal. */
static void advance_moments(dyson_pack *pack)
{
    const rbm_parameters *const p = &pack->parameters;
    const team_matrix *const rest = &pack->rest;
    const bool remembered = rbm_remembered(p) > 0;
    const int v = p->visible, c = rest->columns;
    if (remembered)
        advance_remembered(pack);
    draw_rest(pack);
    for (int j = 0, wide = strip_of(rest); j < c; j += wide) {
        const int strip = c - j < wide ? c - j : wide, within = v - j;
        const team_part at = {rest, j, j};
        team_multiply_triangle_left((team_part){&pack->noise, j, j}, at, within, strip);
        team_rank_update(1.0, at, false, remembered || j > 0 ? 1.0 : 0.0,
                         (team_part){&pack->series, j, j}, within, strip);
    }
}

void rbm_teams_start_chains(dyson_pack *pack)
{
    const rbm_parameters *const p = &pack->parameters;
    const bool moments = p->sampler == RBM_WISHART;
    if (moments && rbm_remembered(p) == 0)
        return;
    for (int64_t t = 0; t < team_matrix_tiles(&pack->chains); t++) {
        const team_tile tile = team_matrix_tile(&pack->chains, t);
        for (int j = tile.column; j < (moments ? 1 : tile.column + tile.columns); j++)
            for (int i = tile.row; i < tile.row + tile.rows; i++)
                *team_tile_element(&tile, i, j) = moments ? sqrt((double)p->batch) : 1.0;
    }
}

void rbm_teams_advance_chains(dyson_pack *pack)
{
    const rbm_sampler sampler = pack->parameters.sampler;
    if (sampler == RBM_GIBBS) {
        advance_gibbs(pack);
        return;
    }
    if (rbm_remembered(&pack->parameters) > 0)
        collapse(pack);
    else
        equilibrium(pack);
    if (sampler == RBM_WISHART)
        advance_moments(pack);
    else
        advance_collapsed(pack);
}

void rbm_teams_factor(dyson_pack *pack)
{
    if (rbm_remembered(&pack->parameters) == 0)
        return;
    factor(&pack->series);
    swap(&pack->series, &pack->chains);
}
