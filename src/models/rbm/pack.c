/* pack.c: the replicas of one point, trained together by the lane kernels. */
#include "models/rbm/rbm.h"

#include "dyson/spectrum.h"
#include "models/arrays.h"

#include <stdlib.h>
#include <string.h>

struct dyson_pack {
    const dyson_system *system;
    dyson_kernel kernel;
    int lanes, count;
    rbm_parameters parameters; /* of the point being trained */
    rbm_state state;
    size_t bytes;
    double *storage; /* one aligned allocation, which everything below points into */
    double *weights, *velocity, *chains, *scaled, *scratch, *gram, *eigenvalues, *solver;
};

/* Lays the pack's arrays out in storage; with storage NULL only counts its bytes. */
static size_t lay_out(dyson_pack *pack, double *storage)
{
    const dyson_system *const system = pack->system;
    const rbm_parameters *const p = &system->parameters;
    const size_t lanes = (size_t)pack->lanes;
    const size_t levels = (size_t)system->shape.levels;
    const size_t weights = (size_t)p->padded_hidden * (size_t)p->padded_visible;
    const model_array arrays[] = {
        {&pack->weights, rbm_weight_vectors(p)},
        {&pack->velocity, system->has_momentum ? 2 * weights : 0},
        {&pack->chains, rbm_chain_vectors(p, system->most_chains)},
        {&pack->scaled, (size_t)p->padded_visible * (size_t)p->padded_visible},
        {&pack->scratch, rbm_scratch_vectors(p)},
        {&pack->gram, levels * levels},
        {&pack->eigenvalues, levels},
        {&pack->solver, (dyson_spectrum_scratch((int)levels, pack->kernel, 0) + lanes - 1) / lanes},
    };
    return model_arrays_lay_out(arrays, sizeof arrays / sizeof arrays[0], pack->lanes, storage);
}

int rbm_pack_create(const dyson_system *system, dyson_kernel kernel, dyson_pack **result,
                    dyson_error *error)
{
    dyson_pack *const pack = calloc(1, sizeof *pack);
    if (pack != NULL) {
        pack->system = system;
        pack->kernel = kernel;
        pack->lanes = dyson_kernel_lanes(kernel);
        pack->bytes = lay_out(pack, NULL);
        pack->storage = aligned_alloc(64, pack->bytes);
    }
    if (pack == NULL || pack->storage == NULL) {
        const size_t bytes = pack != NULL ? pack->bytes : sizeof *pack;
        free(pack);
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for a pack of replicas (%zu bytes)",
                          bytes);
    }
    lay_out(pack, pack->storage);
    *result = pack;
    return DYSON_OK;
}

void rbm_pack_destroy(dyson_pack *pack)
{
    if (pack == NULL)
        return;
    free(pack->storage);
    free(pack);
}

void rbm_pack_start(dyson_pack *pack, size_t point, const int64_t *replica, int count)
{
    pack->parameters = rbm_at_point(pack->system, point);
    pack->count = count;
    memset(pack->storage, 0, pack->bytes);
    rbm_state *const state = &pack->state;
    *state = (rbm_state){.weights = pack->weights,
                         .velocity = pack->parameters.momentum > 0.0 ? pack->velocity : NULL,
                         .chains = pack->chains,
                         .scaled = pack->scaled,
                         .scratch = pack->scratch};
    for (int l = 0; l < pack->lanes; l++) {
        /* Lanes without a replica of their own repeat the first; nobody looks at them. */
        state->replica[l] = replica[l < count ? l : 0];
        state->diverged_at[l] = -1;
    }
    rbm_start(pack->kernel, &pack->parameters, state);
}

void rbm_pack_advance(dyson_pack *pack, int64_t update)
{
    rbm_advance(pack->kernel, &pack->parameters, &pack->state, update);
}

int rbm_pack_spectrum(dyson_pack *pack, double *eigenvalues, size_t stride, dyson_error *error)
{
    (void)error; /* the lanes' solver cannot fail */
    const int levels = pack->system->shape.levels;
    rbm_gram(pack->kernel, &pack->parameters, &pack->state, pack->gram);
    dyson_spectrum_lanes(levels, pack->kernel, pack->gram, pack->eigenvalues, NULL, pack->solver);
    for (int l = 0; l < pack->count; l++)
        for (int i = 0; i < levels; i++)
            eigenvalues[(size_t)l * stride + (size_t)i] = pack->eigenvalues[i * pack->lanes + l];
    return DYSON_OK;
}

void rbm_pack_weights(dyson_pack *pack, double *weights, size_t stride)
{
    const rbm_parameters *const p = &pack->parameters;
    const double *const from = pack->weights + rbm_weight_offset(p, &pack->state) * pack->lanes;
    for (int l = 0; l < pack->count; l++)
        for (int i = 0; i < p->visible; i++)
            for (int a = 0; a < p->hidden; a++)
                weights[(size_t)l * stride + (size_t)(i * p->hidden + a)] =
                    from[(a * p->padded_visible + i) * pack->lanes + l];
}

void rbm_pack_diverged(const dyson_pack *pack, int64_t *diverged_at)
{
    memcpy(diverged_at, pack->state.diverged_at, (size_t)pack->count * sizeof *diverged_at);
}
