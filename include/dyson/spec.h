/* spec.h: a run file, read and checked.
 *
 * A run file is INI text: one [ensemble] section, one section named after the model, and [sweep
 * NAME] sections, each a Cartesian product over lists of point parameters; the run is the union of
 * all products, each point once, in the order of first appearance.  What keys exist is said by
 * tables of dyson_key alone: the ensemble's (src/spec/) and each model's own (src/models/NAME/).
 * Parsing, checking, `dyson help`, the man page and docs/run-file.md all come from these tables.
 *
 * Nothing here is collective: rank 0 reads the file, dyson_broadcast carries the text, every rank
 * parses it. */
#ifndef DYSON_SPEC_H
#define DYSON_SPEC_H

#include "dyson/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum dyson_key_type {
    DYSON_INTEGER, /* one whole number, up to 2^53 */
    DYSON_REAL,    /* one finite number */
    DYSON_REALS,   /* one or more finite numbers, separated by blanks or commas */
    DYSON_CHOICE,  /* one of the words of `form` */
    DYSON_TEXT,    /* free text of the shape that `form` shows, checked by `check` where given */
    DYSON_MATRIX   /* FILE.h5:/dataset, a square symmetric matrix, loaded by dyson_spec_load */
} dyson_key_type;

/* One row of a key table. */
typedef struct dyson_key {
    const char *section; /* "ensemble" or the model's name */
    const char *name;    /* as in the run file */
    dyson_key_type type;
    const char
        *fallback;    /* the value where none is given, as one would write it; NULL: must be given;
                             "": may be left out, and then dyson_spec_given says so */
    double low, high; /* INTEGER, REAL, REALS: the closed range of each number */
    bool above;       /* the range does not contain `low` itself */
    bool point;       /* a point parameter: a list of it may stand in [sweep NAME] sections, or one
                             value in the model's section for all points; INTEGER or REAL only */
    const char *word; /* INTEGER, not a point parameter: what may stand in place of a number, and
                         then counts as 0, which is out of its range; or NULL */
    const char *form; /* CHOICE: the words, separated by " | "; TEXT: the form, for users */
    const char *unit; /* "dimensionless", "updates", "replicas", ... */
    const char *symbol; /* as in the documentation: "mu^2", "alpha"; "" where it has none */
    const char *text;   /* one or two sentences for users */
    /* TEXT only, or NULL: 0 if the value is sound; otherwise non-zero, with what is allowed put
     * into allowed[size]. */
    int (*check)(const char *value, char *allowed, size_t size);
} dyson_key;

typedef struct dyson_spec dyson_spec;
struct dyson_model;

/* Reads the whole file at path into a new NUL-terminated text, which the caller frees.
 * Errors: DYSON_NO_INPUT. */
int dyson_spec_read(const char *path, char **text, dyson_error *error);

/* Applies one `--set SECTION.KEY=VALUE` to a run file's text: the key's value (with its
 * continuation lines) is replaced where it stands, otherwise added to its section, which is added
 * where missing. *text is reallocated.  SECTION ends at the last '.', so "sweep
 * batch-size.batch_size=4 8" works. Errors: DYSON_USAGE. */
int dyson_spec_override(char **text, const char *assignment, dyson_error *error);

/* As dyson_spec_parse, for the text of a run file with so many overrides applied: where there are
 * some, the lines that errors name are called "PATH with --set". */
int dyson_spec_parse_run_file(const char *text, const char *path, size_t overrides,
                              dyson_spec **spec, dyson_error *error);

/* Parses and checks text; name is what error messages call it.  Errors (DYSON_BAD_DATA) name the
 * file, the line and what is allowed: unknown section or key, repeated key or section, missing or
 * wrong value, out of range, over-long line, point parameters nowhere given, no points, snapshots
 * not ascending or beyond the updates. */
int dyson_spec_parse(const char *text, const char *name, dyson_spec **spec, dyson_error *error);
void dyson_spec_destroy(dyson_spec *spec);

