/* writer.c: HDF5 calls of the statistics file, each checked. */
#include "statistics/writer.h"

#include <stdio.h>

static void check(stats_writer *writer, bool failed)
{
    if (!failed)
        return;
    char cause[HDF5_CAUSE];
    dyson_fail(writer->error, DYSON_IO, "cannot write %s: %s", writer->path, hdf5_cause(cause));
}

static bool broken(const stats_writer *writer)
{
    return writer->error->code != DYSON_OK;
}

void stats_group(stats_writer *writer, const char *name)
{
    if (broken(writer))
        return;
    hid_t parents = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(parents, 1);
    hid_t group = H5Gcreate2(writer->file, name, parents, H5P_DEFAULT, H5P_DEFAULT);
    check(writer, group < 0 || H5Gclose(group) < 0);
    H5Pclose(parents);
}

/* Puts an attribute of a type on an object. */
static void attribute(stats_writer *writer, const char *object, const char *name, hid_t type,
                      hid_t space, const void *value)
{
    hid_t where = H5Oopen(writer->file, object, H5P_DEFAULT);
    hid_t made = where < 0 ? -1 : H5Acreate2(where, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    check(writer, made < 0 || H5Awrite(made, type, value) < 0);
    if (made >= 0)
        H5Aclose(made);
    if (where >= 0)
        H5Oclose(where);
}

void stats_texts(stats_writer *writer, const char *object, const char *name, size_t count,
                 const char *const *texts)
{
    if (broken(writer))
        return;
    hsize_t length = count;
    hid_t space = H5Screate_simple(1, &length, NULL), type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    attribute(writer, object, name, type, space, texts);
    H5Tclose(type);
    H5Sclose(space);
}

void stats_text(stats_writer *writer, const char *object, const char *name, const char *text)
{
    if (broken(writer))
        return;
    hid_t where = H5Oopen(writer->file, object, H5P_DEFAULT);
    check(writer, where < 0 || hdf5_put_text(where, name, text));
    if (where >= 0)
        H5Oclose(where);
}

void stats_integer(stats_writer *writer, const char *object, const char *name, int64_t number)
{
    if (broken(writer))
        return;
    hid_t space = H5Screate(H5S_SCALAR);
    attribute(writer, object, name, H5T_NATIVE_INT64, space, &number);
    H5Sclose(space);
}

void stats_real(stats_writer *writer, const char *object, const char *name, double number)
{
    if (broken(writer))
        return;
    hid_t space = H5Screate(H5S_SCALAR);
    attribute(writer, object, name, H5T_NATIVE_DOUBLE, space, &number);
    H5Sclose(space);
}

void stats_dataset(stats_writer *writer, const char *group, const char *name, hid_t type,
                   size_t rows, size_t columns, const void *data, const char *description,
                   const char *units)
{
    const hsize_t dims[2] = {rows, columns};
    stats_box(writer, group, name, type, columns > 0 ? 2 : 1, dims, data, description, units);
}

void stats_box(stats_writer *writer, const char *group, const char *name, hid_t type, int rank,
               const hsize_t *dims, const void *data, const char *description, const char *units)
{
    if (broken(writer))
        return;
    char path[192];
    snprintf(path, sizeof path, "%s/%s", group, name);
    hid_t space = H5Screate_simple(rank, dims, NULL);
    hid_t made = H5Dcreate2(writer->file, path, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    bool failed = made < 0;
    if (!failed && dims[0] > 0)
        failed = H5Dwrite(made, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0;
    check(writer, failed || hdf5_describe(made, description, units));
    if (made >= 0)
        H5Dclose(made);
    H5Sclose(space);
}
