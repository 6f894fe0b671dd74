/* setup.c: what a run needs before it trains. */
#include "ensemble/setup.h"

#include "base/hdf5.h"
#include "dyson/collective.h"
#include "ensemble/teams.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The run file's name with .h5 in place of its extension, in the current folder. */
static char *default_output(const char *run_file)
{
    const char *slash = strrchr(run_file, '/');
    const char *name = slash == NULL ? run_file : slash + 1;
    const char *dot = strrchr(name, '.');
    size_t length = dot == NULL || dot == name ? strlen(name) : (size_t)(dot - name);
    char *output = malloc(length + sizeof ".h5");
    if (output != NULL)
        snprintf(output, length + sizeof ".h5", "%.*s.h5", (int)length, name);
    return output;
}

/* Rank 0: what stands under the output path. */
static int look_at_output(setup *s, dyson_error *error)
{
    struct stat output, run_file;
    if (stat(s->output, &output) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return DYSON_OK; /* creating it will tell */
        return dyson_fail(error, DYSON_CANNOT_CREATE, "%s: %s", s->output, strerror(errno));
    }
    s->exists = true;
    if (stat(s->run_file, &run_file) == 0 && run_file.st_dev == output.st_dev &&
        run_file.st_ino == output.st_ino)
        return dyson_fail(error, DYSON_USAGE, "%s: the output would replace the run file; use -o",
                          s->output);
    if (!S_ISREG(output.st_mode))
        return dyson_fail(error, DYSON_CANNOT_CREATE, "%s: not a regular file", s->output);
    return DYSON_OK;
}

