/* eigenvalue_sde.h: the levels of a matrix as a process of their own, with one run's parameters
 * (private to this folder). */
#ifndef DYSON_EIGENVALUE_SDE_H
#define DYSON_EIGENVALUE_SDE_H

#include "dyson/model.h"
#include "models/eigenvalue_sde/kernel.h"
#include "models/rbm/machine.h"
#include "models/teacher_student/kernel.h"

/* A point's own values, in the order of the spec's points. */
typedef struct sde_point {
    double learning_rate, noise;
    int batch;
    uint64_t stream;
    uint64_t start_stream; /* of the same point in a run of the matrix model */
} sde_point;

struct dyson_system {
    sde_parameters parameters; /* those of the run; a point's are filled in by sde_at_point */
    bool at_target;            /* levels start at their targets, not as those of a matrix */
    /* The matrix model whose levels these are: what it starts from, and its target. */
    rbm_parameters machine;
    rbm_target target;
    student_parameters student;
    double *values; /* linear: of the levels, descending */
    sde_point *points;
    size_t point_count;
    dyson_shape shape;
};

/* The parameters of a point, for the process and for its matrix model. */
sde_parameters sde_at_point(const dyson_system *system, size_t point);
rbm_parameters sde_machine_at(const dyson_system *system, size_t point);
student_parameters sde_student_at(const dyson_system *system, size_t point);

int sde_system_create(const dyson_spec *spec, dyson_system **result, dyson_error *error);
void sde_system_destroy(dyson_system *system);
double sde_cost(const dyson_system *system, size_t point);
void sde_predict(const dyson_system *system, size_t point, int level, dyson_prediction *prediction);
bool sde_mode(const dyson_system *system, size_t point, int level, double x, dyson_mode *mode);

int sde_pack_create(const dyson_system *system, dyson_kernel kernel, dyson_pack **result,
                    dyson_error *error);
void sde_pack_start(dyson_pack *pack, size_t point, const int64_t *replica, int count);
void sde_pack_advance(dyson_pack *pack, int64_t update);
int sde_pack_spectrum(dyson_pack *pack, double *eigenvalues, size_t stride, dyson_error *error);

#endif
