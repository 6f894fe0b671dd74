/* help.c: the key tables as text for people: a terminal, docs/run-file.md, the man page.
 *
 * Paragraphs are written once, with `code` between backquotes, which only Markdown keeps. */
#include "spec/help_writer.h"
#include "spec/spec_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const introduction[] = {
    "A run file is text in INI form. It has one `[ensemble]` section, one section named after the "
    "model, and any number of `[sweep NAME]` sections. An unknown section or key, a repeated one, "
    "a missing value and a value out of range are errors that name file, line and what is allowed; "
    "keys that do not go together are one that names section and keys.",
    "`key = value` stands on a line of at most 198 characters. A list may go on over indented "
    "lines; its numbers are separated by blanks or commas. A comment begins with `;` after a "
    "blank, "
    "or with `;` or `#` as the first sign of a line. Numbers are decimal; whole numbers may be "
    "written `1e5`.",
    "Sweeps: a point parameter has either one value in the model's section, for all points, or a "
    "list in `[sweep NAME]` sections. Each of these is one Cartesian product over its lists; what "
    "it "
    "does not mention has the value of the model's section, or its default. The run is the union "
    "of "
    "all products, each point once. Without a sweep, the run has the one point of the model's "
    "section.",
    "`dyson run --set SECTION.KEY=VALUE` replaces a value or adds it; SECTION may be `sweep NAME`. "
    "The output file keeps the run file as it was run.",
};

static const char *const example[] = {
    "[ensemble]",
    "model     = rbm",
    "replicas  = 2000              ; per point",
    "seed      = 20240723",
    "updates   = 20000",
    "snapshots = 5                 ; at 0, 4000, ... 20000",
    "",
    "[rbm]",
    "visible = 10",
    "hidden  = 10",
    "mass2   = 9.0                 ; mu^2",
    "target_mass2 = 4.0            ; free scalar field",
    "",
    "[sweep learning-rate]",
    "learning_rate = 0.01 0.02 0.04 0.06",
    "                0.08 0.1      ; a list may go on over indented lines",
    "batch_size    = 16",
    "",
    "[sweep batch-size]",
    "learning_rate = 0.1",
    "batch_size    = 4 8 16 32 64",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* "must be given", "may be left out" or the default. */
static void default_text(const dyson_key *key, char *out, size_t size)
{
    if (key->fallback == NULL)
        snprintf(out, size, "must be given");
    else if (key->fallback[0] == '\0')
        snprintf(out, size, "may be left out");
    else
        snprintf(out, size, "default %s", key->fallback);
}

static void put_key(const help_writer *w, const char *section, const dyson_key *key)
{
    char allowed[SPEC_ALLOWED], usual[80], term[160], facts[600];
    const bool plain = strcmp(key->unit, "dimensionless") == 0;
    const bool symbol = key->symbol[0] != '\0';
    spec_value_allowed(key, spec_sweep_name(section) != NULL, allowed, sizeof allowed);
    default_text(key, usual, sizeof usual);
    snprintf(term, sizeof term, "[%s] %s%s%s%s", section, key->name, symbol ? " (" : "",
             key->symbol, symbol ? ")" : "");
    snprintf(facts, sizeof facts, "%s; %s%s%s%s", allowed, usual,
             plain ? "" : "; unit: ", plain ? "" : key->unit,
             key->point ? "; point parameter, may be swept" : "");
    help_entry(w, term, facts, key->text);
}

static void put_row(const help_writer *w, const char *section, const dyson_key *key)
{
    char allowed[SPEC_ALLOWED], name[80], usual[80] = "must be given";
    spec_value_allowed(key, spec_sweep_name(section) != NULL, allowed, sizeof allowed);
    snprintf(name, sizeof name, "`%s`%s", key->name, key->point ? " (sweepable)" : "");
    if (key->fallback != NULL && key->fallback[0] == '\0')
        snprintf(usual, sizeof usual, "may be left out");
    else if (key->fallback != NULL)
        snprintf(usual, sizeof usual, "`%s`", key->fallback);
    const char *const cells[] = {name, key->symbol, allowed, usual, key->unit, key->text};
    help_row(w, cells, COUNT(cells));
}

static void begin_keys(const help_writer *w, const char *section)
{
    static const char *const heads[] = {"Key", "Symbol", "Value", "Default", "Unit", "Meaning"};
    char title[80];
    snprintf(title, sizeof title, "[%s]", section);
    help_heading(w, title);
    if (w->form == DYSON_HELP_MARKDOWN)
        help_head(w, heads, COUNT(heads));
}

/* A section's keys, or the one of this name; sweep: only those that may be swept. */
static int put_keys(const help_writer *w, const char *section, const dyson_key *keys, size_t count,
                    const char *name, bool sweep)
{
    int written = 0;
    for (size_t k = 0; k < count; k++) {
        if ((name != NULL && strcmp(keys[k].name, name) != 0) || (sweep && !keys[k].point))
            continue;
        if (written == 0 && name == NULL)
            begin_keys(w, section);
        if (w->form == DYSON_HELP_MARKDOWN && name == NULL)
            put_row(w, section, &keys[k]);
        else
            put_key(w, section, &keys[k]);
        written++;
    }
    return written;
}

static bool is_asked(const char *asked, const char *section)
{
    return asked == NULL || strcmp(asked, section) == 0;
}

static int put_sections(const help_writer *w, const char *section, const char *name)
{
    int written = 0;
    if (is_asked(section, "ensemble"))
        written +=
            put_keys(w, "ensemble", spec_ensemble_keys, spec_ensemble_key_count, name, false);
    for (size_t i = 0; dyson_model_at(i) != NULL; i++) {
        const dyson_model *model = dyson_model_at(i);
        if (is_asked(section, model->name))
            written += put_keys(w, model->name, model->keys, model->key_count, name, false);
        if (section != NULL && strncmp(section, "sweep", 5) == 0 &&
            (section[5] == '\0' || spec_sweep_name(section) != NULL))
            written += put_keys(w, "sweep NAME", model->keys, model->key_count, name, true);
    }
    return written;
}

static void put_introduction(const help_writer *w)
{
    help_title(w, "The run file", "Written by `dyson help run-file --markdown`.");
    for (size_t i = 0; i < COUNT(introduction); i++)
        help_paragraph(w, introduction[i]);
    help_code(w, example, COUNT(example));
}

int dyson_spec_help(const char *section, const char *name, dyson_help_form form, char **out)
{
    size_t size;
    *out = NULL;
    help_writer w = {.out = open_memstream(out, &size), .form = form};
    if (w.out == NULL)
        return 0;
    if (section == NULL && name == NULL)
        put_introduction(&w);
    int written = put_sections(&w, section, name);
    if (fclose(w.out) != 0) {
        free(*out);
        *out = NULL;
        written = 0;
    }
    return written;
}
