/* machine.c: sizes and target of a Gaussian RBM. */
#include "models/rbm/machine.h"

#include "dyson/spectrum.h"
#include "models/dense.h"
#include "models/rbm/modes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int padded(int n, int tile)
{
    return (n + tile - 1) / tile * tile;
}

/* The tile that wastes less on padding: 5 makes the better use of the registers. */
static void choose_tile(rbm_parameters *p)
{
    const int by_five = padded(p->visible, 5) + padded(p->hidden, 5);
    const int by_four = padded(p->visible, 4) + padded(p->hidden, 4);
    p->tile = by_five <= by_four ? 5 : 4;
    p->padded_visible = padded(p->visible, p->tile);
    p->padded_hidden = padded(p->hidden, p->tile);
}

void rbm_read_machine(const dyson_spec *spec, const char *section, rbm_parameters *p)
{
    p->visible = (int)dyson_spec_integer(spec, section, "visible");
    p->hidden = (int)dyson_spec_integer(spec, section, "hidden");
    p->mass2 = dyson_spec_real(spec, section, "mass2");
    p->sigma_h = dyson_spec_real(spec, section, "sigma_h");
    p->init_std = dyson_spec_real(spec, section, "init_std");
    choose_tile(p);
}

static int invert_by_library(int n, const double *matrix, double *inverse)
{
    const size_t size = (size_t)n;
    int info = 0;
    memcpy(inverse, matrix, size * size * sizeof *inverse);
    dpotrf_("U", &n, inverse, &n, &info, 1);
    if (info == 0)
        dpotri_("U", &n, inverse, &n, &info, 1);
    for (size_t i = 0; i < size; i++) /* LAPACK's upper triangle is the lower one of rows */
        for (size_t j = 0; j < i; j++)
            inverse[j * size + i] = inverse[i * size + j];
    return info;
}

/* By L L^T in plain C: C_target enters every replica's numbers, so those of the lanes must not
 * depend on which routine a linear-algebra library picks for the processor at hand.  Those of
 * larger machines do in any case. */
int rbm_invert(int n, const double *matrix, double *inverse)
{
    if (n > DYSON_SPECTRUM_LANES_MAX)
        return invert_by_library(n, matrix, inverse);
    double *const l = calloc((size_t)n * (size_t)n, sizeof *l);
    int failed = l == NULL;
    for (int j = 0; j < n && !failed; j++) {
        for (int i = j; i < n; i++) {
            double sum = matrix[i * n + j];
            for (int k = 0; k < j; k++)
                sum -= l[i * n + k] * l[j * n + k];
            if (i == j) {
                failed = !(sum > 0.0);
                l[i * n + i] = sqrt(sum);
            } else {
                l[i * n + j] = sum / l[j * n + j];
            }
        }
    }
    for (int c = 0; c < n && !failed; c++) {
        double *const column = inverse + c * n; /* symmetric: a row serves as the column */
        for (int i = 0; i < n; i++) {
            double sum = i == c ? 1.0 : 0.0;
            for (int k = 0; k < i; k++)
                sum -= l[i * n + k] * column[k];
            column[i] = sum / l[i * n + i];
        }
        for (int i = n - 1; i >= 0; i--) {
            double sum = column[i];
            for (int k = i + 1; k < n; k++)
                sum -= l[k * n + i] * column[k];
            column[i] = sum / l[i * n + i];
        }
    }
    free(l);
    return failed;
}

/* Whether the keys make sense together. */
static int check_target(const dyson_spec *spec, const char *section, int n, dyson_error *error)
{
    const bool has_mass = dyson_spec_given(spec, section, "target_mass2");
    const bool has_kernel = dyson_spec_given(spec, section, "target_kernel");
    const int dimensions = (int)dyson_spec_integer(spec, section, "target_dimensions");
    const int side = rbm_lattice_side(n, dimensions);
    if (has_mass == has_kernel)
        return dyson_fail(error, DYSON_BAD_DATA,
                          "[%s] needs a target: exactly one of target_mass2 and target_kernel",
                          section);
    if (has_kernel && dyson_spec_given(spec, section, "target_dimensions"))
        return dyson_fail(error, DYSON_BAD_DATA,
                          "[%s] target_dimensions is for target_mass2, not for target_kernel",
                          section);
    if (has_mass && dimensions == 2 && side * side != n)
        return dyson_fail(error, DYSON_BAD_DATA,
                          "[%s] visible = %d: must be a square, 4, 9, 16, ..., for "
                          "target_dimensions = 2",
                          section, n);
    return DYSON_OK;
}

