/* json_test.c: what the JSON writer prints is JSON, and says what it was told. */
#include "base/json.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *text;
static size_t size;
static FILE *stream;

static json_writer begin(void)
{
    stream = open_memstream(&text, &size);
    assert_non_null(stream);
    return json_writer_on(stream);
}

static void expect(json_writer *json, const char *expected)
{
    assert_int_equal(json_writer_finish(json), 0);
    fclose(stream);
    assert_string_equal(text, expected);
    free(text);
}

static void objects_and_arrays_nest(void **state)
{
    (void)state;
    json_writer json = begin();
    json_object_begin(&json, NULL);
    json_integer(&json, "one", 1);
    json_array_begin(&json, "list");
    json_real(&json, NULL, 0.5);
    json_object_begin(&json, NULL);
    json_bool(&json, "yes", true);
    json_null(&json, "none");
    json_object_end(&json);
    json_array_end(&json);
    json_array_begin(&json, "empty");
    json_array_end(&json);
    json_object_begin(&json, "nothing");
    json_object_end(&json);
    json_object_end(&json);
    expect(&json, "{\n  \"one\": 1,\n  \"list\": [\n    0.5,\n    {\n      \"yes\": true,\n"
                  "      \"none\": null\n    }\n  ],\n  \"empty\": [],\n  \"nothing\": {}\n}\n");
}

static void text_is_escaped(void **state)
{
    (void)state;
    json_writer json = begin();
    json_text(&json, NULL, "a\"b\\c\n\t\r\b\f\x01\x7f/");
    expect(&json, "\"a\\\"b\\\\c\\n\\t\\r\\b\\f\\u0001\\u007f/\"\n");
}

static void utf8_stays_and_other_bytes_do_not(void **state)
{
    (void)state;
    json_writer json = begin();
    /* alpha; a lone continuation byte; a cut sequence; an overlong slash; a surrogate. */
    json_text(&json, NULL, "\xce\xb1 \x80 \xe2\x82 \xc0\xaf \xed\xa0\x80 \xf0\x9f\x98\x80");
    expect(&json, "\"\xce\xb1 \\ufffd \\ufffd\\ufffd \\ufffd\\ufffd \\ufffd\\ufffd\\ufffd "
                  "\xf0\x9f\x98\x80\"\n");
}

static void keys_are_escaped_and_missing_text_is_null(void **state)
{
    (void)state;
    json_writer json = begin();
    json_object_begin(&json, NULL);
    json_text(&json, "a\"b", NULL);
    json_object_end(&json);
    expect(&json, "{\n  \"a\\\"b\": null\n}\n");
}

static void reals_come_back_bit_for_bit(void **state)
{
    (void)state;
    const double reals[] = {0,     -0.0,      0.1,    1.0 / 3,
                            2.275, 1e300,     5e-324, -1.7976931348623157e308,
                            1e6,   123456789, 2e-5,   0.30000000000000004};
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
        json_writer json = begin();
        json_real(&json, NULL, reals[i]);
        assert_int_equal(json_writer_finish(&json), 0);
        fclose(stream);
        double back = strtod(text, NULL);
        assert_memory_equal(&back, &reals[i], sizeof back);
        free(text);
    }
}

static void numbers_that_are_none_are_null(void **state)
{
    (void)state;
    json_writer json = begin();
    json_array_begin(&json, NULL);
    json_real(&json, NULL, NAN);
    json_real(&json, NULL, INFINITY);
    json_real(&json, NULL, -INFINITY);
    json_integer(&json, NULL, INT64_MIN);
    json_array_end(&json);
    expect(&json, "[\n  null,\n  null,\n  null,\n  -9223372036854775808\n]\n");
}

static void a_full_device_is_noticed(void **state)
{
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    if (full == NULL)
        skip();
    json_writer json = json_writer_on(full);
    json_integer(&json, NULL, 1);
    assert_int_not_equal(json_writer_finish(&json), 0);
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_and_arrays_nest),
        cmocka_unit_test(text_is_escaped),
        cmocka_unit_test(utf8_stays_and_other_bytes_do_not),
        cmocka_unit_test(keys_are_escaped_and_missing_text_is_null),
        cmocka_unit_test(reals_come_back_bit_for_bit),
        cmocka_unit_test(numbers_that_are_none_are_null),
        cmocka_unit_test(a_full_device_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
