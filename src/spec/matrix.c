/* matrix.c: matrices that a run file names in HDF5 files. */
#include "spec/spec_internal.h"

#include "base/hdf5.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MATRIX_LARGEST 16384

/* Its size, or 0 if it is not square or absurdly large. */
static int square_size(hid_t dataset)
{
    hsize_t dims[H5S_MAX_RANK] = {0};
    hid_t space = H5Dget_space(dataset);
    hid_t type = H5Dget_type(dataset);
    const H5T_class_t class = type < 0 ? H5T_NO_CLASS : H5Tget_class(type);
    const bool numbers = class == H5T_FLOAT || class == H5T_INTEGER;
    const bool square = space >= 0 && H5Sget_simple_extent_ndims(space) == 2 &&
                        H5Sget_simple_extent_dims(space, dims, NULL) == 2 && dims[0] == dims[1] &&
                        dims[0] > 0 && dims[0] <= MATRIX_LARGEST;
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    return square && numbers ? (int)dims[0] : 0;
}

/* Finite, and |a_ij - a_ji| <= 10^-12 of the largest element; then exactly symmetric. */
static bool make_symmetric(double *a, int n)
{
    double largest = 0.0;
    const size_t size = (size_t)n;
    for (size_t i = 0; i < size * size; i++) {
        if (!isfinite(a[i]))
            return false;
        largest = fmax(largest, fabs(a[i]));
    }
    for (size_t i = 0; i < size; i++) {
        for (size_t j = 0; j < i; j++) {
            if (fabs(a[i * size + j] - a[j * size + i]) > 1e-12 * largest)
                return false;
            const double mean = 0.5 * a[i * size + j] + 0.5 * a[j * size + i];
            a[i * size + j] = a[j * size + i] = mean;
        }
    }
    return true;
}

/* What is wrong with a value, with the line that names it. */
static int refuse(const dyson_spec *spec, const spec_value *v, int code, const char *what,
                  dyson_error *error)
{
    return dyson_fail(error, code, "%s:%d: [%s] %s = %.200s: %s", spec->file, v->line,
                      v->key->section, v->key->name, v->text, what);
}

static int read_dataset(const dyson_spec *spec, spec_value *v, hid_t file, const char *path,
                        dyson_error *error)
{
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    if (dataset < 0)
        return refuse(spec, v, DYSON_NO_INPUT, "the file has no such dataset", error);
    const int n = square_size(dataset);
    double *matrix = n == 0 ? NULL : malloc((size_t)n * (size_t)n * sizeof *matrix);
    if (n == 0)
        refuse(spec, v, DYSON_BAD_DATA, "must be a square matrix of numbers", error);
    else if (matrix == NULL)
        spec_out_of_memory(error);
    else if (H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, matrix) < 0)
        refuse(spec, v, DYSON_NO_INPUT, "cannot be read", error);
    else if (!make_symmetric(matrix, n))
        refuse(spec, v, DYSON_BAD_DATA, "must be finite and symmetric to 1e-12", error);
    H5Dclose(dataset);
    if (error->code != DYSON_OK) {
        free(matrix);
        return error->code;
    }
    free(v->matrix);
    v->matrix = matrix;
    v->n = n;
    return DYSON_OK;
}

static int load_value(const dyson_spec *spec, spec_value *v, dyson_error *error)
{
    hid_t file;
    dyson_error cause = {0};
    char *path = strdup(v->text);
    if (path == NULL)
        return spec_out_of_memory(error);
    char *colon = strrchr(path, ':');
    *colon = '\0';
    if (hdf5_open(path, &file, &cause) != DYSON_OK) {
        refuse(spec, v, cause.code, cause.text, error);
    } else {
        read_dataset(spec, v, file, colon + 1, error);
        H5Fclose(file);
    }
    free(path);
    return error->code;
}

int dyson_spec_load(dyson_spec *spec, dyson_error *error)
{
    for (size_t k = 0; k < spec->model->key_count; k++) {
        spec_value *v = &spec->parameters[k];
        if (v->key->type == DYSON_MATRIX && v->text != NULL && load_value(spec, v, error))
            return error->code;
    }
    return DYSON_OK;
}

static const spec_value *matrix_value(const dyson_spec *spec, const char *section, const char *name)
{
    const spec_value *v = spec_value_of(spec, section, name);
    if (v->key->type != DYSON_MATRIX) {
        fprintf(stderr, "dyson: internal error: [%s] %s is no matrix\n", section, name);
        abort();
    }
    return v;
}

void dyson_spec_attach(dyson_spec *spec, const char *section, const char *name, int n,
                       const double *matrix)
{
    spec_value *v = &spec->parameters[matrix_value(spec, section, name) - spec->parameters];
    const size_t bytes = (size_t)n * (size_t)n * sizeof *matrix;
    double *copy = malloc(bytes);
    if (copy == NULL) {
        fprintf(stderr, "dyson: out of memory for [%s] %s\n", section, name);
        abort();
    }
    memcpy(copy, matrix, bytes);
    free(v->matrix);
    v->matrix = copy;
    v->n = n;
}

const double *dyson_spec_matrix(const dyson_spec *spec, const char *section, const char *name,
                                int *n)
{
    const spec_value *v = matrix_value(spec, section, name);
    *n = v->n;
    return v->matrix;
}
