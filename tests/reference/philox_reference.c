/* philox_reference.c: Philox4x32-10 run backwards.
 *
 * A round with keys (k0, k1): c0' = hi(M1 c2) ^ c1 ^ k0, c1' = lo(M1 c2), c2' = hi(M0 c0) ^ c3 ^
 * k1, c3' = lo(M0 c0); after it k0 += W0, k1 += W1. */
#include "reference/philox_reference.h"

static const uint32_t M0 = 0xD2511F53, M1 = 0xCD9E8D57, W0 = 0x9E3779B9, W1 = 0xBB67AE85;

/* The inverse of an odd number modulo 2^32, by Newton's iteration: each step doubles the right
 * bits. */
static uint32_t inverse(uint32_t odd)
{
    uint32_t result = odd;
    for (int i = 0; i < 5; i++)
        result *= 2 - odd * result;
    return result;
}

philox_address philox_reference_address(uint64_t stream, const uint32_t bits[4])
{
    uint32_t c0 = bits[0], c1 = bits[1], c2 = bits[2], c3 = bits[3];
    for (uint32_t round = 10; round-- > 0;) {
        const uint32_t k0 = (uint32_t)stream + round * W0;
        const uint32_t k1 = (uint32_t)(stream >> 32) + round * W1;
        const uint32_t before0 = c3 * inverse(M0), before2 = c1 * inverse(M1);
        const uint32_t before1 = c0 ^ k0 ^ (uint32_t)((uint64_t)M1 * before2 >> 32);
        const uint32_t before3 = c2 ^ k1 ^ (uint32_t)((uint64_t)M0 * before0 >> 32);
        c0 = before0;
        c1 = before1;
        c2 = before2;
        c3 = before3;
    }
    return (philox_address){.replica = (int64_t)(c2 | (uint64_t)(c3 & 0xffffff) << 32),
                            .update = c1,
                            .block = c0,
                            .purpose = c3 >> 24};
}
