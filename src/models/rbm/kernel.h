/* kernel.h: what the RBM's lane kernels work on.
 *
 * One pack: replica l of it sits in lane l.  Arrays hold vectors of L = dyson_kernel_lanes(kernel)
 * doubles, or in single precision of 2 L floats, for twice the replicas: the same bytes.
 * Dimensions are padded to multiples of `tile` (4 or 5) with elements that stay 0:
 *   weights  W^T, padded_hidden x padded_visible: W_{ia} at [a * padded_visible + i]
 *   chains   V, one row of padded_visible per chain, rows padded to a multiple of RBM_GROUP
 *   target   C_target = K_target^-1, plain numbers, padded_visible^2
 * An update reads weights and chains and writes them anew `tile` and RBM_GROUP rows further up or
 * down, up and down in turn, so that nothing is overwritten before it has been read and nothing
 * copied.  So both arrays have that many rows to spare; rbm_state.low says where the present values
 * are. */
#ifndef DYSON_RBM_KERNEL_H
#define DYSON_RBM_KERNEL_H

#include "dyson/kernel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most nodes of a layer: the chi variates of 2^15 columns have addresses (moments_lanes.h). */
#define RBM_NODES_MAX 32768

#define RBM_GROUP 4 /* chains advanced together: 4 x 5 accumulators */

/* RBM_WISHART: batch > visible; no chains, but the factor of their second moments
 * (moments_lanes.h) in their place. */
typedef enum rbm_sampler { RBM_GIBBS, RBM_COLLAPSED, RBM_WISHART } rbm_sampler;

/* alpha at update t: alpha, alpha exp(-t/tau), alpha factor^floor(t/tau), or alpha/(1 + t/tau). */
typedef enum rbm_schedule_form {
    RBM_CONSTANT,
    RBM_EXPONENTIAL,
    RBM_STEP,
    RBM_INVERSE
} rbm_schedule_form;

typedef struct rbm_schedule {
    rbm_schedule_form form;
    double period, factor;
} rbm_schedule;

#define RBM_INFINITE 0 /* no Gibbs steps: draws from the model itself, not with RBM_GIBBS */

/* What is fixed for a run, and for a point. */
typedef struct rbm_parameters {
    int visible, hidden, padded_visible, padded_hidden, tile;
    int steps; /* k of PCD-k, or RBM_INFINITE */
    rbm_sampler sampler;
    rbm_schedule schedule;
    double mass2, sigma_h, init_std;
    bool single;          /* precision */
    const double *target; /* machine.h */
    int target_side;
    const float *target_single; /* the same; single precision only */
    double trace_bound;         /* on tr(sigma_h^2 W W^T); beyond it a replica has run away */
    uint64_t stream;
    int batch;
    double learning_rate, momentum, l2;
} rbm_parameters;

/* The pack's present state; its arrays lie in one aligned allocation. */
typedef struct rbm_state {
    int64_t replica[DYSON_KERNEL_LANES_MAX];
    int64_t diverged_at[DYSON_KERNEL_LANES_MAX]; /* -1: has not run away */
    int64_t update;
    int low; /* weights and chains start at the beginning of their arrays, not behind the spare rows
              */
    double *weights, *chains; /* these and all that follow hold floats in single precision */
    double *velocity;         /* the momentum's moving average, and as much to work in; or NULL */
    double *scaled;           /* A = (sigma_h^2/mu^2) W W^T, padded_visible^2 */
    double *scratch;          /* rbm_scratch_vectors vectors */
} rbm_state;

/* Vectors in the arrays of a state, for the sampler and the batch size of the parameters. */
size_t rbm_weight_vectors(const rbm_parameters *parameters);
size_t rbm_chain_vectors(const rbm_parameters *parameters);
size_t rbm_scratch_vectors(const rbm_parameters *parameters);

/* Vectors before the present weights. */
int rbm_weight_offset(const rbm_parameters *parameters, const rbm_state *state);

/* The weights of the start alone: needs sizes, init_std and stream of the parameters; weights, low
 * and replica of the state. */
typedef void rbm_draw_weights_function(const rbm_parameters *parameters, const rbm_state *state);
typedef void rbm_start_function(const rbm_parameters *parameters, rbm_state *state);
typedef void rbm_advance_function(const rbm_parameters *parameters, rbm_state *state,
                                  int64_t update);
/* The smaller Gram matrix, sigma_h^2 W^T W or sigma_h^2 W W^T, as spectrum.h wants it; double
 * precision only. */
typedef void rbm_gram_function(const rbm_parameters *parameters, const rbm_state *state,
                               double *gram);

rbm_draw_weights_function rbm_draw_weights_base, rbm_draw_weights_avx2, rbm_draw_weights_avx512;
rbm_start_function rbm_start_base, rbm_start_avx2, rbm_start_avx512;
rbm_advance_function rbm_advance_base, rbm_advance_avx2, rbm_advance_avx512;
rbm_draw_weights_function rbm_draw_weights_base_single, rbm_draw_weights_avx2_single;
rbm_draw_weights_function rbm_draw_weights_avx512_single;
rbm_start_function rbm_start_base_single, rbm_start_avx2_single, rbm_start_avx512_single;
rbm_advance_function rbm_advance_base_single, rbm_advance_avx2_single, rbm_advance_avx512_single;
rbm_gram_function rbm_gram_base, rbm_gram_avx2, rbm_gram_avx512;

void rbm_draw_weights(dyson_kernel kernel, const rbm_parameters *parameters,
                      const rbm_state *state);
void rbm_start(dyson_kernel kernel, const rbm_parameters *parameters, rbm_state *state);
void rbm_advance(dyson_kernel kernel, const rbm_parameters *parameters, rbm_state *state,
                 int64_t update);
void rbm_gram(dyson_kernel kernel, const rbm_parameters *parameters, const rbm_state *state,
              double *gram);

/* alpha at update t. */
double rbm_learning_rate(const rbm_parameters *parameters, int64_t t);

#endif
