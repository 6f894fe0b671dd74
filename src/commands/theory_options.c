/* theory_options.c: what `dyson theory` is asked for. */
#include "commands/theory_options.h"

#include "base/hdf5.h"
#include "commands/commands.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_JSON = 256, OPTION_SET, STATES, GRID, NOISE, MODE, INITIAL, TIMES };
enum { STATES_DEFAULT = 8, STATES_MOST = 1000, CELLS_DEFAULT = 2000, CELLS_MOST = 50000 };

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

/* All numbers of a dataset. */
static int read_numbers(const char *path, const char *name, theory_options *options,
                        dyson_error *error)
{
    hid_t file;
    if (hdf5_open(path, &file, error) != DYSON_OK)
        return error->code;
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    hid_t space = dataset < 0 ? -1 : H5Dget_space(dataset);
    const hssize_t count = space < 0 ? -1 : H5Sget_simple_extent_npoints(space);
    free(options->numbers);
    options->numbers = count > 0 ? malloc((size_t)count * sizeof *options->numbers) : NULL;
    if (count > 0 && options->numbers == NULL)
        dyson_fail(error, DYSON_INTERNAL, "out of memory for %lld numbers", (long long)count);
    else if (count <= 0 || H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                                   options->numbers) < 0)
        dyson_fail(error, DYSON_BAD_DATA, "%s has no dataset %s of numbers", path, name);
    options->law = (dyson_law_of_x){.count = (size_t)count, .numbers = options->numbers};
    if (space >= 0)
        H5Sclose(space);
    if (dataset >= 0)
        H5Dclose(dataset);
    H5Fclose(file);
    return error->code;
}

/* X, MEAN:WIDTH or FILE.h5:/dataset. */
static void take_initial(const char *text, theory_options *options, dyson_error *error)
{
    double mean, width = 0.0;
    char rest;
    const char *colon = strrchr(text, ':');
    const int found = sscanf(text, "%lf:%lf%c", &mean, &width, &rest);
    const bool one = found == 1 && sscanf(text, "%lf%c", &mean, &rest) == 1;
    options->theory.initial = &options->law;
    if (isfinite(mean) && (one || (found == 2 && width > 0.0 && isfinite(width)))) {
        options->law = (dyson_law_of_x){.mean = mean, .width = width};
    } else if (colon != NULL && colon[1] == '/') {
        char *path = strndup(text, (size_t)(colon - text));
        if (path == NULL)
            dyson_fail(error, DYSON_INTERNAL, "out of memory");
        else
            read_numbers(path, colon + 1, options, error);
        free(path);
    } else {
        dyson_fail(error, DYSON_USAGE,
                   "--initial takes X, MEAN:WIDTH or FILE.h5:/dataset, not '%s'", text);
    }
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
    if (option == 'o' && optarg[0] == '\0')
        dyson_fail(error, DYSON_USAGE, "-o needs the name of a file");
    else if (option == 'o')
        options->output = optarg;
    else if (option == STATES)
        options->theory.states = whole_number("--states", optarg, 1, STATES_MOST, error);
    else if (option == GRID)
        options->theory.cells =
            whole_number("--grid", optarg, DYSON_THEORY_CELLS_LEAST, CELLS_MOST, error);
    else if (option == MODE)
        options->theory.mode = whole_number("--mode", optarg, 0, INT_MAX, error);
    else if (option == INITIAL)
        take_initial(optarg, options, error);
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
            command_refuse_option(option, argv, "theory",
                                  "-o, --states, --grid, --noise, --mode, --initial, --times, "
                                  "--json, --set SECTION.KEY=VALUE",
                                  error);
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

int theory_options_read(int argc, char **argv, theory_options *options, dyson_error *error)
{
    *options =
        (theory_options){.overrides = calloc((size_t)argc, sizeof *options->overrides),
                         .theory = {.cells = CELLS_DEFAULT, .states = STATES_DEFAULT, .mode = -1}};
    if (options->overrides == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory");
    parse(argc, argv, options, error);
    return error->code;
}

void theory_options_free(theory_options *options)
{
    free(options->numbers);
    free(options->times);
    free(options->overrides);
}
