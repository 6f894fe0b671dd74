/* pack.c: the replicas of one point, trained together by the lane kernels. */
#include "models/rbm/rbm.h"

#include "dyson/spectrum.h"
#include "models/pack.h"

struct dyson_pack {
    model_pack base;
    rbm_parameters parameters; /* of the point being trained */
    rbm_state state;
    double *weights, *velocity, *chains, *scaled, *scratch, *gram, *eigenvalues, *solver;
};

/* The most vectors that a point needs. */
static size_t most(const dyson_system *system, size_t (*vectors)(const rbm_parameters *))
{
    size_t found = 0;
    for (size_t i = 0; i < system->point_count; i++) {
        const rbm_parameters p = rbm_at_point(system, i);
        const size_t needed = vectors(&p);
        found = needed > found ? needed : found;
    }
    return found;
}

static size_t lay_out(dyson_pack *pack, double *storage)
{
    const dyson_system *const system = pack->base.system;
    const rbm_parameters *const p = &system->parameters;
    const size_t levels = (size_t)system->shape.levels;
    const size_t weights = (size_t)p->padded_hidden * (size_t)p->padded_visible;
    const model_array arrays[] = {
        {&pack->weights, rbm_weight_vectors(p)},
        {&pack->velocity, system->has_momentum ? 2 * weights : 0},
        {&pack->chains, most(system, rbm_chain_vectors)},
        {&pack->scaled, (size_t)p->padded_visible * (size_t)p->padded_visible},
        {&pack->scratch, most(system, rbm_scratch_vectors)},
        {&pack->gram, levels * levels},
        {&pack->eigenvalues, levels},
        {&pack->solver, model_solver_vectors(&pack->base, system->shape.levels)},
    };
    return model_arrays_lay_out(arrays, sizeof arrays / sizeof arrays[0], pack->base.lanes,
                                storage);
}

int rbm_pack_create(const dyson_system *system, dyson_kernel kernel, dyson_pack **result,
                    dyson_error *error)
{
    return model_pack_create(sizeof **result, lay_out, system, kernel, result, error);
}

void rbm_pack_start(dyson_pack *pack, size_t point, const int64_t *replica, int count)
{
    rbm_state *const state = &pack->state;
    pack->parameters = rbm_at_point(pack->base.system, point);
    *state = (rbm_state){.weights = pack->weights,
                         .velocity = pack->parameters.momentum > 0.0 ? pack->velocity : NULL,
                         .chains = pack->chains,
                         .scaled = pack->scaled,
                         .scratch = pack->scratch};
    model_pack_start(&pack->base, replica, count, state->replica, state->diverged_at);
    rbm_start(pack->base.kernel, &pack->parameters, state);
}

void rbm_pack_advance(dyson_pack *pack, int64_t update)
{
    rbm_advance(pack->base.kernel, &pack->parameters, &pack->state, update);
}

int rbm_pack_spectrum(dyson_pack *pack, double *eigenvalues, size_t stride, dyson_error *error)
{
    (void)error; /* the lanes' solver cannot fail */
    const int levels = pack->base.system->shape.levels;
    const dyson_kernel kernel = pack->base.kernel;
    rbm_gram(kernel, &pack->parameters, &pack->state, pack->gram);
    dyson_spectrum_lanes(levels, kernel, pack->gram, pack->eigenvalues, NULL, pack->solver);
    model_pack_copy(&pack->base, pack->eigenvalues, levels, eigenvalues, stride);
    return DYSON_OK;
}

void rbm_pack_weights(dyson_pack *pack, double *weights, size_t stride)
{
    const rbm_parameters *const p = &pack->parameters;
    const double *const from =
        pack->weights + rbm_weight_offset(p, &pack->state) * pack->base.lanes;
    for (int l = 0; l < pack->base.count; l++)
        for (int i = 0; i < p->visible; i++)
            for (int a = 0; a < p->hidden; a++)
                weights[(size_t)l * stride + (size_t)(i * p->hidden + a)] =
                    from[(a * p->padded_visible + i) * pack->base.lanes + l];
}
