/* theory.c: `dyson theory RUNFILE`: what the model predicts for each point and level, without
 * training, and the Fokker-Planck spectrum of each mode. */
#include "commands/commands.h"
#include "commands/theory_modes.h"
#include "dyson/model.h"
#include "dyson/spec.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_JSON = 256, OPTION_SET, STATES, GRID, NOISE, MODE, INITIAL, TIMES };
enum {
    STATES_DEFAULT = 8,
    STATES_MOST = 1000,
    CELLS_DEFAULT = 2000,
    CELLS_LEAST = 50,
    CELLS_MOST = 50000
};

static const struct option known[] = {
    {"json", no_argument, NULL, OPTION_JSON},
    {"set", required_argument, NULL, OPTION_SET},
    {"states", required_argument, NULL, STATES},
    {"grid", required_argument, NULL, GRID},
    {"noise", required_argument, NULL, NOISE},
    {"mode", required_argument, NULL, MODE},
    {"initial", required_argument, NULL, INITIAL},
    {"times", required_argument, NULL, TIMES},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

typedef struct theory_options {
    const char *run_file;
    const char *output; /* NULL: no theory file */
    bool modes;         /* whether the spectrum of the modes is asked for */
    dyson_theory_options theory;
    double *times;
    const char **overrides; /* room for all arguments */
    size_t override_count;
    bool json, help;
} theory_options;

static int whole_number(const char *option, const char *text, int least, int most,
                        dyson_error *error)
{
    char *end;
    errno = 0;
    const long number = strtol(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || number < least || number > most) {
        dyson_fail(error, DYSON_USAGE, "%s takes a whole number from %d to %d, not '%s'", option,
                   least, most, text);
        return least;
    }
    return (int)number;
}

/* "T,T,...": updates, >= 0. */
static void take_times(const char *text, theory_options *options, dyson_error *error)
{
    const char *at = text;
    free(options->times);
    options->theory.time_count = 0;
    options->times = malloc((strlen(text) / 2 + 1) * sizeof *options->times);
    if (options->times == NULL) {
        dyson_fail(error, DYSON_INTERNAL, "out of memory");
        return;
    }
    for (;;) {
        char *end;
        const double time = strtod(at, &end);
        if (end == at || !isfinite(time) || time < 0.0 || (*end != ',' && *end != '\0')) {
            dyson_fail(error, DYSON_USAGE,
                       "--times takes numbers of updates, 0 or more, with commas: not '%s'", text);
            return;
        }
        options->times[options->theory.time_count++] = time;
        if (*end == '\0')
            break;
        at = end + 1;
    }
    options->theory.times = options->times;
}

/* An option that asks for the spectrum of the modes. */
static void take_mode_option(int option, theory_options *options, dyson_error *error)
{
    options->modes = true;
    if (option == 'o')
        options->output = optarg;
    else if (option == STATES)
        options->theory.states = whole_number("--states", optarg, 1, STATES_MOST, error);
    else if (option == GRID)
        options->theory.cells = whole_number("--grid", optarg, CELLS_LEAST, CELLS_MOST, error);
    else if (option == MODE)
        options->theory.mode = whole_number("--mode", optarg, 0, INT_MAX, error);
    else if (option == INITIAL)
        options->theory.initial = optarg;
    else if (option == TIMES)
        take_times(optarg, options, error);
    else if (strcmp(optarg, "constant") == 0 || strcmp(optarg, "local") == 0)
        options->theory.form = optarg[0] == 'c' ? DYSON_NOISE_CONSTANT : DYSON_NOISE_LOCAL;
    else
        dyson_fail(error, DYSON_USAGE, "--noise takes constant or local, not '%s'", optarg);
}

static void check_options(theory_options *options, dyson_error *error)
{
    const dyson_theory_options *theory = &options->theory;
    if (theory->states > theory->cells)
        dyson_fail(error, DYSON_USAGE, "--states %d: there are only %d cells", theory->states,
                   theory->cells);
    if ((theory->initial != NULL) != (theory->time_count > 0))
        dyson_fail(error, DYSON_USAGE, "--initial and --times go together");
    if (theory->initial != NULL && options->output == NULL)
        dyson_fail(error, DYSON_USAGE, "--initial and --times need -o FILE for the densities");
}

static void parse(int argc, char **argv, theory_options *options, dyson_error *error)
{
    int option;
    opterr = 0;
    optind = 1;
    while (error->code == DYSON_OK &&
           (option = getopt_long(argc, argv, ":ho:", known, NULL)) != -1) {
        if (option == OPTION_JSON)
            options->json = true;
        else if (option == OPTION_SET)
            options->overrides[options->override_count++] = optarg;
        else if (option == 'h')
            options->help = true;
        else if (option == ':' || option == '?')
            dyson_fail(error, DYSON_USAGE,
                       option == ':' ? "%s needs a value"
                                     : "%s is no option of theory; there are -o, --states, --grid, "
                                       "--noise, --mode, --initial, --times, --json, --set "
                                       "SECTION.KEY=VALUE",
                       argv[optind - 1]);
        else
            take_mode_option(option, options, error);
    }
    if (error->code != DYSON_OK || options->help)
        return;
    if (argc - optind != 1)
        dyson_fail(error, DYSON_USAGE, "theory takes one run file: dyson theory RUNFILE");
    else
        options->run_file = argv[optind];
    check_options(options, error);
}

static double kappa_of(const dyson_shape *shape, int level)
{
    return shape->kappa != NULL ? shape->kappa[level] : NAN;
}

static void print_number(double value, int digits)
{
    if (isnan(value))
        printf(" %10s", "-");
    else
        printf(" %10.*f", digits, value);
}

static void print_table(const dyson_spec *spec, const dyson_system *system)
{
    const dyson_model *model = dyson_spec_model(spec);
    const dyson_shape *shape = model->shape(system);
    char label[256];
    bool unpredicted = false;
    printf(
        "predictions of model %s as the rate goes to 0: sigma is the width of a level's Gaussian\n"
        "factor, <S> = sqrt(pi) sigma the mean spacing of a degenerate pair; a deviation falls to "
        "1/e\n"
        "in `updates`\n",
        model->name);
    for (size_t p = 0; p < dyson_spec_points(spec); p++) {
        dyson_spec_label(spec, p, label, sizeof label);
        printf("\npoint %zu: %s\n%7s %10s %10s %10s %10s %10s %10s %10s\n", p, label, "level",
               "kappa", "x", "sigma", "<S>", "abscissa", "slope", "updates");
        for (int i = 0; i < shape->levels; i++) {
            dyson_prediction predicted;
            model->predict(system, p, i, &predicted);
            const double numbers[] = {kappa_of(shape, i),  shape->x[i],
                                      predicted.sigma,     sqrt(M_PI) * predicted.sigma,
                                      predicted.abscissa,  predicted.slope,
                                      predicted.relaxation};
            printf("%7d", i);
            for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++)
                print_number(numbers[k], k == 6 ? 0 : k < 2 ? 5 : 6);
            printf("\n");
            unpredicted = unpredicted || isnan(predicted.sigma);
        }
    }
    if (unpredicted)
        printf(
            "\n-: nothing is predicted without a stationary state (a schedule, a rate too large), "
            "with weight\ndecay, or for a mode that cannot be learnt (x = 0)\n");
}

