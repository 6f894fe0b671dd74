/* pack.c: the life of a pack, as far as it is the same for all models. */
#include "models/pack.h"

#include "dyson/spectrum.h"

#include <stdlib.h>
#include <string.h>

size_t model_arrays_lay_out(const model_array *arrays, size_t count, int lanes, double *storage)
{
    size_t used = 0; /* doubles */
    for (size_t i = 0; i < count; i++) {
        if (storage != NULL)
            *arrays[i].array = storage + used;
        used += (arrays[i].vectors * (size_t)lanes + 7) / 8 * 8;
    }
    return used * sizeof(double);
}

size_t model_solver_vectors(const model_pack *pack, int n)
{
    const size_t lanes = (size_t)pack->lanes;
    return (dyson_spectrum_scratch(n, pack->kernel, 0) + lanes - 1) / lanes;
}

int model_pack_create(size_t size, size_t (*lay_out)(dyson_pack *pack, double *storage),
                      const dyson_system *system, dyson_kernel kernel, dyson_pack **result,
                      dyson_error *error)
{
    model_pack *const pack = calloc(1, size);
    dyson_pack *const whole = (dyson_pack *)pack; /* which begins with it */
    *result = NULL;
    if (pack != NULL) {
        pack->system = system;
        pack->kernel = kernel;
        pack->lanes = dyson_kernel_lanes(kernel);
        pack->bytes = lay_out(whole, NULL);
        pack->storage = aligned_alloc(64, pack->bytes);
    }
    if (pack == NULL || pack->storage == NULL) {
        const size_t bytes = pack != NULL ? pack->bytes : size;
        free(pack);
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for a pack of replicas (%zu bytes)",
                          bytes);
    }
    lay_out(whole, pack->storage);
    *result = whole;
    return DYSON_OK;
}

void model_pack_destroy(dyson_pack *pack)
{
    if (pack == NULL)
        return;
    free(((model_pack *)pack)->storage);
    free(pack);
}

void model_pack_start(model_pack *pack, const int64_t *replica, int count, int64_t *lane_replica,
                      int64_t *diverged_at)
{
    pack->count = count;
    pack->diverged_at = diverged_at;
    memset(pack->storage, 0, pack->bytes);
    for (int l = 0; l < DYSON_KERNEL_LANES_MAX; l++) {
        lane_replica[l] = replica[l < count ? l : 0];
        diverged_at[l] = -1;
    }
}

void model_pack_copy(const model_pack *pack, const double *vectors, int levels, int count,
                     double *eigenvalues, size_t stride)
{
    for (int l = 0; l < count; l++)
        for (int i = 0; i < levels; i++)
            eigenvalues[(size_t)l * stride + (size_t)i] = vectors[i * pack->lanes + l];
}

void model_pack_diverged(const dyson_pack *pack, int64_t *diverged_at)
{
    const model_pack *const own = (const model_pack *)pack;
    memcpy(diverged_at, own->diverged_at, (size_t)own->count * sizeof *diverged_at);
}
