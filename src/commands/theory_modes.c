/* theory_modes.c: tables of the levels E_n. */
#include "commands/theory_modes.h"

#include <math.h>
#include <stdio.h>

static const char *well_name(const dyson_theory_state *state)
{
    return state->left > 0.5 ? "left" : "right";
}

static void print_mode(const dyson_theory *theory, const dyson_shape *shape, size_t p, size_t k)
{
    const size_t at = p * theory->modes + k, states = (size_t)theory->options.states;
    const dyson_fokker_planck *mode = theory->fokker_planck[at];
    if (mode == NULL) {
        printf("  mode x = %.5f: nothing is predicted\n", shape->x[theory->level[k]]);
        return;
    }
    printf("  mode kappa = %.5f, x = %.5f: Omega = %.6g, g^2 = %.6g per update", //
           dyson_shape_kappa(shape, theory->level[k]), mode->centre, mode->curvature, mode->noise);
    if (mode->left_well)
        printf(", |V''(floor)| = %.6g", mode->left_rate);
    const dyson_moments law = dyson_fokker_planck_moments(mode);
    printf("\n  P_s: mean x_s %+.6g, standard deviation %.6g, skewness %+.3f\n",
           law.mean - mode->centre, law.std, law.skewness);
    printf("%7s %14s %10s %10s %6s %5s %12s\n", "n", "E_n", "error", "E_n/Omega", "well", "rung",
           "E_n/harmonic");
    for (size_t n = 0; n < states; n++) {
        const dyson_theory_state *state = &theory->state[at * states + n];
        printf("%7zu %14.8g %10.1e %10.5f %6s %5d ", n, state->energy, state->energy_error,
               state->energy / mode->curvature, well_name(state), state->rung);
        if (state->harmonic > 0.0)
            printf("%12.5f\n", state->energy / state->harmonic);
        else
            printf("%12s\n", "-");
    }
}

void theory_print_modes(const dyson_theory *theory, const dyson_spec *spec,
                        const dyson_system *system)
{
    const dyson_shape *shape = dyson_spec_model(spec)->shape(system);
    char label[256];
    printf("\nlevels of the Fokker-Planck operator of each mode by itself, %s noise, on %d cells:\n"
           "decay rates E_n per update, and over those of the harmonic well that the state lives "
           "in\n",
           theory->options.form == DYSON_NOISE_CONSTANT ? "constant" : "local",
           theory->options.cells);
    for (size_t p = 0; p < theory->points; p++) {
        dyson_spec_label(spec, p, label, sizeof label);
        printf("\npoint %zu: %s\n", p, label);
        for (size_t k = 0; k < theory->modes; k++)
            print_mode(theory, shape, p, k);
    }
}

void theory_json_modes(json_writer *json, const dyson_theory *theory, const dyson_spec *spec,
                       const dyson_system *system, size_t point)
{
    const dyson_shape *shape = dyson_spec_model(spec)->shape(system);
    const size_t states = (size_t)theory->options.states;
    json_array_begin(json, "modes");
    for (size_t k = 0; k < theory->modes; k++) {
        const size_t at = point * theory->modes + k;
        const dyson_fokker_planck *mode = theory->fokker_planck[at];
        json_object_begin(json, NULL);
        json_real(json, "kappa", dyson_shape_kappa(shape, theory->level[k]));
        json_real(json, "x", shape->x[theory->level[k]]);
        json_real(json, "omega", mode != NULL ? mode->curvature : NAN);
        json_real(json, "noise", mode != NULL ? mode->noise : NAN);
        json_real(json, "left_rate", mode != NULL ? mode->left_rate : NAN);
        if (mode != NULL) {
            const dyson_moments law = dyson_fokker_planck_moments(mode);
            json_real(json, "mean", law.mean);
            json_real(json, "std", law.std);
            json_real(json, "skewness", law.skewness);
        }
        json_array_begin(json, "states");
        for (size_t n = 0; mode != NULL && n < states; n++) {
            const dyson_theory_state *state = &theory->state[at * states + n];
            json_object_begin(json, NULL);
            json_real(json, "energy", state->energy);
            json_real(json, "energy_error", state->energy_error);
            json_text(json, "well", well_name(state));
            json_integer(json, "rung", state->rung);
            json_real(json, "harmonic", state->harmonic);
            json_object_end(json);
        }
        json_array_end(json);
        json_object_end(json);
    }
    json_array_end(json);
}