static void write_point(json_writer *json, const dyson_spec *spec, const dyson_system *system,
                        const dyson_theory *theory, size_t p)
{
    const dyson_model *model = dyson_spec_model(spec);
    const dyson_shape *shape = model->shape(system);
    json_object_begin(json, NULL);
    for (size_t i = 0; i < dyson_spec_swept(spec); i++) {
        const char *name = dyson_spec_swept_key(spec, i)->name;
        json_real(json, name, dyson_spec_point(spec, p, name));
    }
    json_array_begin(json, "levels");
    for (int i = 0; i < shape->levels; i++) {
        dyson_prediction predicted;
        model->predict(system, p, i, &predicted);
        json_object_begin(json, NULL);
        json_integer(json, "level", i);
        json_real(json, "kappa", kappa_of(shape, i));
        json_real(json, "x", shape->x[i]);
        json_real(json, "sigma", predicted.sigma);
        json_real(json, "spacing", sqrt(M_PI) * predicted.sigma);
        json_real(json, "abscissa", predicted.abscissa);
        json_real(json, "slope", predicted.slope);
        json_real(json, "relaxation_updates", predicted.relaxation);
        json_object_end(json);
    }
    json_array_end(json);
    if (theory != NULL)
        theory_json_modes(json, theory, spec, system, p);
    json_object_end(json);
}

