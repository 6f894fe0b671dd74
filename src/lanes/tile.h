/* tile.h: products of small matrices of lanes, by square tiles of accumulators kept in registers.
 *
 * A matrix of lanes is row-major, element (i, j) at a[i*stride + j]; dimensions are multiples of
 * the tile (padded with zeros).  `tile` is a constant wherever these are inlined.  A tile is made
 * strip by strip of its columns, each stored before the next.  Mostly a strip is the whole tile:
 * 5 x 5 accumulators fill the registers of AVX-512, and each step of the inner index brings 25
 * fused multiply-adds for 10 loads.  The 16 registers of AVX2 hold 5 x 2; more would go to memory
 * and back in each step.  Every element is summed over the inner index in ascending order,
 * whatever the strip. */
#ifndef DYSON_TILE_H
#define DYSON_TILE_H

#include "lanes/lanes.h"

#define TILE_MAX 5

/* Columns of a strip, but for the last; steps of the inner index made at a time. */
#if defined(__AVX2__) && !defined(__AVX512F__)
enum { TILE_STRIP = 2, TILE_STEPS = 2 };
#else
enum { TILE_STRIP = TILE_MAX, TILE_STEPS = 1 };
#endif

/* Columns of the strip of a tile that begins with column `from`. */
LANE_INLINE int tile_width(const int columns, const int from)
{
    return columns - from < TILE_STRIP ? columns - from : TILE_STRIP;
}

/* An operand of a tile: element (r, k) is at[r*row + k*step]. */
typedef struct tile_operand {
    const lane *at;
    int row, step;
} tile_operand;

/* acc[r][c] (+)= sum over k < depth of a(r, k) b(c, k), rows x columns of it; where lower, c <= r
 * only. */
LANE_INLINE void tile_multiply(const int rows, const int columns, const int lower, int depth,
                               tile_operand a, tile_operand b, lane acc[TILE_MAX][TILE_MAX])
{
    LANE_UNROLL(TILE_STEPS)
    for (int k = 0; k < depth; k++) {
        lane right[TILE_MAX];
        LANE_UNROLL(5)
        for (int c = 0; c < columns; c++)
            right[c] = b.at[c * b.row + k * b.step];
        LANE_UNROLL(5)
        for (int r = 0; r < rows; r++) {
            const lane left = a.at[r * a.row + k * a.step];
            LANE_UNROLL(5)
            for (int c = 0; c < columns; c++)
                if (!lower || c <= r)
                    acc[r][c] += left * right[c];
        }
    }
}

/* acc = 0. */
LANE_INLINE void tile_clear(const int rows, const int columns, lane acc[TILE_MAX][TILE_MAX])
{
    LANE_UNROLL(5)
    for (int r = 0; r < rows; r++) {
        LANE_UNROLL(5)
        for (int c = 0; c < columns; c++)
            acc[r][c] = (lane){0};
    }
}

/* The operand from row `rows` on. */
LANE_INLINE tile_operand tile_from(tile_operand a, int rows)
{
    return (tile_operand){a.at + rows * a.row, a.row, a.step};
}

/* Rows x columns at (i0, j0) of a matrix of n columns. */
LANE_INLINE void tile_store(const int rows, const int columns, int n, int i0, int j0,
                            lane acc[TILE_MAX][TILE_MAX], lane *out)
{
    LANE_UNROLL(5)
    for (int r = 0; r < rows; r++) {
        LANE_UNROLL(5)
        for (int c = 0; c < columns; c++)
            out[(i0 + r) * n + j0 + c] = acc[r][c];
    }
}

/* What becomes of a product that is known to be symmetric:
 *   out = scale * sum over k of a(i, k) b(j, k) + weight * add + diagonal * 1.
 * add is n x n, as plain numbers or as lanes; both may be NULL. */
typedef struct tile_sum {
    real scale, weight, diagonal;
    const real *add;
    const lane *add_lanes;
} tile_sum;

/* Hides from the compiler that a factor is known before a tile is done: otherwise it keeps the
 * factor in a register all the while and spills an accumulator instead. */
LANE_INLINE real tile_late(real factor)
{
    __asm__ volatile("" : "+m"(factor));
    return factor;
}

/* Both triangles of out, from rows x columns at (i0, j0) of the lower one. */
LANE_INLINE void tile_symmetric_store(const int rows, const int columns, const int lower, int n,
                                      int i0, int j0, const tile_sum sum,
                                      lane acc[TILE_MAX][TILE_MAX], lane *out)
{
    const real scale = sum.scale == 1 ? 1 : tile_late(sum.scale);
    const real weight = tile_late(sum.weight), diagonal = tile_late(sum.diagonal);
    LANE_UNROLL(5)
    for (int r = 0; r < rows; r++) {
        LANE_UNROLL(5)
        for (int c = 0; c < columns; c++) {
            if (lower && c > r)
                continue;
            const int at = (i0 + r) * n + j0 + c;
            lane value = sum.scale == 1 ? acc[r][c] : acc[r][c] * scale;
            if (sum.add != NULL)
                value += weight * sum.add[at];
            if (sum.add_lanes != NULL)
                value += weight * sum.add_lanes[at];
            if (lower && c == r)
                value += diagonal;
            out[at] = value;
            if (!lower || c != r)
                out[(j0 + c) * n + i0 + r] = value;
        }
    }
}

LANE_INLINE void tile_symmetric(const int tile, int n, int depth, tile_operand a, tile_operand b,
                                const tile_sum sum, lane *out)
{
    for (int i0 = 0; i0 < n; i0 += tile) {
        const tile_operand left = tile_from(a, i0);
        for (int j0 = 0; j0 < i0; j0 += tile) {
            LANE_UNROLL(3)
            for (int c = 0; c < tile; c += TILE_STRIP) {
                const int width = tile_width(tile, c);
                lane acc[TILE_MAX][TILE_MAX];
                tile_clear(tile, width, acc);
                tile_multiply(tile, width, 0, depth, left, tile_from(b, j0 + c), acc);
                tile_symmetric_store(tile, width, 0, n, i0, j0 + c, sum, acc, out);
            }
        }
        /* Of strips on the diagonal only the rows from there on. */
        LANE_UNROLL(3)
        for (int c = 0; c < tile; c += TILE_STRIP) {
            const int width = tile_width(tile, c);
            lane acc[TILE_MAX][TILE_MAX];
            tile_clear(tile - c, width, acc);
            tile_multiply(tile - c, width, 1, depth, tile_from(left, c), tile_from(b, i0 + c), acc);
            tile_symmetric_store(tile - c, width, 1, n, i0 + c, i0 + c, sum, acc, out);
        }
    }
}

#endif
