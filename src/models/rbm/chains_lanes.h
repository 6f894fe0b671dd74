/* chains_lanes.h: the chains of one update, one by one or all k steps at once; included by the
 * RBM's *_lanes.c.
 *
 * Addresses of the normals (random.h): purpose CHAINS, update t, chains in groups of RBM_GROUP.
 *   collapsed  normal n = c N_v + i of group g is number n after block g N_v
 *   Gibbs      step s of group g starts at block (g k + s)(N_v + N_h): N_h blocks for h, then N_v
 *              for v
 */
#ifndef DYSON_RBM_CHAINS_LANES_H
#define DYSON_RBM_CHAINS_LANES_H

#include "lanes/cholesky.h"
#include "models/rbm/kernel.h"
#include "random/normals_lanes.h"

/* The dimensions, constant where the kernel is built for one size. */
typedef struct extent {
    int tile, visible, hidden, padded_visible, padded_hidden;
} extent;

/* The scratch arrays of one update. */
typedef struct workspace {
    lane *series;  /* 1 + A + ... + A^(k-1), or R; later 1 + alpha D - alpha l2, or D */
    lane *power;   /* A^k, or R^-1 */
    lane *noise;   /* L */
    lane *normals; /* of one group of chains */
    lane *hidden;  /* of one group of chains */
} workspace;

LANE_INLINE workspace workspace_of(const rbm_parameters *parameters, const rbm_state *state)
{
    const int square = parameters->padded_visible * parameters->padded_visible;
    const int widest = parameters->padded_visible > parameters->padded_hidden
                           ? parameters->padded_visible
                           : parameters->padded_hidden;
    lane *at = (lane *)state->scratch;
    return (workspace){.series = at,
                       .power = at + square,
                       .noise = at + 2 * square,
                       .normals = at + 3 * square,
                       .hidden = at + 3 * square + (RBM_GROUP + 1) * widest};
}

/* A^k = 1 + (A - 1) H_k and L L^T = (H_k + A^k H_k)/mu^2, H_k = 1 + A + ... + A^(k-1), by the
 * binary digits of k: H_2j = H_j + A^j H_j, H_{j+1} = 1 + A H_j.  All are polynomials in A, hence
 * symmetric. */
LANE_INLINE void collapse(const extent e, const rbm_parameters *p, const lane *a, workspace *w)
{
    const int n = e.padded_visible, square = n * n;
    const tile_operand left = {a, n, 1};
    int digit = 1;
    while (digit * 2 <= p->steps)
        digit *= 2;
    int reached = 1;
    const lane *series = NULL; /* H_1 = 1 is not stored */
    for (digit /= 2; digit > 0; digit /= 2) {
        const int odd = (p->steps & digit) != 0;
        if (reached == 1 && odd) {
            tile_symmetric(e.tile, n, e.visible, left, left,
                           (tile_sum){.scale = 1, .weight = 1, .diagonal = 1, .add_lanes = a},
                           w->series);
        } else if (reached == 1) {
            for (int i = 0; i < square; i++)
                w->series[i] = a[i];
            for (int i = 0; i < n; i++)
                w->series[i * n + i] += 1.0;
        } else {
            lane *const spare = w->noise;
            const tile_operand right = {series, n, 1};
            tile_symmetric(e.tile, n, e.visible, left, right,
                           (tile_sum){.scale = 1, .weight = -1, .diagonal = 1, .add_lanes = series},
                           w->power);
            tile_symmetric(e.tile, n, n, (tile_operand){w->power, n, 1}, right,
                           (tile_sum){.scale = 1, .weight = 1, .add_lanes = series}, spare);
            w->noise = w->series;
            w->series = spare;
            if (odd) {
                tile_symmetric(e.tile, n, e.visible, left, (tile_operand){w->series, n, 1},
                               (tile_sum){.scale = 1, .diagonal = 1}, w->noise);
                lane *const next = w->noise;
                w->noise = w->series;
                w->series = next;
            }
        }
        series = w->series;
        reached = 2 * reached + odd;
    }
    const real scale = (real)(1.0 / p->mass2);
    if (series == NULL) { /* k = 1 */
        for (int i = 0; i < square; i++) {
            w->power[i] = a[i];
            w->noise[i] = a[i] * scale;
        }
        for (int i = 0; i < n; i++)
            w->noise[i * n + i] += scale;
    } else {
        const tile_operand right = {series, n, 1};
        tile_symmetric(e.tile, n, e.visible, left, right,
                       (tile_sum){.scale = 1, .weight = -1, .diagonal = 1, .add_lanes = series},
                       w->power);
        tile_symmetric(e.tile, n, e.visible, (tile_operand){w->power, n, 1}, right,
                       (tile_sum){.scale = scale, .weight = scale, .add_lanes = series}, w->noise);
    }
    cholesky(e.tile, n, w->noise);
}

/* Of k = infinity: L L^T = K^-1, K = mu^2 (1 - A).  With K's rows and columns in reverse order,
 * K = R R^T has the inverse R^-T R^-1, and R^-T turned back is lower triangular: L.  Where K is not
 * positive definite, a level beyond mu^2, there is no model to draw from, and L is NaN. */
