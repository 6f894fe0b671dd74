/* build.c: the HDF5 structure of a new ensemble file, complete before the first replica is
 * trained.
 *
 * The large datasets are contiguous, allocated when made, and never filled: the file system
 * reads zeros there, and 0 is "pending".  /diverged_at alone is filled, with -1.  Object headers
 * are of HDF5 1.8's form, which carries checksums of its own; times are not tracked. */
#include "archive/scan.h"
#include "archive/writer.h"
#include "base/hdf5.h"
#include "base/version.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Rows of pages are read and written whole. */
#define ALIGNMENT 4096

/* More than the root has: they stay in its header, under its checksum, not in a heap. */
#define ROOT_ATTRIBUTES 32

typedef struct small_dataset {
    const char *path;
    hid_t stored, memory;
    int rank;
    hsize_t dims[2];
    const void *data;
    bool changes; /* written again later: has no checksum */
    const char *description, *units;
} small_dataset;

/* Contiguous, early, with or without a fill value. Closes nothing; returns the dataset. */
static hid_t make_dataset(hid_t file, const char *path, hid_t type, int rank, const hsize_t *dims,
                          const int64_t *fill)
{
    hid_t space = H5Screate_simple(rank, dims, NULL);
    hid_t plan = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_layout(plan, H5D_CONTIGUOUS);
    H5Pset_alloc_time(plan, H5D_ALLOC_TIME_EARLY);
    H5Pset_fill_time(plan, fill == NULL ? H5D_FILL_TIME_NEVER : H5D_FILL_TIME_ALLOC);
    H5Pset_obj_track_times(plan, false);
    if (fill != NULL)
        H5Pset_fill_value(plan, H5T_NATIVE_INT64, fill);
    hid_t dataset = H5Dcreate2(file, path, type, space, H5P_DEFAULT, plan, H5P_DEFAULT);
    H5Pclose(plan);
    H5Sclose(space);
    return dataset;
}

/* Its elements, all of 8 bytes, are raw data, which HDF5 keeps without a checksum. */
static int put_checksum(hid_t dataset, const small_dataset *small)
{
    uint32_t sum;
    const size_t count = (size_t)(small->dims[0] * (small->rank > 1 ? small->dims[1] : 1));
    return archive_dataset_checksum(dataset, small->stored, count, &sum) ||
           hdf5_put_integer(dataset, "checksum", (int64_t)sum);
}

static int put_small(hid_t file, const small_dataset *small)
{
    hid_t dataset = make_dataset(file, small->path, small->stored, small->rank, small->dims, NULL);
    int failed = dataset < 0 || hdf5_describe(dataset, small->description, small->units) ||
                 H5Dwrite(dataset, small->memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, small->data) < 0 ||
                 (!small->changes && put_checksum(dataset, small));
    if (dataset >= 0 && H5Dclose(dataset) < 0)
        failed = 1;
    return failed;
}

static int put_large(hid_t file, const archive_layout *layout)
{
    static const int64_t not_diverged = -1;
    int failed = 0;
    for (archive_part part = 0; part < PART_COUNT && !failed; part++) {
        if (!archive_has(layout, part))
            continue;
        archive_object object = archive_object_of(layout, part);
        hid_t dataset = make_dataset(file, object.path, object.type, object.rank, object.dims,
                                     part == PART_DIVERGED_AT ? &not_diverged : NULL);
        failed = dataset < 0 || hdf5_describe(dataset, object.description, object.units);
        if (dataset >= 0 && H5Dclose(dataset) < 0)
            failed = 1;
    }
    return failed;
}

static int put_point_key(hid_t file, const dyson_spec *spec, const dyson_key *key)
{
    size_t points = dyson_spec_points(spec);
    bool whole = key->type == DYSON_INTEGER;
    char path[128], description[512];
    double *values = malloc(points * sizeof *values);
    if (values == NULL)
        return 1;
    for (size_t p = 0; p < points; p++)
        values[p] = dyson_spec_point(spec, p, key->name);
    snprintf(path, sizeof path, "/points/%s", key->name);
    snprintf(description, sizeof description, "%s%s%s of each point: %s", key->name,
             *key->symbol != '\0' ? ", " : "", key->symbol, key->text);
    small_dataset small = {.path = path,
                           .stored = whole ? H5T_STD_I64LE : H5T_IEEE_F64LE,
                           .memory = H5T_NATIVE_DOUBLE,
                           .rank = 1,
                           .dims = {points},
                           .data = values,
                           .description = description,
                           .units = key->unit};
    int failed = put_small(file, &small);
    free(values);
    return failed;
}

static int put_points(hid_t file, const dyson_spec *spec)
{
    int failed = 0;
    for (size_t i = 0; i < dyson_spec_swept(spec) && !failed; i++)
        failed = put_point_key(file, spec, dyson_spec_swept_key(spec, i));
    size_t count;
    const int64_t *snapshots = dyson_spec_snapshots(spec, &count);
    small_dataset small = {.path = "/snapshots",
                           .stored = H5T_STD_I64LE,
                           .memory = H5T_NATIVE_INT64,
                           .rank = 1,
                           .dims = {count},
                           .data = snapshots,
                           .description = "update number of each snapshot; 0 is the initial state",
                           .units = "updates"};
    return failed || put_small(file, &small);
}

