/* normals_lanes.h: Philox4x32-10 and Box-Muller, one replica per lane; included by the *_lanes.c
 * sources.
 *
 * Each 64-bit lane carries one 32-bit Philox word in its low half; the high half holds rubbish that
 * the 32 x 32 multiplication ignores.  The address of a number and the meaning of its bits:
 * random.h.
 *
 * ln: y = 2^k m with m in [11/16, 11/8), cut in 16 bins; with c ~ 1/m from the bin and f = m c - 1,
 * |f| <= 1/32, -2 ln y = -2 k ln 2 + (2 ln c) - 2 ln(1 + f).  The bin below 1 has c = 1, so no
 * digit is lost where ln goes to 0.  sin and cos: 16 sectors with tabled centres, rotated by |phi|
 * <= pi/16. All polynomials are minimax, with a relative error below 2e-16. */
#ifndef DYSON_NORMALS_LANES_H
#define DYSON_NORMALS_LANES_H

#include "dyson/random.h"
#include "lanes/lanes.h"

#include <Random123/philox.h>
#include <stdbool.h>

/* Blocks whose bits are drawn side by side: as many as pay with the registers there are. */
#if LANES == 2 && defined(__x86_64__)
#define NORMALS_SIDE 2
#else
#define NORMALS_SIDE 5
#endif
#define NORMALS_AHEAD (2 * NORMALS_SIDE)

/* The part of an address that does not change from block to block. */
typedef struct normal_source {
    lane_word c2, c3;     /* replica and purpose */
    uint32_t c1;          /* update */
    lane_word key[10][2]; /* the round keys */
} normal_source;

LANE_INLINE void normal_source_set(normal_source *source, uint64_t stream, dyson_purpose purpose,
                                   lane_word replica)
{
    source->c2 = replica & 0xffffffff;
    source->c3 = (replica >> 32) | (uint64_t)purpose << 24;
    uint32_t k0 = (uint32_t)stream, k1 = (uint32_t)(stream >> 32);
    for (int round = 0; round < 10; round++) {
        source->key[round][0] = lane_word_all(k0);
        source->key[round][1] = lane_word_all(k1);
        k0 += PHILOX_W32_0;
        k1 += PHILOX_W32_1;
    }
}

/* The counters of `blocks` blocks, a constant, on their way through the rounds.  A block is a chain
 * of dependent steps; several go side by side, so that none waits for its own. */
typedef struct random_blocks {
    lane_word c0[NORMALS_SIDE], c1[NORMALS_SIDE], c2[NORMALS_SIDE], c3[NORMALS_SIDE];
} random_blocks;

/* Rounds 2 to 9, and the 128 bits of each block as two words of 64. */
LANE_INLINE void random_rounds(const normal_source *source, random_blocks *r, const int blocks,
                               lane_word *word)
{
    LANE_UNROLL(8)
    for (int round = 2; round < 10; round++) {
        LANE_UNROLL(NORMALS_SIDE)
        for (int b = 0; b < blocks; b++) {
            const lane_word m0 = lane_multiply32(r->c0[b], PHILOX_M4x32_0);
            const lane_word m1 = lane_multiply32(r->c2[b], PHILOX_M4x32_1);
            r->c0[b] = (m1 >> 32) ^ r->c1[b] ^ source->key[round][0];
            r->c1[b] = m1;
            r->c2[b] = (m0 >> 32) ^ r->c3[b] ^ source->key[round][1];
            r->c3[b] = m0;
        }
    }
    LANE_UNROLL(NORMALS_SIDE)
    for (int b = 0; b < blocks; b++) {
        word[2 * b] = (r->c0[b] & 0xffffffff) | r->c1[b] << 32;
        word[2 * b + 1] = (r->c2[b] & 0xffffffff) | r->c3[b] << 32;
    }
}

/* The words of blocks first, first + stride, ... of each lane's replica.  In the first round the
 * products are known without lanes: of the block's number, the same in all lanes, and of the
 * replica's, the same in all blocks. */
