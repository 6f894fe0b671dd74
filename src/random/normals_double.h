/* normals_double.h: the normals' shape in double precision; included by normals_lanes.h.
 *
 * ln y in two ways.  Both take y = 2^k m, and all polynomials are minimax, with a relative error
 * below 2e-16.  Where a register holds a table of 16 numbers (AVX-512): m in [11/16, 11/8), cut
 * in 16 bins; with c ~ 1/m from the bin and f = m c - 1, |f| <= 1/32, -2 ln y = -2 k ln 2 + (2 ln
 * c) - 2 ln(1 + f).  The bin below 1 has c = 1, so no digit is lost where ln goes to 0.  sin and
 * cos: 16 sectors with tabled centres, rotated by |phi| <= pi/16.
 *
 * Elsewhere, where a table would be read lane by lane: m in [1/sqrt(2), sqrt(2)), s = (m - 1)/(m +
 * 1), ln m = 2 artanh s.  sin and cos: the nearest multiple of pi/2, and |phi| <= pi/4 from there,
 * as in single precision. */
#ifndef DYSON_NORMALS_DOUBLE_H
#define DYSON_NORMALS_DOUBLE_H

#include "lanes/lanes.h"

#if defined(__AVX512F__)

static const double normals_inverse[16]
    __attribute__((aligned(64))) = {1.4222222222222223,  1.3617021276595744,
                                    1.3061224489795917,  1.2549019607843137,
                                    1.2075471698113207,  1.1636363636363636,
                                    1.1228070175438596,  1.0847457627118644,
                                    1.0491803278688525,  1.0,
                                    0.96969696969696972, 0.91428571428571426,
                                    0.86486486486486491, 0.82051282051282048,
                                    0.78048780487804881, 0.7441860465116279};
static const double normals_log[16]
    __attribute__((aligned(64))) = {/* 2 ln(inverse) */
                                    0.7044411871787043,    0.61747096329922646,
                                    0.53412557049809029,   0.45411490127069215,
                                    0.37718233961509995,   0.30309979625440175,
                                    0.23166363105024329,   0.1626912789079048,
                                    0.096018438372721324,  0.0,
                                    -0.061543317333507319, -0.17922431737937433,
                                    -0.29036401968899567,  -0.39565148665983985,
                                    -0.49567232780916243,  -0.5909284257876718};
static const double normals_cos[16] __attribute__((aligned(
    64))) = {/* cos(2 pi (j + 1/2) / 16) */
             0.98078528040323043,  0.83146961230254524,  0.55557023301960218,  0.19509032201612828,
             -0.19509032201612828, -0.55557023301960218, -0.83146961230254524, -0.98078528040323043,
             -0.98078528040323043, -0.83146961230254524, -0.55557023301960218, -0.19509032201612828,
             0.19509032201612828,  0.55557023301960218,  0.83146961230254524,  0.98078528040323043};
static const double normals_sin[16] __attribute__((
    aligned(64))) = {/* sin(2 pi (j + 1/2) / 16) */
                     0.19509032201612828,  0.55557023301960218,  0.83146961230254524,
                     0.98078528040323043,  0.98078528040323043,  0.83146961230254524,
                     0.55557023301960218,  0.19509032201612828,  -0.19509032201612828,
                     -0.55557023301960218, -0.83146961230254524, -0.98078528040323043,
                     -0.98078528040323043, -0.83146961230254524, -0.55557023301960218,
                     -0.19509032201612828};

/* -2 ln(y 2^-binades), for y > 2^-60. */
LANE_INLINE lane minus_two_ln(lane y, const int binades)
{
    const uint64_t two52 = 0x4330000000000000; /* the bits of 2^52 */
    /* 64 binades up, so that the shifted number stays positive. */
    const lane_word binned = (lane_word)y - (0x3fe6000000000000 - ((uint64_t)64 << 52));
    const lane exponent = (lane)((binned >> 52) | two52) - (0x1p52 + 64 + binades);
    const lane_word bits = (lane_word)y - (binned & 0xfff0000000000000) + ((uint64_t)64 << 52);
    const lane f = (lane)bits * lane_table(normals_inverse, binned >> 48) - 1.0;
    lane p = f * -0.22257773974013507423 + 0.25039106253353260815;
    p = p * f - 0.2857140686473844827;
    p = p * f + 0.33333309456512521149;
    p = p * f - 0.40000004240179194;
    p = p * f + 0.50000000004664082105;
    p = p * f - 0.66666666666666537263;
    p = p * f + 0.9999999999999985766;
    const lane base = exponent * -1.3862943611198905725 + lane_table(normals_log, binned >> 48);
    return base + (p * f - 2.0) * f;
}

#else

