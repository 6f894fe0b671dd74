/* pack.c: the replicas of one point, trained together by the lane kernels. */
#include "models/rbm/rbm.h"

#include "dyson/spectrum.h"
#include "models/pack.h"

struct dyson_pack {
    model_pack base;
    rbm_parameters parameters; /* of the point being trained */
    rbm_state state;
    double *weights, *velocity, *chains, *scaled, *scratch, *gram, *eigenvalues, *solver;
    double *wide; /* single precision: half of the weights in double */
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
        {&pack->wide, p->single ? weights : 0},
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

/* Element n of the weights of replica l. */
static double weight(const dyson_pack *pack, int n, int l)
{
    const int lanes = pack->base.lanes;
    n += rbm_weight_offset(&pack->parameters, &pack->state);
    return pack->parameters.single ? (double)((const float *)pack->weights)[2 * n * lanes + l]
                                   : pack->weights[n * lanes + l];
}

/* The eigenvalues of `lanes` replicas from number `first` on, in double precision. */
static void solve(dyson_pack *pack, int first, double *eigenvalues, size_t stride)
{
    const rbm_parameters *const p = &pack->parameters;
    const dyson_kernel kernel = pack->base.kernel;
    const int levels = pack->base.system->shape.levels, lanes = pack->base.lanes;
    const int left = pack->base.count - first;
    rbm_state state = pack->state;
    if (p->single) {
        for (int n = 0; n < p->padded_hidden * p->padded_visible; n++)
            for (int l = 0; l < lanes; l++)
                pack->wide[n * lanes + l] = weight(pack, n, first + l);
        state.weights = pack->wide;
        state.low = 1;
    }
    rbm_gram(kernel, p, &state, pack->gram);
    dyson_spectrum_lanes(levels, kernel, pack->gram, pack->eigenvalues, NULL, pack->solver);
    model_pack_copy(&pack->base, pack->eigenvalues, levels, left < lanes ? left : lanes,
                    eigenvalues + (size_t)first * stride, stride);
}

int rbm_pack_spectrum(dyson_pack *pack, double *eigenvalues, size_t stride, dyson_error *error)
{
    (void)error; /* the lanes' solver cannot fail */
    for (int first = 0; first < pack->base.count; first += pack->base.lanes)
        solve(pack, first, eigenvalues, stride);
    return DYSON_OK;
}

void rbm_pack_weights(dyson_pack *pack, double *weights, size_t stride)
{
    const rbm_parameters *const p = &pack->parameters;
    for (int l = 0; l < pack->base.count; l++)
        for (int i = 0; i < p->visible; i++)
            for (int a = 0; a < p->hidden; a++)
                weights[(size_t)l * stride + (size_t)(i * p->hidden + a)] =
                    weight(pack, a * p->padded_visible + i, l);
}
