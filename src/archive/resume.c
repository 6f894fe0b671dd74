/* resume.c: going on with a file: only by the run that it belongs to, and only one at a time. */
#include "archive/reader.h"
#include "archive/writer.h"
#include "base/file.h"
#include "base/version.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIFFERENCES 768

/* Numbers are the same bits only from the same program. */
static void compare_programs(const dyson_provenance *file, dyson_kernel kernel, char *out,
                             size_t size)
{
    char then[24], now[24];
    snprintf(then, sizeof then, "%lld", (long long)file->format_version);
    snprintf(now, sizeof now, "%d", ARCHIVE_FORMAT_VERSION);
    const struct {
        const char *name, *then, *now;
    } parts[] = {{"program version", file->program_version, dyson_version()},
                 {"format version", then, now},
                 {"git commit", file->git_commit, dyson_git_commit()},
                 {"build", file->build, dyson_build()},
                 {"kernel", file->kernel, dyson_kernel_name(kernel)}};
    size_t used = 0;
    *out = '\0';
    for (size_t i = 0; i < sizeof parts / sizeof *parts && used < size; i++)
        if (strcmp(parts[i].then, parts[i].now) != 0)
            used +=
                (size_t)snprintf(out + used, size - used, "%s%s: \"%s\" in the file, \"%s\" now",
                                 used > 0 ? "; " : "", parts[i].name, parts[i].then, parts[i].now);
}

/* Lines, as dyson_spec_compare writes them, to one line in text[size]; they are cut up. */
static void join_lines(char *lines, char *text, size_t size)
{
    size_t used = 0;
    *text = '\0';
    for (char *rest, *line = strtok_r(lines, "\n", &rest); line != NULL && used < size;
         line = strtok_r(NULL, "\n", &rest))
        used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? "; " : "", line);
}

static int compare(const dyson_reader *reader, const dyson_spec *spec, dyson_kernel kernel,
                   dyson_error *error)
{
    char lines[DIFFERENCES], differences[DIFFERENCES];
    int count = dyson_spec_compare(dyson_reader_spec(reader), "the file", spec, "the run file",
                                   lines, sizeof lines);
    if (count > 0) {
        join_lines(lines, differences, sizeof differences);
        return dyson_fail(error, DYSON_BAD_DATA,
                          "%s was made with other parameters (--overwrite starts anew): %s",
                          reader->path, differences);
    }
    compare_programs(dyson_reader_provenance(reader), kernel, differences, sizeof differences);
    if (*differences != '\0')
        return dyson_fail(error, DYSON_BAD_DATA,
                          "%s was made by another build of the program, whose numbers may differ "
                          "(--overwrite starts anew): %s",
                          reader->path, differences);
    return DYSON_OK;
}

static int take_lock(const char *path, int *lock, dyson_error *error)
{
    *lock = open(path, O_RDWR | O_CLOEXEC);
    if (*lock < 0)
        return dyson_fail(error, errno == ENOENT ? DYSON_NO_INPUT : DYSON_IO,
                          "cannot open %s for writing: %s", path, strerror(errno));
    if (!file_lock(*lock) || !file_is(*lock, path))
        return dyson_fail(error, DYSON_CANNOT_CREATE, "another run is writing %s", path);
    return DYSON_OK;
}

/* A run killed while it renamed may have left its file a second name. */
static void drop_second_name(const char *path, int lock)
{
    char *partial = file_partial_name(path);
    if (partial != NULL && file_is(lock, partial))
        unlink(partial);
    free(partial);
}

static int resume_root(const char *path, const dyson_spec *spec, dyson_kernel kernel, int *lock,
                       archive_map *map, dyson_error *error)
{
    dyson_reader *reader = NULL;
    struct stat file;
    if (take_lock(path, lock, error) != DYSON_OK ||
        dyson_reader_open(path, &reader, error) != DYSON_OK ||
        compare(reader, spec, kernel, error) != DYSON_OK ||
        archive_map_of(reader->file, path, &reader->layout, map, error) != DYSON_OK) {
        dyson_reader_close(reader);
        return error->code;
    }
    dyson_reader_close(reader);
    drop_second_name(path, *lock);
    if (fstat(*lock, &file) != 0)
        return dyson_fail(error, DYSON_IO, "cannot read %s: %s", path, strerror(errno));
    map->size = (int64_t)file.st_size;
    map->inode = (uint64_t)file.st_ino;
    /* A copy of the file may have lost the blocks that were reserved. */
    return file_reserve(*lock, map->size, path, DYSON_IO, error);
}

int dyson_archive_resume(const char *path, const dyson_spec *spec, dyson_kernel kernel,
                         MPI_Comm comm, dyson_archive **archive, dyson_error *error)
{
    int rank, lock = -1;
    archive_map map = {0};
    MPI_Comm_rank(comm, &rank);
    if (rank == 0 && resume_root(path, spec, kernel, &lock, &map, error) != DYSON_OK && lock >= 0) {
        close(lock);
        lock = -1;
    }
    return archive_attach(path, false, lock, &map, comm, archive, error);
}
