/* random.h: random numbers as a function of their address, never of what was drawn before.
 *
 * Philox4x32-10 (Random123).  Key: the 64-bit stream key of a point (dyson_spec_stream).  Counter,
 * four 32-bit words:
 *   c0  block within the update: each block gives four normals (or 128 bits)
 *   c1  update number, < 2^32
 *   c2  replica number, low 32 bits
 *   c3  replica number, bits 32..55, in the low 24 bits; purpose in the high 8
 * The map from (replica, update, purpose, block) to the counter is one-to-one, so within a point no
 * two replicas share a number; between points the keys differ (checked by dyson_spec_parse).
 *
 * Normals: word pair (w1 w0) = 64 bits u; the high 40 give the radius, the low 24 the angle,
 *   r = sqrt(-2 ln((h + 1/2) 2^-40)),  theta = 2 pi (l + 1/2) 2^-24,  (r cos theta, r sin theta).
 * Equidistant angles integrate every polynomial in (cos, sin) of degree < 2^24 exactly, so moments
 * are not touched by their discreteness; the radius ends at 7.54, beyond which a normal pair falls
 * with probability 2^-41.  Single precision makes the same normals of the same bits, rounded. */
#ifndef DYSON_RANDOM_H
#define DYSON_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#define DYSON_RANDOM_REPLICAS ((int64_t)1 << 56) /* replica numbers are below this */
#define DYSON_RANDOM_UPDATES ((int64_t)1 << 32)  /* update numbers are below this */

/* What a number is drawn for: an address of its own each. */
typedef enum dyson_purpose {
    DYSON_PURPOSE_WEIGHTS = 0, /* initial W */
    DYSON_PURPOSE_CHAINS = 1,  /* Gibbs sampling */
    DYSON_PURPOSE_NOISE = 2,   /* added or reduced noise */
    DYSON_PURPOSE_DATA = 3     /* drawn data */
} dyson_purpose;

/* One block: 128 bits at an address. */
void dyson_random_block(uint64_t stream, dyson_purpose purpose, int64_t replica, int64_t update,
                        uint32_t block, uint32_t out[4]);

/* Scalar form of the normals, by the C library's functions: what the kernels are tested against and
 * what code outside the inner loop uses.  Fills normal[0..count) from blocks first, first + 1, ...
 */
void dyson_random_normals(uint64_t stream, dyson_purpose purpose, int64_t replica, int64_t update,
                          uint32_t first, size_t count, double *normal);

/* A 64-bit digest of bytes, for stream keys: Threefry4x64-20 in Matyas-Meyer-Oseas chaining, the
 * length appended. The value is part of the file format: it does not depend on byte order or word
 * size. */
uint64_t dyson_random_digest(const void *bytes, size_t count);

#endif
