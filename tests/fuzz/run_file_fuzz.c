/* run_file_fuzz.c: any text as a run file, and, after a first zero byte, as an assignment of
 * --set.
 *
 * Beyond not crashing: a refusal has its code and one line of text; what is taken, is taken again
 * from its own text without a difference, and all that a spec promises can be asked of it. */
#include "dyson/model.h"
#include "dyson/spec.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(holds)                                                                   \
    do {                                                                              \
        if (!(holds)) {                                                               \
            fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #holds); \
            abort();                                                                  \
        }                                                                             \
    } while (0)

static void check_refusal(int code, const dyson_error *error, int expected)
{
    MUST(code == error->code);
    MUST(code == expected || code == DYSON_INTERNAL);
    MUST(error->text[0] != '\0' && strpbrk(error->text, "\r\n") == NULL);
}

static void ask_points(const dyson_spec *spec)
{
    const size_t points = dyson_spec_points(spec), swept = dyson_spec_swept(spec);
    size_t snapshots;
    const int64_t *update = dyson_spec_snapshots(spec, &snapshots);
    char label[256];
    MUST(points > 0 && snapshots > 0);
    for (size_t t = 1; t < snapshots; t++)
        MUST(update[t] > update[t - 1]);
    for (size_t p = 0; p < points && p < 100; p++) {
        dyson_spec_label(spec, p, label, sizeof label);
        for (size_t i = 0; i < swept; i++)
            (void)dyson_spec_point(spec, p, dyson_spec_swept_key(spec, i)->name);
        for (size_t q = 0; q < p; q++)
            MUST(dyson_spec_stream(spec, p) != dyson_spec_stream(spec, q));
    }
}

static void ask(const dyson_spec *spec)
{
    dyson_error error = {0};
    dyson_spec *again = NULL;
    char differences[512];
    ask_points(spec);
    MUST(dyson_spec_parse(dyson_spec_run_file(spec), "again", &again, &error) == DYSON_OK);
    MUST(dyson_spec_compare(spec, "one", again, "other", differences, sizeof differences) == 0);
    dyson_spec_destroy(again);
}

static void parse(const char *text, size_t overrides)
{
    dyson_error error = {0};
    dyson_spec *spec = NULL;
    const int code = dyson_spec_parse_run_file(text, "fuzz.ini", overrides, &spec, &error);
    MUST((code == DYSON_OK) == (spec != NULL));
    if (code == DYSON_OK)
        ask(spec);
    else
        check_refusal(code, &error, DYSON_BAD_DATA);
    dyson_spec_destroy(spec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *bytes = malloc(size + 2), *text;
    if (bytes == NULL)
        return 0;
    if (size > 0)
        memcpy(bytes, data, size);
    bytes[size] = bytes[size + 1] = '\0';
    parse(bytes, 0);
    const size_t length = strlen(bytes);
    text = strdup(bytes);
    if (length < size && text != NULL) {
        dyson_error error = {0};
        const int code = dyson_spec_override(&text, bytes + length + 1, &error);
        if (code == DYSON_OK)
            parse(text, 1);
        else
            check_refusal(code, &error, DYSON_USAGE);
    }
    free(text);
    free(bytes);
    return 0;
}
