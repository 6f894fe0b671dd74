/* run_file.c: the text of a run file: read whole, and edited for --set without touching anything
 * else. */
#include "spec/lines.h"
#include "spec/spec_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LARGEST ((size_t)1 << 24) /* a run file beyond 16 MiB is something else */
#define WIDTH 96                  /* of the lines that --set writes; inih allows 198 */

static int read_stream(FILE *stream, const char *path, char **text, dyson_error *error)
{
    char *content = malloc(LARGEST + 1);
    if (content == NULL)
        return spec_out_of_memory(error);
    errno = 0;
    const size_t size = fread(content, 1, LARGEST + 1, stream);
    if (ferror(stream)) {
        dyson_fail(error, DYSON_NO_INPUT, "cannot read %s: %s", path, strerror(errno));
    } else if (size > LARGEST || memchr(content, '\0', size) != NULL) {
        dyson_fail(error, DYSON_BAD_DATA, "%s is no run file: must be text, of at most 16 MiB",
                   path);
    } else {
        content[size] = '\0';
        char *fitted = realloc(content, size + 1);
        *text = fitted == NULL ? content : fitted;
        return DYSON_OK;
    }
    free(content);
    return error->code;
}

int dyson_spec_read(const char *path, char **text, dyson_error *error)
{
    *text = NULL;
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        return dyson_fail(error, DYSON_NO_INPUT, "cannot read %s: %s", path, strerror(errno));
    read_stream(stream, path, text, error);
    fclose(stream);
    return error->code;
}

/* ---- overrides ---- */

typedef struct assignment {
    char *section, *key, *value;
} assignment;

/* The places of the text that an assignment touches; lines are copied from a scan. */
typedef struct place {
    bool section_found, key_found;
    const char *insert; /* where a new key goes: after the section's last line that is not blank */
    line key;           /* the line to replace */
} place;

static int malformed(const char *text, dyson_error *error)
{
    return dyson_fail(error, DYSON_USAGE, "--set '%.200s': must be SECTION.KEY=VALUE in one line",
                      text);
}

static int split(const char *text, assignment *a, dyson_error *error)
{
    const char *equals = strchr(text, '=');
    const char *dot = equals == NULL ? NULL : memrchr(text, '.', (size_t)(equals - text));
    if (dot == NULL || strpbrk(text, "\r\n") != NULL || spec_unprintable_line(text) != 0)
        return malformed(text, error);
    char *section = strndup(text, (size_t)(dot - text));
    char *key = strndup(dot + 1, (size_t)(equals - dot - 1));
    if (section != NULL && key != NULL) {
        a->section = spec_value_normalise(section);
        a->key = spec_value_normalise(key);
        a->value = spec_value_normalise(equals + 1);
    }
    free(section);
    free(key);
    if (a->section == NULL || a->key == NULL || a->value == NULL)
        return spec_out_of_memory(error);
    /* What would not be read back as this section and key has no place in the text. */
    if (a->section[0] == '\0' || a->key[0] == '\0' || a->value[0] == '\0' ||
        strpbrk(a->section, "[];#") != NULL || strpbrk(a->key, "[];#:") != NULL ||
        strlen(a->section) > WIDTH || strlen(a->key) > WIDTH)
        return malformed(text, error);
    return DYSON_OK;
}

static place find_place(const char *text, const assignment *a)
{
    place found = {.insert = NULL};
    line_scanner scanner = {.at = text};
    line at;
    bool inside = false;
    const size_t length = strlen(a->key);
    while (line_next(&scanner, &at)) {
        if (at.kind == LINE_SECTION)
            inside = !found.section_found && line_names(&at, a->section);
        if (!inside || at.kind == LINE_BLANK)
            continue;
        found.section_found = true;
        found.insert = at.start + at.whole;
        if (at.kind == LINE_KEY && !found.key_found && at.name_length == length &&
            memcmp(at.name, a->key, length) == 0) {
            found.key_found = true;
            found.key = at;
        }
    }
    return found;
}