/* Rank 0: names, flags and the run file's text with its overrides. */
static int read_root(setup *s, const dyson_run_options *options, char **text, dyson_error *error)
{
    s->run_file = strdup(options->run_file);
    s->output =
        options->output != NULL ? strdup(options->output) : default_output(options->run_file);
    s->overwrite = options->overwrite;
    s->dry_run = options->dry_run;
    s->quiet = options->quiet;
    s->max_seconds = options->max_seconds;
    s->checkpoint_seconds = options->checkpoint_seconds;
    if (s->run_file == NULL || s->output == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory");
    if (dyson_spec_read(s->run_file, text, error))
        return error->code;
    for (size_t i = 0; i < options->override_count; i++)
        if (dyson_spec_override(text, options->overrides[i], error))
            return error->code;
    return look_at_output(s, error);
}

/* Rank 0's string becomes every rank's. */
static int share_text(char **text, MPI_Comm comm, dyson_error *error)
{
    void *data = *text;
    size_t size = data == NULL ? 0 : strlen(data) + 1;
    if (dyson_broadcast(&data, &size, comm, error) == DYSON_OK)
        *text = data;
    return error->code;
}

static int share_options(setup *s, char **text, MPI_Comm comm, dyson_error *error)
{
    double flags[] = {s->exists, s->overwrite,   s->dry_run,
                      s->quiet,  s->max_seconds, s->checkpoint_seconds};
    MPI_Bcast(flags, sizeof flags / sizeof *flags, MPI_DOUBLE, 0, comm);
    s->exists = flags[0] != 0;
    s->overwrite = flags[1] != 0;
    s->dry_run = flags[2] != 0;
    s->quiet = flags[3] != 0;
    s->max_seconds = flags[4];
    s->checkpoint_seconds = flags[5];
    if (share_text(&s->run_file, comm, error) || share_text(&s->output, comm, error))
        return error->code;
    return share_text(text, comm, error);
}

static int share_matrix(setup *s, const dyson_key *key, int rank, MPI_Comm comm, dyson_error *error)
{
    int n = 0;
    const double *read = NULL;
    if (rank == 0)
        read = dyson_spec_matrix(s->spec, key->section, key->name, &n);
    MPI_Bcast(&n, 1, MPI_INT, 0, comm);
    size_t size = (size_t)n * (size_t)n * sizeof(double);
    void *matrix = rank == 0 ? malloc(size + 1) : NULL;
    if (rank == 0 && matrix == NULL)
        dyson_fail(error, DYSON_INTERNAL, "out of memory for a matrix of %zu bytes", size);
    else if (rank == 0 && read != NULL)
        memcpy(matrix, read, size);
    if (dyson_share(error, comm) == DYSON_OK &&
        dyson_broadcast(&matrix, &size, comm, error) == DYSON_OK && rank != 0)
        dyson_spec_attach(s->spec, key->section, key->name, n, matrix);
    free(matrix);
    return error->code;
}

/* The matrices that the run file names: read by rank 0, given to all. */
static int share_matrices(setup *s, int rank, MPI_Comm comm, dyson_error *error)
{
    if (rank == 0)
        dyson_spec_load(s->spec, error);
    if (dyson_share(error, comm))
        return error->code;
    for (size_t k = 0; k < s->model->key_count; k++) {
        const dyson_key *key = &s->model->keys[k];
        if (key->type != DYSON_MATRIX || !dyson_spec_given(s->spec, key->section, key->name))
            continue;
        if (share_matrix(s, key, rank, comm, error))
            return error->code;
    }
    return DYSON_OK;
}

/* Rank 0: the kernel an existing output was made with, or -1 where it does not say. */
static int recorded_kernel(const setup *s)
{
    dyson_error ignored = {0}; /* what is wrong with the file is said when it is gone on with */
    hid_t file;
    char *name = NULL;
    dyson_kernel kernel;
    int recorded = -1;
    hdf5_silence();
    if (hdf5_open(s->output, &file, &ignored))
        return -1;
    if (hdf5_get_text(file, "kernel", &name) == 0 &&
        dyson_kernel_find(name, &kernel, &ignored) == DYSON_OK)
        recorded = (int)kernel;
    free(name);
    H5Fclose(file);
    return recorded;
}

static int choose_kernel(setup *s, int rank, MPI_Comm comm, dyson_error *error)
{
    dyson_kernel_choose(&s->kernel, error);
    if (dyson_agree(error, comm))
        return error->code;
    int kernel = (int)s->kernel, recorded = -1;
    MPI_Allreduce(MPI_IN_PLACE, &kernel, 1, MPI_INT, MPI_MIN, comm);
    /* A kernel asked for by name is taken as said, and refused later where the file has another. */
    if (rank == 0 && s->exists && !s->overwrite && getenv("DYSON_KERNEL") == NULL)
        recorded = recorded_kernel(s);
    MPI_Bcast(&recorded, 1, MPI_INT, 0, comm);
    s->kernel = (dyson_kernel)(recorded >= 0 ? recorded : kernel);
    if (!dyson_kernel_runs(s->kernel))
        dyson_fail(error, DYSON_BAD_DATA,
                   "%s was made with the CPU kernel %s, which this processor cannot run; go on "
                   "with it on one that can",
                   s->output, dyson_kernel_name(s->kernel));
    return dyson_agree(error, comm);
}

int setup_create(setup *s, const dyson_run_options *options, MPI_Comm comm, dyson_error *error)
{
    memset(s, 0, sizeof *s);
    int rank;
    char *text = NULL;
    MPI_Comm_rank(comm, &rank);
    if (rank == 0)
        read_root(s, options, &text, error);
    if (dyson_share(error, comm) == DYSON_OK && share_options(s, &text, comm, error) == DYSON_OK) {
        /* The error that is told is rank 0's, which knows its options. */
        dyson_spec_parse_run_file(text, s->run_file, options->override_count, &s->spec, error);
        dyson_agree(error, comm);
    }
    free(text);
    if (error->code)
        return error->code;
    s->model = dyson_spec_model(s->spec);
    if (share_matrices(s, rank, comm, error))
        return error->code;
    s->model->system_create(s->spec, &s->system, error);
    if (dyson_agree(error, comm) || choose_kernel(s, rank, comm, error))
        return error->code;
    return teams_make(s, comm, error);
}

void setup_destroy(setup *s)
{
    dyson_team_destroy(s->team);
    if (s->system != NULL)
        s->model->system_destroy(s->system);
    dyson_spec_destroy(s->spec);
    free(s->run_file);
    free(s->output);
}

int64_t setup_replicas(const setup *s)
{
    return dyson_spec_integer(s->spec, "ensemble", "replicas");
}

int setup_block(const setup *s)
{
    const dyson_regime *const regime =
        s->team_ranks > 1 ? &s->model->teams->regime : s->model->regime(s->system);
    return regime->replicas(s->kernel);
}

double *setup_costs(const setup *s)
{
    size_t points = dyson_spec_points(s->spec);
    double *cost = malloc(points * sizeof *cost);
    for (size_t p = 0; cost != NULL && p < points; p++)
        cost[p] = s->model->cost(s->system, p);
    return cost;
}
