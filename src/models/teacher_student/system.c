/* system.c: one run's teacher and students: what is learnt, what theory says of it, what it costs.
 *
 * With infinite data an update is linear, W_s' - W_t = (1 - alpha)(W_s - W_t) + alpha a: an element
 * of standard deviation A/sqrt(B) in a has sigma^2 = (alpha A^2/B)/(2 - alpha) in the stationary
 * state off the diagonal, twice that on it, so the law is that of the Gaussian orthogonal ensemble
 * with (in the convention of dyson_prediction, a lone level's variance) sigma^2 = (alpha A^2/B)/(1
 * - alpha/2), at every alpha below 2.  The same M noises again and again add up over the cycles:
 * times (1 + c)/(1 - c), c = (1 - alpha)^M. */
#include "models/teacher_student/teacher_student.h"

#include "models/linear.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECTION "teacher-student"

int student_data_parse(const char *text, student_data *data, int64_t *batches, char *allowed,
                       size_t size)
{
    static const char fixed[] = "fixed:";
    char *end = NULL;
    *batches = 0;
    if (strcmp(text, "infinite") == 0 || strcmp(text, "fresh") == 0) {
        *data = strcmp(text, "fresh") == 0 ? STUDENT_FRESH : STUDENT_INFINITE;
        return 0;
    }
    if (strncmp(text, fixed, strlen(fixed)) == 0) {
        const char *number = text + strlen(fixed);
        *data = STUDENT_FIXED;
        *batches = *number >= '0' && *number <= '9' ? strtoll(number, &end, 10) : 0;
        if (*batches >= 1 && *batches <= UINT32_MAX && *end == '\0')
            return 0;
    }
    snprintf(allowed, size, "infinite, fresh, or fixed:M with a whole number M from 1 to %lld",
             (long long)UINT32_MAX);
    return 1;
}

