/* faults.c: loaded before the C library, strikes a chosen rank at its n-th call of one kind on the
 * ensemble file, or counts such calls.
 *
 * FAULT_CALL   pwrite, fsync, open, close, ftruncate, fallocate, rename, link or unlink
 * FAULT_NAME   how the file's name ends: ".partial", ".h5" or ".checkpoint"
 * FAULT_RANK   which rank, or "all"; a program without mpirun is rank 0
 * FAULT_AT     n, from 1
 * FAULT_WHEN   before, after, or half: half of the bytes are written
 * FAULT_DO     kill (SIGKILL), stop (SIGSTOP), or an error number, for this call and all later
 *              ones
 * FAULT_RESERVE "none": a file system on which no space can be reserved
 * FAULT_REPLACE "always": one that knows no renaming without replacing
 * FAULT_COUNTS a folder: at its end each rank leaves its counts there, lines of "call name n" */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

typedef enum call {
    CALL_PWRITE,
    CALL_FSYNC,
    CALL_OPEN,
    CALL_CLOSE,
    CALL_FTRUNCATE,
    CALL_FALLOCATE,
    CALL_RENAME,
    CALL_LINK,
    CALL_UNLINK,
    CALLS
} call;

static const char *const call_names[CALLS] = {"pwrite",    "fsync",  "open", "close", "ftruncate",
                                              "fallocate", "rename", "link", "unlink"};
static const char *const endings[] = {".partial", ".h5", ".checkpoint"};

enum { ENDINGS = sizeof endings / sizeof endings[0] };

static long counts[CALLS][ENDINGS];

static const char *setting(const char *name)
{
    const char *value = getenv(name);
    return value == NULL ? "" : value;
}

static const char *own_rank(void)
{
    const char *rank = getenv("OMPI_COMM_WORLD_RANK");
    return rank == NULL ? "0" : rank;
}

static int ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

static void strike(void)
{
    const char *what = setting("FAULT_DO");
    if (strcmp(what, "kill") == 0)
        raise(SIGKILL);
    if (strcmp(what, "stop") == 0)
        raise(SIGSTOP);
}

/* Counts a call on a file of this name.  Whether it is to be struck: 0 no, 1 here and now, 2 it is
 * later than the one that was. */
static int due(call which, const char *path)
{
    for (int i = 0; i < ENDINGS; i++) {
        if (!ends_with(path, endings[i]))
            continue;
        const long n = ++counts[which][i], at = atol(setting("FAULT_AT"));
        const char *rank = setting("FAULT_RANK");
        if (strcmp(setting("FAULT_CALL"), call_names[which]) == 0 &&
            strcmp(setting("FAULT_NAME"), endings[i]) == 0 &&
            (strcmp(rank, "all") == 0 || strcmp(rank, own_rank()) == 0) && n >= at)
            return n == at ? 1 : 2;
    }
    return 0;
}

static int due_descriptor(call which, int descriptor)
{
    char link[64], path[PATH_MAX];
    const int kept = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    const ssize_t length = readlink(link, path, sizeof path - 1);
    errno = kept;
    if (length < 0)
        return 0;
    path[length] = '\0';
    return due(which, path);
}

/* The error number that takes the place of a call that is due, or 0. */
static int verdict(int is_due)
{
    if (is_due == 1 && strcmp(setting("FAULT_WHEN"), "before") == 0)
        strike();
    return is_due != 0 ? atoi(setting("FAULT_DO")) : 0;
}

static void aftermath(int is_due)
{
    if (is_due == 1 && strcmp(setting("FAULT_WHEN"), "before") != 0)
        strike();
}

