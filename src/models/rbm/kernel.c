/* kernel.c: sizes and rates that the lane kernels share, and the choice of their build. */
#include "models/rbm/kernel.h"

#include "lanes/dispatch.h"

#include <math.h>

void rbm_draw_weights(dyson_kernel kernel, const rbm_parameters *parameters, const rbm_state *state)
{
    static rbm_draw_weights_function *const builds[2][DYSON_KERNEL_COUNT] = {
        DYSON_LANE_BUILDS(rbm_draw_weights), DYSON_LANE_BUILDS_SINGLE(rbm_draw_weights)};
    builds[parameters->single][kernel](parameters, state);
}

void rbm_start(dyson_kernel kernel, const rbm_parameters *parameters, rbm_state *state)
{
    static rbm_start_function *const builds[2][DYSON_KERNEL_COUNT] = {
        DYSON_LANE_BUILDS(rbm_start), DYSON_LANE_BUILDS_SINGLE(rbm_start)};
    builds[parameters->single][kernel](parameters, state);
}

void rbm_advance(dyson_kernel kernel, const rbm_parameters *parameters, rbm_state *state,
                 int64_t update)
{
    static rbm_advance_function *const builds[2][DYSON_KERNEL_COUNT] = {
        DYSON_LANE_BUILDS(rbm_advance), DYSON_LANE_BUILDS_SINGLE(rbm_advance)};
    builds[parameters->single][kernel](parameters, state, update);
}

void rbm_gram(dyson_kernel kernel, const rbm_parameters *parameters, const rbm_state *state,
              double *gram)
{
    static rbm_gram_function *const builds[DYSON_KERNEL_COUNT] = DYSON_LANE_BUILDS(rbm_gram);
    builds[kernel](parameters, state, gram);
}

double rbm_learning_rate(const rbm_parameters *p, int64_t t)
{
    const double time = (double)t / p->schedule.period;
    switch (p->schedule.form) {
    case RBM_EXPONENTIAL:
        return p->learning_rate * exp(-time);
    case RBM_STEP:
        return p->learning_rate * pow(p->schedule.factor, floor(time));
    case RBM_INVERSE:
        return p->learning_rate / (1.0 + time);
    case RBM_CONSTANT:
        break;
    }
    return p->learning_rate;
}

size_t rbm_weight_vectors(const rbm_parameters *p)
{
    return (size_t)(p->padded_hidden + p->tile) * (size_t)p->padded_visible;
}

size_t rbm_chain_vectors(const rbm_parameters *p)
{
    const size_t n = (size_t)p->padded_visible;
    const size_t groups = (size_t)(p->batch + RBM_GROUP - 1) / RBM_GROUP + 1;
    return p->sampler == RBM_WISHART ? n * n : groups * RBM_GROUP * n;
}

/* Three squares, and what the chains or the moments need besides: Z and T each fill less than a
 * square and a vector, of which a tile may read another tile too many. */
size_t rbm_scratch_vectors(const rbm_parameters *p)
{
    const size_t v = (size_t)p->padded_visible, h = (size_t)p->padded_hidden;
    const size_t chains = (2 * RBM_GROUP + 1) * (v > h ? v : h), moments = 5 * v * v;
    return 3 * v * v + (p->sampler == RBM_WISHART ? moments : chains);
}

int rbm_weight_offset(const rbm_parameters *p, const rbm_state *state)
{
    return state->low ? 0 : p->tile * p->padded_visible;
}