/* -2 ln(y 2^-binades), for y > 2^-60. */
LANE_INLINE lane minus_two_ln(lane y, const int binades)
{
    const uint64_t two52 = 0x4330000000000000; /* the bits of 2^52; then those of 1/sqrt(2) */
    /* 64 binades up, so that the shifted number stays positive. */
    const lane_word binned = (lane_word)y - (0x3fe6a09e667f3bcd - ((uint64_t)64 << 52));
    const lane exponent = (lane)((binned >> 52) | two52) - (0x1p52 + 64 + binades);
    const lane_word bits = (lane_word)y - (binned & 0xfff0000000000000) + ((uint64_t)64 << 52);
    const lane f = (lane)bits - 1.0;
    const lane s = f / (f + 2.0);
    const lane t = s * s;
    const lane t2 = t * t, t4 = t2 * t2;
    const lane p0 = t * -1.3333333333333512 - 4.0;
    const lane p2 = t * -0.5714285754253713 - 0.7999999999859029;
    const lane p4 = t * -0.36367466874748144 - 0.44444390838139197;
    const lane p6 = t * -0.29679314092779036 - 0.30619353155461493;
    const lane p = (p6 * t2 + p4) * t4 + (p2 * t2 + p0);
    return exponent * -1.3862943611198905725 + p * s;
}

#endif

/* -2 ln((h + 1/2) 2^-40), h = the high 40 bits of the word: the square of a radius, and minus twice
 * the logarithm of a uniform number. */
LANE_INLINE lane normal_square(random_pair word)
{
    const uint64_t two52 = 0x4330000000000000;
    return minus_two_ln((lane)((word >> 24) | two52) - (0x1p52 - 0.5), 40);
}

#if defined(__AVX512F__)

/* Two normals from one word and the square of their radius. */
LANE_INLINE void normal_pair(random_pair word, lane square, lane *first, lane *second)
{
    const lane radius = lane_sqrt(square);
    /* 20 bits within the sector: x = (bits + 1/2 - 2^19) 2^-20, phi = x pi/8; both in powers of x.
     */
    const lane x =
        (lane)(((word << 32) & 0x000fffff00000000) | 0x3ff0000000000000) - (1.5 - 0x1p-21);
    const lane t = x * x;
    lane s = t * 6.1149849477987978263e-10 - 2.857514779264282852e-7;
    s = s * t + 0.000077824830308054638539;
    s = s * t - 0.010093189023534770601;
    s = s * t + 0.39269908169872415317;
    s = s * x;
    lane c = t * 1.4014786181902951396e-8 - 5.0936213565288648624e-6;
    c = c * t + 0.00099089651514463784832;
    c = c * t - 0.077106284383509881162;
    c = c * t + 1.0;
    const lane centre_cos = radius * lane_table(normals_cos, word >> 20);
    const lane centre_sin = radius * lane_table(normals_sin, word >> 20);
    *first = centre_cos * c - centre_sin * s;
    *second = centre_sin * c + centre_cos * s;
}

#else

/* Two normals from one word and the square of their radius: theta = (quarter + x) pi/2 from the
 * low 24 bits. */
LANE_INLINE void normal_pair(random_pair word, lane square, lane *first, lane *second)
{
    const lane radius = lane_sqrt(square);
    const lane_word turned = word + 0x200000; /* by half a quarter */
    const lane x =
        (lane)(((turned << 30) & 0x000fffffc0000000) | 0x3ff0000000000000) - (1.5 - 0x1p-23);
    const lane t = x * x;
    const lane t2 = t * t, t4 = t2 * t2;
    const lane s0 = t * -0.6459640975062445 + 1.5707963267948966;
    const lane s2 = t * -0.0046817541321861784 + 0.07969262624603937;
    const lane s4 = t * -3.5986373506083652e-06 + 0.00016044114921394252;
    const lane s = ((t2 * 5.6330962716051224e-08 + s4) * t4 + (s2 * t2 + s0)) * x;
    const lane c0 = t * -1.2337005501361704 + 1.0;
    const lane c2 = t * -0.020863480763707955 + 0.25366950790107073;
    const lane c4 = t * -2.5202051866075928e-05 + 0.0009192602775323813;
    const lane c6 = t * -6.352552373611548e-09 + 4.710954564060837e-07;
    const lane c = (c6 * t2 + c4) * t4 + (c2 * t2 + c0);
    /* Bits 22 and 23 count the quarters. */
    const lane_mask odd = -(lane_mask)((turned >> 22) & 1);
    const lane_bits cos_sign = (turned << 40 ^ turned << 41) & 0x8000000000000000;
    const lane_bits sin_sign = turned << 40 & 0x8000000000000000;
    *first = (lane)((lane_bits)(radius * lane_select(odd, s, c)) ^ cos_sign);
    *second = (lane)((lane_bits)(radius * lane_select(odd, c, s)) ^ sin_sign);
}

#endif

#endif
