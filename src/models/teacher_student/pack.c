/* pack.c: the students of one point, trained together by the lane kernels.
 *
 * Singular values s of an asymmetric W_s are found as the upper half of the spectrum of the
 * symmetric 2N x 2N matrix [0 W; W^T 0], whose eigenvalues are +s and -s: unlike those of W^T W
 * they keep their digits where they are small. */
#include "models/teacher_student/teacher_student.h"

#include "dyson/spectrum.h"
#include "models/arrays.h"

#include <stdlib.h>
#include <string.h>

struct dyson_pack {
    const dyson_system *system;
    dyson_kernel kernel;
    int lanes, count;
    bool symmetric;                /* eigenvalues of W_s, not singular values */
    student_parameters parameters; /* of the point being trained */
    student_state state;
    size_t bytes;
    double *storage; /* one aligned allocation, which everything below points into */
    double *weights, *factor, *second, *descent, *normals, *matrix, *eigenvalues, *solver;
};

static int matrix_size(const dyson_pack *pack)
{
    return pack->symmetric ? pack->system->parameters.size : 2 * pack->system->parameters.size;
}

/* Lays the pack's arrays out in storage; with storage NULL only counts its bytes. */
static size_t lay_out(dyson_pack *pack, double *storage)
{
    const size_t lanes = (size_t)pack->lanes, m = (size_t)matrix_size(pack);
    const int n = pack->system->parameters.size;
    const size_t square = (size_t)n * (size_t)n;
    const bool drawn = pack->system->parameters.data != STUDENT_INFINITE;
    const model_array arrays[] = {
        {&pack->weights, square},
        {&pack->factor, drawn ? square : 0},
        {&pack->second, drawn ? square : 0},
        {&pack->descent, square},
        {&pack->normals, student_normal_vectors(n)},
        {&pack->matrix, m * m},
        {&pack->eigenvalues, m},
        {&pack->solver, (dyson_spectrum_scratch((int)m, pack->kernel, 0) + lanes - 1) / lanes},
    };
    return model_arrays_lay_out(arrays, sizeof arrays / sizeof arrays[0], pack->lanes, storage);
}

static dyson_pack pack_of(const dyson_system *system, dyson_kernel kernel)
{
    return (dyson_pack){.system = system,
                        .kernel = kernel,
                        .lanes = dyson_kernel_lanes(kernel),
                        .symmetric = student_stays_symmetric(&system->parameters)};
}

int student_pack_create(const dyson_system *system, dyson_kernel kernel, dyson_pack **result,
                        dyson_error *error)
{
    dyson_pack *const pack = malloc(sizeof *pack);
    *result = NULL;
    if (pack != NULL) {
        *pack = pack_of(system, kernel);
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

void student_pack_destroy(dyson_pack *pack)
{
    if (pack == NULL)
        return;
    free(pack->storage);
    free(pack);
}

void student_pack_start(dyson_pack *pack, size_t point, const int64_t *replica, int count)
{
    pack->parameters = student_at_point(pack->system, point);
    pack->count = count;
    memset(pack->storage, 0, pack->bytes);
    student_state *const state = &pack->state;
    *state = (student_state){.weights = pack->weights,
                             .factor = pack->factor,
                             .second = pack->second,
                             .descent = pack->descent,
                             .normals = pack->normals};
    for (int l = 0; l < pack->lanes; l++) {
        /* Lanes without a replica of their own repeat the first; nobody looks at them. */
        state->replica[l] = replica[l < count ? l : 0];
        state->diverged_at[l] = -1;
    }
    student_start(pack->kernel, &pack->parameters, state);
}

void student_pack_advance(dyson_pack *pack, int64_t update)
{
    student_advance(pack->kernel, &pack->parameters, &pack->state, update);
}

/* Element (i, j) of W_s, a vector of lanes. */
static const double *element(const dyson_pack *pack, int i, int j)
{
    return pack->weights + (i * pack->parameters.size + j) * pack->lanes;
}

int student_pack_spectrum(dyson_pack *pack, double *eigenvalues, size_t stride, dyson_error *error)
{
    (void)error; /* the lanes' solver cannot fail */
    const int n = pack->parameters.size, m = matrix_size(pack), offset = m - n;
    const size_t vector = (size_t)pack->lanes * sizeof(double);
    memset(pack->matrix, 0, (size_t)(m * m) * vector);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            memcpy(pack->matrix + ((offset + i) * m + j) * pack->lanes, element(pack, i, j),
                   vector);
    dyson_spectrum_lanes(m, pack->kernel, pack->matrix, pack->eigenvalues, NULL, pack->solver);
    for (int l = 0; l < pack->count; l++)
        for (int i = 0; i < n; i++)
            eigenvalues[(size_t)l * stride + (size_t)i] = pack->eigenvalues[i * pack->lanes + l];
    return DYSON_OK;
}

void student_pack_weights(dyson_pack *pack, double *weights, size_t stride)
{
    const int n = pack->parameters.size;
    for (int l = 0; l < pack->count; l++)
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                weights[(size_t)l * stride + (size_t)(i * n + j)] = element(pack, i, j)[l];
}

void student_pack_diverged(const dyson_pack *pack, int64_t *diverged_at)
{
    memcpy(diverged_at, pack->state.diverged_at, (size_t)pack->count * sizeof *diverged_at);
}
