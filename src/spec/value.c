/* value.c: one key's value: words, numbers, ranges, and what is said of wrong ones.
 *
 * Numbers are decimal (no hexadecimal, nan or inf); whole ones may be written 1e5.  A minus before
 * zero is dropped, so that equal values are equal bytes. */
#include "spec/spec_internal.h"

#include "spec/lines.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void spec_format_number(double number, char *out, size_t size)
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, size, "%.*g", digits, number);
        if (strtod(out, NULL) == number)
            return;
    }
}

bool spec_read_number(const char *word, size_t length, double *number)
{
    char copy[64], *end;
    if (length == 0 || length >= sizeof copy)
        return false;
    memcpy(copy, word, length);
    copy[length] = '\0';
    if (strspn(copy, "0123456789+-.eE") != length)
        return false;
    *number = strtod(copy, &end) + 0.0;
    return *end == '\0' && isfinite(*number);
}

char *spec_value_normalise(const char *text)
{
    char *out = malloc(strlen(text) + 1), *end = out;
    if (out == NULL)
        return NULL;
    for (const char *c = text; *c != '\0'; c++) {
        if (!line_blank(*c))
            *end++ = *c;
        else if (end != out && end[-1] != ' ')
            *end++ = ' ';
    }
    if (end != out && end[-1] == ' ')
        end--;
    *end = '\0';
    return out;
}

static void allowed_numbers(const dyson_key *key, const char *noun, char *allowed, size_t size)
{
    char low[40], high[40];
    spec_format_number(key->low, low, sizeof low);
    if (key->high == 0x1p53) /* every whole number up to here is a double */
        snprintf(high, sizeof high, "2^53");
    else
        spec_format_number(key->high, high, sizeof high);
    if (key->low <= -DBL_MAX && key->high >= DBL_MAX)
        snprintf(allowed, size, "%s", noun);
    else if (key->high >= DBL_MAX)
        snprintf(allowed, size, "%s %s %s", noun, key->above ? ">" : ">=", low);
    else if (key->low <= -DBL_MAX)
        snprintf(allowed, size, "%s <= %s", noun, high);
    else if (key->above)
        snprintf(allowed, size, "%s > %s and <= %s", noun, low, high);
    else
        snprintf(allowed, size, "%s from %s to %s%s%s", noun, low, high,
                 key->word != NULL ? ", or " : "", key->word != NULL ? key->word : "");
}

void spec_value_allowed(const dyson_key *key, bool list, char *allowed, size_t size)
{
    list = list || key->type == DYSON_REALS;
    switch (key->type) {
    case DYSON_INTEGER:
        allowed_numbers(key, list ? "one or more whole numbers" : "a whole number", allowed, size);
        break;
    case DYSON_REAL:
    case DYSON_REALS:
        allowed_numbers(key, list ? "one or more numbers" : "a number", allowed, size);
        break;
    case DYSON_CHOICE:
    case DYSON_TEXT:
    case DYSON_MATRIX:
        snprintf(allowed, size, "%s", key->form);
        break;
    }
}

/* The value as it is parsed, and where it stands, for messages. */
typedef struct context {
    const dyson_key *key;
    const char *section, *file;
    const spec_entry *entry;
    bool list;
    dyson_error *error;
} context;

/* word: what of the value is wrong, at a line.  A wrong second line is mostly an indented key. */
static int refuse(const context *c, const char *word, size_t length, int number)
{
    char allowed[SPEC_ALLOWED];
    const char *hint = number != c->entry->line
                           ? " (an indented line goes on with the value of the key above it)"
                       : c->key->point && !c->list && c->entry->count > 0 &&
                               strpbrk(c->entry->pieces[0].text, " \t,") != NULL
                           ? ", and a list must stand in a [sweep NAME] section"
                           : "";
    spec_value_allowed(c->key, c->list, allowed, sizeof allowed);
    if (length == 0)
        return dyson_fail(c->error, DYSON_BAD_DATA, "%s:%d: [%s] %s has no value: must be %s",
                          c->file, number, c->section, c->key->name, allowed);
    return dyson_fail(c->error, DYSON_BAD_DATA, "%s:%d: [%s] %s = %.*s%s: must be %s%s", c->file,
                      number, c->section, c->key->name, (int)(length > 60 ? 60 : length), word,
                      length > 60 ? "..." : "", allowed, hint);
}

static bool in_range(const dyson_key *key, double number)
{
    if (key->type == DYSON_INTEGER && number != floor(number))
        return false;
    return number <= key->high && (key->above ? number > key->low : number >= key->low);
}

static bool separator(char c)
{
    return line_blank(c) || c == ',';
}

