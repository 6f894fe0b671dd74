/* modes.c: the modes of a run, one after the other: states, wells, laws in time. */
#include "dyson/theory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t index_of(const dyson_theory *theory, size_t point, size_t mode)
{
    return point * theory->modes + mode;
}

/* The lowest levels of the same mode on half as many cells: an error of order h^2 is four times as
 * large there. */
static int estimate_errors(const dyson_model *model, const dyson_system *system, size_t point,
                           int level, const dyson_theory_options *options, const double *energy,
                           dyson_theory_state *state, dyson_error *error)
{
    dyson_fokker_planck *coarse = NULL;
    dyson_error too_coarse = {0};
    double *other = malloc((size_t)options->states * sizeof *other);
    if (other == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %d states", options->states);
    const bool known =
        dyson_fokker_planck_create(model, system, point, level, options->form, options->cells / 2,
                                   &coarse, &too_coarse) == DYSON_OK &&
        coarse != NULL && options->states <= coarse->cells &&
        dyson_fokker_planck_states(coarse, options->states, other, NULL, &too_coarse) == DYSON_OK;
    for (int n = 0; n < options->states; n++)
        state[n].energy_error = known ? fabs(energy[n] - other[n]) / 3.0 : NAN;
    dyson_fokker_planck_destroy(coarse);
    free(other);
    return DYSON_OK;
}

/* Which well each state lives in, and its number there. */
static void climb_ladders(const dyson_fokker_planck *mode, int states, const double *wave,
                          dyson_theory_state *state)
{
    int rungs[2] = {0, 0};
    for (int n = 0; n < states; n++) {
        state[n].left = dyson_fokker_planck_left(mode, wave + (size_t)n * (size_t)mode->cells);
        const int left = state[n].left > 0.5;
        state[n].rung = rungs[left]++;
        state[n].harmonic =
            left ? (2 * state[n].rung + 1) * mode->left_rate : state[n].rung * mode->curvature;
    }
}

static int solve_mode(dyson_theory *theory, const dyson_model *model, const dyson_system *system,
                      size_t point, size_t k, dyson_error *error)
{
    const dyson_theory_options *options = &theory->options;
    const size_t at = index_of(theory, point, k), cells = (size_t)options->cells;
    const size_t states = (size_t)options->states, times = (size_t)options->time_count;
    const int level = theory->level[k];
    dyson_fokker_planck **mode = &theory->fokker_planck[at];
    dyson_theory_state *state = theory->state + at * states;
    double *wave = theory->wave + at * states * cells, *energy, *initial;
    if (dyson_fokker_planck_create(model, system, point, level, options->form, options->cells, mode,
                                   error) != DYSON_OK ||
        *mode == NULL)
        return error->code;
    energy = malloc(states * sizeof *energy);
    initial = malloc(cells * sizeof *initial);
    if (energy == NULL || initial == NULL)
        dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu states", states);
    else if (dyson_fokker_planck_states(*mode, options->states, energy, wave, error) == DYSON_OK) {
        for (size_t n = 0; n < states; n++)
            state[n].energy = energy[n];
        climb_ladders(*mode, options->states, wave, state);
        estimate_errors(model, system, point, level, options, energy, state, error);
        if (options->initial != NULL &&
            dyson_fokker_planck_law(*mode, options->initial, initial, error) == DYSON_OK)
            dyson_fokker_planck_evolve(*mode, initial, options->time_count, options->times,
                                       theory->density + at * times * cells, &theory->by_steps[at],
                                       error);
    }
    free(energy);
    free(initial);
    return error->code;
}

/* The first level of each distinct target, or of one of them. */
static int choose_levels(const dyson_shape *shape, dyson_theory *theory, dyson_error *error)
{
    const int only = theory->options.mode;
    if (dyson_groups(shape, &theory->level, &theory->modes, error) != DYSON_OK)
        return error->code;
    if (only >= (int)theory->modes)
        return dyson_fail(error, DYSON_USAGE, "there is no mode %d: the run has modes 0 to %zu",
                          only, theory->modes - 1);
    if (only >= 0) {
        theory->level[0] = theory->level[only];
        theory->modes = 1;
    }
    return DYSON_OK;
}

/* Unset numbers are NaN. */
static double *numbers(size_t count)
{
    double *made = malloc((count + 1) * sizeof *made);
    for (size_t i = 0; made != NULL && i < count; i++)
        made[i] = NAN;
    return made;
}

static int allocate(const dyson_spec *spec, const dyson_shape *shape, dyson_theory *theory,
                    dyson_error *error)
{
    const dyson_theory_options *options = &theory->options;
    theory->points = dyson_spec_points(spec);
    if (choose_levels(shape, theory, error) != DYSON_OK)
        return error->code;
    const size_t all = theory->points * theory->modes, cells = (size_t)options->cells;
    const size_t states = all * (size_t)options->states;
    theory->fokker_planck = calloc(all + 1, sizeof *theory->fokker_planck);
    theory->state = calloc(states + 1, sizeof *theory->state);
    theory->wave = numbers(states * cells);
    theory->by_steps = calloc(all + 1, sizeof *theory->by_steps);
    theory->density = numbers(all * (size_t)options->time_count * cells);
    if (theory->fokker_planck == NULL || theory->state == NULL || theory->wave == NULL ||
        theory->density == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu states on %zu cells",
                          states, cells);
    for (size_t i = 0; i < states; i++)
        theory->state[i] = (dyson_theory_state){NAN, NAN, NAN, NAN, -1};
    return DYSON_OK;
}

static int check_options(const dyson_theory_options *options, dyson_error *error)
{
    if (options->cells < DYSON_THEORY_CELLS_LEAST || options->states < 1 ||
        options->states > options->cells || options->time_count < 0)
        dyson_fail(error, DYSON_USAGE,
                   "%d states on %d cells: at least 1 state, at most one for each cell, and at "
                   "least %d cells",
                   options->states, options->cells, DYSON_THEORY_CELLS_LEAST);
    return error->code;
}

int dyson_theory_create(const dyson_spec *spec, const dyson_system *system,
                        const dyson_theory_options *options, dyson_theory **result,
                        dyson_error *error)
{
    const dyson_model *model = dyson_spec_model(spec);
    size_t solved = 0;
    *result = NULL;
    if (check_options(options, error) != DYSON_OK)
        return error->code;
    dyson_theory *theory = calloc(1, sizeof *theory);
    if (theory == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory");
    theory->options = *options;
    allocate(spec, model->shape(system), theory, error);
    for (size_t p = 0; p < theory->points && error->code == DYSON_OK; p++)
        for (size_t k = 0; k < theory->modes && error->code == DYSON_OK; k++) {
            solve_mode(theory, model, system, p, k, error);
            solved += theory->fokker_planck[index_of(theory, p, k)] != NULL;
        }
    if (error->code == DYSON_OK && solved == 0)
        dyson_fail(error, DYSON_BAD_DATA, "nothing is predicted for any mode of this run");
    if (error->code == DYSON_OK)
        *result = theory;
    else
        dyson_theory_destroy(theory);
    return error->code;
}

void dyson_theory_destroy(dyson_theory *theory)
{
    if (theory == NULL)
        return;
    for (size_t i = 0; theory->fokker_planck != NULL && i < theory->points * theory->modes; i++)
        dyson_fokker_planck_destroy(theory->fokker_planck[i]);
    free(theory->fokker_planck);
    free(theory->level);
    free(theory->state);
    free(theory->wave);
    free(theory->density);
    free(theory->by_steps);
    free(theory);
}