static void write_json(const dyson_spec *spec, const dyson_system *system,
                       const dyson_theory *theory)
{
    json_writer json = json_writer_on(stdout);
    json_object_begin(&json, NULL);
    json_text(&json, "model", dyson_spec_model(spec)->name);
    json_array_begin(&json, "points");
    for (size_t p = 0; p < dyson_spec_points(spec); p++)
        write_point(&json, spec, system, theory, p);
    json_array_end(&json);
    json_object_end(&json);
    json_writer_finish(&json);
}

/* Predictions and, where asked for, the modes' spectra, as table or JSON; then the file. */
static void show(const theory_options *options, const dyson_spec *spec, const dyson_system *system,
                 dyson_error *error)
{
    dyson_theory *theory = NULL;
    if (options->modes &&
        dyson_theory_create(spec, system, &options->theory, &theory, error) != DYSON_OK)
        return;
    if (options->output != NULL &&
        dyson_theory_write(theory, spec, system, options->output, error) != DYSON_OK) {
        dyson_theory_destroy(theory);
        return;
    }
    if (options->json)
        write_json(spec, system, theory);
    else
        print_table(spec, system);
    if (!options->json && theory != NULL)
        theory_print_modes(theory, spec, system);
    if (fflush(stdout) != 0 || ferror(stdout))
        dyson_fail(error, DYSON_IO, "cannot write to standard output");
    dyson_theory_destroy(theory);
}

static void predict(const theory_options *options, dyson_error *error)
{
    char *text = NULL;
    dyson_spec *spec = NULL;
    dyson_system *system = NULL;
    dyson_spec_read(options->run_file, &text, error);
    for (size_t i = 0; i < options->override_count && error->code == DYSON_OK; i++)
        dyson_spec_override(&text, options->overrides[i], error);
    if (error->code == DYSON_OK &&
        dyson_spec_parse_run_file(text, options->run_file, options->override_count, &spec, error) ==
            DYSON_OK &&
        dyson_spec_load(spec, error) == DYSON_OK &&
        dyson_spec_model(spec)->system_create(spec, &system, error) == DYSON_OK) {
        show(options, spec, system, error);
        dyson_spec_model(spec)->system_destroy(system);
    }
    if (spec != NULL)
        dyson_spec_destroy(spec);
    free(text);
}

int dyson_command_theory(int argc, char **argv)
{
    dyson_error error = {0};
    theory_options options = {
        .overrides = calloc((size_t)argc, sizeof *options.overrides),
        .theory = {.cells = CELLS_DEFAULT, .states = STATES_DEFAULT, .mode = -1}};
    if (options.overrides == NULL)
        dyson_fail(&error, DYSON_INTERNAL, "out of memory");
    else
        parse(argc, argv, &options, &error);
    if (options.help)
        dyson_command_help(2, (char *[]){"help", "theory", NULL});
    else if (error.code == DYSON_OK)
        predict(&options, &error);
    if (error.code != DYSON_OK)
        fprintf(stderr, "dyson: %s\n", error.text);
    free(options.times);
    free(options.overrides);
    return error.code;
}
