/* pack.c: the replicas of one point, advanced together by the lane kernel.
 *
 * They start at the levels that the matrix model starts with, from the same random numbers: W of
 * the RBM with this point's stream and replica, or the student's W_s. */
#include "models/eigenvalue_sde/eigenvalue_sde.h"

#include "dyson/spectrum.h"
#include "models/pack.h"

#include <string.h>

struct dyson_pack {
    model_pack base;
    sde_parameters parameters; /* of the point being trained */
    sde_state state;
    double *x, *kept, *change, *matrix, *normals, *solver, *weights;
};

static size_t weight_vectors(const dyson_system *system)
{
    const size_t modes = (size_t)system->parameters.modes;
    return system->parameters.process == SDE_RBM ? rbm_weight_vectors(&system->machine)
                                                 : modes * modes;
}

/* Normals for a step, and for the student's start. */
static size_t normal_vectors(int modes)
{
    const size_t step = sde_normal_vectors(modes), start = student_normal_vectors(modes);
    return step > start ? step : start;
}

static size_t lay_out(dyson_pack *pack, double *storage)
{
    const dyson_system *const system = pack->base.system;
    const int modes = system->parameters.modes;
    const size_t n = (size_t)modes;
    const model_array arrays[] = {
        {&pack->x, n},
        {&pack->kept, n},
        {&pack->change, n * n},
        {&pack->matrix, n * n},
        {&pack->normals, normal_vectors(modes)},
        {&pack->solver, model_solver_vectors(&pack->base, modes)},
        {&pack->weights, weight_vectors(system)},
    };
    return model_arrays_lay_out(arrays, sizeof arrays / sizeof arrays[0], pack->base.lanes,
                                storage);
}

int sde_pack_create(const dyson_system *system, dyson_kernel kernel, dyson_pack **result,
                    dyson_error *error)
{
    return model_pack_create(sizeof **result, lay_out, system, kernel, result, error);
}

/* The Gram matrix of the RBM's W. */
static void start_machine(dyson_pack *pack, size_t point)
{
    const rbm_parameters p = sde_machine_at(pack->base.system, point);
    rbm_state start = {.weights = pack->weights, .low = 1};
    memcpy(start.replica, pack->state.replica, sizeof start.replica);
    rbm_draw_weights(pack->base.kernel, &p, &start);
    rbm_gram(pack->base.kernel, &p, &start, pack->matrix);
}

/* The student's W_s. */
static void start_student(dyson_pack *pack, size_t point)
{
    const student_parameters p = sde_student_at(pack->base.system, point);
    student_state start = {.weights = pack->matrix, .normals = pack->normals};
    memcpy(start.replica, pack->state.replica, sizeof start.replica);
    student_start(pack->base.kernel, &p, &start);
}

void sde_pack_start(dyson_pack *pack, size_t point, const int64_t *replica, int count)
{
    const dyson_system *const system = pack->base.system;
    const int levels = system->shape.levels, lanes = pack->base.lanes;
    sde_state *const state = &pack->state;
    pack->parameters = sde_at_point(system, point);
    *state = (sde_state){.x = pack->x,
                         .kept = pack->kept,
                         .change = pack->change,
                         .matrix = pack->matrix,
                         .normals = pack->normals,
                         .solver = pack->solver};
    model_pack_start(&pack->base, replica, count, state->replica, state->diverged_at);
    if (system->at_target) {
        for (int i = 0; i < levels * lanes; i++)
            pack->x[i] = system->shape.x[i / lanes];
        return;
    }
    if (pack->parameters.process == SDE_RBM)
        start_machine(pack, point);
    else
        start_student(pack, point);
    dyson_spectrum_lanes(levels, pack->base.kernel, pack->matrix, pack->x, NULL, pack->solver);
}

void sde_pack_advance(dyson_pack *pack, int64_t update)
{
    sde_advance(pack->base.kernel, &pack->parameters, &pack->state, update);
}

int sde_pack_spectrum(dyson_pack *pack, double *eigenvalues, size_t stride, dyson_error *error)
{
    (void)error; /* nothing can fail */
    model_pack_copy(&pack->base, pack->x, pack->base.system->shape.levels, pack->base.count,
                    eigenvalues, stride);
    return DYSON_OK;
}