LANE_INLINE void random_words(const normal_source *source, uint32_t first, uint32_t stride,
                              const int blocks, lane_word *word)
{
    const lane_word of_replica = lane_multiply32(source->c2, PHILOX_M4x32_1);
    const lane_word c0_second = (of_replica >> 32) ^ source->c1 ^ source->key[0][0];
    const lane_word of_second = lane_multiply32(c0_second, PHILOX_M4x32_0);
    random_blocks r;
    LANE_UNROLL(NORMALS_SIDE)
    for (int b = 0; b < blocks; b++) {
        const uint64_t of_block = (uint64_t)(first + (uint32_t)b * stride) * PHILOX_M4x32_0;
        const lane_word c2 = (of_block >> 32) ^ source->c3 ^ source->key[0][1];
        r.c1[b] = lane_multiply32(c2, PHILOX_M4x32_1);
        r.c0[b] = (r.c1[b] >> 32) ^ of_replica ^ source->key[1][0];
        r.c2[b] = (of_second >> 32) ^ of_block ^ source->key[1][1];
        r.c3[b] = of_second;
    }
    random_rounds(source, &r, blocks, word);
}

/* The words of `blocks` x LANES blocks of one replica, set in all lanes: lane l of word b has block
 * first + b LANES + l. */
LANE_INLINE void random_words_along(const normal_source *source, uint32_t first, const int blocks,
                                    lane_word *word)
{
    const lane_word of_replica = lane_multiply32(source->c2, PHILOX_M4x32_1);
    const lane_word c0_second = (of_replica >> 32) ^ source->c1 ^ source->key[0][0];
    const lane_word of_second = lane_multiply32(c0_second, PHILOX_M4x32_0);
    random_blocks r;
    LANE_UNROLL(NORMALS_SIDE)
    for (int b = 0; b < blocks; b++) {
        lane_word block;
        for (int l = 0; l < LANES; l++)
            block[l] = first + (uint32_t)(b * LANES + l);
        const lane_word of_block = lane_multiply32(block, PHILOX_M4x32_0);
        const lane_word c2 = (of_block >> 32) ^ source->c3 ^ source->key[0][1];
        r.c1[b] = lane_multiply32(c2, PHILOX_M4x32_1);
        r.c0[b] = (r.c1[b] >> 32) ^ of_replica ^ source->key[1][0];
        r.c2[b] = (of_second >> 32) ^ of_block ^ source->key[1][1];
        r.c3[b] = of_second;
    }
    random_rounds(source, &r, blocks, word);
}

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

/* -2 ln((h + 1/2) 2^-40), h = the high 40 bits of the word: the square of a radius, and minus twice
 * the logarithm of a uniform number. */
LANE_INLINE lane normal_square(lane_word word)
{
    const uint64_t two52 = 0x4330000000000000;
    return minus_two_ln((lane)((word >> 24) | two52) - (0x1p52 - 0.5), 40);
}

/* Two normals from one word. */
LANE_INLINE void normal_pair(lane_word word, lane *first, lane *second)
{
    const lane radius = lane_sqrt(normal_square(word));
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

/* Four normals per block, blocks first .. first + blocks - 1.  The bits of NORMALS_AHEAD blocks are
 * drawn before any is shaped: each half is a long chain of dependent steps, and the processor
 * overlaps the chains of different blocks only where they stand close together.  Not inlined, so
 * that its many constants do not take registers from the caller's tiles. */
static __attribute__((noinline)) void normals_fill(const normal_source *source, uint32_t first,
                                                   int blocks, lane *normal)
{
    for (int done = 0; done < blocks; done += NORMALS_AHEAD) {
        const int count = blocks - done < NORMALS_AHEAD ? blocks - done : NORMALS_AHEAD;
        lane_word word[2 * NORMALS_AHEAD];
        for (int drawn = 0; drawn < count;) {
            const uint32_t at = first + (uint32_t)(done + drawn);
            const bool side = drawn + NORMALS_SIDE <= count;
            if (side)
                random_words(source, at, 1, NORMALS_SIDE, &word[2 * drawn]);
            else
                random_words(source, at, 1, 1, &word[2 * drawn]);
            drawn += side ? NORMALS_SIDE : 1;
        }
        for (int j = 0; j < 2 * count; j++)
            normal_pair(word[j], &normal[4 * done + 2 * j], &normal[4 * done + 2 * j + 1]);
    }
}

#endif
