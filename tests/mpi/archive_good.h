/* archive_good.h: one complete file, made once, of which tests harm copies. */
#ifndef DYSON_TESTS_ARCHIVE_GOOD_H
#define DYSON_TESTS_ARCHIVE_GOOD_H

#include "archive_case.h"

#define REPLICAS 24

static const char *good_path; /* a complete file, made once */
static test_run good_run;

static inline int says(const dyson_error *error, int code, const char *words)
{
    int holds = error->code == code && strstr(error->text, words) != NULL;
    if (!holds)
        fprintf(stderr, "expected %d and \"%s\"; found %d: %s\n", code, words, error->code,
                error->text);
    return everywhere(holds);
}

static inline int read_fails(const char *path, int code, const char *words)
{
    dyson_error error = {0};
    dyson_reader *reader;
    dyson_reader_open(path, &reader, &error);
    return says(&error, code, words) && everywhere(reader == NULL);
}

/* Collective.  A copy of the good file for one test to harm. */
static inline const char *copy_of_good(const char *name)
{
    const char *path = in_folder(name);
    if (rank == 0)
        copy_file(good_path, path);
    MPI_Barrier(MPI_COMM_WORLD);
    return path;
}

static inline void change_attribute(const char *path, const char *name, const char *text)
{
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    H5Adelete(file, name);
    if (text != NULL)
        hdf5_put_fixed_text(file, name, text);
    H5Fclose(file);
}

/* Collective. */
static inline void make_good(void)
{
    static char path[128];
    hdf5_silence();
    snprintf(path, sizeof path, "%s/good.h5", folder);
    good_path = path;
    good_run = run_of(REPLICAS, "last", 7);
    if (!everywhere(make_file(good_path, &good_run)))
        MPI_Abort(MPI_COMM_WORLD, 1);
}

#endif
