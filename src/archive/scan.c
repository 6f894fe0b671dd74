/* scan.c: a replica is sound when its status, /diverged_at and checksums agree with its data.
 *
 * The order of writing makes /status true after any kill of processes; after the loss of a node
 * or of power the disk may hold a later write without an earlier one, and then the checksum
 * tells. */
#include "archive/scan.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Bytes read at a time, unless one replica alone has more. */
#define CHUNK_BYTES ((size_t)1 << 20)

/* The bytes of up to `room` replicas, part by part. */
typedef struct scan_chunk {
    size_t room;
    void *bytes[PART_COUNT];
} scan_chunk;

uint32_t archive_checksum(const void *bytes, size_t size)
{
    return (uint32_t)crc32_z(crc32_z(0, NULL, 0), bytes, size);
}

int archive_dataset_checksum(hid_t dataset, hid_t type, size_t count, uint32_t *sum)
{
    int64_t *bytes = malloc(count * sizeof *bytes);
    const int failed = bytes == NULL || H5Tget_size(type) != sizeof *bytes ||
                       H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) < 0;
    if (!failed)
        *sum = archive_checksum(bytes, count * sizeof *bytes);
    free(bytes);
    return failed;
}

static void chunk_free(scan_chunk *chunk)
{
    for (archive_part part = 0; part < PART_COUNT; part++)
        free(chunk->bytes[part]);
}

static int chunk_make(const archive_layout *layout, scan_chunk *chunk, dyson_error *error)
{
    size_t replica = 0;
    memset(chunk, 0, sizeof *chunk);
    for (archive_part part = 0; part < PART_COUNT; part++)
        if (archive_has(layout, part))
            replica += archive_replica_bytes(layout, part);
    chunk->room = replica < CHUNK_BYTES ? CHUNK_BYTES / replica : 1;
    for (archive_part part = 0; part < PART_COUNT; part++) {
        if (!archive_has(layout, part))
            continue;
        chunk->bytes[part] = malloc(chunk->room * archive_replica_bytes(layout, part));
        if (chunk->bytes[part] == NULL) {
            chunk_free(chunk);
            return dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu bytes of a replica",
                              replica);
        }
    }
    return DYSON_OK;
}

/* Of replica i's bytes in `data`; true where the file has no such checksum. */
static bool checksum_holds(const archive_layout *layout, const scan_chunk *chunk, archive_part data,
                           archive_part checksum, size_t i)
{
    if (!archive_has(layout, checksum))
        return true;
    const size_t size = archive_replica_bytes(layout, data);
    return archive_checksum((const char *)chunk->bytes[data] + i * size, size) ==
           ((const uint32_t *)chunk->bytes[checksum])[i];
}

static dyson_status judge(const archive_layout *layout, const scan_chunk *chunk, size_t i)
{
    uint8_t status = ((const uint8_t *)chunk->bytes[PART_STATUS])[i];
    int64_t diverged_at = ((const int64_t *)chunk->bytes[PART_DIVERGED_AT])[i];
    if (status == DYSON_PENDING)
        return DYSON_PENDING;
    bool sound = (status == DYSON_DONE && diverged_at == -1) ||
                 (status == DYSON_DIVERGED && diverged_at >= 0);
    sound = sound && checksum_holds(layout, chunk, PART_EIGENVALUES, PART_CHECKSUM, i) &&
            checksum_holds(layout, chunk, PART_WEIGHTS, PART_WEIGHTS_CHECKSUM, i) &&
            (status == DYSON_DONE ||
             checksum_holds(layout, chunk, PART_DIVERGED_AT, PART_DIVERGED_CHECKSUM, i));
    return sound ? (dyson_status)status : DYSON_DAMAGED;
}

/* One chunk within one point.  Where nothing is marked finished, the data are not read. */
static int scan_one(const archive_layout *layout, const scan_chunk *chunk, archive_fetch *fetch,
                    void *source, size_t point, int64_t first, int64_t count, archive_visit *visit,
                    void *context, dyson_error *error)
{
    const uint8_t *status = chunk->bytes[PART_STATUS];
    bool finished = false;
    if (fetch(source, PART_STATUS, point, first, count, chunk->bytes[PART_STATUS], error) != 0)
        return error->code;
    for (int64_t i = 0; i < count; i++)
        finished = finished || status[i] != DYSON_PENDING;
    for (archive_part part = 0; part < PART_COUNT && finished; part++)
        if (part != PART_STATUS && archive_has(layout, part) &&
            fetch(source, part, point, first, count, chunk->bytes[part], error) != 0)
            return error->code;
    for (int64_t i = 0; i < count; i++) {
        dyson_status verdict = finished ? judge(layout, chunk, (size_t)i) : DYSON_PENDING;
        if (visit(context, point, first + i, verdict, error) != DYSON_OK)
            return error->code;
    }
    return DYSON_OK;
}

int archive_scan(const archive_layout *layout, archive_fetch *fetch, void *source, int64_t from,
                 int64_t to, archive_visit *visit, void *context, dyson_error *error)
{
    scan_chunk chunk;
    if (chunk_make(layout, &chunk, error) != DYSON_OK)
        return error->code;
    while (from < to && error->code == DYSON_OK) {
        int64_t first = from % layout->replicas, count = layout->replicas - first;
        if (count > to - from)
            count = to - from;
        if (count > (int64_t)chunk.room)
            count = (int64_t)chunk.room;
        scan_one(layout, &chunk, fetch, source, (size_t)(from / layout->replicas), first, count,
                 visit, context, error);
        from += count;
    }
    chunk_free(&chunk);
    return error->code;
}