static int put_matrices(hid_t file, const dyson_spec *spec)
{
    const dyson_model *model = dyson_spec_model(spec);
    int failed = 0, n;
    for (size_t i = 0; i < model->key_count && !failed; i++) {
        const dyson_key *key = &model->keys[i];
        if (key->type != DYSON_MATRIX)
            continue;
        const double *matrix = dyson_spec_matrix(spec, key->section, key->name, &n);
        if (matrix == NULL)
            continue;
        char path[128];
        archive_matrix_path(key, path, sizeof path);
        small_dataset small = {.path = path,
                               .stored = H5T_IEEE_F64LE,
                               .memory = H5T_NATIVE_DOUBLE,
                               .rank = 2,
                               .dims = {(hsize_t)n, (hsize_t)n},
                               .data = matrix,
                               .description = key->text,
                               .units = key->unit};
        failed = put_small(file, &small);
    }
    return failed;
}

static int put_target(hid_t file, const dyson_spec *spec, const dyson_shape *shape)
{
    small_dataset small = {.path = "/target/kappa",
                           .stored = H5T_IEEE_F64LE,
                           .memory = H5T_NATIVE_DOUBLE,
                           .rank = 1,
                           .dims = {(hsize_t)shape->levels},
                           .data = shape->kappa,
                           .description = "eigenvalues kappa of the target, ascending; level i "
                                          "belongs to eigenvalue i of /eigenvalues",
                           .units = "dimensionless"};
    int failed = shape->kappa != NULL && put_small(file, &small);
    small.path = "/target/x";
    small.data = shape->x;
    small.description = "where each level x would be without noise, descending";
    return failed || (shape->x != NULL && put_small(file, &small)) || put_matrices(file, spec);
}

/* The session's numbers are zeros until the first is written. */
static int put_session(hid_t file)
{
    static const double none[3];
    small_dataset small = {.path = "/session",
                           .stored = H5T_IEEE_F64LE,
                           .memory = H5T_NATIVE_DOUBLE,
                           .rank = 1,
                           .dims = {3},
                           .data = none,
                           .changes = true,
                           .description = "the latest session of training: wall time so far, cost "
                                          "done (replicas in work count in part), ranks; not "
                                          "reproducible",
                           .units = "s, dimensionless, ranks"};
    return put_small(file, &small);
}

static int put_attributes(hid_t file, const dyson_spec *spec, const char *kernel, int ranks,
                          const char *hosts)
{
    char created[32];
    time_t now = time(NULL);
    struct tm calendar;
    gmtime_r(&now, &calendar);
    strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", &calendar);
    return hdf5_put_fixed_text(file, "format", ARCHIVE_FORMAT) ||
           hdf5_put_integer(file, "format_version", ARCHIVE_FORMAT_VERSION) ||
           hdf5_put_fixed_text(file, "program_version", dyson_version()) ||
           hdf5_put_fixed_text(file, "git_commit", dyson_git_commit()) ||
           hdf5_put_fixed_text(file, "build", dyson_build()) ||
           hdf5_put_fixed_text(file, "kernel", kernel) ||
           hdf5_put_fixed_text(file, "model", dyson_spec_model(spec)->name) ||
           hdf5_put_fixed_text(file, "run_file", dyson_spec_run_file(spec)) ||
           hdf5_put_integer(file, "seed", dyson_spec_integer(spec, "ensemble", "seed")) ||
           hdf5_put_fixed_text(file, "created", created) ||
           hdf5_put_integer(file, "ranks", ranks) || hdf5_put_fixed_text(file, "hosts", hosts);
}

static int put_group(hid_t file, const char *path)
{
    hid_t group = H5Gcreate2(file, path, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    return group < 0 || H5Gclose(group) < 0;
}

static hid_t make_file(const char *path)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_file_locking(access, false, true);
    H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18);
    H5Pset_alignment(access, ALIGNMENT, ALIGNMENT);
    hid_t creation = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_attr_phase_change(creation, ROOT_ATTRIBUTES, 0);
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, creation, access);
    H5Pclose(creation);
    H5Pclose(access);
    return file;
}

int archive_build(const char *path, const dyson_spec *spec, const dyson_system *system,
                  const char *kernel, int ranks, const char *hosts, archive_map *map,
                  dyson_error *error)
{
    const dyson_shape *shape = dyson_spec_model(spec)->shape(system);
    char cause[HDF5_CAUSE];
    archive_layout layout;
    if (archive_layout_of(spec, system, &layout, error) != DYSON_OK)
        return error->code;
    hdf5_silence();
    hid_t file = make_file(path);
    if (file < 0)
        return dyson_fail(error, DYSON_CANNOT_CREATE, "cannot create %s: %s", path,
                          hdf5_cause(cause));
    if (put_attributes(file, spec, kernel, ranks, hosts) || put_group(file, "/points") ||
        put_group(file, "/target") || put_points(file, spec) || put_target(file, spec, shape) ||
        put_large(file, &layout) || put_session(file) || H5Fflush(file, H5F_SCOPE_GLOBAL) < 0)
        dyson_fail(error, DYSON_CANNOT_CREATE, "cannot create %s: %s", path, hdf5_cause(cause));
    else
        archive_map_of(file, path, &layout, map, error);
    if (H5Fclose(file) < 0)
        dyson_fail(error, DYSON_CANNOT_CREATE, "cannot close %s: %s", path, hdf5_cause(cause));
    return error->code;
}
