/* create.c: a new file appears under its own name only when it is complete, on stable storage and
 * seen by all ranks.
 *
 * Rank 0: lock FOLDER/.NAME.partial, reserve the space, build, sync; then every rank opens it, and
 * only where all see the same file rank 0 renames it (keeping the lock, which goes with the file,
 * not with its name) and syncs the folder.  A partial file left by a killed run is taken over by
 * the next; one that is being written belongs to whoever holds its lock; one that has another name,
 * too, is complete (renaming may take a link and an unlink), and is not to be emptied. */
#include "archive/writer.h"
#include "base/file.h"
#include "dyson/collective.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* More than HDF5's own structures take: headers, attributes, matrices. */
#define STRUCTURE_BYTES ((int64_t)1 << 20)

/* What rank 0 holds while it creates. */
typedef struct creation {
    const char *path;
    bool overwrite;
    char *partial;
    int old;  /* the file to be replaced, locked; or -1 */
    int lock; /* the new file, locked; or -1 */
} creation;

static int fail_busy(const char *path, dyson_error *error)
{
    return dyson_fail(error, DYSON_CANNOT_CREATE, "another run is writing %s", path);
}

/* An existing file is replaced only where that is asked for, and not under a run that writes it. */
static int check_old(creation *new, dyson_error *error)
{
    struct stat old;
    if (lstat(new->path, &old) != 0)
        return errno == ENOENT ? DYSON_OK
                               : dyson_fail(error, DYSON_CANNOT_CREATE, "cannot create %s: %s",
                                            new->path, strerror(errno));
    if (!new->overwrite)
        return dyson_fail(error, DYSON_CANNOT_CREATE, "%s exists already", new->path);
    if (!S_ISREG(old.st_mode))
        return dyson_fail(error, DYSON_CANNOT_CREATE, "%s is not a regular file", new->path);
    new->old = open(new->path, O_RDWR | O_CLOEXEC);
    if (new->old < 0)
        return dyson_fail(error, DYSON_CANNOT_CREATE, "cannot replace %s: %s", new->path,
                          strerror(errno));
    if (!file_lock(new->old))
        return fail_busy(new->path, error);
    return DYSON_OK;
}

static int open_partial(creation *new, dyson_error *error)
{
    struct stat left;
    new->partial = file_partial_name(new->path);
    if (new->partial == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory");
    if (lstat(new->partial, &left) == 0 && left.st_nlink > 1)
        unlink(new->partial);
    int descriptor = open(new->partial, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return dyson_fail(error, DYSON_CANNOT_CREATE, "cannot create %s: %s", new->path,
                          strerror(errno));
    /* Between open and lock, another run may have renamed the file that this one opened. */
    if (!file_lock(descriptor) || !file_is(descriptor, new->partial)) {
        close(descriptor);
        return fail_busy(new->path, error);
    }
    new->lock = descriptor;
    return DYSON_OK;
}

/* The space is asked for before HDF5 begins: a full disk is told with numbers, and HDF5 1.10
 * does not come to close a file that it could not write. */
static int reserve_first(const creation *new, const dyson_spec *spec, const dyson_system *system,
                         dyson_error *error)
{
    int64_t bytes;
    if (dyson_archive_bytes(spec, system, &bytes, error) != DYSON_OK ||
        file_reserve(new->lock, bytes + STRUCTURE_BYTES, new->path, DYSON_CANNOT_CREATE, error) !=
            DYSON_OK)
        return error->code;
    if (ftruncate(new->lock, 0) != 0)
        dyson_fail(error, DYSON_CANNOT_CREATE, "cannot create %s: %s", new->path, strerror(errno));
    return error->code;
}

/* The built file to stable storage, with all its blocks. */
static int settle(const creation *new, archive_map *map, dyson_error *error)
{
    struct stat built;
    if (fstat(new->lock, &built) != 0)
        return dyson_fail(error, DYSON_CANNOT_CREATE, "cannot create %s: %s", new->path,
                          strerror(errno));
    map->size = (int64_t)built.st_size;
    map->inode = (uint64_t)built.st_ino;
    if (file_reserve(new->lock, map->size, new->path, DYSON_CANNOT_CREATE, error) == DYSON_OK &&
        fsync(new->lock) != 0)
        dyson_fail(error, DYSON_CANNOT_CREATE, "cannot create %s: %s", new->path, strerror(errno));
    return error->code;
}

static int publish(const creation *new, dyson_error *error)
{
    int cause = file_rename(new->partial, new->path, new->overwrite);
    if (cause == 0)
        cause = file_sync_folder(new->path);
    if (cause != 0)
        dyson_fail(error, DYSON_CANNOT_CREATE, "cannot create %s: %s", new->path, strerror(cause));
    return error->code;
}

/* The partial file goes, while its lock is still held. */
static void withdraw(const creation *new)
{
    if (new->lock >= 0 && new->partial != NULL && file_is(new->lock, new->partial))
        unlink(new->partial);
}

/* Rank 0's part, up to the finished partial file; its lock is left in new where it succeeds. */
static void create_root(creation *new, const dyson_spec *spec, const dyson_system *system,
                        dyson_kernel kernel, int ranks, const char *hosts, archive_map *map,
                        dyson_error *error)
{
    if (check_old(new, error) == DYSON_OK && open_partial(new, error) == DYSON_OK &&
        reserve_first(new, spec, system, error) == DYSON_OK &&
        archive_build(new->partial, spec, system, dyson_kernel_name(kernel), ranks, hosts, map,
                      error) == DYSON_OK)
        settle(new, map, error);
    if (error->code != DYSON_OK && new->lock >= 0) {
        withdraw(new);
        close(new->lock);
        new->lock = -1;
    }
}

int dyson_archive_create(const char *path, bool overwrite, const dyson_spec *spec,
                         const dyson_system *system, dyson_kernel kernel, MPI_Comm comm,
                         dyson_archive **archive, dyson_error *error)
{
    int rank, ranks;
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &ranks);
    char *hosts;
    archive_map map = {0};
    creation new = {.path = path, .overwrite = overwrite, .old = -1, .lock = -1};
    *archive = NULL;
    if (archive_hosts(comm, &hosts, error) != DYSON_OK)
        return error->code;
    if (rank == 0)
        create_root(&new, spec, system, kernel, ranks, hosts, &map, error);
    free(hosts);
    const int lock = new.lock;
    if (lock >= 0)
        new.lock = dup(lock); /* the same lock: it lasts until both are closed */
    archive_attach(path, true, lock, &map, comm, archive, error);
    if (rank == 0 && (error->code != DYSON_OK || publish(&new, error) != DYSON_OK))
        withdraw(&new);
    if (new.lock >= 0)
        close(new.lock);
    if (new.old >= 0)
        close(new.old);
    free(new.partial);
    if (dyson_share(error, comm) != DYSON_OK) {
        archive_destroy(*archive);
        *archive = NULL;
    }
    return error->code;
}