/* The target's kernel, from either key. */
static int target_kernel(const dyson_spec *spec, const char *section, int n, double *kernel,
                         dyson_error *error)
{
    if (dyson_spec_given(spec, section, "target_mass2")) {
        rbm_free_scalar(n, (int)dyson_spec_integer(spec, section, "target_dimensions"),
                        dyson_spec_real(spec, section, "target_mass2"), kernel);
        return DYSON_OK;
    }
    int size = 0;
    const double *matrix = dyson_spec_matrix(spec, section, "target_kernel", &size);
    if (matrix == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "[%s] target_kernel was not loaded", section);
    if (size != n)
        return dyson_fail(error, DYSON_BAD_DATA,
                          "[%s] target_kernel is %d x %d: must be visible x visible, %d x %d",
                          section, size, size, n, n);
    memcpy(kernel, matrix, (size_t)n * (size_t)n * sizeof *kernel);
    return DYSON_OK;
}

/* kappa, and C_target padded, from the kernel, which is destroyed. */
static int solve_target(const char *section, const rbm_parameters *p, double *kernel,
                        double *inverse, const rbm_target *target, dyson_error *error)
{
    const int n = p->visible;
    if (rbm_invert(n, kernel, inverse))
        return dyson_fail(error, DYSON_BAD_DATA, "[%s] target_kernel: must be positive definite",
                          section);
    for (int i = 0; i < n; i++)
        memcpy(target->inverse + (size_t)i * (size_t)p->padded_visible, inverse + i * n,
               (size_t)n * sizeof *inverse);
    if (dyson_spectrum_dense(n, kernel, target->x, error) != DYSON_OK)
        return error->code;
    for (int i = 0; i < n; i++)
        target->kappa[i] = target->x[n - 1 - i];
    return DYSON_OK;
}

static int no_memory(dyson_error *error)
{
    return dyson_fail(error, DYSON_INTERNAL, "out of memory for the RBM's target");
}

/* From the kernel. */
static int fill_target(const dyson_spec *spec, const char *section, const rbm_parameters *p,
                       const rbm_target *target, dyson_error *error)
{
    const size_t n = (size_t)p->visible;
    double *const kernel = malloc(n * n * sizeof *kernel);
    double *const inverse = malloc(n * n * sizeof *inverse);
    if (kernel == NULL || inverse == NULL)
        no_memory(error);
    else if (target_kernel(spec, section, p->visible, kernel, error) == DYSON_OK)
        solve_target(section, p, kernel, inverse, target, error);
    free(kernel);
    free(inverse);
    return error->code;
}

/* kappa and C_target of a large lattice by their closed forms, of anything else by its kernel. */
int rbm_target_create(const dyson_spec *spec, const char *section, const rbm_parameters *p,
                      rbm_target *target, dyson_error *error)
{
    const size_t n = (size_t)p->visible, wide = (size_t)p->padded_visible;
    const bool row =
        n > DYSON_SPECTRUM_LANES_MAX && dyson_spec_given(spec, section, "target_mass2");
    const int dimensions = (int)dyson_spec_integer(spec, section, "target_dimensions");
    *target = (rbm_target){0};
    if (check_target(spec, section, p->visible, error) != DYSON_OK)
        return error->code;
    *target = (rbm_target){.kappa = calloc(n, sizeof *target->kappa),
                           .x = calloc(n, sizeof *target->x),
                           .side = row ? rbm_lattice_side(p->visible, dimensions) : 0,
                           .inverse = calloc(row ? n : wide * wide, sizeof *target->inverse)};
    if (target->kappa == NULL || target->x == NULL || target->inverse == NULL)
        return no_memory(error);
    if (!row && fill_target(spec, section, p, target, error) != DYSON_OK)
        return error->code;
    if (row &&
        rbm_lattice_target(p->visible, dimensions, dyson_spec_real(spec, section, "target_mass2"),
                           target->kappa, target->inverse))
        return no_memory(error);
    for (size_t i = 0; i < n; i++)
        target->x[i] = rbm_fixed_point(p, target->kappa[i]);
    return DYSON_OK;
}

void rbm_target_destroy(rbm_target *target)
{
    free(target->kappa);
    free(target->x);
    free(target->inverse);
}
