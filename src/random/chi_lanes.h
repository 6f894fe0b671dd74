/* chi_lanes.h: chi variates, one replica per lane; included by the *_lanes.c sources.
 *
 * By Marsaglia and Tsang: with d = degrees/2 - 1/3, z normal, v = (1 + z/sqrt(9 d))^3 and u
 * uniform, chi^2 = 2 d v is taken where ln u < z^2/2 + d (1 - v + ln v).  Attempt q of column j is
 * block 2^31 + 2^16 j + q of the source: its first word a normal pair, of which the first counts,
 * its second the uniform.  Attempts have addresses of their own, so a lane that needs more of them
 * leaves no trace in the others. */
#ifndef DYSON_CHI_LANES_H
#define DYSON_CHI_LANES_H

#include "random/normals_lanes.h"

#define CHI_FIRST (UINT32_C(1) << 31)
#define CHI_COLUMN (UINT32_C(1) << 16) /* attempts that have addresses */

/* z^2 + 2 d (1 - v + ln v), v = (1 + e)^3, e = z/sqrt(9 d). */
#if defined(DYSON_LANE_SINGLE)
/* That is 6 d (ln(1 + e) - e + e^2/2 - e^3/3), in which nearly all cancels where e is small: there
 * by the powers that are left. */
LANE_INLINE lane chi_excess(lane z, lane v, real d, real c)
{
    const lane e = c * z, ln_v = -0.5f * minus_two_ln(v);
    const lane direct = ln_v * (1.0f / 3.0f) - e + e * e * (0.5f - e * (1.0f / 3.0f));
    lane p = e * (1.0f / 9.0f) - 0.125f;
    p = p * e + 1.0f / 7.0f;
    p = p * e - 1.0f / 6.0f;
    p = p * e + 0.2f;
    p = p * e - 0.25f;
    const lane left = p * (e * e) * (e * e);
    return 6.0f * d * lane_select(lane_abs(e) < 0.125f, left, direct);
}
#else
LANE_INLINE lane chi_excess(lane z, lane v, real d, real c)
{
    (void)c;
    const lane ln_v = -0.5 * minus_two_ln(v, 0);
    return z * z + 2.0 * d * (1.0 - v + ln_v);
}
#endif

/* What one attempt gives, and in which lanes it is taken. */
LANE_INLINE lane chi_attempt(const random_pair word[2], double degrees, lane_mask *taken)
{
    const double half = 0.5 * degrees - 1.0 / 3.0;
    const real d = (real)half, c = (real)__builtin_sqrt(1.0 / (9.0 * half));
    lane z, other;
    normal_pair(word[0], normal_square(word[0]), &z, &other);
    if (degrees == 1.0) {
        *taken = (lane_mask){0} - 1;
        return lane_abs(z);
    }
    const lane minus_two_ln_u = normal_square(word[1]);
    const lane root = 1.0 + c * z, v = root * root * root;
    /* v below 2^-50 is never taken: the law gives it less than 10^-25. */
    const lane_mask sound = v > 0x1p-50;
    const lane excess = chi_excess(z, lane_select(sound, v, lane_all(1.0)), d, c);
    *taken = sound & (-minus_two_ln_u < excess);
    return lane_sqrt(2 * d * v);
}

/* chi of `columns` variates: number j, of degrees - j >= 1 degrees of freedom, at chi[j * stride].
 * The first attempts are made side by side, as blocks of normals are; few need another one. */
LANE_INLINE void chi_columns(const normal_source *source, double degrees, int columns, lane *chi,
                             int stride)
{
    for (int first = 0; first < columns; first += NORMALS_SIDE) {
        random_pair word[2 * NORMALS_SIDE];
        random_words(source, CHI_FIRST + (uint32_t)first * CHI_COLUMN, CHI_COLUMN, NORMALS_SIDE,
                     word);
        for (int j = first; j < first + NORMALS_SIDE && j < columns; j++) {
            lane_mask taken;
            lane value = chi_attempt(&word[2 * (j - first)], degrees - j, &taken);
            for (uint32_t q = 1; lane_any(~taken) && q < CHI_COLUMN; q++) {
                random_pair again[2];
                lane_mask now;
                random_words(source, CHI_FIRST + (uint32_t)j * CHI_COLUMN + q, 1, 1, again);
                const lane other = chi_attempt(again, degrees - j, &now);
                value = lane_select(taken, value, other);
                taken |= now;
            }
            chi[j * stride] = value;
        }
    }
}

#endif
