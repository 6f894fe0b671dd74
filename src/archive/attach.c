/* attach.c: from one rank's file to every rank's archive, and back. */
#include "archive/writer.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hdf5.h"
#include "dyson/collective.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Sorted names of fixed length to one line of distinct ones. */
static char *join_names(char *names, int count)
{
    char *line = malloc((size_t)count * (MPI_MAX_PROCESSOR_NAME + 1) + 1), *end = line;
    if (line == NULL)
        return NULL;
    qsort(names, (size_t)count, MPI_MAX_PROCESSOR_NAME, compare_names);
    *end = '\0';
    for (int i = 0; i < count; i++) {
        const char *name = names + (size_t)i * MPI_MAX_PROCESSOR_NAME;
        if (i > 0 && strcmp(name, name - MPI_MAX_PROCESSOR_NAME) == 0)
            continue;
        if (end != line)
            *end++ = ' ';
        end = stpcpy(end, name);
    }
    return line;
}

int archive_hosts(MPI_Comm comm, char **hosts, dyson_error *error)
{
    int rank, ranks, length;
    char name[MPI_MAX_PROCESSOR_NAME] = {0}, *names = NULL;
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &ranks);
    MPI_Get_processor_name(name, &length);
    *hosts = NULL;
    if (rank == 0) {
        names = malloc((size_t)ranks * MPI_MAX_PROCESSOR_NAME);
        if (names == NULL)
            dyson_fail(error, DYSON_INTERNAL, "out of memory for the names of %d nodes", ranks);
    }
    if (dyson_share(error, comm) != DYSON_OK) {
        free(names);
        return error->code;
    }
    MPI_Gather(name, MPI_MAX_PROCESSOR_NAME, MPI_CHAR, names, MPI_MAX_PROCESSOR_NAME, MPI_CHAR, 0,
               comm);
    if (rank == 0) {
        *hosts = join_names(names, ranks);
        if (*hosts == NULL)
            dyson_fail(error, DYSON_INTERNAL, "out of memory for the names of %d nodes", ranks);
        free(names);
    }
    return dyson_share(error, comm);
}

static int64_t offset_of(hid_t file, const char *path, int64_t bytes)
{
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    if (dataset < 0)
        return -1;
    hid_t plan = H5Dget_create_plist(dataset);
    haddr_t offset = HADDR_UNDEF;
    if (plan >= 0 && H5Pget_layout(plan) == H5D_CONTIGUOUS && H5Pget_external_count(plan) == 0 &&
        H5Dget_storage_size(dataset) == (hsize_t)bytes)
        offset = H5Dget_offset(dataset);
    if (plan >= 0)
        H5Pclose(plan);
    H5Dclose(dataset);
    return offset == HADDR_UNDEF || offset > (haddr_t)(INT64_MAX - bytes) ? -1 : (int64_t)offset;
}

int archive_map_of(hid_t file, const char *path, const archive_layout *layout, archive_map *map,
                   dyson_error *error)
{
    if (archive_identify(file, path, &map->identity, error) != DYSON_OK)
        return error->code;
    map->layout = *layout;
    map->session = offset_of(file, "/session", 3 * (int64_t)sizeof(double));
    bool found = map->session >= 0;
    for (archive_part part = 0; part < PART_COUNT; part++) {
        map->offset[part] = -1;
        if (!archive_has(layout, part))
            continue;
        archive_object object = archive_object_of(layout, part);
        map->offset[part] = offset_of(file, object.path, archive_part_bytes(layout, part));
        found = found && map->offset[part] >= 0;
    }
    if (!found)
        return dyson_fail(error, DYSON_BAD_DATA,
                          "%s cannot be gone on with: its datasets have been rewritten by another "
                          "program (not contiguous)",
                          path);
    return DYSON_OK;
}

/* Rank 0: notes a random number in the place of /session, and what stood there in session.  Should
 * the run end before it is taken back: seconds and cost of 0 say that no rate is known. */
static int put_token(dyson_archive *archive, double session[3], dyson_error *error)
{
    uint64_t random = 0;
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        return dyson_fail(error, DYSON_INTERNAL, "no random number: %s", strerror(errno));
    archive->map.token = (double)(random >> 11) / (double)(UINT64_C(1) << 53);
    const double token[3] = {0, 0, archive->map.token};
    int cause = file_read_at(archive->lock, session, sizeof token, archive->map.session);
    if (cause == 0)
        cause = file_write_at(archive->lock, token, sizeof token, archive->map.session);
    if (cause == 0 && fsync(archive->lock) != 0)
        cause = errno;
    if (cause != 0)
        dyson_fail(error, DYSON_IO, "cannot write /session to %s: %s", archive->path,
                   strerror(cause));
    return error->code;
}