LANE_INLINE void equilibrium(const extent e, const rbm_parameters *p, const lane *a, workspace *w)
{
    const int n = e.padded_visible, last = n * n - 1;
    const real mass2 = (real)p->mass2;
    lane *const factor = w->series, *const inverse = w->power;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            factor[last - i * n - j] = mass2 * ((real)(i == j) - a[i * n + j]);
    cholesky(e.tile, n, factor);
    for (int j = 0; j < n; j++) {
        for (int i = 0; i < j; i++)
            w->noise[last - j * n - i] = (lane){0};
        inverse[j * n + j] = w->noise[last - j * n - j] = 1 / factor[j * n + j];
    }
    for (int j = 0; j < n; j++) {
        for (int i = j + 1; i < n; i++) {
            lane sum = {0};
            for (int k = j; k < i; k++)
                sum -= factor[i * n + k] * inverse[k * n + j];
            inverse[i * n + j] = sum * inverse[i * n + i];
            w->noise[last - j * n - i] = inverse[i * n + j];
        }
    }
}

/* RBM_GROUP rows and so many columns at a time: out(c, j0..) = acc, times scale, plus noise *
 * normals. */
LANE_INLINE void store_group(const int columns, int j0, int stride, real scale, real noise,
                             const lane *normals, int normals_stride, lane acc[TILE_MAX][TILE_MAX],
                             lane *out)
{
    LANE_UNROLL(4)
    for (int c = 0; c < RBM_GROUP; c++) {
        LANE_UNROLL(5)
        for (int j = 0; j < columns; j++) {
            lane value = acc[c][j] * scale;
            if (normals != NULL)
                value = lane_rounded(value) + noise * normals[c * normals_stride + j0 + j];
            out[c * stride + j0 + j] = value;
        }
    }
}

/* v' = A^k v + L z for one group of chains; v' = L z with chains NULL. */
LANE_INLINE void advance_collapsed(const extent e, const workspace *w, const lane *chains,
                                   lane *next)
{
    const int n = e.padded_visible;
    for (int j0 = 0; j0 < n; j0 += e.tile) {
        LANE_UNROLL(3)
        for (int from = 0; from < e.tile; from += TILE_STRIP) {
            const int width = tile_width(e.tile, from), to = from + width;
            lane acc[TILE_MAX][TILE_MAX];
            tile_clear(RBM_GROUP, width, acc);
            if (chains != NULL)
                tile_multiply(RBM_GROUP, width, 0, e.visible, (tile_operand){chains, n, 1},
                              (tile_operand){w->power + j0 + from, 1, n}, acc);
            tile_multiply(RBM_GROUP, width, 0, j0, (tile_operand){w->normals, e.visible, 1},
                          (tile_operand){w->noise + (j0 + from) * n, n, 1}, acc);
            /* The diagonal tile of L is triangular. */
            LANE_UNROLL(5)
            for (int k = 0; k < to; k++) {
                LANE_UNROLL(4)
                for (int c = 0; c < RBM_GROUP; c++) {
                    const lane z = w->normals[c * e.visible + j0 + k];
                    LANE_UNROLL(5)
                    for (int j = k > from ? k : from; j < to; j++)
                        acc[c][j - from] += z * w->noise[(j0 + j) * n + j0 + k];
                }
            }
            store_group(width, j0 + from, n, 1.0, 0.0, NULL, 0, acc, next);
        }
    }
}

/* k Gibbs steps of one group of chains, one by one. */
LANE_INLINE void advance_gibbs(const extent e, const rbm_parameters *p, const normal_source *source,
                               uint32_t block, const workspace *w, const lane *weights,
                               const lane *chains, lane *next)
{
    const int n = e.padded_visible, m = e.padded_hidden;
    for (int s = 0; s < p->steps; s++, block += (uint32_t)(e.visible + e.hidden)) {
        normals_fill(source, block, e.hidden, w->normals);
        for (int a0 = 0; a0 < m; a0 += e.tile) {
            LANE_UNROLL(3)
            for (int from = 0; from < e.tile; from += TILE_STRIP) {
                const int width = tile_width(e.tile, from);
                lane acc[TILE_MAX][TILE_MAX];
                tile_clear(RBM_GROUP, width, acc);
                tile_multiply(RBM_GROUP, width, 0, e.visible, (tile_operand){chains, n, 1},
                              (tile_operand){weights + (a0 + from) * n, n, 1}, acc);
                store_group(width, a0 + from, m, (real)(p->sigma_h * p->sigma_h), (real)p->sigma_h,
                            w->normals, e.hidden, acc, w->hidden);
            }
        }
        normals_fill(source, block + (uint32_t)e.hidden, e.visible, w->normals);
        for (int j0 = 0; j0 < n; j0 += e.tile) {
            LANE_UNROLL(3)
            for (int from = 0; from < e.tile; from += TILE_STRIP) {
                const int width = tile_width(e.tile, from);
                lane acc[TILE_MAX][TILE_MAX];
                tile_clear(RBM_GROUP, width, acc);
                tile_multiply(RBM_GROUP, width, 0, e.hidden, (tile_operand){w->hidden, m, 1},
                              (tile_operand){weights + j0 + from, 1, n}, acc);
                store_group(width, j0 + from, n, (real)(1.0 / p->mass2),
                            (real)(1.0 / __builtin_sqrt(p->mass2)), w->normals, e.visible, acc,
                            next);
            }
        }
        chains = next;
    }
}

#endif
