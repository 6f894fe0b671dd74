/* initial.c: one value, a Gaussian, or numbers from a file, as a density on the grid.
 *
 * A value lies between the centres of two cells, whose shares are linear in it: the mean is kept. */
#include "theory/initial.h"

#include "base/hdf5.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OUTSIDE_MOST 1e-3

/* Adds one value of a share; what is beyond the ends of the grid is left out. */
static void add_value(const dyson_fokker_planck *mode, double value, double share, double *density)
{
    const double at = (value - mode->low) / mode->width - 0.5, last = mode->cells - 1;
    if (!(at >= -0.5 && at <= last + 0.5))
        return;
    const int cell = (int)fmax(0.0, fmin(floor(at), last - 1.0));
    const double upper = fmax(0.0, fmin(at - cell, 1.0));
    density[cell] += share * (1.0 - upper) / mode->width;
    density[cell + 1] += share * upper / mode->width;
}

static void add_gaussian(const dyson_fokker_planck *mode, double mean, double width,
                         double *density)
{
    const double scale = M_SQRT1_2 / width;
    for (int i = 0; i < mode->cells; i++) {
        const double low = mode->low + i * mode->width - mean;
        density[i] = 0.5 * (erf(scale * (low + mode->width)) - erf(scale * low)) / mode->width;
    }
}

/* All numbers of a dataset; the caller frees them. */
static int read_numbers(const char *path, const char *name, double **numbers, size_t *count,
                        dyson_error *error)
{
    hid_t file;
    if (hdf5_open(path, &file, error) != DYSON_OK)
        return error->code;
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    hid_t space = dataset < 0 ? -1 : H5Dget_space(dataset);
    const hssize_t n = space < 0 ? -1 : H5Sget_simple_extent_npoints(space);
    *numbers = n > 0 ? malloc((size_t)n * sizeof **numbers) : NULL;
    if (*numbers == NULL ||
        H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, *numbers) < 0) {
        dyson_fail(error, DYSON_BAD_DATA, "%s has no dataset %s of numbers", path, name);
        free(*numbers);
        *numbers = NULL;
    }
    *count = (size_t)n;
    if (space >= 0)
        H5Sclose(space);
    if (dataset >= 0)
        H5Dclose(dataset);
    H5Fclose(file);
    return error->code;
}

static int add_file(const char *text, const dyson_fokker_planck *mode, double *density,
                    dyson_error *error)
{
    const char *colon = strstr(text, ":/");
    char *path = strndup(text, colon != NULL ? (size_t)(colon - text) : 0);
    double *numbers = NULL;
    size_t count = 0;
    if (path == NULL)
        dyson_fail(error, DYSON_INTERNAL, "out of memory");
    else if (colon == NULL)
        dyson_fail(error, DYSON_USAGE, "--initial %s: it takes X, MEAN:WIDTH or FILE.h5:/dataset",
                   text);
    else
        read_numbers(path, colon + 1, &numbers, &count, error);
    for (size_t i = 0; error->code == DYSON_OK && i < count; i++)
        add_value(mode, numbers[i], 1.0 / (double)count, density);
    free(numbers);
    free(path);
    return error->code;
}

int theory_initial(const char *text, const dyson_fokker_planck *mode, double *density,
                   dyson_error *error)
{
    double number[2], inside = 0.0;
    char rest;
    memset(density, 0, (size_t)mode->cells * sizeof *density);
    const int found = sscanf(text, "%lf:%lf%c", &number[0], &number[1], &rest);
    if (found == 2 && number[1] > 0.0 && isfinite(number[0]))
        add_gaussian(mode, number[0], number[1], density);
    else if (sscanf(text, "%lf%c", &number[0], &rest) == 1 && isfinite(number[0]))
        add_value(mode, number[0], 1.0, density);
    else if (add_file(text, mode, density, error) != DYSON_OK)
        return error->code;
    for (int i = 0; i < mode->cells; i++)
        inside += density[i] * mode->width;
    if (!(inside > 1.0 - OUTSIDE_MOST))
        return dyson_fail(error, DYSON_BAD_DATA,
                          "--initial %s: only %.3g of it lies in %g <= x <= %g, where the mode at "
                          "x = %g can be",
                          text, inside, mode->low, mode->low + mode->cells * mode->width,
                          mode->centre);
    for (int i = 0; i < mode->cells; i++)
        density[i] /= inside;
    return DYSON_OK;
}
