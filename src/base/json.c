/* json.c: RFC 8259 text, two blanks of indentation per depth. */
#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

json_writer json_writer_on(FILE *out)
{
    return (json_writer){.out = out};
}

int json_writer_finish(json_writer *json)
{
    fputc('\n', json->out);
    return fflush(json->out) != 0 || ferror(json->out);
}

static void new_line(json_writer *json)
{
    fprintf(json->out, "\n%*s", 2 * json->depth, "");
}

/* The length of the UTF-8 sequence at s, or 0 where there is none. */
static size_t sequence_length(const unsigned char *s)
{
    size_t length = s[0] < 0x80                   ? 1
                    : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
                    : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
                    : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
                                                  : 0;
    for (size_t i = 1; i < length; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
    bool surrogate = s[0] == 0xed && s[1] >= 0xa0;
    bool beyond = s[0] == 0xf4 && s[1] >= 0x90;
    return overlong || surrogate || beyond ? 0 : length;
}

static void put_escaped(FILE *out, const char *text)
{
    static const char plain[] = "\"\\\b\f\n\r\t", letter[] = "\"\\bfnrt";
    fputc('"', out);
    for (const unsigned char *s = (const unsigned char *)text; *s != '\0';) {
        const char *special = strchr(plain, *s);
        size_t length = sequence_length(s);
        if (special != NULL)
            fprintf(out, "\\%c", letter[special - plain]);
        else if (*s < 0x20 || *s == 0x7f)
            fprintf(out, "\\u%04x", *s);
        else if (length == 0)
            fputs("\\ufffd", out);
        else
            fwrite(s, 1, length, out);
        s += length == 0 ? 1 : length;
    }
    fputc('"', out);
}

/* What precedes every value: the comma after its neighbour, its line and its key. */
static void begin_value(json_writer *json, const char *key)
{
    if (json->depth > 0) {
        if (json->filled[json->depth])
            fputc(',', json->out);
        json->filled[json->depth] = true;
        new_line(json);
    }
    if (key != NULL) {
        put_escaped(json->out, key);
        fputs(": ", json->out);
    }
}

static void begin_nested(json_writer *json, const char *key, char bracket)
{
    begin_value(json, key);
    fputc(bracket, json->out);
    if (json->depth + 1 >= JSON_DEPTH_MAX) {
        fputs("json_writer: nested too deeply\n", stderr);
        abort();
    }
    json->filled[++json->depth] = false;
}

static void end_nested(json_writer *json, char bracket)
{
    bool filled = json->filled[json->depth--];
    if (filled)
        new_line(json);
    fputc(bracket, json->out);
}

void json_object_begin(json_writer *json, const char *key)
{
    begin_nested(json, key, '{');
}

void json_object_end(json_writer *json)
{
    end_nested(json, '}');
}

void json_array_begin(json_writer *json, const char *key)
{
    begin_nested(json, key, '[');
}

void json_array_end(json_writer *json)
{
    end_nested(json, ']');
}

void json_text(json_writer *json, const char *key, const char *text)
{
    begin_value(json, key);
    if (text == NULL)
        fputs("null", json->out);
    else
        put_escaped(json->out, text);
}

void json_integer(json_writer *json, const char *key, int64_t number)
{
    begin_value(json, key);
    fprintf(json->out, "%" PRId64, number);
}

void json_real(json_writer *json, const char *key, double number)
{
    char digits[32];
    begin_value(json, key);
    if (!isfinite(number)) {
        fputs("null", json->out);
        return;
    }
    for (int precision = 6; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, number);
        if (strtod(digits, NULL) == number)
            break;
    }
    fputs(digits, json->out);
}

void json_bool(json_writer *json, const char *key, bool value)
{
    begin_value(json, key);
    fputs(value ? "true" : "false", json->out);
}

void json_null(json_writer *json, const char *key)
{
    begin_value(json, key);
    fputs("null", json->out);
}
