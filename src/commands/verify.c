/* verify.c: `dyson verify FILE.h5`: whether a file is whole, every finished replica's data are
 * those that were written, and (--replay) training gives them again. */
#include "base/json.h"
#include "base/version.h"
#include "commands/commands.h"
#include "commands/replay.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_JSON = 256, OPTION_REPLAY };

/* Replicas that are named one by one. */
#define NAMED 20

/* The first of a list of replicas, and how many there are. */
typedef struct listing {
    int64_t count;
    struct {
        size_t point;
        int64_t replica;
    } named[NAMED];
} listing;

typedef struct verification {
    bool json;
    int64_t checked;
    listing damaged, differing;
    replay replay;
} verification;

static void take(void *context, size_t p, int64_t r)
{
    listing *list = context;
    if (list->count < NAMED) {
        list->named[list->count].point = p;
        list->named[list->count].replica = r;
    }
    list->count++;
}

static void write_list(json_writer *json, const char *name, const listing *list)
{
    json_array_begin(json, name);
    for (int64_t i = 0; i < list->count && i < NAMED; i++) {
        json_object_begin(json, NULL);
        json_integer(json, "point", (int64_t)list->named[i].point);
        json_integer(json, "replica", list->named[i].replica);
        json_object_end(json);
    }
    json_array_end(json);
}

static int write_json(const verification *v, const char *path, const int64_t counts[3])
{
    json_writer json = json_writer_on(stdout);
    json_object_begin(&json, NULL);
    json_text(&json, "file", path);
    json_bool(&json, "sound", v->damaged.count == 0 && v->differing.count == 0);
    json_integer(&json, "checked", v->checked);
    json_integer(&json, "damaged", v->damaged.count);
    json_integer(&json, "pending", counts[DYSON_PENDING]);
    write_list(&json, "damaged_replicas", &v->damaged);
    json_integer(&json, "replayed", v->replay.trained);
    json_integer(&json, "differing", v->differing.count);
    write_list(&json, "differing_replicas", &v->differing);
    json_object_end(&json);
    return json_writer_finish(&json);
}

static void print_list(const char *what, const listing *list)
{
    for (int64_t i = 0; i < list->count && i < NAMED; i++)
        printf("%s: point %zu, replica index %" PRId64 "\n", what, list->named[i].point,
               list->named[i].replica);
    if (list->count > NAMED)
        printf("%s: %" PRId64 " more\n", what, list->count - NAMED);
}

static int print_text(const verification *v, const char *path, const int64_t counts[3])
{
    print_list("damaged", &v->damaged);
    print_list("trained again and different", &v->differing);
    printf("%s: structure sound; %" PRId64 " replicas checked, %" PRId64 " damaged, %" PRId64
           " pending\n",
           path, v->checked, v->damaged.count, counts[DYSON_PENDING]);
    if (v->replay.wanted > 0)
        printf("%s: %" PRId64 " replicas trained again, %" PRId64 " of them not the same %s\n",
               path, v->replay.trained, v->differing.count,
               v->replay.tolerance > 0 ? "to rounding" : "bits");
    return fflush(stdout) != 0 || ferror(stdout);
}

/* Another build may round otherwise: said before its verdict. */
static void warn_of_build(const dyson_reader *reader)
{
    const dyson_provenance *made_by = dyson_reader_provenance(reader);
    if (strcmp(made_by->build, dyson_build()) != 0 ||
        strcmp(made_by->git_commit, dyson_git_commit()) != 0)
        fprintf(stderr,
                "dyson: note: the file was made by commit %s (%s), this is %s (%s); last "
                "digits may differ\n",
                made_by->git_commit, made_by->build, dyson_git_commit(), dyson_build());
}

static int give_verdict(const verification *v, const char *path, const int64_t counts[3],
                        dyson_error *error)
{
    if (v->json ? write_json(v, path, counts) : print_text(v, path, counts))
        return dyson_fail(error, DYSON_IO, "cannot write to standard output");
    if (v->damaged.count > 0)
        return dyson_fail(error, DYSON_BAD_DATA,
                          "%s: the data of %" PRId64 " replicas are not those that were written; "
                          "the command that made the file trains them again",
                          path, v->damaged.count);
    if (v->differing.count > 0)
        return dyson_fail(error, DYSON_BAD_DATA,
                          "%s: %" PRId64 " of %" PRId64 " replicas come out differently when they "
                          "are trained again",
                          path, v->differing.count, v->replay.trained);
    return DYSON_OK;
}

static int verify(const char *path, verification *v, dyson_error *error)
{
    dyson_reader *reader;
    int64_t counts[3] = {0}, bad;
    if (dyson_reader_open(path, &reader, error) != DYSON_OK)
        return error->code;
    if (dyson_reader_verify(reader, &v->checked, &bad, take, &v->damaged, error) == DYSON_OK) {
        /* Fails where a status is none of the three; such replicas are among the damaged. */
        dyson_error uncounted = {0};
        dyson_reader_count(reader, -1, counts, &uncounted);
        if (v->replay.wanted > 0 && uncounted.code == DYSON_OK) {
            warn_of_build(reader);
            replay_run(&v->replay, reader, take, &v->differing, error);
        }
        if (error->code == DYSON_OK)
            give_verdict(v, path, counts, error);
    }
    dyson_reader_close(reader);
    return error->code;
}

/* A whole number above 0, or 0. */
static int64_t parse_count(const char *text)
{
    char *end;
    const long long count = *text >= '0' && *text <= '9' ? strtoll(text, &end, 10) : 0;
    return count > 0 && *end == '\0' ? count : 0;
}

int dyson_command_verify(int argc, char **argv)
{
    static const struct option options[] = {{"json", no_argument, NULL, OPTION_JSON},
                                            {"replay", required_argument, NULL, OPTION_REPLAY},
                                            {0}};
    verification v = {0};
    dyson_error error = {0};
    opterr = 0;
    optind = 1;
    for (int option;
         error.code == DYSON_OK && (option = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        if (option == OPTION_JSON)
            v.json = true;
        else if (option != OPTION_REPLAY)
            command_refuse_option(option, argv, "verify", "--json, --replay N", &error);
        else if ((v.replay.wanted = parse_count(optarg)) == 0)
            dyson_fail(&error, DYSON_USAGE, "--replay %s: must be a number of replicas, above 0",
                       optarg);
    }
    if (error.code == DYSON_OK && optind + 1 != argc)
        dyson_fail(&error, DYSON_USAGE,
                   "verify takes one ensemble file: dyson verify [--json] [--replay N] FILE.h5");
    if (error.code == DYSON_OK)
        verify(argv[optind], &v, &error);
    if (error.code != DYSON_OK)
        fprintf(stderr, "dyson: %s\n", error.text);
    return error.code;
}
