/* store.c: an HDF5 file of results: each call checked, the file put on disk at once. */
#include "base/store.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void check(store *writer, bool failed)
{
    if (!failed)
        return;
    char cause[HDF5_CAUSE];
    dyson_fail(writer->error, DYSON_IO, "cannot write %s: %s", writer->path, hdf5_cause(cause));
}

static bool broken(const store *writer)
{
    return writer->error->code != DYSON_OK;
}

void store_group(store *writer, const char *name)
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
static void attribute(store *writer, const char *object, const char *name, hid_t type, hid_t space,
                      const void *value)
{
    hid_t where = H5Oopen(writer->file, object, H5P_DEFAULT);
    hid_t made = where < 0 ? -1 : H5Acreate2(where, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    check(writer, made < 0 || H5Awrite(made, type, value) < 0);
    if (made >= 0)
        H5Aclose(made);
    if (where >= 0)
        H5Oclose(where);
}

void store_texts(store *writer, const char *object, const char *name, size_t count,
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

void store_text(store *writer, const char *object, const char *name, const char *text)
{
    if (broken(writer))
        return;
    hid_t where = H5Oopen(writer->file, object, H5P_DEFAULT);
    check(writer, where < 0 || hdf5_put_text(where, name, text));
    if (where >= 0)
        H5Oclose(where);
}

void store_integer(store *writer, const char *object, const char *name, int64_t number)
{
    if (broken(writer))
        return;
    hid_t space = H5Screate(H5S_SCALAR);
    attribute(writer, object, name, H5T_NATIVE_INT64, space, &number);
    H5Sclose(space);
}

void store_real(store *writer, const char *object, const char *name, double number)
{
    if (broken(writer))
        return;
    hid_t space = H5Screate(H5S_SCALAR);
    attribute(writer, object, name, H5T_NATIVE_DOUBLE, space, &number);
    H5Sclose(space);
}

void store_dataset(store *writer, const char *group, const char *name, hid_t type, size_t rows,
                   size_t columns, const void *data, const char *description, const char *units)
{
    const hsize_t dims[2] = {rows, columns};
    store_box(writer, group, name, type, columns > 0 ? 2 : 1, dims, data, description, units);
}

void store_box(store *writer, const char *group, const char *name, hid_t type, int rank,
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

/* What stands under the name already may be replaced only where it is of the same kind. */
static int check_replaceable(const char *path, const char *kind, const char *mark,
                             dyson_error *error)
{
    struct stat present;
    hid_t file;
    int64_t number;
    if (stat(path, &present) != 0)
        return DYSON_OK; /* creating it will tell */
    dyson_error unreadable = {0};
    bool ours = S_ISREG(present.st_mode) && hdf5_open(path, &file, &unreadable) == DYSON_OK;
    if (ours) {
        ours = hdf5_get_integer(file, mark, &number) == 0;
        H5Fclose(file);
    }
    if (!ours)
        dyson_fail(error, DYSON_CANNOT_CREATE, "%s exists and is not a %s file: it is left alone",
                   path, kind);
    return error->code;
}

int store_create(store *writer, const char *path, const char *kind, const char *mark,
                 dyson_error *error)
{
    enum { INCREMENT = 1 << 20 };
    char cause[HDF5_CAUSE];
    hdf5_silence();
    *writer = (store){path, -1, error};
    if (check_replaceable(path, kind, mark, error) != DYSON_OK)
        return error->code;
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_core(access, INCREMENT, false);
    writer->file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    if (writer->file < 0)
        dyson_fail(error, DYSON_INTERNAL, "cannot make %s in memory: %s", path, hdf5_cause(cause));
    return error->code;
}

/* Under a temporary name, synced, then renamed. */
static int put_image(const char *path, const void *image, size_t size, dyson_error *error)
{
    char *part = NULL;
    if (asprintf(&part, "%s.part-%ld", path, (long)getpid()) < 0)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory");
    int descriptor = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0) {
        dyson_fail(error, DYSON_CANNOT_CREATE, "cannot create %s: %s", path, strerror(errno));
        free(part);
        return error->code;
    }
    int cause = file_write_at(descriptor, image, size, 0);
    if (cause == 0 && fsync(descriptor) != 0)
        cause = errno;
    if (close(descriptor) != 0 && cause == 0)
        cause = errno;
    if (cause == 0)
        cause = file_rename(part, path, true);
    if (cause == 0)
        cause = file_sync_folder(path);
    else
        unlink(part);
    if (cause != 0)
        dyson_fail(error, DYSON_IO, "cannot write %s (%zu bytes): %s", path, size, strerror(cause));
    free(part);
    return error->code;
}

int store_publish(store *writer)
{
    char cause[HDF5_CAUSE];
    void *image = NULL;
    ssize_t bytes = -1;
    if (!broken(writer) && H5Fflush(writer->file, H5F_SCOPE_GLOBAL) >= 0)
        bytes = H5Fget_file_image(writer->file, NULL, 0);
    bool made = bytes > 0 && (image = malloc((size_t)bytes)) != NULL &&
                H5Fget_file_image(writer->file, image, (size_t)bytes) == bytes;
    if (!made && !broken(writer))
        dyson_fail(writer->error, DYSON_INTERNAL, "cannot make %s in memory: %s", writer->path,
                   hdf5_cause(cause));
    H5Fclose(writer->file);
    if (made)
        put_image(writer->path, image, (size_t)bytes, writer->error);
    free(image);
    return writer->error->code;
}
