/* spec_test.c: values, snapshots, points and stream keys of run files. */
#include "spec_case.h"

#include "dyson/model.h"
#include "dyson/random.h"
#include "spec/spec_internal.h"

#include <inttypes.h>
#include <math.h>

static void values(void **state)
{
    (void)state;
    dyson_spec *s = parse(BASE);
    assert_string_equal(dyson_spec_run_file(s), BASE);
    assert_ptr_equal(dyson_spec_model(s), dyson_model_find("rbm"));
    assert_string_equal(dyson_spec_text(s, "ensemble", "model"), "rbm");
    assert_int_equal(dyson_spec_integer(s, "ensemble", "replicas"), 7500);
    assert_int_equal(dyson_spec_integer(s, "ensemble", "first_replica"), 0);
    assert_false(dyson_spec_given(s, "ensemble", "first_replica"));
    assert_true(dyson_spec_given(s, "ensemble", "seed"));
    assert_true(dyson_spec_real(s, "rbm", "mass2") == 9.0);
    assert_true(dyson_spec_real(s, "rbm", "sigma_h") == 1.0);
    assert_string_equal(dyson_spec_text(s, "rbm", "sampler"), "auto");
    assert_true(dyson_spec_given(s, "rbm", "target_mass2"));
    assert_false(dyson_spec_given(s, "rbm", "target_kernel"));
    int n = -1;
    assert_null(dyson_spec_matrix(s, "rbm", "target_kernel", &n));
    assert_int_equal(n, 0);
    dyson_spec_destroy(s);
    dyson_spec_destroy(NULL);
}

/* Whatever inih takes for the same: signs, blanks, carriage returns, a byte order mark, comments.
 */
static void forms(void **state)
{
    (void)state;
    dyson_spec *s =
        parse("\xEF\xBB\xBF[ ensemble ] # run\r\n model : rbm\r\nreplicas=1e3\r\n"
              "seed=9007199254740992 ;large\r\nupdates\t=\t 4294967295\r\nweights=last\r\n"
              "snapshots=\r\n ;none\r\n 0, 10,\t20 ; three\r\n\r\n   30\r\n"
              "[rbm]\r\nvisible=2\r\nhidden=2\r\nmass2=+.9e1\r\ntarget_mass2=4\r\n"
              "learning_rate=0.5\r\nbatch_size=8");
    assert_int_equal(dyson_spec_integer(s, "ensemble", "replicas"), 1000);
    assert_int_equal(dyson_spec_integer(s, "ensemble", "seed"), (int64_t)1 << 53);
    assert_int_equal(dyson_spec_integer(s, "ensemble", "updates"), 4294967295);
    assert_true(dyson_spec_real(s, "rbm", "mass2") == 9.0);
    assert_string_equal(dyson_spec_text(s, "ensemble", "snapshots"), "0, 10, 20 30");
    assert_int_equal(dyson_spec_points(s), 1);
    size_t count;
    assert_int_equal(dyson_spec_snapshots(s, &count)[3], 30);
    assert_int_equal(count, 4);
    dyson_spec_destroy(s);
}

/* REALS, which no model's table has to have. */
static void lists_of_numbers(void **state)
{
    (void)state;
    const dyson_key key = {.section = "x",
                           .name = "list",
                           .type = DYSON_REALS,
                           .fallback = "1 2",
                           .low = -1,
                           .high = 5,
                           .form = "",
                           .unit = "dimensionless",
                           .symbol = "",
                           .text = ""};
    spec_piece pieces[] = {{(char[]){"1, -1 ,"}, 3}, {(char[]){"5 -0"}, 4}};
    const spec_entry entry = {(char[]){"list"}, 3, pieces, 2};
    spec_value value;
    dyson_error error = {0};
    assert_int_equal(spec_value_parse(&key, "x", &entry, false, "f", &value, &error), DYSON_OK);
    assert_int_equal(value.count, 4);
    assert_true(value.numbers[1] == -1.0 && value.numbers[2] == 5.0);
    assert_false(signbit(value.numbers[3]));
    spec_value_destroy(&value);
    assert_int_equal(spec_value_default(&key, &value, &error), DYSON_OK);
    assert_int_equal(value.count, 2);
    assert_false(value.given);
    spec_value_destroy(&value);
    pieces[1].text = (char[]){"5.1"};
    assert_int_equal(spec_value_parse(&key, "x", &entry, false, "f", &value, &error),
                     DYSON_BAD_DATA);
    assert_non_null(
        strstr(error.text, "f:4: [x] list = 5.1: must be one or more numbers from -1 to 5"));
    spec_value_destroy(&value);
}

/* ---- snapshots ---- */

