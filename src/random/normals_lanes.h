/* normals_lanes.h: Philox4x32-10 and Box-Muller, one replica per lane; included by the *_lanes.c
 * sources.
 *
 * Each 64-bit lane carries one 32-bit Philox word in its low half; the high half holds rubbish that
 * the 32 x 32 multiplication ignores.  The address of a number and the meaning of its bits:
 * random.h.
 *
 * In single precision a register has twice as many lanes as 64-bit words: the words of the even
 * lanes fill one register, those of the odd lanes another.  How bits become normals:
 * normals_double.h, normals_single.h. */
#ifndef DYSON_NORMALS_LANES_H
#define DYSON_NORMALS_LANES_H

#include "dyson/random.h"
#include "lanes/lanes.h"

#include <Random123/philox.h>
#include <stdbool.h>

#define HALVES (LANES / WORDS) /* registers of 64-bit words that all lanes fill */

/* Blocks whose bits are drawn side by side: as many as pay with the registers there are. */
#if WORDS == 2 && defined(__x86_64__)
#define NORMALS_SIDE (2 / HALVES)
#elif defined(DYSON_LANE_SINGLE)
#define NORMALS_SIDE 3
#else
#define NORMALS_SIDE 5
#endif
#define NORMALS_AHEAD (2 * NORMALS_SIDE)

/* The bits of a pair of normals, 64 for each lane. */
#if defined(DYSON_LANE_SINGLE)
typedef struct random_pair {
    lane_bits low, high;
} random_pair;
#else
typedef lane_word random_pair;
#endif

/* The part of an address that does not change from block to block. */
typedef struct normal_source {
    lane_word c2[HALVES], c3[HALVES]; /* replica and purpose */
    uint32_t c1;                      /* update */
    lane_word key[10][2];             /* the round keys */
} normal_source;

LANE_INLINE void normal_source_set(normal_source *source, uint64_t stream, dyson_purpose purpose,
                                   const int64_t replica[LANES])
{
    for (int h = 0; h < HALVES; h++) {
        lane_word number;
        for (int l = 0; l < WORDS; l++)
            number[l] = (uint64_t)replica[HALVES * l + h];
        source->c2[h] = number & 0xffffffff;
        source->c3[h] = (number >> 32) | (uint64_t)purpose << 24;
    }
    uint32_t k0 = (uint32_t)stream, k1 = (uint32_t)(stream >> 32);
    for (int round = 0; round < 10; round++) {
        source->key[round][0] = lane_word_all(k0);
        source->key[round][1] = lane_word_all(k1);
        k0 += PHILOX_W32_0;
        k1 += PHILOX_W32_1;
    }
}

/* The counters of blocks on their way through the rounds, all halves of one after those of another.
 * A block is a chain of dependent steps; several go side by side, so that none waits for its
 * own. */
typedef struct random_blocks {
    lane_word c0[NORMALS_SIDE * HALVES], c1[NORMALS_SIDE * HALVES];
    lane_word c2[NORMALS_SIDE * HALVES], c3[NORMALS_SIDE * HALVES];
} random_blocks;

/* Two words of 32 bits for each lane, which stand in the low halves. */
LANE_INLINE random_pair random_pair_of(const lane_word *low, const lane_word *high)
{
    const uint64_t half = 0xffffffff;
#if defined(DYSON_LANE_SINGLE)
    return (random_pair){(lane_bits)((low[0] & half) | low[1] << 32),
                         (lane_bits)((high[0] & half) | high[1] << 32)};
#else
    return (low[0] & half) | high[0] << 32;
#endif
}