/* The text the spec was parsed from, and the model it names. */
const char *dyson_spec_run_file(const dyson_spec *spec);
const struct dyson_model *dyson_spec_model(const dyson_spec *spec);

/* Values by section and key.  Asking for a key that is not in the tables, or by the wrong type, is
 * a defect of the caller: these abort with a message. */
bool dyson_spec_given(const dyson_spec *spec, const char *section, const char *name);
int64_t dyson_spec_integer(const dyson_spec *spec, const char *section, const char *name);
double dyson_spec_real(const dyson_spec *spec, const char *section, const char *name);
const char *dyson_spec_text(const dyson_spec *spec, const char *section, const char *name);
const double *dyson_spec_reals(const dyson_spec *spec, const char *section, const char *name,
                               size_t *count);

/* Matrices named by DYSON_MATRIX keys, row-major n x n.  dyson_spec_load reads them (local; serial
 * HDF5; errors: DYSON_NO_INPUT, and DYSON_BAD_DATA where not square, finite and symmetric to
 * 1e-12); dyson_spec_attach gives one from elsewhere (copied); dyson_spec_matrix returns NULL where
 * none. */
int dyson_spec_load(dyson_spec *spec, dyson_error *error);
void dyson_spec_attach(dyson_spec *spec, const char *section, const char *name, int n,
                       const double *matrix);
const double *dyson_spec_matrix(const dyson_spec *spec, const char *section, const char *name,
                                int *n);

/* The update numbers of the snapshots, ascending, [0, updates]. */
const int64_t *dyson_spec_snapshots(const dyson_spec *spec, size_t *count);

/* How many times a replica's weights are stored: 0, 1, or as often as there are snapshots. */
size_t dyson_spec_weight_sets(const dyson_spec *spec);

/* Points, 0 <= p < dyson_spec_points.  dyson_spec_point: the value of a point parameter (INTEGER
 * ones too, exactly) at point p.  dyson_spec_swept: the number of point parameters that the run's
 * sweep sections mention, and the i-th of their keys, in the order of the model's table. */
size_t dyson_spec_points(const dyson_spec *spec);
double dyson_spec_point(const dyson_spec *spec, size_t p, const char *name);
size_t dyson_spec_swept(const dyson_spec *spec);
const dyson_key *dyson_spec_swept_key(const dyson_spec *spec, size_t i);

/* A short label of point p for people: "learning_rate=0.1 batch_size=16". */
void dyson_spec_label(const dyson_spec *spec, size_t p, char *label, size_t size);

/* The stream key of point p: a 64-bit digest (dyson_random_digest) of the seed, the model's name
 * and the name and value of each point parameter that has no default or differs from it.  So a
 * point has the same streams in whatever run file it stands, and a parameter added to the program
 * later leaves them alone.  dyson_spec_parse refuses a run in which two points' keys collide. */
uint64_t dyson_spec_stream(const dyson_spec *spec, size_t p);

/* The stream keys that the points would have in a run of another model with the same point
 * parameters, into streams[dyson_spec_points]: so that a model can start where another one does. */
int dyson_spec_streams_as(const dyson_spec *spec, const char *model, uint64_t *streams,
                          dyson_error *error);

/* Writes one line "SECTION.KEY: A in NAME_A, B in NAME_B" per difference that changes a replica's
 * numbers or the file's layout into out[size]; returns the number of differences.  Comments, order
 * and white space do not count; nor does the order of sweep sections as long as the points agree.
 */
int dyson_spec_compare(const dyson_spec *a, const char *name_a, const dyson_spec *b,
                       const char *name_b, char *out, size_t size);

/* Help from the tables: all keys of a section (or of every section for NULL), or one key, as plain
 * text for a terminal or as the Markdown of docs/run-file.md, or roff for the man page.  Returns
 * the number of keys written. */
typedef enum dyson_help_form {
    DYSON_HELP_TEXT,
    DYSON_HELP_MARKDOWN,
    DYSON_HELP_ROFF
} dyson_help_form;
int dyson_spec_help(const char *section, const char *name, dyson_help_form form, char **out);

#endif
