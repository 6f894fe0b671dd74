/* cholesky.h: a = L L^T for positive definite matrices of lanes, by tiles (layout: tile.h).
 *
 * Left-looking: a tile column takes away the products of the columns before it, its diagonal tile
 * is factored in registers, and the tiles below are solved against it.  A lane whose matrix is not
 * positive definite gets NaN, and no other lane notices. */
#ifndef DYSON_CHOLESKY_H
#define DYSON_CHOLESKY_H

#include "lanes/tile.h"

/* The tile at (i0, j0) of a, less the products of columns [0, j0) of L. */
LANE_INLINE void cholesky_tile(const int tile, const int lower, int n, int i0, int j0,
                               const lane *a, lane rest[TILE_MAX][TILE_MAX])
{
    LANE_UNROLL(3)
    for (int from = 0; from < tile; from += TILE_STRIP) {
        const int width = tile_width(tile, from), top = lower ? from : 0;
        lane acc[TILE_MAX][TILE_MAX];
        tile_clear(tile - top, width, acc);
        tile_multiply(tile - top, width, lower, j0, (tile_operand){a + (i0 + top) * n, n, 1},
                      (tile_operand){a + (j0 + from) * n, n, 1}, acc);
        LANE_UNROLL(5)
        for (int r = top; r < tile; r++) {
            LANE_UNROLL(5)
            for (int c = from; c < from + width; c++)
                if (!lower || c <= r)
                    rest[r][c] = a[(i0 + r) * n + j0 + c] - acc[r - top][c - from];
        }
    }
}

/* The factor replaces the lower triangle of a; the diagonal tiles' strict upper triangles become 0.
 */
LANE_INLINE void cholesky(const int tile, int n, lane *a)
{
    for (int j0 = 0; j0 < n; j0 += tile) {
        lane d[TILE_MAX][TILE_MAX], inverse[TILE_MAX];
        cholesky_tile(tile, 1, n, j0, j0, a, d);
        LANE_UNROLL(5)
        for (int c = 0; c < tile; c++) {
            const lane root = lane_sqrt(d[c][c]);
            inverse[c] = 1.0 / root;
            d[c][c] = root;
            LANE_UNROLL(5)
            for (int r = c + 1; r < tile; r++)
                d[r][c] *= inverse[c];
            LANE_UNROLL(5)
            for (int r = c + 1; r < tile; r++) {
                LANE_UNROLL(5)
                for (int q = c + 1; q <= r; q++)
                    d[r][q] -= d[r][c] * d[q][c];
            }
        }
        LANE_UNROLL(5)
        for (int r = 0; r < tile; r++) {
            LANE_UNROLL(5)
            for (int c = 0; c < tile; c++)
                a[(j0 + r) * n + j0 + c] = c <= r ? d[r][c] : (lane){0};
        }
        for (int i0 = j0 + tile; i0 < n; i0 += tile) {
            lane x[TILE_MAX][TILE_MAX];
            cholesky_tile(tile, 0, n, i0, j0, a, x);
            LANE_UNROLL(5)
            for (int c = 0; c < tile; c++) {
                LANE_UNROLL(5)
                for (int r = 0; r < tile; r++) {
                    LANE_UNROLL(5)
                    for (int q = 0; q < c; q++)
                        x[r][c] -= x[r][q] * a[(j0 + c) * n + j0 + q];
                    x[r][c] *= inverse[c];
                    a[(i0 + r) * n + j0 + c] = x[r][c];
                }
            }
        }
    }
}

#endif
