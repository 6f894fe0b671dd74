/* teacher_student.h: a student that learns a symmetric matrix, with one run's parameters (private
 * to this folder).
 *
 * y = W_t x, loss ½<|W_t x - W_s x|^2>; the eigenvalues studied are those of W_s, or its singular
 * values where drawn data or the start make it asymmetric. */
#ifndef DYSON_TEACHER_STUDENT_H
#define DYSON_TEACHER_STUDENT_H

#include "dyson/model.h"
#include "models/teacher_student/kernel.h"

/* A point's own values, in the order of the spec's points. */
typedef struct student_point {
    double learning_rate, noise;
    int64_t batch;
    uint64_t stream;
} student_point;

struct dyson_system {
    student_parameters
        parameters; /* those of the run; a point's are filled in by student_at_point */
    student_point *points;
    size_t point_count;
    dyson_shape shape;
    double *teacher, *x;
};

/* The parameters of a point. */
student_parameters student_at_point(const dyson_system *system, size_t point);

/* Parses `data`: 0, or non-zero with what is allowed in allowed[size]. */
int student_data_parse(const char *text, student_data *data, int64_t *batches, char *allowed,
                       size_t size);

/* What update number `update` + 1 draws: the update that its numbers are addressed by. */
int64_t student_draw(const student_parameters *parameters, int64_t update);

/* Column j's chi variate T_jj of a mini-batch, and the most columns that T has at any point of the
 * run (train_lanes.c). */
double student_chi(const student_parameters *parameters, int64_t replica, int64_t draw, int column);
int student_columns(const dyson_system *system);

/* The regimes: one student per SIMD lane; one at a time by BLAS and LAPACK; and one at a time by
 * the ranks of a team, by PBLAS and ScaLAPACK. */
extern const dyson_regime student_lanes, student_dense;
extern const dyson_team_regime student_teams;
const dyson_regime *student_regime(const dyson_system *system);

int student_system_create(const dyson_spec *spec, dyson_system **result, dyson_error *error);
void student_system_destroy(dyson_system *system);
double student_cost(const dyson_system *system, size_t point);
void student_predict(const dyson_system *system, size_t point, int level,
                     dyson_prediction *prediction);
bool student_mode(const dyson_system *system, size_t point, int level, double x, dyson_mode *mode);
bool student_matrix(const dyson_system *system, const double *weights, double *matrix);
bool student_orthogonal(const dyson_system *system, size_t point, int64_t update,
                        dyson_semicircle *law);
double student_noise(const dyson_system *system, size_t point, double x_i, double x_j);

int student_pack_create(const dyson_system *system, dyson_kernel kernel, dyson_pack **result,
                        dyson_error *error);
void student_pack_start(dyson_pack *pack, size_t point, const int64_t *replica, int count);
void student_pack_advance(dyson_pack *pack, int64_t update);
int student_pack_spectrum(dyson_pack *pack, double *eigenvalues, size_t stride, dyson_error *error);
void student_pack_weights(dyson_pack *pack, double *weights, size_t stride);

#endif
