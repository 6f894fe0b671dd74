/* help_writer.h: headings, paragraphs, entries and tables in the three forms of help. */
#ifndef DYSON_SPEC_HELP_WRITER_H
#define DYSON_SPEC_HELP_WRITER_H

#include "dyson/spec.h"

#include <stdio.h>

typedef struct help_writer {
    FILE *out;
    dyson_help_form form;
} help_writer;

/* Text has `code` between backquotes.  The title is Markdown's alone. */
void help_title(const help_writer *w, const char *title, const char *note);
void help_heading(const help_writer *w, const char *heading);
void help_paragraph(const help_writer *w, const char *text);
void help_code(const help_writer *w, const char *const *lines, size_t count);
/* A term, what it may be, and what it means. */
void help_entry(const help_writer *w, const char *term, const char *facts, const char *text);
/* A table's first row and any other; Markdown alone. */
void help_head(const help_writer *w, const char *const *cells, size_t count);
void help_row(const help_writer *w, const char *const *cells, size_t count);

#endif