static int descending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* The teacher's eigenvalues, from either key. */
static int read_teacher(const dyson_spec *spec, dyson_system *system, dyson_error *error)
{
    student_parameters *const p = &system->parameters;
    const bool listed = dyson_spec_given(spec, SECTION, "teacher");
    const bool sized = dyson_spec_given(spec, SECTION, "size");
    if (listed == sized)
        return dyson_fail(error, DYSON_BAD_DATA,
                          "[" SECTION "] needs a teacher: exactly one of teacher (its eigenvalues) "
                          "and size (so many times teacher_value)");
    size_t count = 0;
    const double *value = listed ? dyson_spec_reals(spec, SECTION, "teacher", &count) : NULL;
    if (sized)
        count = (size_t)dyson_spec_integer(spec, SECTION, "size");
    const bool symmetric = student_stays_symmetric(p);
    if (count > STUDENT_SIZE_MAX)
        return dyson_fail(error, DYSON_BAD_DATA,
                          "[" SECTION "] teacher: %zu eigenvalues; at most %d", count,
                          STUDENT_SIZE_MAX);
    p->size = (int)count;
    system->teacher = malloc(count * sizeof *system->teacher);
    system->x = malloc(count * sizeof *system->x);
    if (system->teacher == NULL || system->x == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for the teacher");
    for (size_t i = 0; i < count; i++) {
        system->teacher[i] = listed ? value[i] : dyson_spec_real(spec, SECTION, "teacher_value");
        system->x[i] = symmetric ? system->teacher[i] : fabs(system->teacher[i]);
    }
    qsort(system->teacher, count, sizeof *system->teacher, descending);
    qsort(system->x, count, sizeof *system->x, descending);
    p->teacher = system->teacher;
    return DYSON_OK;
}

static int read_points(const dyson_spec *spec, dyson_system *system, dyson_error *error)
{
    system->point_count = dyson_spec_points(spec);
    system->points = calloc(system->point_count, sizeof *system->points);
    if (system->points == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for the points");
    for (size_t i = 0; i < system->point_count; i++)
        system->points[i] =
            (student_point){.learning_rate = dyson_spec_point(spec, i, "learning_rate"),
                            .noise = dyson_spec_point(spec, i, "noise"),
                            .batch = (int64_t)dyson_spec_point(spec, i, "batch_size"),
                            .stream = dyson_spec_stream(spec, i)};
    return DYSON_OK;
}

int student_system_create(const dyson_spec *spec, dyson_system **result, dyson_error *error)
{
    dyson_system *const system = calloc(1, sizeof *system);
    *result = NULL;
    if (system == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for the teacher-student model");
    student_parameters *const p = &system->parameters;
    student_data_parse(dyson_spec_text(spec, SECTION, "data"), &p->data, &p->batches, NULL, 0);
    p->symmetric = strcmp(dyson_spec_text(spec, SECTION, "start"), "symmetric") == 0;
    p->init_std = dyson_spec_real(spec, SECTION, "init_std");
    if (read_teacher(spec, system, error) != DYSON_OK ||
        read_points(spec, system, error) != DYSON_OK) {
        student_system_destroy(system);
        return error->code;
    }
    system->shape = (dyson_shape){.levels = p->size,
                                  .weight_rows = p->size,
                                  .weight_columns = p->size,
                                  .kappa = system->x,
                                  .x = system->x,
                                  .floor = -INFINITY,
                                  .ceiling = INFINITY};
    *result = system;
    return DYSON_OK;
}

void student_system_destroy(dyson_system *system)
{
    if (system == NULL)
        return;
    free(system->points);
    free(system->teacher);
    free(system->x);
    free(system);
}

student_parameters student_at_point(const dyson_system *system, size_t point)
{
    const student_point *const at = &system->points[point];
    student_parameters p = system->parameters;
    p.learning_rate = at->learning_rate;
    p.noise = at->noise;
    p.batch = at->batch;
    p.stream = at->stream;
    p.bound = student_bound(&p);
    return p;
}

/* Multiply-adds of one update, a normal counting as 24 and a chi variate as 100 of them. */
double student_cost(const dyson_system *system, size_t point)
{
    const double n = system->parameters.size;
    const double columns = fmin(n, (double)system->points[point].batch);
    const double noise = n * (n + 1) / 2 * (24 + 4);
    if (system->parameters.data == STUDENT_INFINITE)
        return noise;
    return noise + 100 * columns + 24 * columns * n + n * n * (n + columns / 2);
}

/* Of a level, all alike; the noise of fixed mini-batches comes again in every cycle. */
static linear_level level_at(const dyson_system *system, size_t point)
{
    const student_point *const at = &system->points[point];
    linear_level level = {at->learning_rate, at->noise, (double)at->batch, 1.0, 1.0};
    if (system->parameters.data == STUDENT_FIXED) {
        const double cycle = pow(1.0 - at->learning_rate, (double)system->parameters.batches);
        level.accumulation = (1.0 + cycle) / (1.0 - cycle);
    }
    return level;
}

void student_predict(const dyson_system *system, size_t point, int level,
                     dyson_prediction *prediction)
{
    const linear_level at = level_at(system, point);
    (void)level; /* the noise is the same for all */
    linear_predict(&at, prediction);
}

bool student_mode(const dyson_system *system, size_t point, int level, double x, dyson_mode *mode)
{
    const linear_level at = level_at(system, point);
    return linear_mode(&at, system->shape.x[level], x, mode);
}

/* X is W_s itself, where it is symmetric. */
bool student_matrix(const dyson_system *system, const double *weights, double *matrix)
{
    const int n = system->shape.levels;
    if (!student_stays_symmetric(&system->parameters))
        return false;
    if (weights != NULL)
        memcpy(matrix, weights, (size_t)n * (size_t)n * sizeof *matrix);
    return true;
}

/* The start is symmetrised, (G + G^T)/2, so that an element off the diagonal has half the variance
 * of one on it, as the noise has; W_s - W_t shrinks by 1 - alpha at each update. */
bool student_orthogonal(const dyson_system *system, size_t point, int64_t update,
                        dyson_semicircle *law)
{
    const student_parameters *const p = &system->parameters;
    if (!student_stays_symmetric(p) || system->teacher[0] != system->teacher[p->size - 1])
        return false;
    const double left = 1.0 - system->points[point].learning_rate;
    const double shrunk = pow(left, (double)update), squared = shrunk * shrunk;
    const double added =
        left * left == 1.0 ? (double)update : (1.0 - squared) / (1.0 - left * left);
    law->centre = system->teacher[0] * (1.0 - shrunk);
    law->sigma = sqrt(0.5 * p->init_std * p->init_std * squared +
                      student_noise(system, point, 0.0, 0.0) * added);
    return true;
}

/* alpha times the added noise, exactly. */
double student_noise(const dyson_system *system, size_t point, double x_i, double x_j)
{
    const student_point *const at = &system->points[point];
    const double step = at->learning_rate * at->noise;
    (void)x_i; /* the same for all */
    (void)x_j;
    return step * step / (double)at->batch;
}
