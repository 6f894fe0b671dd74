/* lines.h: the lines of a run file, as inih understands them, with their numbers and places.
 *
 * inih tells its handler neither the line nor whether a value goes on; both the reader that feeds
 * it and the editing of a run file's text need these, so one scanner says it for both. */
#ifndef DYSON_SPEC_LINES_H
#define DYSON_SPEC_LINES_H

#include <stdbool.h>
#include <stddef.h>

typedef enum line_kind {
    LINE_BLANK,        /* nothing, or a comment from its first sign on */
    LINE_SECTION,      /* [name] */
    LINE_KEY,          /* name = value */
    LINE_CONTINUATION, /* indented: the value of the key above goes on */
    LINE_BROKEN        /* none of these */
} line_kind;

typedef struct line {
    const char *start; /* length characters, without the line's end */
    size_t length;
    size_t whole; /* with the line's end */
    line_kind kind;
    int number;       /* from 1 */
    const char *name; /* SECTION, KEY: the name without blanks around it, name_length characters */
    size_t name_length; /* 0 otherwise */
} line;

/* Where the scanner is.  Start with {.at = text}. */
typedef struct line_scanner {
    const char *at;
    int number;
    bool key_open; /* a key of this section has been seen, so that an indented line continues it */
} line_scanner;

/* The next line; false at the text's end. */
bool line_next(line_scanner *scanner, line *found);

/* Blanks, as inih counts them. */
bool line_blank(char c);

/* Whether the name of a section, blanks around and between its words aside, is that of `section`.
 */
bool line_names(const line *found, const char *section);

#endif
