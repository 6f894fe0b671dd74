/* householder_lanes.h: A = Q T Q' with T tridiagonal, by reflections, for the matrices of a pack.
 *
 * Storage as in spectrum_lanes.c.  Rows from the last up.  Reflection i is 1 - v v'/h with
 * v = x - beta e_(i-1), x = row i left of the diagonal, beta = -sign(x_(i-1)) |x|,
 * h = |x|^2 + |x| |x_(i-1)|, and changes the block above by A -= v w' + w v',
 * w = p - (v'p/2h) v, p = A v/h.  The change of one reflection and the product A x of the next are
 * done in one pass over the block; A v = A x - beta A e_(i-1) then, so that the pass waits neither
 * for the root nor for the division. */
#ifndef DYSON_SPECTRUM_HOUSEHOLDER_LANES_H
#define DYSON_SPECTRUM_HOUSEHOLDER_LANES_H

#include "lanes/lanes.h"

#include <stddef.h>

/* Squares below are zero: 2^-400 against elements of order 1. */
#define NEGLIGIBLE 0x1p-400
LANE_INLINE lane square(lane a)
{
    return a * a;
}

/* |size| with the sign of `sign`. */
LANE_INLINE lane with_sign(lane size, lane sign)
{
    const lane_mask bit = (lane_mask)sign & INT64_MIN;
    return (lane)((lane_mask)lane_abs(size) | bit);
}

/* row[0..count) -= v[last] w + w[last] v, the change of row `last` by the reflection before. */
LANE_INLINE void change_row(int count, lane *restrict row, const lane *restrict v,
                            const lane *restrict w, int last)
{
    const lane v_last = v[last], w_last = w[last];
    for (int j = 0; j < count; j++)
        row[j] -= v_last * w[j] + w_last * v[j];
}

/* Changes the leading m x m block by the reflection before (v, w; where `change`) and puts its
 * product with x into p.  Two rows at a time, for the loads they share. */
LANE_INLINE void change_and_multiply(int n, int m, lane *restrict a, const lane *restrict v,
                                     const lane *restrict w, const lane *restrict x,
                                     lane *restrict p, const int change)
{
    int i = 0;
    for (; i + 1 < m; i += 2) {
        lane *restrict row = a + i * n, *restrict next = row + n;
        const lane x0 = x[i], x1 = x[i + 1];
        lane v0, v1, w0, w1, p0 = lane_all(0.0), p1 = p0;
        if (change) {
            v0 = v[i], v1 = v[i + 1], w0 = w[i], w1 = w[i + 1];
            row[i] -= 2.0 * v0 * w0;
            next[i] -= v1 * w0 + w1 * v0;
            next[i + 1] -= 2.0 * v1 * w1;
        }
        for (int j = 0; j < i; j++) {
            lane a0 = row[j], a1 = next[j];
            if (change) {
                a0 -= v0 * w[j] + w0 * v[j];
                a1 -= v1 * w[j] + w1 * v[j];
                row[j] = a0;
                next[j] = a1;
            }
            p0 += a0 * x[j];
            p1 += a1 * x[j];
            p[j] += a0 * x0 + a1 * x1;
        }
        p[i] = p0 + row[i] * x0 + next[i] * x1;
        p[i + 1] = p1 + next[i] * x0 + next[i + 1] * x1;
    }
    if (i < m) {
        lane *restrict row = a + i * n;
        if (change)
            change_row(i + 1, row, v, w, i);
        lane sum = row[i] * x[i];
        for (int j = 0; j < i; j++) {
            sum += row[j] * x[j];
            p[j] += row[j] * x[i];
        }
        p[i] = sum;
    }
}

/* T into d[0..n), e[0..n-1); the vectors v into the rows of a, and 1/h into inverse where it is not
 * NULL. work: 2n vectors. */
static void tridiagonalise(int n, lane *restrict a, lane *restrict d, lane *restrict e,
                           lane *restrict inverse, lane *restrict work)
{
    lane *w_before = work, *w = work + n;
    for (int i = n - 1; i >= 2; i--) {
        lane *row = a + i * n, *v_before = row + n;
        const int first = i == n - 1;
        if (!first)
            change_row(i + 1, row, v_before, w_before, i);
        lane sum = lane_all(0.0);
        for (int j = 0; j < i; j++)
            sum += square(row[j]);
        const lane_mask present = sum > NEGLIGIBLE;
        const lane norm = lane_sqrt(sum), x = row[i - 1];
        const lane beta = with_sign(norm, -x);
        const lane h = lane_select(present, 1.0 / (sum + norm * lane_abs(x)), lane_all(0.0));
        if (first)
            change_and_multiply(n, i, a, NULL, NULL, row, w, 0);
        else
            change_and_multiply(n, i, a, v_before, w_before, row, w, 1);
        row[i - 1] = x - beta;
        lane product = lane_all(0.0);
        for (int j = 0; j < i; j++) {
            w[j] -= beta * a[(i - 1) * n + j];
            product += w[j] * row[j];
        }
        const lane half = 0.5 * h * h * product;
        for (int j = 0; j < i; j++)
            w[j] = h * w[j] - half * row[j];
        d[i] = row[i];
        e[i - 1] = lane_select(present, beta, lane_all(0.0));
        if (inverse != NULL)
            inverse[i] = h;
        lane *swap = w;
        w = w_before;
        w_before = swap;
    }
    if (n > 2) {
        change_row(2, a + n, a + 2 * n, w_before, 1);
        change_row(1, a, a + 2 * n, w_before, 0);
    }
    d[0] = a[0];
    if (n > 1) {
        d[1] = a[n + 1];
        e[0] = a[n];
    }
}

/* z = Q': the reflections v v'/h in the rows of a, the innermost first. */
static void accumulate(int n, const lane *restrict a, const lane *restrict inverse,
                       lane *restrict z)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            z[i * n + j] = lane_all(i == j ? 1.0 : 0.0);
    for (int i = 2; i < n; i++) {
        const lane *restrict v = a + i * n;
        for (int k = 0; k < i; k++) {
            lane *restrict row = z + k * n, sum = lane_all(0.0);
            for (int j = 0; j < i; j++)
                sum += row[j] * v[j];
            sum *= inverse[i];
            for (int j = 0; j < i; j++)
                row[j] -= sum * v[j];
        }
    }
}

#endif
