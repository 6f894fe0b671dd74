/* rbm.h: the Gaussian restricted Boltzmann machine with one run's parameters (private to this
 * folder).
 *
 * Energy ½ mu^2 phi^T phi + h^T h/(2 sigma_h^2) - phi^T W h, so phi ~ N(0, K^-1) with
 * K = mu^2 - sigma_h^2 W W^T; the eigenvalues studied are those of X = sigma_h^2 W^T W. */
#ifndef DYSON_RBM_H
#define DYSON_RBM_H

#include "dyson/model.h"
#include "models/rbm/kernel.h"
#include "models/rbm/machine.h"

/* A point's own values, in the order of the spec's points. */
typedef struct rbm_point {
    double learning_rate, momentum, l2;
    int batch;
    rbm_sampler sampler;
    uint64_t stream;
} rbm_point;

struct dyson_system {
    rbm_parameters parameters; /* those of the run; a point's are filled in by rbm_at_point */
    rbm_point *points;
    size_t point_count;
    int has_momentum; /* whether any point has */
    dyson_shape shape;
    rbm_target target;
    float *target_single; /* target.inverse, where the run is in single precision */
};

/* The parameters of a point. */
rbm_parameters rbm_at_point(const dyson_system *system, size_t point);

/* wishart: rows of Z, chains of which something is remembered; and columns of T. */
static inline int rbm_remembered(const rbm_parameters *p)
{
    return p->steps == RBM_INFINITE ? 0 : p->visible;
}

static inline int rbm_rest_columns(const rbm_parameters *p)
{
    const int others = p->batch - rbm_remembered(p);
    return others < p->visible ? others : p->visible;
}

/* Parses `schedule`: 0, or non-zero with what is allowed in allowed[size]. */
int rbm_schedule_parse(const char *text, rbm_schedule *schedule, char *allowed, size_t size);

/* The regimes: one RBM per SIMD lane, and one of any size at a time by BLAS and LAPACK. */
extern const dyson_regime rbm_lanes, rbm_lanes_single, rbm_dense;
extern const dyson_team_regime rbm_teams; /* the latter by the ranks of a team */
const dyson_regime *rbm_regime(const rbm_parameters *parameters);

/* Multiply-adds of one update in the dense regime. */
double rbm_dense_cost(const rbm_parameters *parameters, rbm_sampler sampler, double batch);

int rbm_system_create(const dyson_spec *spec, dyson_system **result, dyson_error *error);
void rbm_system_destroy(dyson_system *system);
double rbm_cost(const dyson_system *system, size_t point);
void rbm_predict(const dyson_system *system, size_t point, int level, dyson_prediction *prediction);
bool rbm_mode(const dyson_system *system, size_t point, int level, double x, dyson_mode *mode);
void rbm_start_law(const dyson_system *system, dyson_gaussian_start *start);
bool rbm_matrix(const dyson_system *system, const double *weights, double *matrix);
double rbm_noise(const dyson_system *system, size_t point, double x_i, double x_j);

int rbm_pack_create(const dyson_system *system, dyson_kernel kernel, dyson_pack **result,
                    dyson_error *error);
void rbm_pack_start(dyson_pack *pack, size_t point, const int64_t *replica, int count);
void rbm_pack_advance(dyson_pack *pack, int64_t update);
int rbm_pack_spectrum(dyson_pack *pack, double *eigenvalues, size_t stride, dyson_error *error);
void rbm_pack_weights(dyson_pack *pack, double *weights, size_t stride);

#endif
