/* chi_lanes.h: chi variates, one replica per lane; included by the *_lanes.c sources.
 *
 * By Marsaglia and Tsang: with d = degrees/2 - 1/3, z normal, v = (1 + z/sqrt(9 d))^3 and u uniform,
 * chi^2 = 2 d v is taken where ln u < z^2/2 + d (1 - v + ln v).  Attempt q of column j is block
 * 2^31 + 2^16 j + q of the source: its first word a normal pair, of which the first counts, its
 * second the uniform.  Attempts have addresses of their own, so a lane that needs more of them
 * leaves no trace in the others. */
#ifndef DYSON_CHI_LANES_H
#define DYSON_CHI_LANES_H

#include "random/normals_lanes.h"

#define CHI_FIRST (UINT32_C(1) << 31)
#define CHI_COLUMN (UINT32_C(1) << 16) /* attempts that have addresses */

/* What one attempt gives, and in which lanes it is taken. */
LANE_INLINE lane chi_attempt(const lane_word word[2], double degrees, lane_mask *taken)
{
    const double d = 0.5 * degrees - 1.0 / 3.0, c = __builtin_sqrt(1.0 / (9.0 * d));
    lane z, other;
    normal_pair(word[0], &z, &other);
    if (degrees == 1.0) {
        *taken = (lane_mask)lane_word_all(~UINT64_C(0));
        return lane_abs(z);
    }
    const lane minus_two_ln_u = normal_square(word[1]);
    const lane root = 1.0 + c * z, v = root * root * root;
    /* v below 2^-50 is never taken: the law gives it less than 10^-25. */
    const lane_mask sound = v > 0x1p-50;
    const lane ln_v = -0.5 * minus_two_ln(lane_select(sound, v, lane_all(1.0)), 0);
    *taken = sound & (-minus_two_ln_u < z * z + 2.0 * d * (1.0 - v + ln_v));
    return lane_sqrt(2.0 * d * v);
}

/* chi of `columns` variates: number j, of degrees - j >= 1 degrees of freedom, at chi[j * stride].
 * The first attempts are made side by side, as blocks of normals are; few need another one. */
LANE_INLINE void chi_columns(const normal_source *source, double degrees, int columns, lane *chi,
                             int stride)
{
    for (int first = 0; first < columns; first += NORMALS_SIDE) {
        lane_word word[2 * NORMALS_SIDE];
        random_words(source, CHI_FIRST + (uint32_t)first * CHI_COLUMN, CHI_COLUMN, NORMALS_SIDE,
                     word);
        for (int j = first; j < first + NORMALS_SIDE && j < columns; j++) {
            lane_mask taken;
            lane value = chi_attempt(&word[2 * (j - first)], degrees - j, &taken);
            for (uint32_t q = 1; lane_any(~taken) && q < CHI_COLUMN; q++) {
                lane_word again[2];
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