/* "KEY = VALUE", broken at blanks into indented lines where it is long. */
static void write_assignment(FILE *out, const assignment *a)
{
    size_t column = (size_t)fprintf(out, "%s =", a->key);
    for (const char *at = a->value; *at != '\0';) {
        const size_t length = strcspn(at, " ");
        if (column + 1 + length > WIDTH && at != a->value) {
            fputs("\n   ", out);
            column = 3;
        }
        fprintf(out, " %.*s", (int)length, at);
        column += 1 + length;
        at += length + strspn(at + length, " ");
    }
}

/* The comment after a key's value, with the blanks before it; NULL if none. */
static const char *comment_of(const line *key)
{
    for (size_t i = 1; i < key->length; i++)
        if (key->start[i] == ';' && line_blank(key->start[i - 1])) {
            while (i > 0 && line_blank(key->start[i - 1]))
                i--;
            return key->start + i;
        }
    return NULL;
}

/* The key's line anew, its comment kept where there is room; then what follows, without the lines
 * that continued the old value. */
static void write_replaced(FILE *out, const line *key, const assignment *a)
{
    const char *comment = comment_of(key);
    const size_t rest = comment == NULL ? 0 : (size_t)(key->start + key->length - comment);
    write_assignment(out, a);
    if (rest > 0 && strlen(a->key) + 3 + strlen(a->value) <= WIDTH && rest <= WIDTH)
        fprintf(out, "%.*s", (int)rest, comment);
    fwrite(key->start + key->length, 1, key->whole - key->length, out);
    line_scanner scanner = {.at = key->start + key->whole, .key_open = true, .number = 1};
    line at;
    bool continued = true;
    while (line_next(&scanner, &at)) {
        continued = continued && (at.kind == LINE_CONTINUATION || at.kind == LINE_BLANK);
        if (!continued || at.kind != LINE_CONTINUATION)
            fwrite(at.start, 1, at.whole, out);
    }
}

static void write_edited(FILE *out, const char *text, const assignment *a)
{
    const place p = find_place(text, a);
    const size_t length = strlen(text);
    const bool open_end = length > 0 && text[length - 1] != '\n';
    if (p.key_found) {
        fwrite(text, 1, (size_t)(p.key.start - text), out);
        write_replaced(out, &p.key, a);
    } else if (p.section_found) {
        fwrite(text, 1, (size_t)(p.insert - text), out);
        if (*p.insert == '\0' && open_end)
            fputc('\n', out);
        write_assignment(out, a);
        fputc('\n', out);
        fputs(p.insert, out);
    } else {
        fputs(text, out);
        fprintf(out, "%s%s[%s]\n", open_end ? "\n" : "", length > 0 ? "\n" : "", a->section);
        write_assignment(out, a);
        fputc('\n', out);
    }
}

int dyson_spec_override(char **text, const char *assignment_text, dyson_error *error)
{
    assignment a = {NULL, NULL, NULL};
    if (split(assignment_text, &a, error) == DYSON_OK) {
        char *edited = NULL;
        size_t size;
        FILE *out = open_memstream(&edited, &size);
        bool failed = out == NULL;
        if (out != NULL) {
            write_edited(out, *text, &a);
            failed = ferror(out) != 0;
            failed = fclose(out) != 0 || failed;
        }
        if (failed || edited == NULL) {
            free(edited);
            spec_out_of_memory(error);
        } else {
            free(*text);
            *text = edited;
        }
    }
    free(a.section);
    free(a.key);
    free(a.value);
    return error->code;
}

int dyson_spec_parse_run_file(const char *text, const char *path, size_t overrides,
                              dyson_spec **spec, dyson_error *error)
{
    static const char mark[] = " with --set";
    if (overrides == 0)
        return dyson_spec_parse(text, path, spec, error);
    size_t size = strlen(path) + sizeof mark;
    char *name = malloc(size);
    if (name == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory");
    snprintf(name, size, "%s%s", path, mark);
    dyson_spec_parse(text, name, spec, error);
    free(name);
    return error->code;
}
