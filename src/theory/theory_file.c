/* theory_file.c: the theory file.  Layout: docs/theory-file.md. */
#include "base/store.h"
#include "base/version.h"
#include "dyson/theory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FORMAT_VERSION = 1 };

static const char none[] = "dimensionless", per_update[] = "1/update";

static void write_root(store *writer, const dyson_theory *theory, const dyson_spec *spec)
{
    const dyson_theory_options *options = &theory->options;
    store_text(writer, "/", "format", "dyson-theory");
    store_integer(writer, "/", "format_version", FORMAT_VERSION);
    store_text(writer, "/", "program_version", dyson_version());
    store_text(writer, "/", "git_commit", dyson_git_commit());
    store_text(writer, "/", "model", dyson_spec_model(spec)->name);
    store_text(writer, "/", "run_file", dyson_spec_run_file(spec));
    store_text(writer, "/", "noise", options->form == DYSON_NOISE_CONSTANT ? "constant" : "local");
    store_integer(writer, "/", "grid_cells", options->cells);
}

/* Every parameter of the points, swept or not: an ensemble that is to be compared has its own. */
static void write_points(store *writer, const dyson_theory *theory, const dyson_spec *spec,
                         double *work)
{
    const dyson_model *model = dyson_spec_model(spec);
    store_group(writer, "points");
    for (size_t i = 0; i < model->key_count; i++) {
        const dyson_key *key = &model->keys[i];
        if (!key->point)
            continue;
        for (size_t p = 0; p < theory->points; p++)
            work[p] = dyson_spec_point(spec, p, key->name);
        store_dataset(writer, "points", key->name, H5T_NATIVE_DOUBLE, theory->points, 0, work,
                      key->text, key->unit);
    }
}

/* What there is one of for each point and mode. */
static void write_modes(store *writer, const dyson_theory *theory, const dyson_shape *shape,
                        double *work)
{
    enum { COLUMNS = 7 };
    static const struct {
        const char *name, *text, *units;
    } column[COLUMNS] = {
        {"omega", "curvature Omega = V'' at the fixed point", per_update},
        {"noise", "g^2 at the fixed point", per_update},
        {"left_rate", "|V''| at the floor, where V has its maximum there; else NaN", per_update},
        {"barrier", "x at which V'' = 0: states below belong to the left well; else NaN", none},
        {"mean", "mean of P_s", none},
        {"std", "standard deviation of P_s", none},
        {"skewness", "skewness of P_s", none}};
    const size_t all = theory->points * theory->modes;
    store_group(writer, "modes");
    for (size_t k = 0; k < theory->modes; k++)
        work[k] = dyson_shape_kappa(shape, theory->level[k]);
    store_dataset(writer, "modes", "kappa", H5T_NATIVE_DOUBLE, theory->modes, 0, work,
                  "target eigenvalue kappa", none);
    for (size_t k = 0; k < theory->modes; k++)
        work[k] = shape->x[theory->level[k]];
    store_dataset(writer, "modes", "x", H5T_NATIVE_DOUBLE, theory->modes, 0, work,
                  "fixed point x_s", none);
    for (int c = 0; c < COLUMNS; c++) {
        for (size_t i = 0; i < all; i++) {
            const dyson_fokker_planck *mode = theory->fokker_planck[i];
            double numbers[COLUMNS] = {NAN, NAN, NAN, NAN, NAN, NAN, NAN};
            if (mode != NULL) {
                const dyson_moments of_law = dyson_fokker_planck_moments(mode);
                const double known[COLUMNS] = {mode->curvature, mode->noise, mode->left_rate,
                                               mode->barrier,   of_law.mean, of_law.std,
                                               of_law.skewness};
                memcpy(numbers, known, sizeof numbers);
            }
            work[i] = numbers[c];
        }
        store_dataset(writer, "modes", column[c].name, H5T_NATIVE_DOUBLE, theory->points,
                      theory->modes, work, column[c].text, column[c].units);
    }
}

