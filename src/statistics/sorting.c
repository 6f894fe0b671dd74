/* sorting.c: ascending order of doubles; not-a-number does not occur in what is sorted here.
 *
 * Many are sorted by their bytes, from the last to the first: eight passes over a key, a whole
 * number in the same order, of which those are left out whose byte is the same in all of them. */
#include "statistics/sorting.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES = 8, VALUES = 256, FEW = 64 /* sorted by comparison */ };

static int ascending(const void *a, const void *b)
{
    double x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

/* Negative numbers, whose bits are in descending order, come below the others. */
static inline uint64_t key_of(uint64_t bits)
{
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static inline uint64_t bits_of(uint64_t key)
{
    return key >> 63 ? key ^ UINT64_C(1) << 63 : ~key;
}

/* One pass, stable, by byte number `byte`; at[v]: how many have value v. */
static void distribute(size_t count, const uint64_t *from, int byte, const size_t at[VALUES],
                       uint64_t *to)
{
    size_t next[VALUES], sum = 0;
    for (int v = 0; v < VALUES; v++) {
        next[v] = sum;
        sum += at[v];
    }
    for (size_t i = 0; i < count; i++)
        to[next[from[i] >> (8 * byte) & 255]++] = from[i];
}

static void sort_keys(size_t count, uint64_t *key, uint64_t *other)
{
    size_t at[BYTES][VALUES] = {{0}};
    uint64_t *from = key, *to = other;
    for (size_t i = 0; i < count; i++)
        for (int byte = 0; byte < BYTES; byte++)
            at[byte][key[i] >> (8 * byte) & 255]++;
    for (int byte = 0; byte < BYTES; byte++) {
        if (at[byte][from[0] >> (8 * byte) & 255] == count)
            continue;
        distribute(count, from, byte, at[byte], to);
        uint64_t *const last = from;
        from = to;
        to = last;
    }
    if (from != key)
        memcpy(key, from, count * sizeof *key);
}

void dyson_sort(size_t count, double *values)
{
    if (count < 2)
        return;
    uint64_t *const key = count > FEW ? malloc(2 * count * sizeof *key) : NULL;
    if (key == NULL) {
        qsort(values, count, sizeof *values, ascending);
        return;
    }
    memcpy(key, values, count * sizeof *key);
    for (size_t i = 0; i < count; i++)
        key[i] = key_of(key[i]);
    sort_keys(count, key, key + count);
    for (size_t i = 0; i < count; i++)
        key[i] = bits_of(key[i]);
    memcpy(values, key, count * sizeof *key);
    free(key);
}
