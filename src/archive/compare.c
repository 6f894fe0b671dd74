/* compare.c: what training gives now, against what a file holds. */
#include "archive/reader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Numbers that differ by no more than a part of the largest of them. */
static bool close_to(const double *found, const double *expected, size_t count, double tolerance)
{
    double largest = 0.0;
    bool close = true;
    for (size_t i = 0; i < count; i++)
        largest = isfinite(expected[i]) ? fmax(largest, fabs(expected[i])) : largest;
    for (size_t i = 0; i < count; i++)
        close = close && ((isnan(found[i]) && isnan(expected[i])) ||
                          fabs(found[i] - expected[i]) <= tolerance * largest);
    return close;
}

static int compare_part(dyson_reader *reader, archive_part part, const dyson_extent *extent,
                        const void *expected, double tolerance, bool *same, dyson_error *error)
{
    const size_t size = (size_t)extent->count * archive_replica_bytes(&reader->layout, part);
    void *found = malloc(size);
    if (found == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu bytes of a replica", size);
    if (reader_get(reader, part, extent->point, extent->first, extent->count, found, error) ==
        DYSON_OK)
        *same = *same &&
                (memcmp(found, expected, size) == 0 ||
                 (tolerance > 0 && close_to(found, expected, size / sizeof(double), tolerance)));
    free(found);
    return error->code;
}

int dyson_reader_compare(dyson_reader *reader, const dyson_block *block, double tolerance,
                         bool *same, dyson_error *error)
{
    const dyson_extent *extent = &block->extent;
    *same = true;
    for (int64_t i = 0; i < extent->count; i++) {
        uint8_t status;
        if (dyson_reader_status(reader, extent->point, extent->first + i, 1, &status, error) !=
            DYSON_OK)
            return error->code;
        *same = *same && status == (block->diverged_at[i] >= 0 ? DYSON_DIVERGED : DYSON_DONE);
    }
    if (compare_part(reader, PART_EIGENVALUES, extent, block->eigenvalues, tolerance, same,
                     error) == DYSON_OK &&
        compare_part(reader, PART_DIVERGED_AT, extent, block->diverged_at, 0, same, error) ==
            DYSON_OK &&
        archive_has(&reader->layout, PART_WEIGHTS))
        compare_part(reader, PART_WEIGHTS, extent, block->weights, tolerance, same, error);
    return error->code;
}
