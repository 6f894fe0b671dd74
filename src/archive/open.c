/* open.c: opening an ensemble file to read it; nothing in it is believed before it has been
 * checked. */
#include "archive/reader.h"
#include "base/hdf5.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail_damaged(const dyson_reader *reader, const char *what, dyson_error *error)
{
    return dyson_fail(error, DYSON_BAD_DATA, "%s is damaged: %s", reader->path, what);
}

/* A square, finite, symmetric matrix, stored whole (no larger than the file), or an error. */
static int get_matrix(const dyson_reader *reader, const char *path, double **matrix, int *n,
                      dyson_error *error)
{
    hsize_t dims[H5S_MAX_RANK], size = 0;
    hid_t dataset = H5Dopen2(reader->file, path, H5P_DEFAULT);
    *matrix = NULL;
    if (dataset < 0)
        return fail_damaged(reader, "the target matrix is missing", error);
    hid_t space = H5Dget_space(dataset);
    bool sound = space >= 0 && H5Sget_simple_extent_ndims(space) == 2 &&
                 H5Sget_simple_extent_dims(space, dims, NULL) == 2 &&
                 H5Fget_filesize(reader->file, &size) >= 0 && dims[0] == dims[1] && dims[0] > 0 &&
                 dims[0] <= 65536 && dims[0] * dims[0] * sizeof(double) <= size &&
                 hdf5_has_shape(dataset, H5T_IEEE_F64LE, 2, dims);
    if (sound)
        *matrix = malloc(dims[0] * dims[0] * sizeof **matrix);
    sound = *matrix != NULL &&
            H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, *matrix) >= 0 &&
            reader_checksum_holds(reader, dataset, H5T_IEEE_F64LE, dims[0] * dims[0]);
    *n = sound ? (int)dims[0] : 0;
    for (size_t i = 0, m = (size_t)*n; sound && i < m; i++)
        for (size_t j = 0; j <= i; j++)
            sound = sound && isfinite((*matrix)[i * m + j]) &&
                    fabs((*matrix)[i * m + j] - (*matrix)[j * m + i]) <=
                        1e-12 * (fabs((*matrix)[i * m + i]) + fabs((*matrix)[j * m + j]));
    if (space >= 0)
        H5Sclose(space);
    H5Dclose(dataset);
    return sound ? DYSON_OK : fail_damaged(reader, "the target matrix is not sound", error);
}

static int attach_matrices(dyson_reader *reader, dyson_error *error)
{
    const dyson_model *model = dyson_spec_model(reader->spec);
    for (size_t i = 0; i < model->key_count && error->code == DYSON_OK; i++) {
        const dyson_key *key = &model->keys[i];
        if (key->type != DYSON_MATRIX || !dyson_spec_given(reader->spec, key->section, key->name))
            continue;
        char path[128];
        double *matrix;
        int n = 0;
        archive_matrix_path(key, path, sizeof path);
        if (get_matrix(reader, path, &matrix, &n, error) == DYSON_OK)
            dyson_spec_attach(reader->spec, key->section, key->name, n, matrix);
        free(matrix);
    }
    return error->code;
}

/* The run file in the file is parsed like any other. */
static int get_spec(dyson_reader *reader, dyson_error *error)
{
    size_t size = strlen(reader->path) + 16;
    char *name = malloc(size);
    if (name == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory");
    snprintf(name, size, "%s: run_file", reader->path);
    dyson_spec_parse(reader->provenance.run_file, name, &reader->spec, error);
    free(name);
    if (error->code != DYSON_OK)
        return error->code;
    if (strcmp(dyson_spec_model(reader->spec)->name, reader->provenance.model) != 0)
        return fail_damaged(reader, "attribute model differs from its run file", error);
    if (dyson_spec_integer(reader->spec, "ensemble", "seed") != reader->provenance.seed)
        return fail_damaged(reader, "attribute seed differs from its run file", error);
    if (attach_matrices(reader, error) != DYSON_OK)
        return error->code;
    return dyson_spec_model(reader->spec)->system_create(reader->spec, &reader->system, error);
}

static int open_datasets(dyson_reader *reader, dyson_error *error)
{
    if (archive_layout_of(reader->spec, reader->system, &reader->layout, error) != DYSON_OK)
        return error->code;
    reader->layout.version = (int32_t)reader->provenance.format_version;
    for (archive_part part = 0; part < PART_COUNT; part++) {
        if (!archive_has(&reader->layout, part))
            continue;
        archive_object object = archive_object_of(&reader->layout, part);
        reader->dataset[part] = H5Dopen2(reader->file, object.path, H5P_DEFAULT);
        if (reader->dataset[part] < 0 ||
            !hdf5_has_shape(reader->dataset[part], object.type, object.rank, object.dims))
            return dyson_fail(error, DYSON_BAD_DATA,
                              "%s is damaged: %s is missing or of another type or shape than its "
                              "run file says",
                              reader->path, object.path);
    }
    hsize_t three = 3;
    reader->session = H5Dopen2(reader->file, "/session", H5P_DEFAULT);
    if (reader->session < 0 || !hdf5_has_shape(reader->session, H5T_IEEE_F64LE, 1, &three))
        return fail_damaged(reader, "/session is missing or of another type or shape", error);
    return DYSON_OK;
}

int dyson_reader_open(const char *path, dyson_reader **reader, dyson_error *error)
{
    dyson_reader *new = calloc(1, sizeof *new);
    *reader = NULL;
    if (new == NULL || (new->path = strdup(path)) == NULL) {
        free(new);
        return dyson_fail(error, DYSON_INTERNAL, "out of memory");
    }
    new->file = new->session = -1;
    for (archive_part part = 0; part < PART_COUNT; part++)
        new->dataset[part] = -1;
    if (hdf5_open(path, &new->file, error) != DYSON_OK ||
        reader_get_provenance(new, error) != DYSON_OK || get_spec(new, error) != DYSON_OK ||
        open_datasets(new, error) != DYSON_OK || reader_check_contents(new, error) != DYSON_OK) {
        dyson_reader_close(new);
        return error->code;
    }
    *reader = new;
    return DYSON_OK;
}

void dyson_reader_close(dyson_reader *reader)
{
    if (reader == NULL)
        return;
    for (archive_part part = 0; part < PART_COUNT; part++)
        if (reader->dataset[part] >= 0)
            H5Dclose(reader->dataset[part]);
    if (reader->session >= 0)
        H5Dclose(reader->session);
    if (reader->file >= 0)
        H5Fclose(reader->file);
    if (reader->system != NULL)
        dyson_spec_model(reader->spec)->system_destroy(reader->system);
    dyson_spec_destroy(reader->spec);
    reader_free_provenance(&reader->provenance);
    free(reader->path);
    free(reader);
}
