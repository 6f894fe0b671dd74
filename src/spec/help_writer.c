/* help_writer.c: the three forms: plain text of 80 columns, Markdown, and roff with the man macros.
 */
#include "spec/help_writer.h"

#include <stdbool.h>
#include <string.h>

#define COLUMNS 80

/* Words broken before column 80, without backquotes. */
static void put_plain(FILE *out, const char *text, int indent)
{
    int column = 0;
    while (*text != '\0') {
        const size_t length = strcspn(text, " ");
        int shown = 0;
        for (size_t i = 0; i < length; i++)
            shown += text[i] != '`';
        if (column > 0 && column + 1 + shown > COLUMNS) {
            fputc('\n', out);
            column = 0;
        }
        column += fprintf(out, "%*s", column == 0 ? indent : 1, "") + shown;
        for (size_t i = 0; i < length; i++)
            if (text[i] != '`')
                fputc(text[i], out);
        text += length;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

/* One line of text; a sign that begins a request at the line's start is kept from doing so. */
static void put_roff(FILE *out, const char *text)
{
    static const struct {
        char sign;
        const char *name;
    } escapes[] = {{'\\', "\\e"}, {'-', "\\-"}, {'\'', "\\(aq"}, {'^', "\\(ha"}, {'~', "\\(ti"}};
    if (*text == '.' || *text == '\'')
        fputs("\\&", out);
    bool bold = false;
    for (const char *c = text; *c != '\0'; c++) {
        const char *name = NULL;
        for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++)
            if (*c == escapes[i].sign)
                name = escapes[i].name;
        if (*c == '`') {
            bold = !bold;
            name = bold ? "\\fB" : "\\fR";
        }
        if (name != NULL)
            fputs(name, out);
        else
            fputc(*c, out);
    }
    fputc('\n', out);
}

/* Markdown takes <, | and * for its own. */
static void put_markdown(FILE *out, const char *text, bool cell)
{
    bool code = false;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '`')
            code = !code;
        if ((*c == '|' && cell) || (!code && strchr("<>*_\\", *c) != NULL))
            fputc('\\', out);
        fputc(*c, out);
    }
}

void help_title(const help_writer *w, const char *title, const char *note)
{
    if (w->form != DYSON_HELP_MARKDOWN)
        return;
    fprintf(w->out, "# %s\n\n", title);
    help_paragraph(w, note);
}

void help_heading(const help_writer *w, const char *heading)
{
    if (w->form == DYSON_HELP_MARKDOWN) {
        fprintf(w->out, "\n## `%s`\n\n", heading);
    } else if (w->form == DYSON_HELP_ROFF) {
        fputs(".SS ", w->out);
        put_roff(w->out, heading);
    } else {
        fprintf(w->out, "\n%s\n", heading);
    }
}

void help_paragraph(const help_writer *w, const char *text)
{
    if (w->form == DYSON_HELP_MARKDOWN) {
        put_markdown(w->out, text, false);
        fputs("\n\n", w->out);
    } else if (w->form == DYSON_HELP_ROFF) {
        fputs(".PP\n", w->out);
        put_roff(w->out, text);
    } else {
        put_plain(w->out, text, 0);
        fputc('\n', w->out);
    }
}

void help_code(const help_writer *w, const char *const *lines, size_t count)
{
    static const char *const open[] = {[DYSON_HELP_TEXT] = "",
                                       [DYSON_HELP_MARKDOWN] = "```ini\n",
                                       [DYSON_HELP_ROFF] = ".PP\n.RS 4\n.nf\n"};
    static const char *const close[] = {
        [DYSON_HELP_TEXT] = "", [DYSON_HELP_MARKDOWN] = "```\n", [DYSON_HELP_ROFF] = ".fi\n.RE\n"};
    fputs(open[w->form], w->out);
    for (size_t i = 0; i < count; i++) {
        if (w->form == DYSON_HELP_ROFF)
            put_roff(w->out, lines[i]);
        else
            fprintf(w->out, "%s%s\n",
                    w->form == DYSON_HELP_TEXT && lines[i][0] != '\0' ? "    " : "", lines[i]);
    }
    fputs(close[w->form], w->out);
}

void help_entry(const help_writer *w, const char *term, const char *facts, const char *text)
{
    if (w->form == DYSON_HELP_MARKDOWN) {
        fprintf(w->out, "- `%s`: ", term);
        put_markdown(w->out, facts, false);
        fputs(". ", w->out);
        put_markdown(w->out, text, false);
        fputc('\n', w->out);
    } else if (w->form == DYSON_HELP_ROFF) {
        fputs(".TP\n.B ", w->out);
        put_roff(w->out, term);
        put_roff(w->out, facts);
        fputs(".br\n", w->out);
        put_roff(w->out, text);
    } else {
        fprintf(w->out, "  %s\n", term);
        put_plain(w->out, facts, 6);
        put_plain(w->out, text, 6);
    }
}

void help_row(const help_writer *w, const char *const *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fputs(i == 0 ? "| " : " ", w->out);
        put_markdown(w->out, cells[i], true);
        fputs(" |", w->out);
    }
    fputc('\n', w->out);
}

void help_head(const help_writer *w, const char *const *cells, size_t count)
{
    help_row(w, cells, count);
    for (size_t i = 0; i < count; i++)
        fputs(i == 0 ? "| --- |" : " --- |", w->out);
    fputc('\n', w->out);
}