/* What there is on each cell: P x K x cells. */
static void write_grid(store *writer, const dyson_theory *theory, double *work)
{
    enum { COLUMNS = 5 };
    static const struct {
        const char *name, *text, *units;
        size_t offset;
    } column[COLUMNS] = {
        {"x", "centres of the cells", none, offsetof(dyson_fokker_planck, x)},
        {"width", "widths of the cells: a density times its width is a probability", none,
         offsetof(dyson_fokker_planck, width)},
        {"potential", "V", per_update, offsetof(dyson_fokker_planck, potential)},
        {"schrodinger", "V'^2/(4 g^2) - V''/2, of constant g", per_update,
         offsetof(dyson_fokker_planck, well)},
        {"stationary", "P_s, with integral 1", none, offsetof(dyson_fokker_planck, stationary)}};
    const size_t all = theory->points * theory->modes, cells = (size_t)theory->options.cells;
    const hsize_t dims[3] = {theory->points, theory->modes, cells};
    store_group(writer, "grid");
    for (int c = 0; c < COLUMNS; c++) {
        for (size_t i = 0; i < all; i++) {
            const char *mode = (const char *)theory->fokker_planck[i];
            for (size_t j = 0; mode == NULL && j < cells; j++)
                work[i * cells + j] = NAN;
            if (mode != NULL)
                memcpy(work + i * cells, *(double *const *)(const void *)(mode + column[c].offset),
                       cells * sizeof *work);
        }
        store_box(writer, "grid", column[c].name, H5T_NATIVE_DOUBLE, 3, dims, work, column[c].text,
                  column[c].units);
    }
}

static void write_states(store *writer, const dyson_theory *theory, double *work)
{
    enum { COLUMNS = 5 };
    static const struct {
        const char *name, *text, *units;
    } column[COLUMNS] = {
        {"energy", "levels E_n of H, ascending: decay rates", per_update},
        {"energy_error", "error of the grid, from one of half as many cells; else NaN", per_update},
        {"left", "share of psi^2 below the barrier", none},
        {"harmonic", "n Omega in the right well, (2 n + 1) left_rate in the left one, n: rung",
         per_update},
        {"rung", "number of the state in its well, from 0; -1: no such mode", none}};
    const size_t states = (size_t)theory->options.states, cells = (size_t)theory->options.cells;
    const size_t all = theory->points * theory->modes * states;
    const hsize_t dims[4] = {theory->points, theory->modes, states, cells};
    store_group(writer, "states");
    for (int c = 0; c < COLUMNS; c++) {
        for (size_t i = 0; i < all; i++) {
            const dyson_theory_state *state = &theory->state[i];
            const double numbers[COLUMNS] = {state->energy, state->energy_error, state->left,
                                             state->harmonic, state->rung};
            work[i] = numbers[c];
        }
        store_box(writer, "states", column[c].name, H5T_NATIVE_DOUBLE, 3, dims, work,
                  column[c].text, column[c].units);
    }
    store_box(writer, "states", "wave", H5T_NATIVE_DOUBLE, 4, dims, theory->wave,
              "wave functions psi_n, with integral of psi^2 1, largest extremum positive", none);
}

static void write_evolution(store *writer, const dyson_theory *theory)
{
    const dyson_theory_options *options = &theory->options;
    const hsize_t dims[4] = {theory->points, theory->modes, (hsize_t)options->time_count,
                             (hsize_t)options->cells};
    if (options->initial == NULL)
        return;
    store_group(writer, "evolution");
    store_dataset(writer, "evolution", "time", H5T_NATIVE_DOUBLE, (size_t)options->time_count, 0,
                  options->times, "times since the initial law", "updates");
    uint8_t *by_steps = malloc(theory->points * theory->modes + 1);
    if (by_steps == NULL) {
        dyson_fail(writer->error, DYSON_INTERNAL, "out of memory for %zu modes", theory->modes);
        return;
    }
    for (size_t i = 0; i < theory->points * theory->modes; i++)
        by_steps[i] = theory->by_steps[i];
    store_dataset(
        writer, "evolution", "by_steps", H5T_NATIVE_UINT8, theory->points, theory->modes, by_steps,
        "1 where the eigenfunctions keep no digits, and implicit steps were made", "flag");
    free(by_steps);
    store_box(writer, "evolution", "density", H5T_NATIVE_DOUBLE, 4, dims, theory->density,
              "P(x, t), with integral 1", none);
}

int dyson_theory_write(const dyson_theory *theory, const dyson_spec *spec,
                       const dyson_system *system, const char *path, dyson_error *error)
{
    const size_t all = theory->points * theory->modes;
    const size_t each = (size_t)theory->options.cells + (size_t)theory->options.states + 1;
    double *work = malloc((all * each + theory->points) * sizeof *work);
    store writer;
    if (work == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu modes", all);
    if (store_create(&writer, path, "theory", "grid_cells", error) == DYSON_OK) {
        write_root(&writer, theory, spec);
        write_points(&writer, theory, spec, work);
        write_modes(&writer, theory, dyson_spec_model(spec)->shape(system), work);
        write_grid(&writer, theory, work);
        write_states(&writer, theory, work);
        write_evolution(&writer, theory);
        store_publish(&writer);
    }
    free(work);
    return error->code;
}
