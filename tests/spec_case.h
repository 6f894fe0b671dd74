/* spec_case.h: run files for the tests of reading them. */
#ifndef DYSON_TESTS_SPEC_CASE_H
#define DYSON_TESTS_SPEC_CASE_H

#include "dyson/spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* 19 lines. */
#define BASE                                         \
    "[ensemble]\n"                                   \
    "model = rbm ; what\n"                           \
    "replicas = 7500\n"                              \
    "seed = 20240723\n"                              \
    "updates = 100000\n"                             \
    "# a comment\n"                                  \
    "[rbm]\n"                                        \
    "visible = 10\n"                                 \
    "hidden  = 10\n"                                 \
    "mass2   = 9.0  ; mu^2\n"                        \
    "target_mass2 = 4.0\n"                           \
    "\n"                                             \
    "[sweep learning-rate]\n"                        \
    "learning_rate = 0.01 0.02 0.04 0.06 0.08 0.1\n" \
    "batch_size = 16\n"                              \
    "\n"                                             \
    "[sweep batch-size]\n"                           \
    "learning_rate = 0.1\n"                          \
    "batch_size = 4 8 16 32 64\n"

/* Without sweeps. */
#define PLAIN                                                  \
    "[ensemble]\nmodel=rbm\nreplicas=3\nseed=1\nupdates=100\n" \
    "[rbm]\nvisible=2\nhidden=2\nmass2=9\ntarget_mass2=4\n"

static inline dyson_spec *parse(const char *text)
{
    dyson_error error = {0};
    dyson_spec *spec = NULL;
    if (dyson_spec_parse(text, "case.ini", &spec, &error) != DYSON_OK)
        fail_msg("refused: %s", error.text);
    assert_non_null(spec);
    return spec;
}

/* Refused as bad data, with the message beginning with `where` and holding `what`. */
static inline void refused(const char *text, const char *where, const char *what)
{
    dyson_error error = {0};
    dyson_spec *spec = NULL;
    const int code = dyson_spec_parse(text, "case.ini", &spec, &error);
    if (code == DYSON_OK)
        fail_msg("taken, although: %s %s", where, what);
    assert_int_equal(code, DYSON_BAD_DATA);
    assert_int_equal(error.code, DYSON_BAD_DATA);
    assert_null(spec);
    assert_null(strchr(error.text, '\n'));
    if (strncmp(error.text, where, strlen(where)) != 0 || strstr(error.text, what) == NULL)
        fail_msg("'%s' must begin with '%s' and say '%s'", error.text, where, what);
}

/* A new text, with the first `from` replaced by `to`. */
static inline char *replaced(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    if (at == NULL)
        fail_msg("no '%s' in the text", from);
    const size_t size = strlen(text) + strlen(to) + 1;
    char *out = malloc(size);
    assert_non_null(out);
    snprintf(out, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return out;
}

static inline dyson_spec *parse_replaced(const char *text, const char *from, const char *to)
{
    char *edited = replaced(text, from, to);
    dyson_spec *spec = parse(edited);
    free(edited);
    return spec;
}

/* The text with --set assignment. */
static inline char *overridden(const char *text, const char *assignment)
{
    dyson_error error = {0};
    char *edited = strdup(text);
    assert_non_null(edited);
    if (dyson_spec_override(&edited, assignment, &error) != DYSON_OK)
        fail_msg("refused: %s", error.text);
    return edited;
}

#endif