/* The numbers of one line's share of the value; a comma stands between two numbers. */
static int parse_piece(const context *c, const spec_piece *piece, spec_value *value)
{
    for (const char *at = piece->text; *at != '\0';) {
        size_t length = 0;
        while (at[length] != '\0' && !separator(at[length]))
            length++;
        double number = 0.0;
        const bool is_word = c->key->word != NULL && strlen(c->key->word) == length &&
                             strncmp(at, c->key->word, length) == 0;
        if (!is_word && (!spec_read_number(at, length, &number) || !in_range(c->key, number)))
            return refuse(c, at, length == 0 ? strlen(at) : length, piece->line);
        double *slot = spec_grow(&value->numbers, &value->count, sizeof *slot);
        if (slot == NULL)
            return spec_out_of_memory(c->error);
        *slot = number;
        at += length;
        at += strspn(at, " \t\r\n\v\f");
        if (*at == ',')
            at += 1 + strspn(at + 1, " \t\r\n\v\f");
    }
    return DYSON_OK;
}

static int parse_numbers(const context *c, spec_value *value)
{
    const bool one = !c->list && c->key->type != DYSON_REALS;
    if (one && c->entry->count > 1)
        return refuse(c, c->entry->pieces[1].text, strlen(c->entry->pieces[1].text),
                      c->entry->pieces[1].line);
    for (size_t i = 0; i < c->entry->count; i++)
        if (parse_piece(c, &c->entry->pieces[i], value))
            return c->error->code;
    if (one && value->count != 1)
        return refuse(c, c->entry->pieces[0].text, strlen(c->entry->pieces[0].text),
                      c->entry->line);
    return DYSON_OK;
}

/* Whether word is one of "a | b | c". */
static bool is_choice(const char *form, const char *word)
{
    const size_t length = strlen(word);
    while (*form != '\0') {
        const size_t n = strcspn(form, " |");
        if (n == length && strncmp(form, word, n) == 0)
            return true;
        form += n;
        form += strspn(form, " |");
    }
    return false;
}

/* FILE:/dataset, both there. */
static bool is_matrix(const char *text)
{
    const char *colon = strrchr(text, ':');
    return colon != NULL && colon != text && colon[1] == '/' && colon[2] != '\0';
}

static int parse_text(const context *c, spec_value *value)
{
    const dyson_key *key = c->key;
    const spec_entry *entry = c->entry;
    if (entry->count > 1 && key->type != DYSON_TEXT)
        return refuse(c, entry->pieces[1].text, strlen(entry->pieces[1].text),
                      entry->pieces[1].line);
    if ((key->type == DYSON_CHOICE && !is_choice(key->form, value->text)) ||
        (key->type == DYSON_MATRIX && !is_matrix(value->text)))
        return refuse(c, value->text, strlen(value->text), entry->line);
    char allowed[SPEC_ALLOWED] = "";
    if (key->check != NULL && key->check(value->text, allowed, sizeof allowed) != 0)
        return dyson_fail(c->error, DYSON_BAD_DATA, "%s:%d: [%s] %s = %.60s%s: must be %s%s",
                          c->file, entry->line, c->section, key->name, value->text,
                          strlen(value->text) > 60 ? "..." : "", allowed,
                          entry->count > 1
                              ? " (an indented line goes on with the value of the key above it)"
                              : "");
    return DYSON_OK;
}

/* All pieces, with single blanks. */
static char *join(const spec_entry *entry)
{
    size_t size = 1, used = 0;
    for (size_t i = 0; i < entry->count; i++)
        size += strlen(entry->pieces[i].text) + 1;
    char *joined = malloc(size);
    if (joined == NULL)
        return NULL;
    joined[0] = '\0';
    for (size_t i = 0; i < entry->count; i++)
        used += (size_t)snprintf(joined + used, size - used, "%s%s", i == 0 ? "" : " ",
                                 entry->pieces[i].text);
    char *out = spec_value_normalise(joined);
    free(joined);
    return out;
}

int spec_value_parse(const dyson_key *key, const char *section, const spec_entry *entry, bool list,
                     const char *file, spec_value *value, dyson_error *error)
{
    const context c = {key, section, file, entry, list, error};
    *value = (spec_value){.key = key, .given = true, .line = entry->line};
    if (entry->count == 0)
        return refuse(&c, "", 0, entry->line);
    value->text = join(entry);
    if (value->text == NULL)
        return spec_out_of_memory(error);
    if (key->type == DYSON_INTEGER || key->type == DYSON_REAL || key->type == DYSON_REALS)
        return parse_numbers(&c, value);
    return parse_text(&c, value);
}

int spec_value_default(const dyson_key *key, spec_value *value, dyson_error *error)
{
    *value = (spec_value){.key = key};
    if (key->fallback == NULL || key->fallback[0] == '\0')
        return DYSON_OK;
    char *text = strdup(key->fallback);
    if (text == NULL)
        return spec_out_of_memory(error);
    spec_piece piece = {.text = text};
    const spec_entry entry = {.name = NULL, .line = 0, .pieces = &piece, .count = 1};
    spec_value_parse(key, key->section, &entry, false, "the program's own default", value, error);
    value->given = false;
    free(text);
    return error->code;
}

void spec_value_destroy(spec_value *value)
{
    free(value->text);
    free(value->numbers);
    free(value->matrix);
    *value = (spec_value){0};
}
