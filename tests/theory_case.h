/* theory_case.h: modes of small runs on grids, for the tests of theory.h. */
#ifndef DYSON_TESTS_THEORY_CASE_H
#define DYSON_TESTS_THEORY_CASE_H

#include "dyson/theory.h"
#include "spec_case.h"

#include <math.h>

#define HEAD "[ensemble]\nreplicas = 1\nupdates = 10\nseed = 1\nmodel = "
#define LINEAR                                                                      \
    HEAD "teacher-student\n[teacher-student]\nteacher = 2 1\nlearning_rate = 0.1\n" \
         "batch_size = 16\nnoise = 0.5\n"
#define MACHINE                                                                 \
    HEAD "rbm\n[rbm]\nvisible = 10\nhidden = 10\nmass2 = 9\ntarget_mass2 = 4\n" \
         "learning_rate = %g\nbatch_size = %d\n"

enum { CELLS = 800, STATES = 6 };

typedef struct run {
    dyson_spec *spec;
    dyson_system *system;
    const dyson_model *model;
} run;

static inline run open_run(const char *format, ...)
{
    char text[1024];
    va_list arguments;
    dyson_error error = {0};
    run made = {0};
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    made.spec = parse(text);
    made.model = dyson_spec_model(made.spec);
    if (made.model->system_create(made.spec, &made.system, &error) != DYSON_OK)
        fail_msg("%s", error.text);
    return made;
}

static inline void close_run(run *made)
{
    made->model->system_destroy(made->system);
    dyson_spec_destroy(made->spec);
}

static inline dyson_fokker_planck *grid_of(const run *made, int level, dyson_noise_form form,
                                           int cells)
{
    dyson_error error = {0};
    dyson_fokker_planck *mode = NULL;
    if (dyson_fokker_planck_create(made->model, made->system, 0, level, form, cells, &mode,
                                   &error) != DYSON_OK)
        fail_msg("%s", error.text);
    return mode;
}

static inline void levels_of(const dyson_fokker_planck *mode, int count, double *energy,
                             double *states)
{
    dyson_error error = {0};
    if (dyson_fokker_planck_states(mode, count, energy, states, &error) != DYSON_OK)
        fail_msg("%s", error.text);
}

static inline void near(const char *what, double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%s: %.12g instead of %.12g (tolerance %g)", what, value, expected, tolerance);
}

static inline dyson_theory *theory_of(const run *made, dyson_noise_form form, int cells)
{
    dyson_error error = {0};
    dyson_theory *theory = NULL;
    const dyson_theory_options options = {
        .form = form, .cells = cells, .states = STATES, .mode = -1};
    if (dyson_theory_create(made->spec, made->system, &options, &theory, &error) != DYSON_OK)
        fail_msg("%s", error.text);
    return theory;
}

#endif
