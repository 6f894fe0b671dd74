/* json.h: writes one JSON document, value by value, for the `--json` output of commands.
 *
 *   json_writer json = json_writer_on(stdout);
 *   json_object_begin(&json, NULL);
 *   json_text(&json, "file", path);
 *   json_array_begin(&json, "points");
 *   json_real(&json, NULL, 0.1);
 *   json_array_end(&json);
 *   json_object_end(&json);
 *   if (json_writer_finish(&json) != 0) ...the stream has failed...
 *
 * Inside an object every value has a key, inside an array key is NULL.  Local; nothing is
 * allocated. */
#ifndef DYSON_BASE_JSON_H
#define DYSON_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_DEPTH_MAX 32

typedef struct json_writer {
    FILE *out;
    int depth;
    bool
        filled[JSON_DEPTH_MAX]; /* whether the open object or array of each depth has a value yet */
} json_writer;

json_writer json_writer_on(FILE *out);

/* Ends the line and flushes; returns non-zero if anything could not be written. */
int json_writer_finish(json_writer *json);

void json_object_begin(json_writer *json, const char *key);
void json_object_end(json_writer *json);
void json_array_begin(json_writer *json, const char *key);
void json_array_end(json_writer *json);

/* Text is UTF-8; a byte that is not becomes U+FFFD.  A NULL text is null. */
void json_text(json_writer *json, const char *key, const char *text);
void json_integer(json_writer *json, const char *key, int64_t number);
/* Seventeen digits at most, so that reading gives the same double back; NaN and infinities are
 * null. */
void json_real(json_writer *json, const char *key, double number);
void json_bool(json_writer *json, const char *key, bool value);
void json_null(json_writer *json, const char *key);

#endif
