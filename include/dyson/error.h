/* error.h: how every function of this library reports failure.
 *
 * A function that can fail returns 0 or one of the exit codes below and, when it fails, has put one
 * clear line (what, where, what is allowed) into its last argument.  Failures travel on three
 * paths:
 *   local       seen by the calling rank alone: dyson_fail, here;
 *   root        seen by rank 0, which did the work for all: dyson_share, in collective.h;
 *   collective  possibly seen by some ranks only: dyson_agree, in collective.h.
 * No function ends the process, and no rank acts on a local failure of a collective step before the
 * others know of it.
 */
#ifndef DYSON_ERROR_H
#define DYSON_ERROR_H

/* Exit codes of the program (sysexits.h), and return values of the library. */
enum dyson_code {
    DYSON_OK = 0,
    DYSON_USAGE = 64,    /* wrong usage of the command line */
    DYSON_BAD_DATA = 65, /* bad run file or data, or other parameters than the existing file's */
    DYSON_NO_INPUT = 66, /* an input is missing or cannot be read */
    DYSON_INTERNAL = 70, /* a defect of this program, or out of memory */
    DYSON_CANNOT_CREATE = 73, /* the output cannot be created */
    DYSON_IO = 74,            /* reading or writing failed: disk full, lost file system */
    DYSON_STOPPED = 75 /* stopped early by a signal or --max-time; go on with the same command */
};

#define DYSON_ERROR_TEXT 1024

/* Zero-initialised before use: `dyson_error error = {0};` */
typedef struct dyson_error {
    int code;                    /* 0 or an enum dyson_code */
    char text[DYSON_ERROR_TEXT]; /* one line, no newline; empty when code is 0 */
} dyson_error;

/* Fills error (an earlier failure in it is kept: the first cause is the one reported); returns the
 * code. */
int dyson_fail(dyson_error *error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
