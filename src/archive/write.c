/* write.c: one block to disk; the session's numbers. */
#include "archive/scan.h"
#include "archive/writer.h"
#include "base/clock.h"
#include "base/file.h"

#include <string.h>

/* Checksums and status are put together for so many replicas at a time. */
#define BATCH 256

#define LOOK_SECONDS 10.0 /* between two looks whether the file is still there */

static int put(dyson_archive *archive, archive_part part, const dyson_extent *extent,
               const void *bytes, dyson_error *error)
{
    const archive_layout *layout = &archive->map.layout;
    size_t replica_bytes = archive_replica_bytes(layout, part);
    int64_t row = (int64_t)extent->point * layout->replicas + extent->first;
    int cause = file_write_at(archive->descriptor, bytes, (size_t)extent->count * replica_bytes,
                              archive->map.offset[part] + row * (int64_t)replica_bytes);
    if (cause != 0)
        return dyson_fail(error, DYSON_IO, "cannot write %s of replica %lld, point %zu, to %s: %s",
                          archive_object_of(layout, part).path, (long long)extent->first,
                          extent->point, archive->path, strerror(cause));
    return DYSON_OK;
}

/* Checksums of what a block holds of a part. */
static int put_checksums(dyson_archive *archive, archive_part data, archive_part checksum,
                         const dyson_extent *extent, const void *bytes, dyson_error *error)
{
    uint32_t sums[BATCH];
    size_t size = archive_replica_bytes(&archive->map.layout, data);
    for (int64_t done = 0; done < extent->count; done += BATCH) {
        dyson_extent batch = {extent->point, extent->first + done, extent->count - done};
        if (batch.count > BATCH)
            batch.count = BATCH;
        for (int64_t i = 0; i < batch.count; i++)
            sums[i] = archive_checksum((const char *)bytes + (size_t)(done + i) * size, size);
        if (put(archive, checksum, &batch, sums, error) != DYSON_OK)
            return error->code;
    }
    return DYSON_OK;
}

static int put_status(dyson_archive *archive, const dyson_block *block, dyson_error *error)
{
    uint8_t status[BATCH];
    const dyson_extent *extent = &block->extent;
    for (int64_t done = 0; done < extent->count; done += BATCH) {
        dyson_extent batch = {extent->point, extent->first + done, extent->count - done};
        if (batch.count > BATCH)
            batch.count = BATCH;
        for (int64_t i = 0; i < batch.count; i++)
            status[i] = block->diverged_at[done + i] >= 0 ? DYSON_DIVERGED : DYSON_DONE;
        if (put(archive, PART_STATUS, &batch, status, error) != DYSON_OK)
            return error->code;
    }
    return DYSON_OK;
}

/* 0 where the replica did not run away. */
static int put_diverged_checksums(dyson_archive *archive, const dyson_block *block,
                                  dyson_error *error)
{
    uint32_t sums[BATCH];
    const dyson_extent *extent = &block->extent;
    for (int64_t done = 0; done < extent->count; done += BATCH) {
        dyson_extent batch = {extent->point, extent->first + done, extent->count - done};
        if (batch.count > BATCH)
            batch.count = BATCH;
        for (int64_t i = 0; i < batch.count; i++) {
            const int64_t *at = &block->diverged_at[done + i];
            sums[i] = *at >= 0 ? archive_checksum(at, sizeof *at) : 0;
        }
        if (put(archive, PART_DIVERGED_CHECKSUM, &batch, sums, error) != DYSON_OK)
            return error->code;
    }
    return DYSON_OK;
}

static bool ran_away(const dyson_block *block)
{
    for (int64_t i = 0; i < block->extent.count; i++)
        if (block->diverged_at[i] >= 0)
            return true;
    return false;
}

int dyson_archive_write(dyson_archive *archive, const dyson_block *block, dyson_error *error)
{
    const archive_layout *layout = &archive->map.layout;
    const dyson_extent *extent = &block->extent;
    if ((int64_t)extent->point >= layout->points || extent->first < 0 || extent->count < 0 ||
        extent->count > layout->replicas - extent->first ||
        (block->weights == NULL) != (layout->weight_sets == 0))
        return dyson_fail(error, DYSON_INTERNAL, "a block that does not fit into %s",
                          archive->path);
    if (put(archive, PART_EIGENVALUES, extent, block->eigenvalues, error) != DYSON_OK ||
        put(archive, PART_DIVERGED_AT, extent, block->diverged_at, error) != DYSON_OK ||
        put_checksums(archive, PART_EIGENVALUES, PART_CHECKSUM, extent, block->eigenvalues,
                      error) != DYSON_OK ||
        (ran_away(block) && put_diverged_checksums(archive, block, error) != DYSON_OK))
        return error->code;
    if (layout->weight_sets > 0 &&
        (put(archive, PART_WEIGHTS, extent, block->weights, error) != DYSON_OK ||
         put_checksums(archive, PART_WEIGHTS, PART_WEIGHTS_CHECKSUM, extent, block->weights,
                       error) != DYSON_OK))
        return error->code;
    put_status(archive, block, error);
    if (error->code == DYSON_OK && clock_seconds() - archive->looked > LOOK_SECONDS)
        archive_look(archive, error);
    return error->code;
}

int dyson_archive_session(dyson_archive *archive, double seconds, double cost, dyson_error *error)
{
    int ranks;
    MPI_Comm_size(archive->comm, &ranks);
    double session[3] = {seconds, cost, ranks};
    int cause = file_write_at(archive->descriptor, session, sizeof session, archive->map.session);
    if (cause != 0)
        return dyson_fail(error, DYSON_IO, "cannot write /session to %s: %s", archive->path,
                          strerror(cause));
    return archive_look(archive, error);
}
