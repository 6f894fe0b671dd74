/* file.c: locks, space, whole reads and writes, durable names. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

bool file_lock(int descriptor)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(descriptor, F_OFD_SETLK, &whole) == 0 || (errno != EAGAIN && errno != EACCES);
}

bool file_is(int descriptor, const char *path)
{
    struct stat held, named;
    return fstat(descriptor, &held) == 0 && stat(path, &named) == 0 &&
           held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

static int fail_full(const char *path, int64_t size, int64_t available, int cause, int code,
                     dyson_error *error)
{
    return dyson_fail(error, code, "no room for %s: %lld bytes needed, %lld bytes free (%s)", path,
                      (long long)size, (long long)available, strerror(cause));
}

int file_reserve(int descriptor, int64_t size, const char *path, int code, dyson_error *error)
{
    struct statvfs system;
    struct stat file;
    int64_t available = INT64_MAX, held = 0;
    if (fstatvfs(descriptor, &system) == 0) {
        double bytes = (double)system.f_bavail * (double)system.f_frsize;
        available = bytes < 9e18 ? (int64_t)bytes : INT64_MAX;
    }
    if (fstat(descriptor, &file) == 0)
        held = (int64_t)file.st_blocks * 512;
    int cause;
    do
        cause = fallocate(descriptor, 0, 0, size) == 0 ? 0 : errno;
    while (cause == EINTR);
    if (cause == 0)
        return DYSON_OK;
    if (cause == EOPNOTSUPP || cause == ENOSYS)
        return size - held <= available
                   ? DYSON_OK
                   : fail_full(path, size - held, available, ENOSPC, code, error);
    return fail_full(path, size - held, available, cause, code, error);
}

int file_write_at(int descriptor, const void *bytes, size_t size, int64_t offset)
{
    const char *next = bytes;
    while (size > 0) {
        ssize_t done = pwrite(descriptor, next, size, offset);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return done < 0 ? errno : EIO;
        next += done;
        size -= (size_t)done;
        offset += done;
    }
    return 0;
}

int file_read_at(int descriptor, void *bytes, size_t size, int64_t offset)
{
    char *next = bytes;
    while (size > 0) {
        ssize_t done = pread(descriptor, next, size, offset);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return done < 0 ? errno : EIO;
        next += done;
        size -= (size_t)done;
        offset += done;
    }
    return 0;
}

int file_sync_folder(const char *path)
{
    char *copy = strdup(path);
    if (copy == NULL)
        return ENOMEM;
    int descriptor = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int cause = descriptor < 0 || fsync(descriptor) != 0 ? errno : 0;
    if (descriptor >= 0)
        close(descriptor);
    free(copy);
    /* Some file systems cannot sync a folder and need not. */
    return cause == EINVAL || cause == ENOTSUP ? 0 : cause;
}

int file_rename(const char *from, const char *to, bool replace)
{
    if (replace)
        return rename(from, to) == 0 ? 0 : errno;
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    /* NFS and old systems: a link never replaces either. */
    if (link(from, to) == 0)
        return unlink(from) == 0 || errno == ENOENT ? 0 : errno;
    if (errno != EPERM && errno != EOPNOTSUPP)
        return errno;
    if (access(to, F_OK) == 0)
        return EEXIST;
    return rename(from, to) == 0 ? 0 : errno;
}

char *file_absolute_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *absolute = NULL;
    char *folder = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path) + 1);
    char *real = folder == NULL ? NULL : realpath(folder, NULL);
    if (real != NULL && asprintf(&absolute, "%s/%s", real, slash == NULL ? path : slash + 1) < 0)
        absolute = NULL;
    free(real);
    free(folder);
    return absolute;
}

char *file_partial_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    char *partial;
    int folder = (int)(name - path);
    return asprintf(&partial, "%.*s.%s.partial", folder, path, name) < 0 ? NULL : partial;
}

int file_open_shared(const char *path)
{
    struct statfs system;
    int flags = O_RDWR | O_CLOEXEC, descriptor = open(path, flags);
    for (int tries = 0; descriptor < 0 && errno == ENOENT && tries < 25; tries++) {
        nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
        descriptor = open(path, flags);
    }
    if (descriptor >= 0 && fstatfs(descriptor, &system) == 0 && system.f_type == NFS_SUPER_MAGIC) {
        /* An NFS client may widen a write to a whole page it has cached, over what another node has
         * written since; not so for synchronous writes. */
        close(descriptor);
        descriptor = open(path, flags | O_DSYNC);
    }
    return descriptor;
}
