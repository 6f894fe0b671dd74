/* contents.c: the small datasets repeat, for readers without this program, what the run file
 * says; here they are held to it, and to their checksums: targets are computed anew with a
 * tolerance, and what a user gave as a target can be held to nothing else. */
#include "archive/reader.h"
#include "archive/scan.h"
#include "base/hdf5.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Targets are computed anew, perhaps by another compiler. */
#define TARGET_TOLERANCE 1e-9

static int damaged(const dyson_reader *reader, const char *path, dyson_error *error)
{
    return dyson_fail(error, DYSON_BAD_DATA,
                      "%s is damaged: %s does not hold what its run file says", reader->path, path);
}

bool reader_checksum_holds(const dyson_reader *reader, hid_t dataset, hid_t type, size_t count)
{
    uint32_t sum;
    int64_t stored;
    return reader->provenance.format_version < 2 ||
           (hdf5_get_integer(dataset, "checksum", &stored) == 0 &&
            archive_dataset_checksum(dataset, type, count, &sum) == 0 && stored == (int64_t)sum);
}

/* Whether the 1D dataset at path has this stored type and these values, each to a relative
 * tolerance. */
static bool holds(const dyson_reader *reader, const char *path, hid_t type, size_t count,
                  const double *values, double tolerance)
{
    hsize_t dims[1] = {count};
    hid_t dataset = H5Dopen2(reader->file, path, H5P_DEFAULT);
    if (dataset < 0)
        return false;
    double *found = calloc(count, sizeof *found);
    bool same = found != NULL && hdf5_has_shape(dataset, type, 1, dims) &&
                H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, found) >= 0 &&
                reader_checksum_holds(reader, dataset, type, count);
    double scale = 0;
    for (size_t i = 0; i < count; i++)
        scale = fmax(scale, fabs(values[i]));
    for (size_t i = 0; same && i < count; i++)
        same = fabs(found[i] - values[i]) <= tolerance * scale;
    free(found);
    H5Dclose(dataset);
    return same;
}

static int check_points(const dyson_reader *reader, dyson_error *error)
{
    size_t points = dyson_spec_points(reader->spec);
    double *values = malloc(points * sizeof *values);
    if (values == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu points", points);
    for (size_t i = 0; i < dyson_spec_swept(reader->spec) && error->code == DYSON_OK; i++) {
        const dyson_key *key = dyson_spec_swept_key(reader->spec, i);
        hid_t type = key->type == DYSON_INTEGER ? H5T_STD_I64LE : H5T_IEEE_F64LE;
        char path[128];
        snprintf(path, sizeof path, "/points/%s", key->name);
        for (size_t p = 0; p < points; p++)
            values[p] = dyson_spec_point(reader->spec, p, key->name);
        if (!holds(reader, path, type, points, values, 0))
            damaged(reader, path, error);
    }
    free(values);
    return error->code;
}

static int check_snapshots(const dyson_reader *reader, dyson_error *error)
{
    size_t count;
    const int64_t *snapshots = dyson_spec_snapshots(reader->spec, &count);
    double *values = malloc(count * sizeof *values);
    if (values == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu snapshots", count);
    for (size_t t = 0; t < count; t++)
        values[t] = (double)snapshots[t];
    if (!holds(reader, "/snapshots", H5T_STD_I64LE, count, values, 0))
        damaged(reader, "/snapshots", error);
    free(values);
    return error->code;
}

int reader_check_contents(dyson_reader *reader, dyson_error *error)
{
    const dyson_shape *shape = dyson_spec_model(reader->spec)->shape(reader->system);
    const char *kappa = "/target/kappa", *x = "/target/x";
    size_t levels = (size_t)shape->levels;
    if (check_points(reader, error) != DYSON_OK || check_snapshots(reader, error) != DYSON_OK)
        return error->code;
    if (shape->kappa != NULL &&
        !holds(reader, kappa, H5T_IEEE_F64LE, levels, shape->kappa, TARGET_TOLERANCE))
        return damaged(reader, kappa, error);
    if (shape->x != NULL && !holds(reader, x, H5T_IEEE_F64LE, levels, shape->x, TARGET_TOLERANCE))
        return damaged(reader, x, error);
    return DYSON_OK;
}
