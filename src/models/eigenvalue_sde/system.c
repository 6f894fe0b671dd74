/* system.c: one run's process: what belongs to which, what theory says of it, what it costs. */
#include "models/eigenvalue_sde/eigenvalue_sde.h"

#include "models/linear.h"
#include "models/rbm/modes.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECTION "eigenvalue-sde"

/* Keys that one of the processes needs, and keys that only it knows. */
static int check_keys(const dyson_spec *spec, sde_process process, dyson_error *error)
{
    static const struct {
        const char *name;
        sde_process process;
        bool needed;
    } keys[] = {{"visible", SDE_RBM, true},
                {"hidden", SDE_RBM, true},
                {"mass2", SDE_RBM, true},
                {"sigma_h", SDE_RBM, false},
                {"target_mass2", SDE_RBM, false},
                {"target_kernel", SDE_RBM, false},
                {"target_dimensions", SDE_RBM, false},
                {"gibbs_steps", SDE_RBM, false},
                {"order", SDE_RBM, false},
                {"values", SDE_LINEAR, true}};
    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
        const bool given = dyson_spec_given(spec, SECTION, keys[k].name);
        if (given && keys[k].process != process)
            return dyson_fail(error, DYSON_BAD_DATA, "[" SECTION "] %s is not for process = %s",
                              keys[k].name, process == SDE_RBM ? "rbm" : "linear");
        if (!given && keys[k].needed && keys[k].process == process)
            return dyson_fail(error, DYSON_BAD_DATA,
                              "[" SECTION "] %s is missing: process = %s needs it", keys[k].name,
                              process == SDE_RBM ? "rbm" : "linear");
    }
    for (size_t i = 0; i < dyson_spec_points(spec); i++)
        if ((dyson_spec_point(spec, i, "noise") > 0.0) != (process == SDE_LINEAR))
            return dyson_fail(error, DYSON_BAD_DATA,
                              process == SDE_LINEAR
                                  ? "[" SECTION "] noise must be above 0 for process = linear"
                                  : "[" SECTION "] noise is not for process = rbm");
    return DYSON_OK;
}

static int read_machine(const dyson_spec *spec, dyson_system *system, dyson_error *error)
{
    sde_parameters *const p = &system->parameters;
    rbm_parameters *const machine = &system->machine;
    rbm_read_machine(spec, SECTION, machine);
    if (rbm_target_create(spec, SECTION, machine, &system->target, error) != DYSON_OK)
        return error->code;
    p->modes = machine->visible;
    p->ito = strcmp(dyson_spec_text(spec, SECTION, "order"), "ito") == 0;
    if (dyson_spec_given(spec, SECTION, "gibbs_steps"))
        p->memory = machine->steps = (int)dyson_spec_integer(spec, SECTION, "gibbs_steps");
    p->target = system->target.kappa;
    p->mass2 = machine->mass2;
    system->shape = (dyson_shape){.levels = machine->visible < machine->hidden ? machine->visible
                                                                               : machine->hidden,
                                  .kappa = system->target.kappa,
                                  .x = system->target.x,
                                  .floor = 0.0,
                                  .ceiling = p->mass2};
    return DYSON_OK;
}