static bool holds_token(const dyson_archive *archive)
{
    double session[3];
    return file_read_at(archive->descriptor, session, sizeof session, archive->map.session) == 0 &&
           session[2] == archive->map.token;
}

/* Local.  Opens the data descriptor and compares what it names with rank 0's file. */
static int open_data(dyson_archive *archive, const char *path, dyson_error *error)
{
    struct stat file;
    archive->location = file_absolute_name(archive->path);
    archive->descriptor = file_open_shared(path);
    const bool absent = archive->descriptor < 0 && errno == ENOENT;
    if (!absent && (archive->descriptor < 0 || fstat(archive->descriptor, &file) != 0))
        return dyson_fail(error, DYSON_IO, "cannot open %s for writing: %s", archive->path,
                          strerror(errno));
    if (absent || (uint64_t)file.st_ino != archive->map.inode ||
        (int64_t)file.st_size < archive->map.size || !holds_token(archive))
        return dyson_fail(error, DYSON_IO,
                          "%s is not the same file on all nodes: the output must be on a file "
                          "system that they share",
                          archive->path);
    if (archive->location == NULL)
        return dyson_fail(error, DYSON_IO, "cannot find the folder of %s: %s", archive->path,
                          strerror(errno));
    archive->looked = clock_seconds();
    return DYSON_OK;
}

int archive_look(dyson_archive *archive, dyson_error *error)
{
    archive->looked = clock_seconds();
    if (!file_is(archive->descriptor, archive->location))
        dyson_fail(error, DYSON_IO,
                   "%s is no longer there: it was deleted or moved, or its file system unmounted, "
                   "while it was being written",
                   archive->path);
    return error->code;
}

void archive_destroy(dyson_archive *archive)
{
    if (archive == NULL)
        return;
    if (archive->descriptor >= 0)
        close(archive->descriptor);
    if (archive->lock >= 0)
        close(archive->lock);
    if (archive->comm != MPI_COMM_NULL)
        MPI_Comm_free(&archive->comm);
    free(archive->location);
    free(archive->path);
    free(archive);
}

/* Local.  Takes over lock, also where it fails. */
static dyson_archive *make_archive(const char *path, int lock, const archive_map *map,
                                   dyson_error *error)
{
    dyson_archive *new = calloc(1, sizeof *new);
    if (new != NULL) {
        *new = (dyson_archive){.comm = MPI_COMM_NULL, .descriptor = -1, .lock = lock, .map = *map};
        new->path = strdup(path);
    } else if (lock >= 0) {
        close(lock);
    }
    if (new == NULL || new->path == NULL)
        dyson_fail(error, DYSON_INTERNAL, "out of memory");
    return new;
}

int archive_attach(const char *path, bool partial, int lock, const archive_map *map, MPI_Comm comm,
                   dyson_archive **archive, dyson_error *error)
{
    double session[3] = {0};
    *archive = NULL;
    if (dyson_share(error, comm) != DYSON_OK)
        return error->code;
    dyson_archive *new = make_archive(path, lock, map, error);
    const bool marked =
        error->code == DYSON_OK && lock >= 0 && put_token(new, session, error) == DYSON_OK;
    if (dyson_agree(error, comm) == DYSON_OK) {
        MPI_Comm_dup(comm, &new->comm);
        MPI_Comm_rank(comm, &new->rank);
        MPI_Bcast(&new->map, (int)sizeof new->map, MPI_BYTE, 0, comm);
        char *name = partial ? file_partial_name(path) : NULL;
        if (partial && name == NULL)
            dyson_fail(error, DYSON_INTERNAL, "out of memory");
        else
            open_data(new, partial ? name : path, error);
        free(name);
        dyson_agree(error, comm);
    }
    if (marked && file_write_at(new->lock, session, sizeof session, map->session) != 0)
        dyson_fail(error, DYSON_IO, "cannot write /session to %s", path);
    dyson_share(error, comm);
    if (error->code == DYSON_OK)
        *archive = new;
    else
        archive_destroy(new);
    return error->code;
}

int dyson_archive_sync(dyson_archive *archive, dyson_error *error)
{
    if (fsync(archive->descriptor) != 0)
        return dyson_fail(error, DYSON_IO, "cannot write %s to disk: %s", archive->path,
                          strerror(errno));
    return archive_look(archive, error);
}

int dyson_archive_close(dyson_archive *archive, dyson_error *error)
{
    if (archive == NULL)
        return error->code;
    dyson_archive_sync(archive, error);
    if (close(archive->descriptor) != 0)
        dyson_fail(error, DYSON_IO, "cannot close %s: %s", archive->path, strerror(errno));
    archive->descriptor = -1;
    dyson_agree(error, archive->comm);
    archive_destroy(archive);
    return error->code;
}
