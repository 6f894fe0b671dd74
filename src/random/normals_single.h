/* normals_single.h: the normals' shape in single precision; included by normals_lanes.h.
 *
 * The same bits at the same addresses as in double precision give the same normals, to some 2^-23
 * of the radius; so they end at the same 7.54.  Where the radius r is small, its square, from a y
 * that is rounded to 2^-25 near 1, has that error instead: 2^-25/r in r.
 *
 * ln: y = 2^k m with m in [1/sqrt(2), sqrt(2)), f = m - 1, -2 ln y = -2 k ln 2 - 2 ln(1 + f).  sin
 * and cos: the nearest multiple of pi/2, and |phi| <= pi/4 from there.  Polynomials alone, which
 * cost the same on all processors; minimax, with relative errors below 2^-24. */
#ifndef DYSON_NORMALS_SINGLE_H
#define DYSON_NORMALS_SINGLE_H

#include "lanes/lanes.h"

/* -2 ln y, for normal y > 0. */
LANE_INLINE lane minus_two_ln(lane y)
{
    const lane_mask binned = (lane_mask)y - 0x3f3504f3; /* the bits of 1/sqrt(2) */
    const lane exponent = __builtin_convertvector(binned >> 23, lane);
    const lane f = (lane)((lane_mask)y - (binned & -0x800000)) - 1.0f;
    lane p = f * -0.174008778f + 0.285349835f;
    p = p * f - 0.29829538f;
    p = p * f + 0.331551683f;
    p = p * f - 0.399261273f;
    p = p * f + 0.500026741f;
    p = p * f - 0.666678215f;
    p = p * f + 1.0f;
    return exponent * -1.38629436f + (p * f - 2.0f) * f;
}

/* -2 ln((h + 1/2) 2^-40), h = the high 40 bits: the square of a radius, and minus twice the
 * logarithm of a uniform number.  24 and 16 bits of h are exact; their sum is rounded once. */
LANE_INLINE lane normal_square(random_pair bits)
{
    const lane_mask most = (lane_mask)(bits.high >> 8);
    const lane_mask least = (lane_mask)((bits.high << 8 & 0xff00) | bits.low >> 24);
    const lane rest = __builtin_convertvector(least, lane) * 0x1p-40f + 0x1p-41f;
    return minus_two_ln(__builtin_convertvector(most, lane) * 0x1p-24f + rest);
}

/* Two normals from one pair of words and the square of their radius: theta = (quarter + x) pi/2
 * from the low 24 bits. */
LANE_INLINE void normal_pair(random_pair bits, lane square, lane *first, lane *second)
{
    const lane radius = lane_sqrt(square);
    const lane_bits turned = bits.low + 0x200000; /* by half a quarter */
    const lane x = (lane)((turned << 1 & 0x7fffff) | 0x3f800000) - (1.5f - 0x1p-23f);
    const lane t = x * x;
    lane s = t * -0.00460165866f + 0.0796800331f;
    s = s * t - 0.64596346f;
    s = s * t + 1.57079632f;
    s = s * x;
    lane c = t * -0.0204262497f + 0.253606362f;
    c = c * t - 1.23369795f;
    c = c * t + 1.0f;
    /* Bits 22 and 23 count the quarters. */
    const lane_mask odd = (lane_mask)(turned << 9) >> 31;
    const lane_bits cos_sign = (turned << 8 ^ turned << 9) & 0x80000000;
    const lane_bits sin_sign = turned << 8 & 0x80000000;
    *first = (lane)((lane_bits)(radius * lane_select(odd, s, c)) ^ cos_sign);
    *second = (lane)((lane_bits)(radius * lane_select(odd, c, s)) ^ sin_sign);
}

#endif
