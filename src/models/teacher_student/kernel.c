/* kernel.c: what the builds of the lane kernels share, and the choice among them. */
#include "models/teacher_student/kernel.h"

#include "lanes/dispatch.h"

#include <math.h>

size_t student_normal_vectors(int size)
{
    const size_t n = (size_t)size;
    return (n * n + 3) / 4 * 4;
}

bool student_stays_symmetric(const student_parameters *parameters)
{
    return parameters->data == STUDENT_INFINITE && parameters->symmetric;
}

double student_bound(const student_parameters *p)
{
    double teacher = 0.0;
    for (int i = 0; i < p->size; i++)
        teacher += p->teacher[i] * p->teacher[i];
    const double start = p->init_std * p->init_std;
    const double noise =
        p->learning_rate * p->noise * p->noise / (double)p->batch * fmax(p->learning_rate, 1.0);
    const double elements = (double)p->size * (double)p->size;
    return 100.0 * (teacher + elements * (start + noise)) + 1e-300;
}

void student_start(dyson_kernel kernel, const student_parameters *parameters, student_state *state)
{
    static student_start_function *const builds[DYSON_KERNEL_COUNT] =
        DYSON_LANE_BUILDS(student_start);
    builds[kernel](parameters, state);
}

void student_advance(dyson_kernel kernel, const student_parameters *parameters,
                     student_state *state, int64_t update)
{
    static student_advance_function *const builds[DYSON_KERNEL_COUNT] =
        DYSON_LANE_BUILDS(student_advance);
    builds[kernel](parameters, state, update);
}
