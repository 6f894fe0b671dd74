/* pending.c: what is still to be trained, found by all ranks together.
 *
 * Each rank scans an equal stretch of the axis point * R + replica and makes extents of it; the
 * lists are gathered on every rank and joined where they touch.  Memory goes with the number of
 * extents, that is, of gaps in the file, not of replicas. */
#include "archive/scan.h"
#include "archive/writer.h"
#include "base/file.h"
#include "dyson/collective.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct extent_list {
    const dyson_archive *archive; /* of the scan; not needed to join */
    dyson_extent *extent;
    size_t count, room;
    int64_t damaged;
} extent_list;

static int fetch(void *source, archive_part part, size_t point, int64_t first, int64_t count,
                 void *bytes, dyson_error *error)
{
    const dyson_archive *archive = source;
    const archive_layout *layout = &archive->map.layout;
    size_t size = archive_replica_bytes(layout, part);
    int64_t row = (int64_t)point * layout->replicas + first;
    int cause = file_read_at(archive->descriptor, bytes, (size_t)count * size,
                             archive->map.offset[part] + row * (int64_t)size);
    if (cause != 0)
        return dyson_fail(error, DYSON_IO, "cannot read %s of %s: %s",
                          archive_object_of(layout, part).path, archive->path, strerror(cause));
    return DYSON_OK;
}

/* Puts an extent behind the others, or onto the last where it goes on from there. */
static int append(extent_list *list, dyson_extent extent, dyson_error *error)
{
    dyson_extent *last = list->count > 0 ? &list->extent[list->count - 1] : NULL;
    if (last != NULL && last->point == extent.point && last->first + last->count == extent.first) {
        last->count += extent.count;
        return DYSON_OK;
    }
    if (list->count == list->room) {
        size_t room = 2 * list->room + 64;
        dyson_extent *grown = realloc(list->extent, room * sizeof *grown);
        if (grown == NULL)
            return dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu gaps in the file",
                              room);
        list->extent = grown;
        list->room = room;
    }
    list->extent[list->count++] = extent;
    return DYSON_OK;
}

/* A damaged replica is pending from now on, for readers too: its mark goes before its data do. */
static int unmark(const dyson_archive *archive, size_t point, int64_t replica, dyson_error *error)
{
    const uint8_t pending = DYSON_PENDING;
    const int64_t row = (int64_t)point * archive->map.layout.replicas + replica;
    const int cause = file_write_at(archive->descriptor, &pending, sizeof pending,
                                    archive->map.offset[PART_STATUS] + row);
    return cause == 0 ? DYSON_OK
                      : dyson_fail(error, DYSON_IO, "cannot write /status of %s: %s", archive->path,
                                   strerror(cause));
}

static int visit(void *context, size_t point, int64_t replica, dyson_status verdict,
                 dyson_error *error)
{
    extent_list *list = context;
    list->damaged += verdict == DYSON_DAMAGED;
    if (verdict == DYSON_DAMAGED && unmark(list->archive, point, replica, error) != DYSON_OK)
        return error->code;
    if (verdict == DYSON_DONE || verdict == DYSON_DIVERGED)
        return DYSON_OK;
    return append(list, (dyson_extent){point, replica, 1}, error);
}

/* Collective.  *all: every rank's extents, in order of rank. */
static int gather(const extent_list *mine, MPI_Comm comm, dyson_extent **all, size_t *total,
                  dyson_error *error)
{
    int ranks;
    MPI_Comm_size(comm, &ranks);
    int *counts = malloc(2 * (size_t)ranks * sizeof *counts), *starts = counts + ranks;
    int count = mine->count < INT_MAX ? (int)mine->count : INT_MAX;
    *all = NULL;
    if (counts == NULL)
        dyson_fail(error, DYSON_INTERNAL, "out of memory");
    if (dyson_agree(error, comm) != DYSON_OK) {
        free(counts);
        return error->code;
    }
    MPI_Allgather(&count, 1, MPI_INT, counts, 1, MPI_INT, comm);
    *total = 0;
    for (int r = 0; r < ranks; r++) {
        starts[r] = *total < INT_MAX ? (int)*total : INT_MAX;
        *total += (size_t)counts[r];
    }
    if (*total >= INT_MAX || (*all = malloc((*total + 1) * sizeof **all)) == NULL)
        dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu gaps in the file", *total);
    if (dyson_agree(error, comm) == DYSON_OK) {
        MPI_Datatype type;
        MPI_Type_contiguous((int)sizeof(dyson_extent), MPI_BYTE, &type);
        MPI_Type_commit(&type);
        MPI_Allgatherv(mine->extent, count, type, *all, counts, starts, type, comm);
        MPI_Type_free(&type);
    }
    free(counts);
    return error->code;
}

/* Local.  Joins neighbours in place; the list never grows. */
static size_t join(dyson_extent *extent, size_t count, dyson_error *error)
{
    extent_list list = {.extent = extent, .room = count + 1};
    for (size_t i = 0; i < count; i++)
        append(&list, extent[i], error);
    return list.count;
}

int dyson_archive_pending(dyson_archive *archive, dyson_extent **pending, size_t *count,
                          int64_t *damaged, dyson_error *error)
{
    const archive_layout *layout = &archive->map.layout;
    extent_list list = {.archive = archive};
    int ranks;
    *pending = NULL;
    *count = 0;
    *damaged = 0;
    MPI_Comm_size(archive->comm, &ranks);
    int64_t total = layout->points * layout->replicas, share = total / ranks, rest = total % ranks;
    int64_t rank = archive->rank, from = rank * share + (rank < rest ? rank : rest);
    archive_scan(layout, fetch, archive, from, from + share + (rank < rest), visit, &list, error);
    if (list.damaged > 0 && error->code == DYSON_OK && fsync(archive->descriptor) != 0)
        dyson_fail(error, DYSON_IO, "cannot write %s: %s", archive->path, strerror(errno));
    if (dyson_agree(error, archive->comm) == DYSON_OK &&
        gather(&list, archive->comm, pending, count, error) == DYSON_OK) {
        *count = join(*pending, *count, error);
        MPI_Allreduce(&list.damaged, damaged, 1, MPI_INT64_T, MPI_SUM, archive->comm);
    } else {
        free(*pending);
        *pending = NULL;
        *count = 0;
    }
    free(list.extent);
    return error->code;
}
