/* stats.c: `dyson stats FILE.h5...`. */
#include "commands/commands.h"
#include "dyson/collective.h"
#include "dyson/statistics.h"

#include <getopt.h>
#include <mpi.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_JSON = 256, OPTION_SNAPSHOT, OPTION_UNFOLDING };

static const struct option known[] = {
    {"output", required_argument, NULL, 'o'},
    {"json", no_argument, NULL, OPTION_JSON},
    {"snapshot", required_argument, NULL, OPTION_SNAPSHOT},
    {"unfolding", required_argument, NULL, OPTION_UNFOLDING},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

typedef struct stats_options {
    const char *const *paths;
    size_t files;
    const char *output; /* NULL: the first file's name with .stats.h5 */
    int64_t snapshot;   /* -1: the last */
    dyson_unfolding unfolding;
    bool json, help;
} stats_options;

static void take(int option, char **argv, stats_options *options, dyson_error *error)
{
    char *end;
    switch (option) {
    case 'o':
        options->output = optarg;
        if (optarg[0] == '\0')
            dyson_fail(error, DYSON_USAGE, "-o needs the name of a file");
        break;
    case OPTION_JSON:
        options->json = true;
        break;
    case OPTION_SNAPSHOT:
        options->snapshot = strtoll(optarg, &end, 10);
        if (end == optarg || *end != '\0' || options->snapshot < 0)
            dyson_fail(error, DYSON_USAGE, "--snapshot %s: must be an update number", optarg);
        break;
    case OPTION_UNFOLDING:
        dyson_unfolding_parse(optarg, &options->unfolding, error);
        break;
    case 'h':
        options->help = true;
        break;
    default:
        command_refuse_option(option, argv, "stats",
                              "-o FILE.stats.h5, --json, --snapshot UPDATE, --unfolding METHOD",
                              error);
    }
}

static void parse(int argc, char **argv, stats_options *options, dyson_error *error)
{
    int option;
    opterr = 0;
    optind = 1;
    while (error->code == DYSON_OK && !options->help &&
           (option = getopt_long(argc, argv, ":o:h", known, NULL)) != -1)
        take(option, argv, options, error);
    if (options->help || error->code != DYSON_OK)
        return;
    options->paths = (const char *const *)(argv + optind);
    options->files = (size_t)(argc - optind);
    if (options->files == 0)
        dyson_fail(error, DYSON_USAGE, "stats needs an ensemble file: dyson stats FILE.h5...");
}

static int write_to(const dyson_analysis *analysis, const char *path, dyson_error *error)
{
    if (dyson_analysis_write(analysis, path, error) == DYSON_OK)
        fprintf(stderr, "dyson: wrote %s\n", path);
    return error->code;
}

/* FILE.h5 becomes FILE.stats.h5. */
static int write_file(const stats_options *options, const dyson_analysis *analysis,
                      dyson_error *error)
{
    if (options->output != NULL)
        return write_to(analysis, options->output, error);
    const char *from = options->paths[0];
    size_t stem = strlen(from);
    if (stem > 3 && strcmp(from + stem - 3, ".h5") == 0)
        stem -= 3;
    char *path = malloc(stem + sizeof ".stats.h5");
    if (path == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory");
    memcpy(path, from, stem);
    memcpy(path + stem, ".stats.h5", sizeof ".stats.h5");
    write_to(analysis, path, error);
    free(path);
    return error->code;
}

static void analyse(const stats_options *options, dyson_error *error)
{
    dyson_analysis *analysis;
    if (dyson_analysis_create(options->paths, options->files, options->snapshot,
                              &options->unfolding, MPI_COMM_WORLD, &analysis, error) == DYSON_OK &&
        analysis != NULL && write_file(options, analysis, error) == DYSON_OK) {
        if (options->json)
            dyson_analysis_json(analysis, stdout);
        else
            dyson_analysis_table(analysis, stdout);
        if (fflush(stdout) != 0 || ferror(stdout))
            dyson_fail(error, DYSON_IO, "cannot write to standard output");
    }
    dyson_analysis_destroy(analysis);
    dyson_share(error, MPI_COMM_WORLD);
}

int dyson_command_stats(int argc, char **argv)
{
    /* Without arguments: those are ours, not MPI's. */
    MPI_Init(NULL, NULL);
    int rank;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    dyson_error error = {0};
    stats_options options = {.snapshot = -1};
    dyson_unfolding_parse("auto", &options.unfolding, &error);
    parse(argc, argv, &options, &error);
    if (error.code == DYSON_OK && !options.help)
        analyse(&options, &error);
    else if (options.help && rank == 0)
        dyson_command_help(2, (char *[]){"help", "stats", NULL});
    if (rank == 0 && error.code != DYSON_OK)
        fprintf(stderr, "dyson: %s\n", error.text);
    MPI_Finalize();
    return error.code;
}
