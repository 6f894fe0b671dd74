/* theory.c: `dyson theory RUNFILE`: what the model predicts for each point and level, without
 * training, and the Fokker-Planck spectrum of each mode. */
#include "commands/commands.h"
#include "commands/theory_modes.h"
#include "commands/theory_options.h"
#include "dyson/model.h"
#include "dyson/spec.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* The columns of the table: what stands in them, to how many digits. */
static const struct {
    const char *name;
    int digits;
} column[] = {{"kappa", 5},    {"x", 5},     {"sigma", 6},  {"<S>", 6},
              {"abscissa", 6}, {"slope", 6}, {"updates", 0}};
enum { COLUMNS = sizeof column / sizeof column[0] };

static void print_numbers(const double numbers[COLUMNS])
{
    for (size_t k = 0; k < COLUMNS; k++)
        if (isnan(numbers[k]))
            printf(" %10s", "-");
        else
            printf(" %10.*f", column[k].digits, numbers[k]);
    printf("\n");
}

/* A row for the levels of one target; whether sigma is predicted. */
static bool print_group(const dyson_spec *spec, const dyson_system *system, size_t point, int first,
                        int last)
{
    const dyson_model *model = dyson_spec_model(spec);
    const dyson_shape *shape = model->shape(system);
    dyson_prediction predicted;
    char levels[32];
    model->predict(system, point, first, &predicted);
    snprintf(levels, sizeof levels, first == last ? "%d" : "%d-%d", first, last);
    const double numbers[COLUMNS] = {dyson_shape_kappa(shape, first),
                                     shape->x[first],
                                     predicted.sigma,
                                     last == first + 1 ? sqrt(M_PI) * predicted.sigma : NAN,
                                     predicted.abscissa,
                                     predicted.slope,
                                     predicted.relaxation};
    printf("%9s", levels);
    print_numbers(numbers);
    return !isnan(predicted.sigma);
}

static int print_table(const dyson_spec *spec, const dyson_system *system, dyson_error *error)
{
    const dyson_model *model = dyson_spec_model(spec);
    int *first;
    size_t groups;
    char label[256];
    bool predicted = true;
    if (dyson_groups(model->shape(system), &first, &groups, error) != DYSON_OK)
        return error->code;
    printf("predictions of model %s for the stationary state: sigma is the width of a level's "
           "Gaussian "
           "factor,\n<S> = sqrt(pi) sigma the mean spacing of a degenerate pair, slope that of <S> "
           "against the abscissa\nas the rate goes to 0; a small deviation falls to 1/e in "
           "`updates`\n",
           model->name);
    for (size_t p = 0; p < dyson_spec_points(spec); p++) {
        dyson_spec_label(spec, p, label, sizeof label);
        printf("\npoint %zu: %s\n%9s", p, label, "levels");
        for (size_t k = 0; k < COLUMNS; k++)
            printf(" %10s", column[k].name);
        printf("\n");
        for (size_t g = 0; g < groups; g++)
            predicted &= print_group(spec, system, p, first[g], first[g + 1] - 1);
    }
    free(first);
    if (!predicted)
        printf(
            "\n-: nothing is predicted without a stationary state (a schedule, a rate too large), "
            "with weight\ndecay, or for a mode that cannot be learnt (x = 0); <S> is that of "
            "pairs\n");
    return DYSON_OK;
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
        json_real(json, "kappa", dyson_shape_kappa(shape, i));
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
        print_table(spec, system, error);
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
    theory_options options;
    theory_options_read(argc, argv, &options, &error);
    if (options.help)
        dyson_command_help(2, (char *[]){"help", "theory", NULL});
    else if (error.code == DYSON_OK)
        predict(&options, &error);
    if (error.code != DYSON_OK)
        fprintf(stderr, "dyson: %s\n", error.text);
    theory_options_free(&options);
    return error.code;
}
