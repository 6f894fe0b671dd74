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

/* One small number of each replica, put together for some at a time: `value` writes that of the
 * i-th replica of the block, of the part's bytes for one. */
static int put_numbers(dyson_archive *archive, archive_part part, const dyson_block *block,
                       void value(const archive_layout *, const dyson_block *, int64_t i, void *),
                       dyson_error *error)
{
    char numbers[BATCH * sizeof(uint32_t)];
    const archive_layout *layout = &archive->map.layout;
    const size_t size = archive_replica_bytes(layout, part);
    for (int64_t done = 0; done < block->extent.count; done += BATCH) {
        dyson_extent batch = {block->extent.point, block->extent.first + done,
                              block->extent.count - done};
        if (batch.count > BATCH)
            batch.count = BATCH;
        for (int64_t i = 0; i < batch.count; i++)
            value(layout, block, done + i, numbers + (size_t)i * size);
        if (put(archive, part, &batch, numbers, error) != DYSON_OK)
            return error->code;
    }
    return DYSON_OK;
}

static void checksum_of(const archive_layout *layout, archive_part part, const double *data,
                        int64_t i, void *sum)
{
    const size_t size = archive_replica_bytes(layout, part);
    const uint32_t found = archive_checksum((const char *)data + (size_t)i * size, size);
    memcpy(sum, &found, sizeof found);
}

static void eigenvalues_checksum(const archive_layout *layout, const dyson_block *block, int64_t i,
                                 void *sum)
{
    checksum_of(layout, PART_EIGENVALUES, block->eigenvalues, i, sum);
}

static void weights_checksum(const archive_layout *layout, const dyson_block *block, int64_t i,
                             void *sum)
{
    checksum_of(layout, PART_WEIGHTS, block->weights, i, sum);
}

/* 0 where the replica did not run away. */
static void diverged_checksum(const archive_layout *layout, const dyson_block *block, int64_t i,
                              void *sum)
{
    (void)layout;
    const int64_t at = block->diverged_at[i];
    const uint32_t found = at >= 0 ? archive_checksum(&at, sizeof at) : 0;
    memcpy(sum, &found, sizeof found);
}

static void status_of(const archive_layout *layout, const dyson_block *block, int64_t i,
                      void *status)
{
    (void)layout;
    *(uint8_t *)status = block->diverged_at[i] >= 0 ? DYSON_DIVERGED : DYSON_DONE;
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
        put_numbers(archive, PART_CHECKSUM, block, eigenvalues_checksum, error) != DYSON_OK)
        return error->code;
    if (ran_away(block) &&
        put_numbers(archive, PART_DIVERGED_CHECKSUM, block, diverged_checksum, error) != DYSON_OK)
        return error->code;
    if (layout->weight_sets > 0 &&
        (put(archive, PART_WEIGHTS, extent, block->weights, error) != DYSON_OK ||
         put_numbers(archive, PART_WEIGHTS_CHECKSUM, block, weights_checksum, error) != DYSON_OK))
        return error->code;
    put_numbers(archive, PART_STATUS, block, status_of, error); /* the mark goes last */
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