/* Rounds 2 to 9, and the 128 bits of each of `blocks` blocks, a constant, as two pairs. */
LANE_INLINE void random_rounds(const normal_source *source, random_blocks *r, const int blocks,
                               random_pair *pair)
{
    LANE_UNROLL(8)
    for (int round = 2; round < 10; round++) {
        LANE_UNROLL(NORMALS_SIDE * HALVES)
        for (int b = 0; b < blocks * HALVES; b++) {
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
        pair[2 * b] = random_pair_of(&r->c0[b * HALVES], &r->c1[b * HALVES]);
        pair[2 * b + 1] = random_pair_of(&r->c2[b * HALVES], &r->c3[b * HALVES]);
    }
}

/* The bits of blocks first, first + stride, ... of each lane's replica.  In the first round the
 * products are known without lanes: of the block's number, the same in all lanes, and of the
 * replica's, the same in all blocks. */
LANE_INLINE void random_words(const normal_source *source, uint32_t first, uint32_t stride,
                              const int blocks, random_pair *pair)
{
    random_blocks r;
    LANE_UNROLL(HALVES)
    for (int h = 0; h < HALVES; h++) {
        const lane_word of_replica = lane_multiply32(source->c2[h], PHILOX_M4x32_1);
        const lane_word c0_second = (of_replica >> 32) ^ source->c1 ^ source->key[0][0];
        const lane_word of_second = lane_multiply32(c0_second, PHILOX_M4x32_0);
        LANE_UNROLL(NORMALS_SIDE)
        for (int b = 0; b < blocks; b++) {
            const int at = b * HALVES + h;
            const uint64_t of_block = (uint64_t)(first + (uint32_t)b * stride) * PHILOX_M4x32_0;
            const lane_word c2 = (of_block >> 32) ^ source->c3[h] ^ source->key[0][1];
            r.c1[at] = lane_multiply32(c2, PHILOX_M4x32_1);
            r.c0[at] = (r.c1[at] >> 32) ^ of_replica ^ source->key[1][0];
            r.c2[at] = (of_second >> 32) ^ of_block ^ source->key[1][1];
            r.c3[at] = of_second;
        }
    }
    random_rounds(source, &r, blocks, pair);
}

#if !defined(DYSON_LANE_SINGLE)
/* The words of `blocks` x LANES blocks of one replica, set in all lanes: lane l of word b has block
 * first + b LANES + l. */
LANE_INLINE void random_words_along(const normal_source *source, uint32_t first, const int blocks,
                                    random_pair *word)
{
    const lane_word of_replica = lane_multiply32(source->c2[0], PHILOX_M4x32_1);
    const lane_word c0_second = (of_replica >> 32) ^ source->c1 ^ source->key[0][0];
    const lane_word of_second = lane_multiply32(c0_second, PHILOX_M4x32_0);
    random_blocks r;
    LANE_UNROLL(NORMALS_SIDE)
    for (int b = 0; b < blocks; b++) {
        lane_word block;
        for (int l = 0; l < LANES; l++)
            block[l] = first + (uint32_t)(b * LANES + l);
        const lane_word of_block = lane_multiply32(block, PHILOX_M4x32_0);
        const lane_word c2 = (of_block >> 32) ^ source->c3[0] ^ source->key[0][1];
        r.c1[b] = lane_multiply32(c2, PHILOX_M4x32_1);
        r.c0[b] = (r.c1[b] >> 32) ^ of_replica ^ source->key[1][0];
        r.c2[b] = (of_second >> 32) ^ of_block ^ source->key[1][1];
        r.c3[b] = of_second;
    }
    random_rounds(source, &r, blocks, word);
}
#endif

#if defined(DYSON_LANE_SINGLE)
#include "random/normals_single.h"
#else
#include "random/normals_double.h"
#endif

/* Four normals per block, blocks first .. first + blocks - 1.  The bits of NORMALS_AHEAD blocks are
 * drawn before any is shaped: each half is a long chain of dependent steps, and the processor
 * overlaps the chains of different blocks only where they stand close together.  Not inlined, so
 * that its many constants do not take registers from the caller's tiles. */
static __attribute__((noinline)) void normals_fill(const normal_source *source, uint32_t first,
                                                   int blocks, lane *normal)
{
    for (int done = 0; done < blocks; done += NORMALS_AHEAD) {
        const int count = blocks - done < NORMALS_AHEAD ? blocks - done : NORMALS_AHEAD;
        random_pair word[2 * NORMALS_AHEAD];
        for (int drawn = 0; drawn < count;) {
            const uint32_t at = first + (uint32_t)(done + drawn);
            const bool side = drawn + NORMALS_SIDE <= count;
            if (side)
                random_words(source, at, 1, NORMALS_SIDE, &word[2 * drawn]);
            else
                random_words(source, at, 1, 1, &word[2 * drawn]);
            drawn += side ? NORMALS_SIDE : 1;
        }
        lane square[2 * NORMALS_AHEAD];
        for (int j = 0; j < 2 * count; j++)
            square[j] = normal_square(word[j]);
        for (int j = 0; j < 2 * count; j++)
            normal_pair(word[j], square[j], &normal[4 * done + 2 * j],
                        &normal[4 * done + 2 * j + 1]);
    }
}

#endif
