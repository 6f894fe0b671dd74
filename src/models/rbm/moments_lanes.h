/* moments_lanes.h: the second moments V^T V of all B > N_v chains in one draw ("wishart"); included
 * by the RBM's *_lanes.c.
 *
 * An update sees the chains only through S = V^T V.  One chain moves by v' = A^k v + L z, so the
 * rows of V' are those of V A^k plus independent ones of N(0, L L^T), whose law rotations of the
 * rows leave alone: V may be replaced by any R with R^T R = S, an N_v x N_v one and zeros below.
 * With S = C C^T, C = R^T lower triangular,
 *   S' = M M^T + (L T)(L T)^T,   M = A^k C + L Z,
 * Z of N_v x N_v normals, and T T^T the sum over the other B - N_v rows, T lower triangular or,
 * where B < 2 N_v, trapezoidal of B - N_v columns (Bartlett): T_jj a chi variate of B - N_v - j
 * degrees of freedom (j from 0), T_ij normal for i > j.  The cost does not depend on B.
 *
 * Addresses (random.h), purpose CHAINS, update t: Z_ij is normal i N_v + j; T_ij are counted row by
 * row from (1, 0) after the blocks of those; T_jj is column j of chi_lanes.h.
 *
 * Of k = infinity nothing is left of R, all B rows are new, and S' = (L T)(L T)^T with B in place
 * of B - N_v; there is no C then, and no Z.
 *
 * C lies where the chains do otherwise, padded_visible^2, and is not moved. */
#ifndef DYSON_RBM_MOMENTS_LANES_H
#define DYSON_RBM_MOMENTS_LANES_H

#include "models/rbm/chains_lanes.h"
#include "random/chi_lanes.h"

/* The arrays of one draw, behind series, power and noise. */
typedef struct moments_space {
    lane *normals; /* Z, then T's */
    lane *rest;    /* T; padded_visible^2 */
    lane *mixed;   /* L T */
    lane *moved;   /* M */
} moments_space;

LANE_INLINE moments_space moments_space_of(const extent e, const workspace *w)
{
    const int square = e.padded_visible * e.padded_visible;
    lane *const at = w->normals;
    return (moments_space){at, at + 2 * square, at + 3 * square, at + 4 * square};
}

/* Chains of which nothing is remembered. */
LANE_INLINE int others_of(const extent e, const rbm_parameters *p)
{
    return p->steps == RBM_INFINITE ? p->batch : p->batch - e.visible;
}

/* T, with `columns` columns. */
LANE_INLINE void draw_rest(const extent e, const rbm_parameters *p, const normal_source *source,
                           int columns, const moments_space *space)
{
    const int n = e.padded_visible, of_z = (e.visible * e.visible + 3) / 4;
    const int drawn = columns * (columns - 1) / 2 + (e.visible - columns) * columns;
    const lane *normal = space->normals + (ptrdiff_t)4 * of_z;
    const int skipped = p->steps == RBM_INFINITE ? of_z : 0;
    normals_fill(source, (uint32_t)skipped, of_z - skipped + (drawn + 3) / 4,
                 space->normals + (ptrdiff_t)4 * skipped);
    chi_columns(source, (double)others_of(e, p), columns, space->rest, n + 1);
    for (int i = 0; i < e.visible; i++) {
        for (int j = 0; j < i && j < columns; j++)
            space->rest[i * n + j] = *normal++;
        for (int j = i + 1; j < n; j++)
            space->rest[i * n + j] = (lane){0};
    }
}

/* Of M and of L T columns [j, j + width) of the tile of rows at i0: element (i, j) sums A^k C over
 * k >= j, L Z over k <= i, L T over j <= k <= i; j0 is the tile of columns.  With factor NULL, L T
 * alone. */
