/* fail_write.c: loaded before the C library, makes one rank's writes to the ensemble file fail as
 * on a full disk, after the first few.  FAIL_RANK and FAIL_AFTER say which rank and after how many.
 */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int fails(int descriptor)
{
    static long writes;
    const char *rank = getenv("OMPI_COMM_WORLD_RANK"), *which = getenv("FAIL_RANK");
    const char *after = getenv("FAIL_AFTER");
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path);
    return rank != NULL && which != NULL && after != NULL && strcmp(rank, which) == 0 &&
           length > 3 && memcmp(path + length - 3, ".h5", 3) == 0 && ++writes > atol(after);
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset)
{
    static ssize_t (*real)(int, const void *, size_t, off64_t);
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "pwrite64");
    if (fails(descriptor)) {
        errno = ENOSPC;
        return -1;
    }
    return real(descriptor, bytes, count, offset);
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset)
{
    return pwrite64(descriptor, bytes, count, offset);
}