static void expect_snapshots(const char *line, const int64_t *expected, size_t count)
{
    size_t found;
    dyson_spec *s = parse_replaced(BASE, "# a comment", line);
    const int64_t *updates = dyson_spec_snapshots(s, &found);
    assert_int_equal(found, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(updates[i], expected[i]);
    dyson_spec_destroy(s);
}

#define EXPECT(line, ...)                                  \
    expect_snapshots(line, (const int64_t[]){__VA_ARGS__}, \
                     sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

static void snapshots(void **state)
{
    (void)state;
    EXPECT("", 0, 100000);
    EXPECT("snapshots = 5", 0, 20000, 40000, 60000, 80000, 100000);
    EXPECT("snapshots = 3", 0, 33333, 66666, 100000);
    EXPECT("snapshots = 5 100", 5, 100);
    EXPECT("snapshots = 0 1\n  2\n  100000", 0, 1, 2, 100000);
    EXPECT("snapshots = log:6", 0, 1, 10, 100, 1000, 10000, 100000);
    EXPECT("snapshots = log:2", 0, 1, 100000);
    EXPECT("snapshots = log:1", 0, 100000);
    /* 10^(i/4): 1, 1.78, 3.16, 5.62, 10 */
    dyson_spec *s = parse_replaced(PLAIN "learning_rate=1\nbatch_size=1\n", "updates=100",
                                   "updates=10\nsnapshots=log:5");
    size_t count;
    const int64_t *u = dyson_spec_snapshots(s, &count);
    const int64_t expected[] = {0, 1, 2, 3, 6, 10};
    assert_int_equal(count, 6);
    assert_memory_equal(u, expected, sizeof expected);
    dyson_spec_destroy(s);
}

/* More than there are updates: each once, in order, from 0 to the last. */
static void snapshots_crowded(void **state)
{
    (void)state;
    dyson_spec *s = parse_replaced(PLAIN "learning_rate=1\nbatch_size=1\n", "updates=100",
                                   "updates=100\nsnapshots=log:5000");
    size_t count;
    const int64_t *u = dyson_spec_snapshots(s, &count);
    assert_int_equal(count, 101);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(u[i], i);
    dyson_spec_destroy(s);
}

/* ---- points ---- */

static void expect_point(const dyson_spec *s, size_t p, double rate, double batch)
{
    assert_true(dyson_spec_point(s, p, "learning_rate") == rate);
    assert_true(dyson_spec_point(s, p, "batch_size") == batch);
    assert_true(dyson_spec_point(s, p, "momentum") == 0.0);
}

static void union_of_products(void **state)
{
    (void)state;
    dyson_spec *s = parse(BASE);
    assert_int_equal(dyson_spec_points(s), 10); /* 6 + 5, and (0.1, 16) in both */
    expect_point(s, 0, 0.01, 16);
    expect_point(s, 5, 0.1, 16);
    expect_point(s, 6, 0.1, 4);
    expect_point(s, 9, 0.1, 64);
    assert_int_equal(dyson_spec_swept(s), 2);
    assert_string_equal(dyson_spec_swept_key(s, 0)->name, "learning_rate");
    assert_string_equal(dyson_spec_swept_key(s, 1)->name, "batch_size");
    assert_null(dyson_spec_swept_key(s, 2));
    char label[100];
    dyson_spec_label(s, 6, label, sizeof label);
    assert_string_equal(label, "learning_rate=0.1 batch_size=4");
    dyson_spec_label(s, 6, label, 10);
    assert_string_equal(label, "learning_");
    dyson_spec_destroy(s);
}

static void values_from_elsewhere(void **state)
{
    (void)state;
    dyson_spec *s = parse(PLAIN "learning_rate = 0.5\nbatch_size = 2\nl2 = 0.25\n"
                                "[sweep a]\nbatch_size = 4 8\nmomentum = 0.5 0.9\n"
                                "[sweep b]\nlearning_rate = 1 0.5 0.5 5e-1\n");
    /* a: (0.5, 4, 0.5), (0.5, 4, 0.9), (0.5, 8, 0.5), (0.5, 8, 0.9); b: (1, 2, 0), (0.5, 2, 0) */
    assert_int_equal(dyson_spec_points(s), 6);
    assert_true(dyson_spec_point(s, 1, "batch_size") == 4.0);
    assert_true(dyson_spec_point(s, 1, "momentum") == 0.9);
    expect_point(s, 4, 1.0, 2);
    expect_point(s, 5, 0.5, 2);
    for (size_t p = 0; p < 6; p++)
        assert_true(dyson_spec_point(s, p, "l2") == 0.25);
    char label[100];
    dyson_spec_label(s, 5, label, sizeof label);
    assert_string_equal(label, "learning_rate=0.5 batch_size=2 momentum=0 l2=0.25");
    dyson_spec_destroy(s);
}

/* A list of 300 numbers on indented lines arrives whole. */
static void long_list(void **state)
{
    (void)state;
    char text[8192] = PLAIN "batch_size = 2\n[sweep long]\nlearning_rate =";
    for (int i = 1; i <= 300; i++) {
        char number[32];
        snprintf(number, sizeof number, "%s%d.25", i % 17 == 1 ? "\n    " : " ", i);
        strcat(text, number);
    }
    dyson_spec *s = parse(text);
    assert_int_equal(dyson_spec_points(s), 300);
    for (size_t p = 0; p < 300; p++)
        assert_true(dyson_spec_point(s, p, "learning_rate") == (double)(p + 1) + 0.25);
    dyson_spec_destroy(s);
}

/* ---- stream keys ---- */

static void stream_is_a_digest(void **state)
{
    (void)state;
    static const char bytes[] = "dyson-point\nseed=20240723\nmodel=rbm\n"
                                "batch_size=4030000000000000\nlearning_rate=3f847ae147ae147b\n";
    dyson_spec *s = parse(BASE);
    assert_true(dyson_spec_stream(s, 0) == dyson_random_digest(bytes, sizeof bytes - 1));
    /* Files of earlier versions are gone on with: these never change. */
    assert_true(dyson_spec_stream(s, 0) == UINT64_C(0xf33f3fdcb7e7b000));
    assert_true(dyson_spec_stream(s, 9) == UINT64_C(0x8cadbb6ad6021188));
    dyson_spec_destroy(s);
}

/* The same point has the same stream in whatever run file, and a default spelt out changes nothing.
 */
static void stream_is_the_points(void **state)
{
    (void)state;
    dyson_spec *a = parse(BASE);
    char *text =
        replaced(BASE, "learning_rate = 0.01 0.02", "momentum = 0\nlearning_rate = 1e-1 0.3");
    char *other = replaced(text, "visible = 10", "visible = 12");
    char *seeded = replaced(text, "seed = 20240723", "seed = 20240724");
    char *moved = replaced(text, "momentum = 0", "momentum = 0.5");
    dyson_spec *b = parse(other), *c = parse(seeded), *d = parse(moved);
    assert_true(dyson_spec_stream(b, 0) == dyson_spec_stream(a, 5));
    assert_true(dyson_spec_stream(c, 0) != dyson_spec_stream(a, 5));
    assert_true(dyson_spec_stream(d, 0) != dyson_spec_stream(a, 5));
    dyson_spec_destroy(a);
    dyson_spec_destroy(b);
    dyson_spec_destroy(c);
    dyson_spec_destroy(d);
    free(text);
    free(other);
    free(seeded);
    free(moved);
}

static int by_stream(const void *a, const void *b)
{
    const uint64_t p = *(const uint64_t *)a, q = *(const uint64_t *)b;
    return p < q ? -1 : p > q;
}

/* 200 x 200 x 3 points of two seeds: 240000 keys, all distinct.  (By chance two of 64 bits would
 * agree once in 6e8 such tests.) */
static void no_streams_shared(void **state)
{
    (void)state;
    char text[16384], number[32];
    const size_t each = 120000;
    uint64_t *keys = malloc(2 * each * sizeof *keys);
    assert_non_null(keys);
    for (int seed = 1; seed <= 2; seed++) {
        snprintf(text, sizeof text, "%s", PLAIN "[sweep s]\nmomentum = 0 0.5 0.9\nlearning_rate =");
        text[strcspn(text, "1")] = (char)('0' + seed); /* seed=1 is the first 1 */
        for (int i = 1; i <= 400; i++) {
            if (i == 201)
                strcat(text, "\nbatch_size =");
            const int value = i <= 200 ? i : i - 200;
            snprintf(number, sizeof number, "%s%d", i % 25 == 0 ? "\n " : " ", value);
            strcat(text, number);
        }
        dyson_spec *s = parse(text);
        assert_int_equal(dyson_spec_integer(s, "ensemble", "seed"), seed);
        assert_int_equal(dyson_spec_points(s), each);
        for (size_t p = 0; p < each; p++)
            keys[(size_t)(seed - 1) * each + p] = dyson_spec_stream(s, p);
        dyson_spec_destroy(s);
    }
    qsort(keys, 2 * each, sizeof *keys, by_stream);
    for (size_t i = 1; i < 2 * each; i++)
        assert_true(keys[i] != keys[i - 1]);
    free(keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(forms),
        cmocka_unit_test(lists_of_numbers),
        cmocka_unit_test(snapshots),
        cmocka_unit_test(snapshots_crowded),
        cmocka_unit_test(union_of_products),
        cmocka_unit_test(values_from_elsewhere),
        cmocka_unit_test(long_list),
        cmocka_unit_test(stream_is_a_digest),
        cmocka_unit_test(stream_is_the_points),
        cmocka_unit_test(no_streams_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
