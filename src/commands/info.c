/* info.c: `dyson info FILE.h5`: what is in an ensemble file, also while a run is writing it. */
#include "base/json.h"
#include "commands/commands.h"
#include "dyson/archive.h"
#include "dyson/checkpoint.h"

#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What is counted before anything is printed. */
typedef struct summary {
    dyson_reader *reader;
    const dyson_spec *spec;
    size_t points;
    int64_t (*counts)[3]; /* per point: pending, done, diverged */
    int64_t total[3];
    double seconds_left; /* NaN where no session has recorded a rate; 0 where nothing is pending */
    double ranks;        /* of the session that recorded it */
    int64_t kept, least, most; /* pending replicas that have a checkpoint, and at which updates */
} summary;

static int count_all(summary *s, dyson_error *error)
{
    s->points = dyson_spec_points(s->spec);
    s->counts = calloc(s->points, sizeof *s->counts);
    if (s->counts == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu points", s->points);
    for (size_t p = 0; p < s->points; p++) {
        if (dyson_reader_count(s->reader, (int64_t)p, s->counts[p], error) != DYSON_OK)
            return error->code;
        for (int i = 0; i < 3; i++)
            s->total[i] += s->counts[p][i];
    }
    return DYSON_OK;
}

static int count_checkpoints(summary *s, dyson_error *error)
{
    dyson_checkpoints *checkpoints = NULL;
    if (dyson_checkpoints_create(dyson_reader_path(s->reader),
                                 dyson_reader_provenance(s->reader)->identity, 0, &checkpoints,
                                 error) == DYSON_OK)
        s->kept = dyson_checkpoints_count(checkpoints, &s->least, &s->most);
    dyson_checkpoints_destroy(checkpoints);
    return error->code;
}

/* Pending cost over the recorded rate of cost. */
static int estimate(summary *s, dyson_error *error)
{
    const dyson_model *model = dyson_spec_model(s->spec);
    const dyson_system *system = dyson_reader_system(s->reader);
    double seconds, cost, left = 0;
    if (dyson_reader_session(s->reader, &seconds, &cost, &s->ranks, error) != DYSON_OK)
        return error->code;
    for (size_t p = 0; p < s->points; p++)
        left += (double)s->counts[p][DYSON_PENDING] * model->cost(system, p);
    s->seconds_left = s->total[DYSON_PENDING] == 0 ? 0
                      : seconds > 0 && cost > 0    ? left * seconds / cost
                                                   : NAN;
    return DYSON_OK;
}

static void print_number(const dyson_key *key, double value)
{
    if (key->type == DYSON_INTEGER)
        printf("%14.0f", value);
    else
        printf("%14.6g", value);
}

static void print_points(const summary *s)
{
    printf("\n%6s", "point");
    for (size_t i = 0; i < dyson_spec_swept(s->spec); i++)
        printf("  %14s", dyson_spec_swept_key(s->spec, i)->name);
    printf("  %10s %10s %10s\n", "done", "pending", "diverged");
    for (size_t p = 0; p < s->points; p++) {
        printf("%6zu", p);
        for (size_t i = 0; i < dyson_spec_swept(s->spec); i++) {
            const dyson_key *key = dyson_spec_swept_key(s->spec, i);
            printf("  ");
            print_number(key, dyson_spec_point(s->spec, p, key->name));
        }
        printf("  %10" PRId64 " %10" PRId64 " %10" PRId64 "\n", s->counts[p][DYSON_DONE],
               s->counts[p][DYSON_PENDING], s->counts[p][DYSON_DIVERGED]);
    }
    printf("%6s%*s  %10" PRId64 " %10" PRId64 " %10" PRId64 "\n", "total",
           16 * (int)dyson_spec_swept(s->spec), "", s->total[DYSON_DONE], s->total[DYSON_PENDING],
           s->total[DYSON_DIVERGED]);
}

static void print_left(const summary *s)
{
    if (s->total[DYSON_PENDING] == 0)
        printf("\nComplete.\n");
    else if (isnan(s->seconds_left))
        printf("\nNot complete; no rate recorded yet.\n");
    else {
        int64_t seconds = (int64_t)fmin(ceil(s->seconds_left), 1e15);
        printf("\nNot complete: about %" PRId64 ":%02d:%02d left at the rate of the last session "
               "(%.0f rank%s).\n",
               seconds / 3600, (int)(seconds / 60 % 60), (int)(seconds % 60), s->ranks,
               s->ranks > 1 ? "s" : "");
    }
    if (s->kept > 0)
        printf("Kept in checkpoints: %" PRId64 " of the pending, at updates %" PRId64 " to %" PRId64
               ".\n",
               s->kept, s->least, s->most);
}

static void print_text(const summary *s)
{
    const dyson_provenance *p = dyson_reader_provenance(s->reader);
    const dyson_shape *shape = dyson_spec_model(s->spec)->shape(dyson_reader_system(s->reader));
    int64_t first = dyson_spec_integer(s->spec, "ensemble", "first_replica");
    int64_t replicas = dyson_reader_replicas(s->reader);
    size_t count;
    const int64_t *snapshots = dyson_spec_snapshots(s->spec, &count);
    printf("%s\n", dyson_reader_path(s->reader));
    printf("  model      %s, %d levels, seed %" PRId64 ", %s precision\n", p->model, shape->levels,
           p->seed, dyson_spec_text(s->spec, "ensemble", "precision"));
    printf("  replicas   %" PRId64 " per point, numbers %" PRId64 " to %" PRId64 "\n", replicas,
           first, first + replicas - 1);
    printf("  updates    %" PRId64 ", snapshots at",
           dyson_spec_integer(s->spec, "ensemble", "updates"));
    for (size_t t = 0; t < count && t < 12; t++)
        printf(" %" PRId64, snapshots[t]);
    printf("%s\n", count > 12 ? " ..." : "");
    printf("  weights    %s\n", dyson_spec_text(s->spec, "ensemble", "weights"));
    printf("  created    %s by %" PRId64 " rank%s on %s\n", p->created, p->ranks,
           p->ranks > 1 ? "s" : "", p->hosts);
    printf("  program    dyson %s, commit %s, kernel %s\n", p->program_version, p->git_commit,
           p->kernel);
    printf("  build      %s\n", p->build);
    print_points(s);
    print_left(s);
}

static void write_counts(json_writer *json, const int64_t counts[3])
{
    json_integer(json, "done", counts[DYSON_DONE]);
    json_integer(json, "pending", counts[DYSON_PENDING]);
    json_integer(json, "diverged", counts[DYSON_DIVERGED]);
}

static void write_provenance(json_writer *json, const dyson_provenance *p)
{
    json_integer(json, "format_version", p->format_version);
    json_text(json, "program_version", p->program_version);
    json_text(json, "git_commit", p->git_commit);
    json_text(json, "build", p->build);
    json_text(json, "kernel", p->kernel);
    json_text(json, "created", p->created);
    json_integer(json, "ranks", p->ranks);
    json_text(json, "hosts", p->hosts);
    json_text(json, "model", p->model);
    json_integer(json, "seed", p->seed);
    json_text(json, "run_file", p->run_file);
}

static void write_points(json_writer *json, const summary *s)
{
    json_array_begin(json, "points");
    for (size_t p = 0; p < s->points; p++) {
        json_object_begin(json, NULL);
        for (size_t i = 0; i < dyson_spec_swept(s->spec); i++) {
            const char *name = dyson_spec_swept_key(s->spec, i)->name;
            json_real(json, name, dyson_spec_point(s->spec, p, name));
        }
        write_counts(json, s->counts[p]);
        json_object_end(json);
    }
    json_array_end(json);
}

static int write_json(const summary *s)
{
    json_writer json = json_writer_on(stdout);
    size_t count;
    const int64_t *snapshots = dyson_spec_snapshots(s->spec, &count);
    json_object_begin(&json, NULL);
    json_text(&json, "file", dyson_reader_path(s->reader));
    write_provenance(&json, dyson_reader_provenance(s->reader));
    json_text(&json, "precision", dyson_spec_text(s->spec, "ensemble", "precision"));
    json_integer(&json, "replicas", dyson_reader_replicas(s->reader));
    json_integer(&json, "first_replica", dyson_spec_integer(s->spec, "ensemble", "first_replica"));
    json_array_begin(&json, "snapshots");
    for (size_t t = 0; t < count; t++)
        json_integer(&json, NULL, snapshots[t]);
    json_array_end(&json);
    write_points(&json, s);
    json_object_begin(&json, "total");
    write_counts(&json, s->total);
    json_object_end(&json);
    json_object_begin(&json, "checkpoints");
    json_integer(&json, "replicas", s->kept);
    json_integer(&json, "least_update", s->kept > 0 ? s->least : -1);
    json_integer(&json, "most_update", s->kept > 0 ? s->most : -1);
    json_object_end(&json);
    json_bool(&json, "complete", s->total[DYSON_PENDING] == 0);
    json_real(&json, "seconds_left", s->seconds_left);
    json_object_end(&json);
    return json_writer_finish(&json);
}

static int inform(const char *path, bool json, dyson_error *error)
{
    summary s = {0};
    if (dyson_reader_open(path, &s.reader, error) != DYSON_OK)
        return error->code;
    s.spec = dyson_reader_spec(s.reader);
    if (count_all(&s, error) == DYSON_OK && count_checkpoints(&s, error) == DYSON_OK &&
        estimate(&s, error) == DYSON_OK) {
        int failed = 0;
        if (json)
            failed = write_json(&s);
        else
            print_text(&s);
        if (failed || fflush(stdout) != 0 || ferror(stdout))
            dyson_fail(error, DYSON_IO, "cannot write to standard output");
    }
    free(s.counts);
    dyson_reader_close(s.reader);
    return error->code;
}

enum { OPTION_JSON = 256 };

int dyson_command_info(int argc, char **argv)
{
    static const struct option options[] = {{"json", no_argument, NULL, OPTION_JSON}, {0}};
    bool json = false;
    dyson_error error = {0};
    opterr = 0;
    optind = 1;
    for (int option;
         error.code == DYSON_OK && (option = getopt_long(argc, argv, ":", options, NULL)) != -1;)
        if (option == OPTION_JSON)
            json = true;
        else
            command_refuse_option(option, argv, "info", "--json", &error);
    if (error.code == DYSON_OK && optind + 1 != argc)
        dyson_fail(&error, DYSON_USAGE,
                   "info takes one ensemble file: dyson info [--json] FILE.h5");
    if (error.code == DYSON_OK)
        inform(argv[optind], json, &error);
    if (error.code != DYSON_OK)
        fprintf(stderr, "dyson: %s\n", error.text);
    return error.code;
}
