/* random.c: addressed random numbers, one at a time.  Conventions: random.h. */
#include "dyson/random.h"

#include <Random123/philox.h>
#include <Random123/threefry.h>
#include <math.h>

void dyson_random_block(uint64_t stream, dyson_purpose purpose, int64_t replica, int64_t update,
                        uint32_t block, uint32_t out[4])
{
    const philox4x32_ctr_t counter = {
        {block, (uint32_t)update, (uint32_t)replica,
         (uint32_t)((uint64_t)replica >> 32) | (uint32_t)purpose << 24}};
    const philox4x32_key_t key = {{(uint32_t)stream, (uint32_t)(stream >> 32)}};
    const philox4x32_ctr_t bits = philox4x32_R(10, counter, key);
    for (int i = 0; i < 4; i++)
        out[i] = bits.v[i];
}

void dyson_random_normals(uint64_t stream, dyson_purpose purpose, int64_t replica, int64_t update,
                          uint32_t first, size_t count, double *normal)
{
    const double turn = 6.283185307179586477;
    uint32_t bits[4];
    for (size_t n = 0; n < count; n += 2) {
        if (n % 4 == 0)
            dyson_random_block(stream, purpose, replica, update, first + (uint32_t)(n / 4), bits);
        const uint64_t word = bits[n % 4] | (uint64_t)bits[n % 4 + 1] << 32;
        const double radius = sqrt(-2.0 * log(((double)(word >> 24) + 0.5) * 0x1p-40));
        const double angle = turn * ((double)(word & 0xffffff) + 0.5) * 0x1p-24;
        normal[n] = radius * cos(angle);
        if (n + 1 < count)
            normal[n + 1] = radius * sin(angle);
    }
}

/* Folds 32 bytes: the state is the key of the next cipher call, and the message is added to its
 * output. */
static void digest_fold(threefry4x64_key_t *state, const threefry4x64_ctr_t *message)
{
    const threefry4x64_ctr_t mixed = threefry4x64_R(20, *message, *state);
    for (int i = 0; i < 4; i++)
        state->v[i] = mixed.v[i] ^ message->v[i];
}

uint64_t dyson_random_digest(const void *bytes, size_t count)
{
    const unsigned char *byte = bytes;
    threefry4x64_key_t state = {{0, 0, 0, 0}};
    for (size_t done = 0; done < count; done += 32) {
        threefry4x64_ctr_t message = {{0, 0, 0, 0}};
        for (size_t i = 0; i < 32 && done + i < count; i++)
            message.v[i / 8] |= (uint64_t)byte[done + i] << (8 * (i % 8));
        digest_fold(&state, &message);
    }
    const threefry4x64_ctr_t length = {{count, 0, 0, 1}};
    digest_fold(&state, &length);
    return state.v[0];
}