__attribute__((destructor)) static void leave_counts(void)
{
    const char *folder = getenv("FAULT_COUNTS");
    char path[PATH_MAX];
    long all = 0;
    for (int i = 0; i < CALLS * ENDINGS; i++)
        all += counts[i / ENDINGS][i % ENDINGS];
    if (folder == NULL || all == 0) /* mpirun is loaded with this, too */
        return;
    snprintf(path, sizeof path, "%s/rank%s", folder, own_rank());
    FILE *file = fopen(path, "w");
    for (int i = 0; file != NULL && i < CALLS; i++)
        for (int j = 0; j < ENDINGS; j++)
            if (counts[i][j] > 0)
                fprintf(file, "%s %s %ld\n", call_names[i], endings[j], counts[i][j]);
    if (file != NULL)
        fclose(file);
}

/* Found anew each time: no call here is a fast one. */
#define REAL(result, name, ...)  \
    result (*real)(__VA_ARGS__); \
    *(void **)&real = dlsym(RTLD_NEXT, name)

#define AROUND(is_due, failed, expression)                \
    const int struck = (is_due), error = verdict(struck); \
    if (error != 0) {                                     \
        errno = error;                                    \
        return (failed);                                  \
    }                                                     \
    const int result = (expression);                      \
    aftermath(struck);                                    \
    return result

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset)
{
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    const int struck = due_descriptor(CALL_PWRITE, descriptor), error = verdict(struck);
    if (error != 0) {
        errno = error;
        return -1;
    }
    const int torn = struck == 1 && strcmp(setting("FAULT_WHEN"), "half") == 0;
    const ssize_t done = real(descriptor, bytes, torn ? (count + 1) / 2 : count, offset);
    aftermath(struck);
    return done;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset)
{
    return pwrite64(descriptor, bytes, count, offset);
}

int fsync(int descriptor)
{
    REAL(int, "fsync", int);
    AROUND(due_descriptor(CALL_FSYNC, descriptor), -1, real(descriptor));
}

int close(int descriptor)
{
    REAL(int, "close", int);
    AROUND(due_descriptor(CALL_CLOSE, descriptor), -1, real(descriptor));
}

int ftruncate64(int descriptor, off64_t size)
{
    REAL(int, "ftruncate64", int, off64_t);
    AROUND(due_descriptor(CALL_FTRUNCATE, descriptor), -1, real(descriptor, size));
}

int ftruncate(int descriptor, off_t size)
{
    return ftruncate64(descriptor, size);
}

int fallocate64(int descriptor, int mode, off64_t offset, off64_t size)
{
    REAL(int, "fallocate64", int, int, off64_t, off64_t);
    if (strcmp(setting("FAULT_RESERVE"), "none") == 0) {
        errno = EOPNOTSUPP;
        return -1;
    }
    AROUND(due_descriptor(CALL_FALLOCATE, descriptor), -1, real(descriptor, mode, offset, size));
}

int fallocate(int descriptor, int mode, off_t offset, off_t size)
{
    return fallocate64(descriptor, mode, offset, size);
}

int open64(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    REAL(int, "open64", const char *, int, ...);
    AROUND(due(CALL_OPEN, path), -1, real(path, flags, mode));
}

int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    REAL(int, "open", const char *, int, ...);
    AROUND(due(CALL_OPEN, path), -1, real(path, flags, mode));
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    REAL(int, "renameat2", int, const char *, int, const char *, unsigned);
    if (strcmp(setting("FAULT_REPLACE"), "always") == 0) {
        errno = EINVAL;
        return -1;
    }
    AROUND(due(CALL_RENAME, from), -1, real(from_folder, from, to_folder, to, flags));
}

int rename(const char *from, const char *to)
{
    REAL(int, "rename", const char *, const char *);
    AROUND(due(CALL_RENAME, from), -1, real(from, to));
}

int link(const char *from, const char *to)
{
    REAL(int, "link", const char *, const char *);
    AROUND(due(CALL_LINK, from), -1, real(from, to));
}

int unlink(const char *path)
{
    REAL(int, "unlink", const char *);
    AROUND(due(CALL_UNLINK, path), -1, real(path));
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
