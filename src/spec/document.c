/* document.c: from a run file's text to its sections, keys and values, each with its line.
 *
 * inih cuts a line after 198 characters and calls its handler for a repeated key as for a value
 * that goes on; it leaves comments in the lines of a value after the first.  So the text reaches it
 * line by line through a reader that knows number and kind of each line, and refuses what inih
 * would mend in silence. */
#include "spec/lines.h"
#include "spec/spec_internal.h"

#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_LONGEST 198

typedef struct parser {
    line_scanner scanner;
    line line; /* the one that inih has before it */
    spec_document *document;
    dyson_error *error;
    int failed_line;
} parser;

void *spec_grow(void *array, size_t *count, size_t size)
{
    void *base;
    memcpy(&base, array, sizeof base);
    /* Room in powers of two: a reallocation wherever count reaches one. */
    if ((*count & (*count - 1)) == 0) {
        base = realloc(base, (*count == 0 ? 1 : 2 * *count) * size);
        if (base == NULL)
            return NULL;
        memcpy(array, &base, sizeof base);
    }
    return memset((char *)base + (*count)++ * size, 0, size);
}

/* The length of the UTF-8 character at c; 0 if it is none, or a control character other than
 * blanks. */
static int character_length(const unsigned char *c)
{
    if (c[0] < 0x80)
        return (c[0] >= 0x20 && c[0] != 0x7f) || c[0] == '\t' || c[0] == '\n' || c[0] == '\r';
    int length = c[0] >= 0xf5 ? 0 : c[0] >= 0xf0 ? 4 : c[0] >= 0xe0 ? 3 : c[0] >= 0xc2 ? 2 : 0;
    for (int i = 1; i < length; i++)
        if ((c[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xf0 && c[1] < 0x90);
    bool surrogate = c[0] == 0xed && c[1] >= 0xa0;
    bool beyond = c[0] == 0xf4 && c[1] >= 0x90;
    return overlong || surrogate || beyond ? 0 : length;
}

int spec_unprintable_line(const char *text)
{
    int number = 1;
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0';) {
        int length = character_length(c);
        if (length == 0)
            return number;
        number += *c == '\n';
        c += length;
    }
    return 0;
}

static void out_of_memory(parser *p)
{
    p->failed_line = p->line.number;
    spec_out_of_memory(p->error);
}

static void refuse(parser *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void refuse(parser *p, const char *format, ...)
{
    char what[DYSON_ERROR_TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    p->failed_line = p->line.number;
    dyson_fail(p->error, DYSON_BAD_DATA, "%s:%d: %s", p->document->file, p->line.number, what);
}

static void open_section(parser *p)
{
    spec_document *d = p->document;
    for (size_t i = 0; i < d->count; i++)
        if (line_names(&p->line, d->sections[i].name)) {
            refuse(p, "[%s] stands here again: it must be one section, begun at line %d",
                   d->sections[i].name, d->sections[i].line);
            return;
        }
    char *raw = strndup(p->line.name, p->line.name_length);
    spec_section *section =
        raw == NULL ? NULL : spec_grow(&d->sections, &d->count, sizeof *section);
    if (section != NULL) {
        section->line = p->line.number;
        section->name = spec_value_normalise(raw);
    }
    if (section == NULL || section->name == NULL)
        out_of_memory(p);
    free(raw);
}

/* What can be said of a line before inih has seen it. */
static void check_line(parser *p, int room)
{
    if (p->line.length > LINE_LONGEST || p->line.whole + 1 > (size_t)room)
        refuse(p,
               "this line has %zu characters: at most %d are allowed; a list may go on over "
               "indented lines",
               p->line.length, LINE_LONGEST);
    else if (p->line.kind == LINE_BROKEN)
        refuse(p, "'%.60s' is not understood: must be [section], key = value or ; comment",
               p->line.start + strspn(p->line.start, " \t"));
    else if (p->line.kind == LINE_SECTION)
        open_section(p);
}

/* inih's fgets. */
static char *read_line(char *buffer, int room, void *context)
{
    parser *p = context;
    if (p->failed_line != 0 || !line_next(&p->scanner, &p->line))
        return NULL;
    check_line(p, room);
    if (p->failed_line != 0)
        return NULL;
    memcpy(buffer, p->line.start, p->line.whole);
    buffer[p->line.whole] = '\0';
    return buffer;
}

/* The key that a line begins, or NULL with the reason told. */
static spec_entry *open_entry(parser *p, const char *name)
{
    if (p->document->count == 0) {
        refuse(p,
               "%s stands before the first section: must stand in [ensemble], the model's "
               "section or a [sweep NAME]",
               name);
        return NULL;
    }
    spec_section *section = &p->document->sections[p->document->count - 1];
    for (size_t i = 0; i < section->count; i++)
        if (strcmp(section->entries[i].name, name) == 0) {
            refuse(p, "[%s] %s stands here again: it must be given once, and is at line %d",
                   section->name, name, section->entries[i].line);
            return NULL;
        }
    spec_entry *entry = spec_grow(&section->entries, &section->count, sizeof *entry);
    if (entry == NULL) {
        out_of_memory(p);
        return NULL;
    }
    entry->line = p->line.number;
    entry->name = strdup(name);
    if (entry->name == NULL)
        out_of_memory(p);
    return entry->name == NULL ? NULL : entry;
}

static bool add_piece(parser *p, spec_entry *entry, const char *value)
{
    size_t length = 0;
    while (value[length] != '\0' &&
           !(value[length] == ';' && length > 0 && line_blank(value[length - 1])))
        length++;
    while (length > 0 && line_blank(value[length - 1]))
        length--;
    if (length == 0)
        return true;
    spec_piece *piece = spec_grow(&entry->pieces, &entry->count, sizeof *piece);
    if (piece != NULL) {
        piece->line = p->line.number;
        piece->text = strndup(value, length);
    }
    if (piece == NULL || piece->text == NULL)
        out_of_memory(p);
    return p->failed_line == 0;
}

/* inih's handler; returns 0 on failure.  The section is known from the reader. */
static int take(void *context, const char *section_name, const char *name, const char *value)
{
    (void)section_name;
    parser *p = context;
    if (p->failed_line != 0)
        return 0;
    const spec_document *d = p->document;
    spec_section *section = d->count > 0 ? &d->sections[d->count - 1] : NULL;
    spec_entry *entry = p->line.kind == LINE_CONTINUATION && section != NULL && section->count > 0
                            ? &section->entries[section->count - 1]
                            : open_entry(p, name);
    return entry != NULL && add_piece(p, entry, value);
}

int spec_document_read(const char *text, const char *file, spec_document *document,
                       dyson_error *error)
{
    *document = (spec_document){.file = file};
    const int unprintable = spec_unprintable_line(text);
    if (unprintable != 0)
        return dyson_fail(error, DYSON_BAD_DATA,
                          "%s:%d: a character that is not text: must be UTF-8 without control "
                          "characters",
                          file, unprintable);
    parser p = {.scanner = {.at = text}, .document = document, .error = error};
    int refused = ini_parse_stream(read_line, &p, take, &p);
    if (refused < 0)
        return spec_out_of_memory(error);
    if (refused > 0 && (p.failed_line == 0 || refused < p.failed_line)) {
        *error = (dyson_error){0};
        return dyson_fail(error, DYSON_BAD_DATA,
                          "%s:%d: not understood: must be [section], key = value or ; comment",
                          file, refused);
    }
    return error->code;
}

void spec_document_destroy(spec_document *document)
{
    for (size_t s = 0; s < document->count; s++) {
        spec_section *section = &document->sections[s];
        for (size_t e = 0; e < section->count; e++) {
            for (size_t i = 0; i < section->entries[e].count; i++)
                free(section->entries[e].pieces[i].text);
            free(section->entries[e].pieces);
            free(section->entries[e].name);
        }
        free(section->entries);
        free(section->name);
    }
    free(document->sections);
    *document = (spec_document){0};
}

const spec_section *spec_document_section(const spec_document *document, const char *name)
{
    for (size_t i = 0; i < document->count; i++)
        if (strcmp(document->sections[i].name, name) == 0)
            return &document->sections[i];
    return NULL;
}
