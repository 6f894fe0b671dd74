/* archive_case.h: what the archive's tests share: a small run, made-up data, a folder of their
 * own. */
#ifndef DYSON_TESTS_ARCHIVE_CASE_H
#define DYSON_TESTS_ARCHIVE_CASE_H

#include "base/hdf5.h"
#include "dyson/archive.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* 3 points, 3 snapshots (0, 50 and 100), 4 levels, W of 4 x 5. */
#define POINTS 3
#define SNAPSHOTS 3
#define LEVELS 4
#define WEIGHTS 20

static int rank, ranks;
static char folder[64];

/* True on every rank only if true on all: an assertion that fails on one rank alone would leave the
 * others waiting. */
static inline int everywhere(int holds)
{
    MPI_Allreduce(MPI_IN_PLACE, &holds, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    return holds;
}

static inline const char *in_folder(const char *name)
{
    static char path[4][128];
    static int next;
    next = (next + 1) % 4;
    snprintf(path[next], sizeof path[next], "%s/%s", folder, name);
    return path[next];
}

typedef struct test_run {
    dyson_spec *spec;
    dyson_system *system;
    int replicas;
    bool weights, all_weights;
} test_run;

static inline test_run run_of(int64_t replicas, const char *weights, int seed)
{
    char text[512];
    dyson_error error = {0};
    test_run run = {.replicas = (int)replicas,
                    .weights = strcmp(weights, "none") != 0,
                    .all_weights = strcmp(weights, "all") == 0};
    snprintf(text, sizeof text,
             "[ensemble]\nmodel = rbm\nreplicas = %lld\nseed = %d\nupdates = 100\n"
             "snapshots = 2\nweights = %s\n"
             "[rbm]\nvisible = 5\nhidden = 4\nmass2 = 9.0\ntarget_mass2 = 4.0\n"
             "[sweep batch]\nlearning_rate = 0.1\nbatch_size = 4 8 16\n",
             (long long)replicas, seed, weights);
    if (dyson_spec_parse(text, "test.ini", &run.spec, &error) != DYSON_OK ||
        dyson_spec_model(run.spec)->system_create(run.spec, &run.system, &error) != DYSON_OK) {
        fprintf(stderr, "the test's run file: %s\n", error.text);
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
    return run;
}

static inline void run_free(test_run *run)
{
    dyson_spec_model(run->spec)->system_destroy(run->system);
    dyson_spec_destroy(run->spec);
}

/* The made-up data: every replica of every point different; each seventh diverged at its number. */
static inline int64_t made_diverged_at(size_t p, int64_t r)
{
    return (r + (int64_t)p) % 7 == 6 ? r + 1 : -1;
}

static inline double made_eigenvalue(size_t p, int64_t r, int t, int n)
{
    if (made_diverged_at(p, r) >= 0 && t == SNAPSHOTS - 1)
        return NAN;
    return 9.0 - n - 0.1 * t - 1e-3 * (double)p - 1e-9 * (double)r;
}

static inline double made_weight(size_t p, int64_t r, int k, int i)
{
    return sin((double)p + 1e-3 * (double)r + 10.0 * k + i);
}

/* Writes an extent of made-up data. */
static inline int write_extent(dyson_archive *archive, const test_run *run, dyson_extent extent,
                               dyson_error *error)
{
    size_t count = (size_t)extent.count;
    int sets = run->all_weights ? SNAPSHOTS : 1;
    dyson_block block = {.extent = extent};
    block.eigenvalues = malloc(count * SNAPSHOTS * LEVELS * sizeof(double));
    block.weights = run->weights ? malloc(count * (size_t)sets * WEIGHTS * sizeof(double)) : NULL;
    block.diverged_at = malloc(count * sizeof(int64_t));
    double *x = block.eigenvalues, *w = block.weights;
    for (int64_t i = 0; i < extent.count; i++) {
        int64_t r = extent.first + i;
        block.diverged_at[i] = made_diverged_at(extent.point, r);
        for (int t = 0; t < SNAPSHOTS; t++)
            for (int n = 0; n < LEVELS; n++)
                *x++ = made_eigenvalue(extent.point, r, t, n);
        for (int k = 0; k < sets && run->weights; k++)
            for (int j = 0; j < WEIGHTS; j++)
                *w++ = made_weight(extent.point, r, k, j);
    }
    int code = dyson_archive_write(archive, &block, error);
    free(block.eigenvalues);
    free(block.weights);
    free(block.diverged_at);
    return code;
}

/* Collective.  Each rank writes its share of all replicas, in blocks of `size`. */
static inline int write_all(dyson_archive *archive, const test_run *run, int size,
                            dyson_error *error)
{
    int turn = 0;
    for (size_t p = 0; p < POINTS; p++)
        for (int64_t first = 0; first < run->replicas; first += size) {
            dyson_extent extent = {p, first, size};
            if (extent.first + extent.count > run->replicas)
                extent.count = run->replicas - first;
            if (turn++ % ranks == rank && write_extent(archive, run, extent, error) != DYSON_OK)
                return error->code;
        }
    return DYSON_OK;
}

/* Collective.  A complete file of made-up data; true where all went well. */
static inline int make_file(const char *path, const test_run *run)
{
    dyson_archive *archive;
    dyson_error error = {0};
    if (dyson_archive_create(path, true, run->spec, run->system, DYSON_KERNEL_BASE, MPI_COMM_WORLD,
                             &archive, &error) == DYSON_OK) {
        write_all(archive, run, 4, &error);
        dyson_archive_close(archive, &error);
    }
    if (error.code != DYSON_OK)
        fprintf(stderr, "make_file: %s\n", error.text);
    return error.code == DYSON_OK;
}

/* Where a dataset begins in a file. */
static inline int64_t find_dataset(const char *path, const char *name)
{
    dyson_error error = {0};
    hid_t file;
    if (hdf5_open(path, &file, &error) != DYSON_OK)
        return -1;
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    int64_t offset = (int64_t)H5Dget_offset(dataset);
    H5Dclose(dataset);
    H5Fclose(file);
    return offset;
}

/* Overwrites bytes of a file. */
static inline void overwrite_bytes(const char *path, int64_t offset, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "r+b");
    if (file == NULL || fseek(file, (long)offset, SEEK_SET) != 0 ||
        fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
        MPI_Abort(MPI_COMM_WORLD, 1);
}

static inline unsigned char *whole_file(const char *path, size_t *size)
{
    struct stat file;
    *size = 0;
    FILE *stream = fopen(path, "rb");
    if (stream == NULL || fstat(fileno(stream), &file) != 0)
        return NULL;
    unsigned char *bytes = malloc((size_t)file.st_size + 1);
    *size = fread(bytes, 1, (size_t)file.st_size, stream);
    fclose(stream);
    return bytes;
}

static inline int same_files(const char *a, const char *b)
{
    size_t size_a, size_b;
    unsigned char *bytes_a = whole_file(a, &size_a), *bytes_b = whole_file(b, &size_b);
    int same = bytes_a != NULL && bytes_b != NULL && size_a == size_b &&
               memcmp(bytes_a, bytes_b, size_a) == 0;
    free(bytes_a);
    free(bytes_b);
    return same;
}

static inline void copy_file(const char *from, const char *to)
{
    size_t size;
    unsigned char *bytes = whole_file(from, &size);
    FILE *file = fopen(to, "wb");
    if (bytes == NULL || file == NULL || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
        MPI_Abort(MPI_COMM_WORLD, 1);
    free(bytes);
}

static inline int start_case(int *argc, char ***argv)
{
    MPI_Init(argc, argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    snprintf(folder, sizeof folder, "/tmp/dyson-archive-XXXXXX");
    if (rank == 0 && mkdtemp(folder) == NULL)
        MPI_Abort(MPI_COMM_WORLD, 1);
    MPI_Bcast(folder, sizeof folder, MPI_CHAR, 0, MPI_COMM_WORLD);
    return 0;
}

static inline int end_case(int failed)
{
    char command[128];
    MPI_Barrier(MPI_COMM_WORLD);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (rank == 0 && system(command) != 0)
        failed++;
    MPI_Finalize();
    return failed;
}

#endif
