/* hdf5.c: small services over HDF5 1.10, written so that a malformed file is refused, never
 * trusted. */
#include "base/hdf5.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Longer texts than this are no run file. */
#define TEXT_MAX ((size_t)1 << 26)

void hdf5_silence(void)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

static herr_t take_description(unsigned n, const H5E_error2_t *entry, void *context)
{
    char *cause = context;
    if (n == 0 && entry->desc != NULL)
        snprintf(cause, HDF5_CAUSE, "%s", entry->desc);
    return 0;
}

const char *hdf5_cause(char cause[HDF5_CAUSE])
{
    snprintf(cause, HDF5_CAUSE, "HDF5 gives no cause");
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_description, cause);
    return cause;
}

int hdf5_open(const char *path, hid_t *file, dyson_error *error)
{
    /* The system's own words for a file that is missing or may not be read are clearer. */
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    char byte;
    if (descriptor < 0 || pread(descriptor, &byte, 1, 0) < 0) {
        dyson_fail(error, DYSON_NO_INPUT, "cannot read %s: %s", path, strerror(errno));
        if (descriptor >= 0)
            close(descriptor);
        return error->code;
    }
    close(descriptor);
    hdf5_silence();
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_file_locking(access, false, true);
    *file = H5Fopen(path, H5F_ACC_RDONLY, access);
    H5Pclose(access);
    if (*file < 0) {
        char cause[HDF5_CAUSE];
        return dyson_fail(error, DYSON_BAD_DATA, "%s is not an HDF5 file, or is damaged: %s", path,
                          hdf5_cause(cause));
    }
    return DYSON_OK;
}

static int put_attribute(hid_t object, const char *name, hid_t type, const void *value)
{
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    int failed = attribute < 0 || H5Awrite(attribute, type, value) < 0;
    H5Sclose(space);
    if (attribute >= 0 && H5Aclose(attribute) < 0)
        failed = 1;
    return failed;
}

/* length: bytes, or H5T_VARIABLE. */
static int put_utf8(hid_t object, const char *name, size_t length, const void *value)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, length);
    H5Tset_strpad(type, length == H5T_VARIABLE ? H5T_STR_NULLTERM : H5T_STR_NULLPAD);
    H5Tset_cset(type, H5T_CSET_UTF8);
    int failed = put_attribute(object, name, type, value);
    H5Tclose(type);
    return failed;
}

int hdf5_put_text(hid_t object, const char *name, const char *text)
{
    return put_utf8(object, name, H5T_VARIABLE, &text);
}

int hdf5_put_fixed_text(hid_t object, const char *name, const char *text)
{
    size_t length = strlen(text);
    return put_utf8(object, name, length > 0 ? length : 1, text);
}

int hdf5_put_integer(hid_t object, const char *name, int64_t number)
{
    return put_attribute(object, name, H5T_STD_I64LE, &number);
}

int hdf5_describe(hid_t dataset, const char *description, const char *units)
{
    return hdf5_put_text(dataset, "description", description) ||
           hdf5_put_text(dataset, "units", units);
}

/* A scalar attribute of a class, or a negative number. */
static hid_t open_scalar(hid_t object, const char *name, H5T_class_t class, hid_t *type)
{
    if (H5Aexists(object, name) <= 0)
        return -1;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0)
        return -1;
    hid_t space = H5Aget_space(attribute);
    *type = H5Aget_type(attribute);
    bool fits = space >= 0 && *type >= 0 && H5Sget_simple_extent_npoints(space) == 1 &&
                H5Tget_class(*type) == class;
    if (space >= 0)
        H5Sclose(space);
    if (fits)
        return attribute;
    if (*type >= 0)
        H5Tclose(*type);
    H5Aclose(attribute);
    return -1;
}

int hdf5_get_text(hid_t object, const char *name, char **text)
{
    *text = NULL;
    hid_t type, attribute = open_scalar(object, name, H5T_STRING, &type);
    if (attribute < 0)
        return 1;
    size_t size = H5Tget_size(type);
    if (H5Tis_variable_str(type) == 0 && size > 0 && size < TEXT_MAX)
        *text = calloc(size + 1, 1);
    if (*text != NULL && H5Aread(attribute, type, *text) < 0) {
        free(*text);
        *text = NULL;
    }
    H5Tclose(type);
    H5Aclose(attribute);
    return *text == NULL;
}

int hdf5_get_integer(hid_t object, const char *name, int64_t *number)
{
    hid_t type, attribute = open_scalar(object, name, H5T_INTEGER, &type);
    if (attribute < 0)
        return 1;
    int failed = H5Aread(attribute, H5T_NATIVE_INT64, number) < 0;
    H5Tclose(type);
    H5Aclose(attribute);
    return failed;
}

bool hdf5_has_shape(hid_t dataset, hid_t type, int rank, const hsize_t *dims)
{
    hid_t stored = H5Dget_type(dataset), space = H5Dget_space(dataset);
    hsize_t found[H5S_MAX_RANK];
    bool same = stored >= 0 && space >= 0 && H5Tequal(stored, type) > 0 &&
                H5Sget_simple_extent_ndims(space) == rank &&
                H5Sget_simple_extent_dims(space, found, NULL) == rank;
    for (int i = 0; same && i < rank; i++)
        same = found[i] == dims[i];
    if (space >= 0)
        H5Sclose(space);
    if (stored >= 0)
        H5Tclose(stored);
    return same;
}
