/* verify.c: `dyson verify FILE.h5`: whether a file is whole and every finished replica's data
 * are those that were written. */
#include "base/json.h"
#include "commands/commands.h"
#include "dyson/archive.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#define USAGE "usage: dyson verify [--json] FILE.h5"
/* Damaged replicas that are named one by one. */
#define NAMED 20

typedef struct verification {
    bool json;
    int64_t checked, bad;
    struct {
        size_t point;
        int64_t replica;
    } named[NAMED];
} verification;

static void take_bad(void *context, size_t p, int64_t r)
{
    verification *v = context;
    if (v->bad < NAMED) {
        v->named[v->bad].point = p;
        v->named[v->bad].replica = r;
    }
    v->bad++;
}

static int write_json(const verification *v, const char *path, const int64_t counts[3])
{
    json_writer json = json_writer_on(stdout);
    json_object_begin(&json, NULL);
    json_text(&json, "file", path);
    json_bool(&json, "sound", v->bad == 0);
    json_integer(&json, "checked", v->checked);
    json_integer(&json, "damaged", v->bad);
    json_integer(&json, "pending", counts[DYSON_PENDING]);
    json_array_begin(&json, "damaged_replicas");
    for (int64_t i = 0; i < v->bad && i < NAMED; i++) {
        json_object_begin(&json, NULL);
        json_integer(&json, "point", (int64_t)v->named[i].point);
        json_integer(&json, "replica", v->named[i].replica);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_object_end(&json);
    return json_writer_finish(&json);
}

static int print_text(const verification *v, const char *path, const int64_t counts[3])
{
    for (int64_t i = 0; i < v->bad && i < NAMED; i++)
        printf("damaged: point %zu, replica index %" PRId64 "\n", v->named[i].point,
               v->named[i].replica);
    if (v->bad > NAMED)
        printf("damaged: %" PRId64 " more\n", v->bad - NAMED);
    printf("%s: structure sound; %" PRId64 " replicas checked, %" PRId64 " damaged, %" PRId64
           " pending\n",
           path, v->checked, v->bad, counts[DYSON_PENDING]);
    return fflush(stdout) != 0 || ferror(stdout);
}

static int verify(const char *path, verification *v, dyson_error *error)
{
    dyson_reader *reader;
    int64_t counts[3] = {0}, bad;
    if (dyson_reader_open(path, &reader, error) != DYSON_OK)
        return error->code;
    if (dyson_reader_verify(reader, &v->checked, &bad, take_bad, v, error) == DYSON_OK) {
        /* Fails where a status is none of the three; such replicas are among the damaged. */
        dyson_error uncounted = {0};
        dyson_reader_count(reader, -1, counts, &uncounted);
        if (v->json ? write_json(v, path, counts) : print_text(v, path, counts))
            dyson_fail(error, DYSON_IO, "cannot write to standard output");
        else if (v->bad > 0)
            dyson_fail(error, DYSON_BAD_DATA,
                       "%s: the data of %" PRId64 " replicas are not those that were written; the "
                       "command that made the file trains them again",
                       path, v->bad);
    }
    dyson_reader_close(reader);
    return error->code;
}

int dyson_command_verify(int argc, char **argv)
{
    static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {0}};
    verification v = {0};
    dyson_error error = {0};
    optind = 1;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option != 'j') {
            fprintf(stderr, USAGE "\n");
            return DYSON_USAGE;
        }
        v.json = true;
    }
    if (optind + 1 != argc) {
        fprintf(stderr, USAGE "\n");
        return DYSON_USAGE;
    }
    if (verify(argv[optind], &v, &error) != DYSON_OK)
        fprintf(stderr, "dyson verify: %s\n", error.text);
    return error.code;
}
