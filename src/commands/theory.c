/* theory.c: `dyson theory RUNFILE`: what the model predicts for each point and level, without
 * training. */
#include "base/json.h"
#include "commands/commands.h"
#include "dyson/model.h"
#include "dyson/spec.h"

#include <getopt.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum { OPTION_JSON = 256, OPTION_SET };

static const struct option known[] = {
    {"json", no_argument, NULL, OPTION_JSON},
    {"set", required_argument, NULL, OPTION_SET},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

typedef struct theory_options {
    const char *run_file;
    const char **overrides; /* room for all arguments */
    size_t override_count;
    bool json, help;
} theory_options;

static void parse(int argc, char **argv, theory_options *options, dyson_error *error)
{
    int option;
    opterr = 0;
    optind = 1;
    while (error->code == DYSON_OK && (option = getopt_long(argc, argv, ":h", known, NULL)) != -1) {
        if (option == OPTION_JSON)
            options->json = true;
        else if (option == OPTION_SET)
            options->overrides[options->override_count++] = optarg;
        else if (option == 'h')
            options->help = true;
        else
            dyson_fail(error, DYSON_USAGE,
                       option == ':' ? "%s needs a value"
                                     : "%s is no option of theory; there are --json, --set "
                                       "SECTION.KEY=VALUE",
                       argv[optind - 1]);
    }
    if (error->code != DYSON_OK || options->help)
        return;
    if (argc - optind != 1)
        dyson_fail(error, DYSON_USAGE, "theory takes one run file: dyson theory RUNFILE");
    else
        options->run_file = argv[optind];
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
                        size_t p)
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
    json_object_end(json);
}

static void write_json(const dyson_spec *spec, const dyson_system *system)
{
    json_writer json = json_writer_on(stdout);
    json_object_begin(&json, NULL);
    json_text(&json, "model", dyson_spec_model(spec)->name);
    json_array_begin(&json, "points");
    for (size_t p = 0; p < dyson_spec_points(spec); p++)
        write_point(&json, spec, system, p);
    json_array_end(&json);
    json_object_end(&json);
    json_writer_finish(&json);
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
        if (options->json)
            write_json(spec, system);
        else
            print_table(spec, system);
        if (fflush(stdout) != 0 || ferror(stdout))
            dyson_fail(error, DYSON_IO, "cannot write to standard output");
        dyson_spec_model(spec)->system_destroy(system);
    }
    if (spec != NULL)
        dyson_spec_destroy(spec);
    free(text);
}

int dyson_command_theory(int argc, char **argv)
{
    dyson_error error = {0};
    theory_options options = {.overrides = calloc((size_t)argc, sizeof *options.overrides)};
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
    free(options.overrides);
    return error.code;
}
