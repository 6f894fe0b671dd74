/* model.c: the eigenvalue process as the registry knows it: its run-file keys and its functions. */
#include "models/eigenvalue_sde/eigenvalue_sde.h"

#include "models/pack.h"
#include "models/rbm/keys.h"

#define NAME "eigenvalue-sde"
#define SECTION .section = NAME
#define PLAIN RBM_PLAIN

static const dyson_key keys[] = {
    {SECTION, .name = "process", .type = DYSON_CHOICE, .fallback = "rbm", .form = "rbm | linear",
     .unit = PLAIN, .symbol = "",
     .text = "Drift and noise: those of the Gaussian RBM's modes; or drift alpha (value - x) with "
             "noise that is the same everywhere, the law of a student with infinite data."},
    {SECTION, .name = "order", .type = DYSON_CHOICE, .fallback = "leading", .form = "leading | ito",
     .unit = PLAIN, .symbol = "",
     .text = "process = rbm: drift and noise of the matrix update to first order, or with its "
             "second order, which adds to the drift."},
    {SECTION, .name = "substeps", .type = DYSON_INTEGER, .fallback = "1", .low = 1, .high = 1000000,
     .unit = "steps", .symbol = "",
     .text = "Equal time steps per update. 1 keeps the finite step of the updates themselves."},
    {SECTION, .name = "start", .type = DYSON_CHOICE, .fallback = "weights",
     .form = "weights | target", .unit = PLAIN, .symbol = "",
     .text = "Levels at update 0: those of the matrix that model rbm (linear: teacher-student) "
             "starts with, of the same seed, point and replica; or all at their targets."},
    {SECTION, .name = "init_std", .type = DYSON_REAL, .fallback = "0.1", .low = 0, .high = DBL_MAX,
     .unit = PLAIN, .symbol = "",
     .text = "Standard deviation of the elements of that matrix (linear: before it is "
             "symmetrised)."},
    RBM_KEYS_LAYERS(NAME, 64, ""),
    RBM_KEYS_TARGET(NAME),
    {SECTION, .name = "gibbs_steps", .type = DYSON_INTEGER, .fallback = "", .low = 1,
     .high = 1000000, .word = "infinite", .unit = "Gibbs steps", .symbol = "k",
     .text = "process = rbm: noise as large as that of chains with so many Gibbs steps per update "
             "over many updates. Without it, or with infinite, chains have no memory."},
    {SECTION, .name = "values", .type = DYSON_REALS, .fallback = "", .low = -DBL_MAX,
     .high = DBL_MAX, .unit = PLAIN, .symbol = "kappa",
     .text = "process = linear: what each level is drawn to; there are as many levels."},
    {SECTION, .name = "learning_rate", .type = DYSON_REAL, .fallback = NULL, .low = 0,
     .high = DBL_MAX, .above = true, .point = true, .unit = PLAIN, .symbol = "alpha",
     .text = "Learning rate."},
    {SECTION, .name = "batch_size", .type = DYSON_INTEGER, .fallback = NULL, .low = 1, .high = 1e9,
     .point = true, .unit = "samples", .symbol = "B",
     .text = "Mini-batch size. The cost of an update does not depend on it."},
    {SECTION, .name = "noise", .type = DYSON_REAL, .fallback = "0", .low = 0, .high = DBL_MAX,
     .point = true, .unit = PLAIN, .symbol = "A",
     .text = "process = linear: strength of the noise; g = alpha A/sqrt(B)."},
};

static const dyson_shape *shape(const dyson_system *system)
{
    return &system->shape;
}

static const dyson_regime lanes = {
    .name = "lanes",
    .replicas = dyson_kernel_lanes,
    .create = sde_pack_create,
    .destroy = model_pack_destroy,
    .start = sde_pack_start,
    .advance = sde_pack_advance,
    .spectrum = sde_pack_spectrum,
    .diverged = model_pack_diverged,
};

static const dyson_regime *regime(const dyson_system *system)
{
    (void)system;
    return &lanes;
}

const dyson_model dyson_eigenvalue_sde = {
    .name = NAME,
    .text = "The levels of a matrix in training as a stochastic process of their own",
    .keys = keys,
    .key_count = sizeof keys / sizeof keys[0],
    .weightless = true,
    .system_create = sde_system_create,
    .system_destroy = sde_system_destroy,
    .shape = shape,
    .predict = sde_predict,
    .mode = sde_mode,
    .cost = sde_cost,
    .regime = regime,
};
