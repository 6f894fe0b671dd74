/* theory_options.h: the command line of `dyson theory`. */
#ifndef DYSON_COMMANDS_THEORY_OPTIONS_H
#define DYSON_COMMANDS_THEORY_OPTIONS_H

#include "dyson/theory.h"

typedef struct theory_options {
    const char *run_file;
    const char *output; /* NULL: no theory file */
    bool modes;         /* whether the spectrum of the modes is asked for */
    bool json, help;
    dyson_theory_options theory;
    const char **overrides; /* of --set */
    size_t override_count;
    double *times, *numbers; /* what theory points to */
    dyson_law_of_x law;
} theory_options;

/* Errors: DYSON_USAGE; of the file of --initial, DYSON_NO_INPUT and DYSON_BAD_DATA; DYSON_INTERNAL.
 * What is read is freed by theory_options_free, also after an error. */
int theory_options_read(int argc, char **argv, theory_options *options, dyson_error *error);
void theory_options_free(theory_options *options);

#endif
