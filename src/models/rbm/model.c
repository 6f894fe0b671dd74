/* model.c: the Gaussian RBM as the registry knows it: its run-file keys and its functions. */
#include "models/rbm/rbm.h"

#include "dyson/spectrum.h"
#include "models/pack.h"
#include "models/rbm/keys.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECTION .section = "rbm"
#define PLAIN RBM_PLAIN

static int check_schedule(const char *value, char *allowed, size_t size)
{
    rbm_schedule schedule;
    return rbm_schedule_parse(value, &schedule, allowed, size);
}

static const dyson_key keys[] = {
    RBM_KEYS_LAYERS("rbm", RBM_NODES_MAX, NULL),
    {SECTION, .name = "gibbs_steps", .type = DYSON_INTEGER, .fallback = "3", .low = 1,
     .high = 1000000, .word = "infinite", .unit = "Gibbs steps", .symbol = "k",
     .text = "Gibbs steps that each persistent chain makes per update (PCD-k). infinite: every "
             "update draws from the model anew, and chains have no memory; not with sampler = "
             "gibbs."},
    {SECTION, .name = "init_std", .type = DYSON_REAL, .fallback = "0.1", .low = 0, .high = DBL_MAX,
     .unit = PLAIN, .symbol = "", .text = "Standard deviation of the elements of W at update 0."},
    {SECTION, .name = "sampler", .type = DYSON_CHOICE, .fallback = "auto",
     .form = "auto | gibbs | collapsed | wishart", .unit = PLAIN, .symbol = "",
     .text =
         "How the chains advance, by the same law: step by step (gibbs), all k steps in one draw "
         "(collapsed), or the second moments of all chains in one draw, at a cost that does not "
         "depend on B (wishart, for B > visible). auto takes the faster of the last two."},
    RBM_KEYS_TARGET("rbm"),
    {SECTION, .name = "schedule", .type = DYSON_TEXT, .fallback = "constant",
     .form = "constant | exponential:TAU | step:TAU:F | inverse:TAU", .unit = PLAIN, .symbol = "",
     .text = "Learning rate at update t: alpha, alpha exp(-t/TAU), alpha F^floor(t/TAU) or "
             "alpha/(1 + t/TAU).",
     .check = check_schedule},
    {SECTION, .name = "learning_rate", .type = DYSON_REAL, .fallback = NULL, .low = 0,
     .high = DBL_MAX, .above = true, .point = true, .unit = PLAIN, .symbol = "alpha",
     .text = "Learning rate."},
    {SECTION, .name = "batch_size", .type = DYSON_INTEGER, .fallback = NULL, .low = 1, .high = 1e9,
     .point = true, .unit = "chains", .symbol = "B",
     .text = "Mini-batch size: the number of persistent chains."},
    {SECTION, .name = "momentum", .type = DYSON_REAL, .fallback = "0", .low = 0, .high = 0.9999999,
     .point = true, .unit = PLAIN, .symbol = "beta",
     .text = "Momentum: m' = beta m + (1 - beta) dW, W' = W + alpha m'."},
    {SECTION, .name = "l2", .type = DYSON_REAL, .fallback = "0", .low = 0, .high = DBL_MAX,
     .point = true, .unit = PLAIN, .symbol = "l_2",
     .text = "Weight decay: W' loses alpha l_2 W at each update."},
};

int rbm_schedule_parse(const char *text, rbm_schedule *schedule, char *allowed, size_t size)
{
    static const struct {
        const char *name;
        rbm_schedule_form form;
        int numbers;
    } forms[] = {{"constant", RBM_CONSTANT, 0},
                 {"exponential", RBM_EXPONENTIAL, 1},
                 {"step", RBM_STEP, 2},
                 {"inverse", RBM_INVERSE, 1}};
    for (size_t f = 0; f < sizeof forms / sizeof forms[0]; f++) {
        const size_t length = strlen(forms[f].name);
        if (strncmp(text, forms[f].name, length) != 0)
            continue;
        double number[2] = {1.0, 1.0};
        const char *at = text + length;
        int found = 0;
        while (found < 2 && *at == ':') {
            char *end;
            number[found] = strtod(at + 1, &end);
            if (end == at + 1 || !isfinite(number[found]) || !(number[found] > 0.0))
                break;
            at = end;
            found++;
        }
        if (*at == '\0' && found == forms[f].numbers) {
            *schedule = (rbm_schedule){forms[f].form, number[0], number[1]};
            return 0;
        }
    }
    snprintf(allowed, size,
             "constant, exponential:TAU, step:TAU:F or inverse:TAU with numbers TAU (updates) and "
             "F above 0");
    return 1;
}

static const dyson_shape *shape(const dyson_system *system)
{
    return &system->shape;
}

/* Of each precision. */
#define LANES(name_of, replicas_of)                                                          \
    {                                                                                        \
        .name = (name_of), .replicas = (replicas_of), .create = rbm_pack_create,             \
        .destroy = model_pack_destroy, .start = rbm_pack_start, .advance = rbm_pack_advance, \
        .spectrum = rbm_pack_spectrum, .weights = rbm_pack_weights,                          \
        .diverged = model_pack_diverged                                                      \
    }

const dyson_regime rbm_lanes = LANES("lanes", dyson_kernel_lanes);
const dyson_regime rbm_lanes_single = LANES("single lanes", dyson_kernel_lanes_single);

const dyson_regime *rbm_regime(const rbm_parameters *p)
{
    const int most = p->visible > p->hidden ? p->visible : p->hidden;
    if (most > DYSON_SPECTRUM_LANES_MAX)
        return &rbm_dense;
    return p->single ? &rbm_lanes_single : &rbm_lanes;
}

static const dyson_regime *regime(const dyson_system *system)
{
    return rbm_regime(&system->parameters);
}

const dyson_model dyson_rbm = {
    .name = "rbm",
    .text = "Gaussian restricted Boltzmann machine trained by persistent contrastive divergence",
    .keys = keys,
    .key_count = sizeof keys / sizeof keys[0],
    .single = true,
    .system_create = rbm_system_create,
    .system_destroy = rbm_system_destroy,
    .shape = shape,
    .predict = rbm_predict,
    .mode = rbm_mode,
    .start = rbm_start_law,
    .matrix = rbm_matrix,
    .noise = rbm_noise,
    .cost = rbm_cost,
    .regime = regime,
    .teams = &rbm_teams,
};
