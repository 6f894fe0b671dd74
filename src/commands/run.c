/* run.c: `dyson run RUNFILE`. */
#include "commands/commands.h"

#include "dyson/collective.h"
#include "dyson/ensemble.h"
#include "ensemble/stop.h"

#include <getopt.h>
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECKPOINT_SECONDS 600.0 /* where nothing is said */

enum {
    OPTION_SET = 256,
    OPTION_OVERWRITE,
    OPTION_DRY_RUN,
    OPTION_MAX_TIME,
    OPTION_CHECKPOINTS,
    OPTION_QUIET
};

static const struct option known[] = {
    {"output", required_argument, NULL, 'o'},
    {"set", required_argument, NULL, OPTION_SET},
    {"overwrite", no_argument, NULL, OPTION_OVERWRITE},
    {"dry-run", no_argument, NULL, OPTION_DRY_RUN},
    {"max-time", required_argument, NULL, OPTION_MAX_TIME},
    {"checkpoints", required_argument, NULL, OPTION_CHECKPOINTS},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* H:MM:SS, the seconds with decimals or without, to seconds above 0. */
static int parse_time(const char *text, double *seconds)
{
    unsigned hours, minutes;
    double rest;
    char end;
    if (strspn(text, "0123456789:.") != strlen(text) || strlen(text) > 16 ||
        sscanf(text, "%u:%2u:%lf%c", &hours, &minutes, &rest, &end) != 3 || minutes > 59 ||
        rest >= 60)
        return -1;
    *seconds = 3600.0 * hours + 60.0 * minutes + rest;
    return *seconds > 0 ? 0 : -1;
}

/* Takes one option; on a wrong one fills error. */
static void take(int option, char **argv, dyson_run_options *options, const char **overrides,
                 dyson_error *error)
{
    switch (option) {
    case 'o':
        options->output = optarg;
        if (optarg[0] == '\0')
            dyson_fail(error, DYSON_USAGE, "-o needs the name of a file");
        break;
    case OPTION_SET:
        overrides[options->override_count++] = optarg;
        break;
    case OPTION_OVERWRITE:
        options->overwrite = true;
        break;
    case OPTION_DRY_RUN:
        options->dry_run = true;
        break;
    case OPTION_MAX_TIME:
        if (parse_time(optarg, &options->max_seconds))
            dyson_fail(error, DYSON_USAGE, "--max-time %s: must be H:MM:SS, above 0", optarg);
        break;
    case OPTION_CHECKPOINTS:
        options->checkpoint_seconds = 0;
        if (strcmp(optarg, "never") != 0 && parse_time(optarg, &options->checkpoint_seconds))
            dyson_fail(error, DYSON_USAGE, "--checkpoints %s: must be H:MM:SS, above 0, or never",
                       optarg);
        break;
    case OPTION_QUIET:
        options->quiet = true;
        break;
    default:
        command_refuse_option(option, argv, "run",
                              "-o FILE.h5, --set SECTION.KEY=VALUE, --overwrite, --dry-run, "
                              "--max-time H:MM:SS, --checkpoints H:MM:SS|never, --quiet",
                              error);
    }
}

/* overrides has room for argc entries. Returns whether help was asked for. */
static bool parse(int argc, char **argv, dyson_run_options *options, const char **overrides,
                  dyson_error *error)
{
    int option;
    opterr = 0;
    optind = 1;
    options->overrides = overrides;
    while (error->code == DYSON_OK &&
           (option = getopt_long(argc, argv, ":o:h", known, NULL)) != -1) {
        if (option == 'h')
            return true;
        take(option, argv, options, overrides, error);
    }
    if (error->code == DYSON_OK && argc - optind != 1)
        dyson_fail(error, DYSON_USAGE,
                   argc == optind ? "run needs a run file: dyson run RUNFILE [OPTIONS]"
                                  : "run takes one run file, and here are %d",
                   argc - optind);
    if (error->code == DYSON_OK)
        options->run_file = argv[optind];
    return false;
}

int dyson_command_run(int argc, char **argv)
{
    stop_watch(); /* a signal may come while MPI starts */
    /* Without arguments: those are ours, not MPI's. */
    MPI_Init(NULL, NULL);
    int rank, code;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    dyson_error error = {0};
    dyson_run_options options = {.checkpoint_seconds = CHECKPOINT_SECONDS};
    const char **overrides = calloc((size_t)argc, sizeof *overrides);
    if (overrides == NULL)
        dyson_fail(&error, DYSON_INTERNAL, "out of memory");
    else if (parse(argc, argv, &options, overrides, &error) && rank == 0)
        dyson_command_help(2, (char *[]){"help", "run", NULL});
    code = dyson_agree(&error, MPI_COMM_WORLD);
    if (code == DYSON_OK && options.run_file != NULL)
        code = dyson_ensemble_run(&options, MPI_COMM_WORLD, &error);
    if (rank == 0 && error.code != DYSON_OK)
        fprintf(stderr, "dyson: %s\n", error.text);
    free(overrides);
    MPI_Finalize();
    return code;
}
