/* pack.c: the students of one point, trained together by the lane kernels.
 *
 * Singular values s of an asymmetric W_s are found as the upper half of the spectrum of the
 * symmetric 2N x 2N matrix [0 W; W^T 0], whose eigenvalues are +s and -s: unlike those of W^T W
 * they keep their digits where they are small. */
#include "models/teacher_student/teacher_student.h"

#include "dyson/spectrum.h"
#include "models/pack.h"

#include <string.h>

struct dyson_pack {
    model_pack base;
    student_parameters parameters; /* of the point being trained */
    student_state state;
    double *weights, *factor, *second, *descent, *normals, *matrix, *eigenvalues, *solver;
};

static int matrix_size(const dyson_pack *pack)
{
    const student_parameters *const p = &pack->base.system->parameters;
    return student_stays_symmetric(p) ? p->size : 2 * p->size;
}

static size_t lay_out(dyson_pack *pack, double *storage)
{
    const student_parameters *const p = &pack->base.system->parameters;
    const size_t m = (size_t)matrix_size(pack), square = (size_t)p->size * (size_t)p->size;
    const bool drawn = p->data != STUDENT_INFINITE;
    const model_array arrays[] = {
        {&pack->weights, square},
        {&pack->factor, drawn ? square : 0},
        {&pack->second, drawn ? square : 0},
        {&pack->descent, square},
        {&pack->normals, student_normal_vectors(p->size)},
        {&pack->matrix, m * m},
        {&pack->eigenvalues, m},
        {&pack->solver, model_solver_vectors(&pack->base, (int)m)},
    };
    return model_arrays_lay_out(arrays, sizeof arrays / sizeof arrays[0], pack->base.lanes,
                                storage);
}

int student_pack_create(const dyson_system *system, dyson_kernel kernel, dyson_pack **result,
                        dyson_error *error)
{
    return model_pack_create(sizeof **result, lay_out, system, kernel, result, error);
}

void student_pack_start(dyson_pack *pack, size_t point, const int64_t *replica, int count)
{
    student_state *const state = &pack->state;
    pack->parameters = student_at_point(pack->base.system, point);
    *state = (student_state){.weights = pack->weights,
                             .factor = pack->factor,
                             .second = pack->second,
                             .descent = pack->descent,
                             .normals = pack->normals};
    model_pack_start(&pack->base, replica, count, state->replica, state->diverged_at);
    student_start(pack->base.kernel, &pack->parameters, state);
}

void student_pack_advance(dyson_pack *pack, int64_t update)
{
    student_advance(pack->base.kernel, &pack->parameters, &pack->state, update);
}

/* Element (i, j) of W_s, a vector of lanes. */
static const double *element(const dyson_pack *pack, int i, int j)
{
    return pack->weights + (i * pack->parameters.size + j) * pack->base.lanes;
}

int student_pack_spectrum(dyson_pack *pack, double *eigenvalues, size_t stride, dyson_error *error)
{
    (void)error; /* the lanes' solver cannot fail */
    const int n = pack->parameters.size, m = matrix_size(pack), offset = m - n;
    const size_t vector = (size_t)pack->base.lanes * sizeof(double);
    memset(pack->matrix, 0, (size_t)(m * m) * vector);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            memcpy(pack->matrix + ((offset + i) * m + j) * pack->base.lanes, element(pack, i, j),
                   vector);
    dyson_spectrum_lanes(m, pack->base.kernel, pack->matrix, pack->eigenvalues, NULL, pack->solver);
    model_pack_copy(&pack->base, pack->eigenvalues, n, pack->base.count, eigenvalues, stride);
    return DYSON_OK;
}

void student_pack_weights(dyson_pack *pack, double *weights, size_t stride)
{
    const int n = pack->parameters.size;
    for (int l = 0; l < pack->base.count; l++)
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                weights[(size_t)l * stride + (size_t)(i * n + j)] = element(pack, i, j)[l];
}
