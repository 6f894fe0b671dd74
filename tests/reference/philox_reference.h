/* philox_reference.h: the address that a block of Philox4x32-10 came from.
 *
 * Each round is a bijection of the counter (its multipliers are odd), so the counter can be had
 * back from the bits.  Tests use this to read off where a block came from and to find addresses of
 * bits they want. */
#ifndef DYSON_TEST_PHILOX_REFERENCE_H
#define DYSON_TEST_PHILOX_REFERENCE_H

#include <stdint.h>

/* A place in the streams of random.h; purpose in [0, 256). */
typedef struct philox_address {
    int64_t replica, update;
    uint32_t block, purpose;
} philox_address;

philox_address philox_reference_address(uint64_t stream, const uint32_t bits[4]);

#endif