LANE_INLINE void move_strip(const extent e, const int width, int i0, int j0, int j,
                            const workspace *w, const moments_space *space, const lane *factor)
{
    const int n = e.padded_visible, v = e.visible;
    const tile_operand power = {w->power + i0 * n, n, 1}, noise = {w->noise + i0 * n, n, 1};
    const int within = i0 + e.tile < v ? i0 + e.tile : v;
    lane acc[TILE_MAX][TILE_MAX];
    if (factor != NULL) {
        tile_clear(e.tile, width, acc);
        tile_multiply(e.tile, width, 0, v - j0, (tile_operand){power.at + j0, n, 1},
                      (tile_operand){factor + j0 * n + j, 1, n}, acc);
        tile_multiply(e.tile, width, 0, within, noise, (tile_operand){space->normals + j, 1, v},
                      acc);
        tile_store(e.tile, width, n, i0, j, acc, space->moved);
    }
    if (j0 > i0)
        return;
    tile_clear(e.tile, width, acc);
    tile_multiply(e.tile, width, 0, within - j0, (tile_operand){noise.at + j0, n, 1},
                  (tile_operand){space->rest + j0 * n + j, 1, n}, acc);
    tile_store(e.tile, width, n, i0, j, acc, space->mixed);
}

LANE_INLINE void move_factor(const extent e, const workspace *w, const moments_space *space,
                             const lane *factor)
{
    for (int i0 = 0; i0 < e.padded_visible; i0 += e.tile)
        for (int j0 = 0; j0 < e.padded_visible; j0 += e.tile) {
            LANE_UNROLL(3)
            for (int c = 0; c < e.tile; c += TILE_STRIP)
                move_strip(e, tile_width(e.tile, c), i0, j0, j0 + c, w, space, factor);
        }
}

/* S' = M M^T + (L T)(L T)^T, both triangles; without M where nothing is remembered. */
LANE_INLINE void sum_squares(const extent e, int columns, bool remembered,
                             const moments_space *space, lane *moments)
{
    const int n = e.padded_visible;
    const tile_operand moved = {space->moved, n, 1}, mixed = {space->mixed, n, 1};
    for (int i0 = 0; i0 < n; i0 += e.tile) {
        for (int j0 = 0; j0 <= i0; j0 += e.tile) {
            const int within = j0 + e.tile < columns ? j0 + e.tile : columns;
            LANE_UNROLL(3)
            for (int c = 0; c < e.tile; c += TILE_STRIP) {
                const int width = tile_width(e.tile, c);
                lane acc[TILE_MAX][TILE_MAX];
                tile_clear(e.tile, width, acc);
                if (remembered)
                    tile_multiply(e.tile, width, 0, e.visible, tile_from(moved, i0),
                                  tile_from(moved, j0 + c), acc);
                tile_multiply(e.tile, width, 0, within, tile_from(mixed, i0),
                              tile_from(mixed, j0 + c), acc);
                tile_symmetric_store(e.tile, width, 0, n, i0, j0 + c, (tile_sum){.scale = 1}, acc,
                                     moments);
            }
        }
    }
}

/* S' into w->series, and its factor in place of C. */
LANE_INLINE void advance_moments(const extent e, const rbm_parameters *p,
                                 const normal_source *source, const workspace *w, lane *factor)
{
    const int n = e.padded_visible, others = others_of(e, p);
    const int columns = others < e.visible ? others : e.visible;
    const bool remembered = p->steps != RBM_INFINITE;
    const moments_space space = moments_space_of(e, w);
    draw_rest(e, p, source, columns, &space);
    move_factor(e, w, &space, remembered ? factor : NULL);
    sum_squares(e, columns, remembered, &space, w->series);
    if (!remembered)
        return;
    for (int i = 0; i < n * n; i++)
        factor[i] = w->series[i];
    for (int i = e.visible; i < n; i++)
        factor[i * n + i] = lane_all(1.0);
    cholesky(e.tile, n, factor);
}

/* Chains that start at 1: S = B for every element, C its first column. */
LANE_INLINE void start_moments(const extent e, const rbm_parameters *p, lane *factor)
{
    const int n = e.padded_visible;
    for (int i = 0; i < n * n; i++)
        factor[i] =
            lane_all(i % n == 0 && i / n < e.visible ? (real)__builtin_sqrt(p->batch) : (real)0);
}

#endif
