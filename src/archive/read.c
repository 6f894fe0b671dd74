/* read.c: parts of an open ensemble file, and what it says of itself. */
#include "archive/reader.h"
#include "base/hdf5.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of /status counted at a time. */
#define COUNT_CHUNK 65536

const char *dyson_reader_path(const dyson_reader *reader)
{
    return reader->path;
}

const dyson_provenance *dyson_reader_provenance(const dyson_reader *reader)
{
    return &reader->provenance;
}

const dyson_spec *dyson_reader_spec(const dyson_reader *reader)
{
    return reader->spec;
}

const dyson_system *dyson_reader_system(const dyson_reader *reader)
{
    return reader->system;
}

int64_t dyson_reader_replicas(const dyson_reader *reader)
{
    return reader->layout.replicas;
}

static hid_t memory_type(archive_part part)
{
    switch (part) {
    case PART_STATUS:
        return H5T_NATIVE_UINT8;
    case PART_DIVERGED_AT:
        return H5T_NATIVE_INT64;
    case PART_EIGENVALUES:
    case PART_WEIGHTS:
        return H5T_NATIVE_DOUBLE;
    default:
        return H5T_NATIVE_UINT32;
    }
}

/* Reads the box [start, start + count) of a part. */
static int get_box(dyson_reader *reader, archive_part part, int rank, const hsize_t *start,
                   const hsize_t *count, void *bytes, dyson_error *error)
{
    hid_t space = H5Dget_space(reader->dataset[part]);
    hid_t box = H5Screate_simple(rank, count, NULL);
    bool read =
        space >= 0 && box >= 0 &&
        H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
        H5Dread(reader->dataset[part], memory_type(part), box, space, H5P_DEFAULT, bytes) >= 0;
    if (!read) {
        char cause[HDF5_CAUSE];
        dyson_fail(error, DYSON_IO, "cannot read %s of %s: %s",
                   archive_object_of(&reader->layout, part).path, reader->path, hdf5_cause(cause));
    }
    if (box >= 0)
        H5Sclose(box);
    if (space >= 0)
        H5Sclose(space);
    return error->code;
}

static int check_range(const dyson_reader *reader, size_t p, int64_t first, int64_t count,
                       dyson_error *error)
{
    const archive_layout *layout = &reader->layout;
    if ((int64_t)p >= layout->points || first < 0 || count < 1 || count > layout->replicas - first)
        return dyson_fail(error, DYSON_INTERNAL,
                          "%lld replicas from %lld of point %zu are not in %s", (long long)count,
                          (long long)first, p, reader->path);
    return DYSON_OK;
}

int reader_get(dyson_reader *reader, archive_part part, size_t point, int64_t first, int64_t count,
               void *bytes, dyson_error *error)
{
    if (check_range(reader, point, first, count, error) != DYSON_OK)
        return error->code;
    archive_object object = archive_object_of(&reader->layout, part);
    hsize_t start[H5S_MAX_RANK] = {point, (hsize_t)first};
    object.dims[0] = 1;
    object.dims[1] = (hsize_t)count;
    return get_box(reader, part, object.rank, start, object.dims, bytes, error);
}

int dyson_reader_spectra(dyson_reader *reader, size_t p, int64_t first, int64_t count, size_t t,
                         size_t snapshots, double *spectra, dyson_error *error)
{
    if (check_range(reader, p, first, count, error) != DYSON_OK)
        return error->code;
    const size_t all = (size_t)reader->layout.snapshots;
    if (snapshots < 1 || t >= all || snapshots > all - t)
        return dyson_fail(error, DYSON_INTERNAL, "snapshots %zu to %zu are not in %s", t,
                          t + snapshots - 1, reader->path);
    hsize_t start[4] = {p, (hsize_t)first, t, 0};
    hsize_t box[4] = {1, (hsize_t)count, snapshots, (hsize_t)reader->layout.levels};
    return get_box(reader, PART_EIGENVALUES, 4, start, box, spectra, error);
}

int dyson_reader_weights(dyson_reader *reader, size_t p, int64_t first, int64_t count, size_t t,
                         double *weights, dyson_error *error)
{
    const archive_layout *layout = &reader->layout;
    if (check_range(reader, p, first, count, error) != DYSON_OK)
        return error->code;
    if (!layout->weight_axis || (int64_t)t >= layout->weight_sets)
        return dyson_fail(error, DYSON_INTERNAL, "W at snapshot %zu is not in %s", t, reader->path);
    hsize_t start[5] = {p, (hsize_t)first, t, 0, 0};
    hsize_t box[5] = {1, (hsize_t)count, 1, (hsize_t)layout->weight_rows,
                      (hsize_t)layout->weight_columns};
    return get_box(reader, PART_WEIGHTS, 5, start, box, weights, error);
}

int dyson_reader_status(dyson_reader *reader, size_t p, int64_t first, int64_t count,
                        uint8_t *status, dyson_error *error)
{
    return reader_get(reader, PART_STATUS, p, first, count, status, error);
}

int dyson_reader_diverged_at(dyson_reader *reader, size_t p, int64_t first, int64_t count,
                             int64_t *diverged_at, dyson_error *error)
{
    return reader_get(reader, PART_DIVERGED_AT, p, first, count, diverged_at, error);
}

int dyson_reader_session(dyson_reader *reader, double *seconds, double *cost, double *ranks,
                         dyson_error *error)
{
    double session[3];
    if (H5Dread(reader->session, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, session) < 0) {
        char cause[HDF5_CAUSE];
        return dyson_fail(error, DYSON_IO, "cannot read /session of %s: %s", reader->path,
                          hdf5_cause(cause));
    }
    *seconds = session[0];
    *cost = session[1];
    *ranks = session[2];
    return DYSON_OK;
}

static int count_point(dyson_reader *reader, size_t p, int64_t counts[3], dyson_error *error)
{
    uint8_t status[COUNT_CHUNK];
    for (int64_t first = 0, count; first < reader->layout.replicas; first += count) {
        count = reader->layout.replicas - first;
        if (count > COUNT_CHUNK)
            count = COUNT_CHUNK;
        if (dyson_reader_status(reader, p, first, count, status, error) != DYSON_OK)
            return error->code;
        for (int64_t i = 0; i < count; i++) {
            if (status[i] > DYSON_DIVERGED)
                return dyson_fail(error, DYSON_BAD_DATA,
                                  "%s is damaged: /status of replica %lld, point %zu is %d",
                                  reader->path, (long long)(first + i), p, status[i]);
            counts[status[i]]++;
        }
    }
    return DYSON_OK;
}

int dyson_reader_count(dyson_reader *reader, int64_t p, int64_t counts[3], dyson_error *error)
{
    counts[0] = counts[1] = counts[2] = 0;
    if (p >= 0)
        return count_point(reader, (size_t)p, counts, error);
    for (int64_t q = 0; q < reader->layout.points && error->code == DYSON_OK; q++)
        count_point(reader, (size_t)q, counts, error);
    return error->code;
}