static int read_values(const dyson_spec *spec, dyson_system *system, dyson_error *error)
{
    sde_parameters *const p = &system->parameters;
    size_t count;
    const double *const values = dyson_spec_reals(spec, SECTION, "values", &count);
    if (count > 64)
        return dyson_fail(error, DYSON_BAD_DATA,
                          "[" SECTION "] values: %zu levels: must be at most 64", count);
    system->values = malloc(count * sizeof *system->values);
    if (system->values == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for the levels");
    for (size_t i = 0; i < count; i++)
        system->values[i] = -values[i];
    gsl_sort(system->values, 1, count);
    for (size_t i = 0; i < count; i++)
        system->values[i] = -system->values[i]; /* descending */
    p->modes = (int)count;
    p->target = system->values;
    system->student = (student_parameters){.size = p->modes,
                                           .teacher = system->values,
                                           .data = STUDENT_INFINITE,
                                           .symmetric = true,
                                           .init_std = dyson_spec_real(spec, SECTION, "init_std")};
    system->shape = (dyson_shape){.levels = p->modes,
                                  .kappa = system->values,
                                  .x = system->values,
                                  .floor = -INFINITY,
                                  .ceiling = INFINITY};
    return DYSON_OK;
}

static int read_points(const dyson_spec *spec, dyson_system *system, dyson_error *error)
{
    const bool rbm = system->parameters.process == SDE_RBM;
    system->point_count = dyson_spec_points(spec);
    system->points = calloc(system->point_count, sizeof *system->points);
    uint64_t *const start = malloc(system->point_count * sizeof *start);
    if (system->points == NULL || start == NULL)
        dyson_fail(error, DYSON_INTERNAL, "out of memory for the points");
    else
        dyson_spec_streams_as(spec, rbm ? "rbm" : "teacher-student", start, error);
    for (size_t i = 0; i < system->point_count && error->code == DYSON_OK; i++)
        system->points[i] = (sde_point){
            .learning_rate = dyson_spec_point(spec, i, "learning_rate"),
            .noise = dyson_spec_point(spec, i, "noise"),
            .batch = (int)dyson_spec_point(spec, i, "batch_size"),
            .stream = dyson_spec_stream(spec, i),
            .start_stream = start[i],
        };
    free(start);
    return error->code;
}

int sde_system_create(const dyson_spec *spec, dyson_system **result, dyson_error *error)
{
    dyson_system *const system = calloc(1, sizeof *system);
    *result = NULL;
    if (system == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for the eigenvalue process");
    sde_parameters *const p = &system->parameters;
    p->process =
        strcmp(dyson_spec_text(spec, SECTION, "process"), "linear") == 0 ? SDE_LINEAR : SDE_RBM;
    p->substeps = (int)dyson_spec_integer(spec, SECTION, "substeps");
    system->at_target = strcmp(dyson_spec_text(spec, SECTION, "start"), "target") == 0;
    if (check_keys(spec, p->process, error) == DYSON_OK &&
        (p->process == SDE_RBM ? read_machine : read_values)(spec, system, error) == DYSON_OK)
        read_points(spec, system, error);
    if (error->code != DYSON_OK) {
        sde_system_destroy(system);
        return error->code;
    }
    *result = system;
    return DYSON_OK;
}

void sde_system_destroy(dyson_system *system)
{
    if (system == NULL)
        return;
    rbm_target_destroy(&system->target);
    free(system->values);
    free(system->points);
    free(system);
}

rbm_parameters sde_machine_at(const dyson_system *system, size_t point)
{
    const sde_point *const at = &system->points[point];
    rbm_parameters machine = system->machine;
    machine.learning_rate = at->learning_rate;
    machine.batch = at->batch;
    machine.stream = at->start_stream;
    return machine;
}

student_parameters sde_student_at(const dyson_system *system, size_t point)
{
    const sde_point *const at = &system->points[point];
    student_parameters student = system->student;
    student.learning_rate = at->learning_rate;
    student.noise = at->noise;
    student.batch = at->batch;
    student.stream = at->start_stream;
    return student;
}

sde_parameters sde_at_point(const dyson_system *system, size_t point)
{
    const sde_point *const at = &system->points[point];
    sde_parameters p = system->parameters;
    p.rate = at->learning_rate;
    p.noise = at->noise;
    p.batch = at->batch;
    p.stream = at->stream;
    if (p.process == SDE_RBM) {
        p.rate *= system->machine.sigma_h * system->machine.sigma_h;
    } else {
        const student_parameters student = sde_student_at(system, point);
        p.bound = student_bound(&student);
    }
    return p;
}

/* Multiply-adds of one update: a normal counts as 24 of them, an element's variance as 20, and the
 * eigenvalues as 4 N^3/3 + 25 N^2. */
double sde_cost(const dyson_system *system, size_t point)
{
    const sde_parameters *const p = &system->parameters;
    const double n = p->modes, elements = n * (n + 1) / 2;
    (void)point;
    return p->substeps *
           (elements * (24 + (p->process == SDE_RBM ? 20 : 0) + (p->ito ? 2 * n : 0)) +
            4 * n * n * n / 3 + 25 * n * n);
}

static linear_level level_at(const sde_parameters *p)
{
    return (linear_level){p->rate, p->noise, p->batch, p->substeps, 1.0};
}

void sde_predict(const dyson_system *system, size_t point, int level, dyson_prediction *prediction)
{
    const sde_parameters p = sde_at_point(system, point);
    if (p.process == SDE_RBM) {
        const rbm_parameters machine = sde_machine_at(system, point);
        rbm_mode_predict(&machine, system->target.kappa[level], prediction);
    } else {
        const linear_level at = level_at(&p);
        linear_predict(&at, prediction);
    }
}

bool sde_mode(const dyson_system *system, size_t point, int level, double x, dyson_mode *mode)
{
    const sde_parameters p = sde_at_point(system, point);
    if (p.process == SDE_RBM) {
        const rbm_parameters machine = sde_machine_at(system, point);
        return rbm_mode_at(&machine, system->target.kappa[level], x, mode);
    }
    const linear_level at = level_at(&p);
    return linear_mode(&at, system->values[level], x, mode);
}
