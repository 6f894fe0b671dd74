/* model.c: the teacher-student model as the registry knows it: its run-file keys and its functions.
 */
#include "models/teacher_student/teacher_student.h"

#include "dyson/spectrum.h"
#include "models/pack.h"

#include <float.h>

#define SECTION .section = "teacher-student"
#define PLAIN "dimensionless"

static int check_data(const char *value, char *allowed, size_t size)
{
    student_data data;
    int64_t batches;
    return student_data_parse(value, &data, &batches, allowed, size);
}

static const dyson_key keys[] = {
    {SECTION, .name = "teacher", .type = DYSON_REALS, .fallback = "", .low = -DBL_MAX,
     .high = DBL_MAX, .unit = PLAIN, .symbol = "kappa",
     .text = "Eigenvalues of the teacher W_t; there are as many levels. Either this or size."},
    {SECTION, .name = "size", .type = DYSON_INTEGER, .fallback = "", .low = 1,
     .high = STUDENT_SIZE_MAX, .unit = "levels", .symbol = "N",
     .text = "A teacher with so many equal eigenvalues. Either this or teacher."},
    {SECTION, .name = "teacher_value", .type = DYSON_REAL, .fallback = "2.0", .low = -DBL_MAX,
     .high = DBL_MAX, .unit = PLAIN, .symbol = "kappa", .text = "Those eigenvalues, with size."},
    {SECTION, .name = "data", .type = DYSON_TEXT, .fallback = "infinite",
     .form = "infinite | fresh | fixed:M", .unit = PLAIN, .symbol = "",
     .text = "What a mini-batch shows of x x^T: its mean 1; the mean over B new samples at every "
             "update; or the same M mini-batches, drawn once for each replica with their noise, in "
             "turn.",
     .check = check_data},
    {SECTION, .name = "start", .type = DYSON_CHOICE, .fallback = "symmetric",
     .form = "symmetric | asymmetric", .unit = PLAIN, .symbol = "",
     .text = "W_s at update 0: independent elements, symmetrised or as they are. An asymmetric W_s "
             "is recorded by its singular values."},
    {SECTION, .name = "init_std", .type = DYSON_REAL, .fallback = "0.1", .low = 0, .high = DBL_MAX,
     .unit = PLAIN, .symbol = "",
     .text = "Standard deviation of the elements of W_s at update 0, before it is symmetrised."},
    {SECTION, .name = "learning_rate", .type = DYSON_REAL, .fallback = NULL, .low = 0,
     .high = DBL_MAX, .above = true, .point = true, .unit = PLAIN, .symbol = "alpha",
     .text = "Learning rate; with infinite data learning is stable below 2."},
    {SECTION, .name = "batch_size", .type = DYSON_INTEGER, .fallback = NULL, .low = 1,
     .high = 9007199254740992.0, .point = true, .unit = "samples", .symbol = "B",
     .text = "Mini-batch size. The cost of an update does not depend on it."},
    {SECTION, .name = "noise", .type = DYSON_REAL, .fallback = NULL, .low = 0, .high = DBL_MAX,
     .point = true, .unit = PLAIN, .symbol = "A",
     .text = "Strength of the added noise: a symmetric matrix of standard deviation A/sqrt(B) off "
             "the diagonal, sqrt(2) times that on it."},
};

static const dyson_shape *shape(const dyson_system *system)
{
    return &system->shape;
}

const dyson_regime student_lanes = {
    .name = "lanes",
    .replicas = dyson_kernel_lanes,
    .create = student_pack_create,
    .destroy = model_pack_destroy,
    .start = student_pack_start,
    .advance = student_pack_advance,
    .spectrum = student_pack_spectrum,
    .weights = student_pack_weights,
    .diverged = model_pack_diverged,
};

/* A student without symmetry is solved at twice its size (pack.c). */
const dyson_regime *student_regime(const dyson_system *system)
{
    const student_parameters *const p = &system->parameters;
    const int size = student_stays_symmetric(p) ? p->size : 2 * p->size;
    return size <= DYSON_SPECTRUM_LANES_MAX ? &student_lanes : &student_dense;
}

const dyson_model dyson_teacher_student = {
    .name = "teacher-student",
    .text = "A student matrix that learns a teacher's by noisy mini-batch gradient descent",
    .keys = keys,
    .key_count = sizeof keys / sizeof keys[0],
    .system_create = student_system_create,
    .system_destroy = student_system_destroy,
    .shape = shape,
    .predict = student_predict,
    .mode = student_mode,
    .orthogonal = student_orthogonal,
    .matrix = student_matrix,
    .noise = student_noise,
    .cost = student_cost,
    .regime = student_regime,
    .teams = &student_teams,
};
