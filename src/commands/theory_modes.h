/* theory_modes.h: the Fokker-Planck spectrum of `dyson theory`, for people and as JSON. */
#ifndef DYSON_COMMANDS_THEORY_MODES_H
#define DYSON_COMMANDS_THEORY_MODES_H

#include "base/json.h"
#include "dyson/theory.h"

/* The levels E_n of every mode at every point. */
void theory_print_modes(const dyson_theory *theory, const dyson_spec *spec,
                        const dyson_system *system);

/* The modes of one point, as the array "modes" of the object that is open. */
void theory_json_modes(json_writer *json, const dyson_theory *theory, const dyson_spec *spec,
                       const dyson_system *system, size_t point);

#endif
