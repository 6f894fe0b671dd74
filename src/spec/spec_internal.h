/* spec_internal.h: what the sources of src/spec/ share. */
#ifndef DYSON_SPEC_INTERNAL_H
#define DYSON_SPEC_INTERNAL_H

#include "dyson/model.h"
#include "dyson/spec.h"

#define SPEC_ALLOWED 256       /* room for a text of what is allowed */
#define SPEC_POINTS 1000000    /* more points than this are a mistake */
#define SPEC_SNAPSHOTS 1000000 /* likewise */

/* ---- a run file as it is written: document.c ---- */

/* A line's share of a value, without comments and blanks around it. */
typedef struct spec_piece {
    char *text;
    int line;
} spec_piece;

typedef struct spec_entry {
    char *name;
    int line;
    spec_piece *pieces;
    size_t count;
} spec_entry;

typedef struct spec_section {
    char *name; /* with single blanks between words */
    int line;
    spec_entry *entries;
    size_t count;
} spec_section;

typedef struct spec_document {
    const char *file; /* what messages call it; the caller's */
    spec_section *sections;
    size_t count;
} spec_document;

/* Sections and keys in their order, none repeated.  On failure, too, the document is to be
 * destroyed. */
int spec_document_read(const char *text, const char *file, spec_document *document,
                       dyson_error *error);
void spec_document_destroy(spec_document *document);
const spec_section *spec_document_section(const spec_document *document, const char *name);

/* The line of the first byte of text that is no text (a control character, or not UTF-8); 0 if
 * none. */
int spec_unprintable_line(const char *text);

/* array: address of a pointer to *count elements of `size` bytes.  One more, zeroed, at the end;
 * NULL when out of memory. */
void *spec_grow(void *array, size_t *count, size_t size);

static inline int spec_out_of_memory(dyson_error *error)
{
    return dyson_fail(error, DYSON_INTERNAL, "out of memory for the run file");
}

/* ---- keys: keys.c ---- */

extern const dyson_key spec_ensemble_keys[];
extern const size_t spec_ensemble_key_count;

/* The table of a section, "ensemble" or a model's name; NULL if there is none. */
const dyson_key *spec_keys(const char *section, size_t *count);
const dyson_key *spec_key_find(const dyson_key *keys, size_t count, const char *name);
/* The sweep's NAME in "sweep NAME", or NULL. */
const char *spec_sweep_name(const char *section);
/* The key that a section of the run file may have under this name; NULL, with a text of what is the
 * matter ("unknown key; ...") in why, if it may not.  model: where [sweep NAME] takes its keys
 * from. */
const dyson_key *spec_key_in_section(const char *section, const char *name,
                                     const dyson_model *model, char *why, size_t size);
/* ", did you mean X?" from the section names that exist, or "". */
void spec_suggest_section(const char *name, char *out, size_t size);

/* ---- values: value.c ---- */

typedef struct spec_value {
    const dyson_key *key;
    bool given;
    int line;        /* of the run file; 0 where it is the default */
    char *text;      /* as written, words separated by single blanks; NULL: none */
    double *numbers; /* INTEGER, REAL, REALS, and lists in [sweep NAME]: count of them */
    size_t count;
    int n; /* MATRIX: n x n, row-major; NULL until loaded or attached */
    double *matrix;
} spec_value;

/* From an entry; `list`: numbers in any number (a sweep).  Errors: DYSON_BAD_DATA with file and
 * line. */
int spec_value_parse(const dyson_key *key, const char *section, const spec_entry *entry, bool list,
                     const char *file, spec_value *value, dyson_error *error);
/* From the key's default. */
int spec_value_default(const dyson_key *key, spec_value *value, dyson_error *error);
void spec_value_destroy(spec_value *value);
/* Words of text with single blanks between; the caller frees. */
char *spec_value_normalise(const char *text);

/* What a key's value may be: "a whole number from 1 to 64".  list: in a [sweep NAME] section. */
void spec_value_allowed(const dyson_key *key, bool list, char *allowed, size_t size);
/* The shortest decimal form that reads back as the same number. */
void spec_format_number(double number, char *out, size_t size);
/* One whole word as a finite decimal number; false if it is none. */
bool spec_read_number(const char *word, size_t length, double *number);

/* ---- the spec ---- */

struct dyson_spec {
    char *text, *file;
    const dyson_model *model;
    spec_value *ensemble;   /* in the order of the ensemble's table */
    spec_value *parameters; /* in the order of the model's table */
    bool *swept;            /* likewise: a [sweep NAME] section mentions it */
    int64_t *snapshots;
    size_t snapshot_count;
    double *points; /* points x the model's keys; 0 in the columns of keys that are no point
                       parameters */
    size_t point_count;
    uint64_t *streams; /* points */
};

/* The value of a key; aborts with a message where there is no such key. */
const spec_value *spec_value_of(const dyson_spec *spec, const char *section, const char *name);

int spec_snapshots_fill(dyson_spec *spec, dyson_error *error);           /* snapshots.c */
int spec_snapshots_check(const char *value, char *allowed, size_t size); /* snapshots.c */
int spec_points_fill(dyson_spec *spec, const spec_document *document, dyson_error *error);
int spec_streams_fill(dyson_spec *spec, dyson_error *error);

#endif
