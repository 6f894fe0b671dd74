/* spec_text_test.c: a run file's text edited by --set, compared with another, and damaged at
 * random. */
#include "spec_case.h"

#include "dyson/model.h"

#include <hdf5.h>
#include <inttypes.h>

/* ---- overrides ---- */

static void expect_edit(const char *text, const char *assignment, const char *expected)
{
    char *edited = overridden(text, assignment);
    assert_string_equal(edited, expected);
    free(edited);
}

static void override_replaces(void **state)
{
    (void)state;
    expect_edit("[a]\nx = 1\ny=2 ; two\n[b]\ny = 3\n", "a.y=5 6",
                "[a]\nx = 1\ny = 5 6 ; two\n[b]\ny = 3\n");
    expect_edit("[a]\nx = 1\n[b]\nx: 3", "b.x = 4", "[a]\nx = 1\n[b]\nx = 4");
    expect_edit("[a]\n x = 1\r\n", "a.x=2", "[a]\nx = 2\n");
    /* The lines that continued the old value go, and nothing else. */
    expect_edit("[a]\nx = 1\n  2\n\n ; note\n  3\ny = 1\n  4\n", "a.x=7",
                "[a]\nx = 7\n\n ; note\ny = 1\n  4\n");
    /* Of a repeated section the first; the parser refuses it anyway. */
    expect_edit("[a]\n[a]\nx = 1\n", "a.x=2", "[a]\nx = 2\n[a]\nx = 1\n");
    expect_edit("[sweep a.b]\nx = 1\n", "sweep a.b.x=2", "[sweep a.b]\nx = 2\n");
    expect_edit("[ sweep  a ]\nx = 1\n", "sweep a.x=2", "[ sweep  a ]\nx = 2\n");
}

static void override_adds(void **state)
{
    (void)state;
    expect_edit("[a]\nx = 1\n  2\n\n; on b\n[b]\n", "a.y=3",
                "[a]\nx = 1\n  2\ny = 3\n\n; on b\n[b]\n");
    expect_edit("[a]\nx = 1", "a.y=3", "[a]\nx = 1\ny = 3\n");
    expect_edit("[a]\nx = 1\n", "b c.y=3", "[a]\nx = 1\n\n[b c]\ny = 3\n");
    expect_edit("[a]", "b.y=3", "[a]\n\n[b]\ny = 3\n");
    expect_edit("", "b.y=3", "[b]\ny = 3\n");
}

static void override_refuses(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",           "seed",    "seed=3",          ".seed=3",   "a.=3", "a.b=",     "a.b= ",
        "a.b=1\n[c]", "[a].b=1", "a.b;=1",          "a.b\x01=1", "=1",   "a]\n.b=1", "a.b:c=1",
        "a.b=\xff\n", "#a.b=1",  "ensemble seed=1",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        dyson_error error = {0};
        char *text = strdup(BASE);
        assert_int_equal(dyson_spec_override(&text, wrong[i], &error), DYSON_USAGE);
        assert_non_null(strstr(error.text, "SECTION.KEY=VALUE"));
        assert_string_equal(text, BASE);
        free(text);
    }
}

/* 300 numbers go over lines that the parser takes. */
static void override_breaks_long_lists(void **state)
{
    (void)state;
    char assignment[4096] = "sweep batch-size.batch_size =", number[16];
    for (int i = 1; i <= 300; i++) {
        snprintf(number, sizeof number, " %d", 1000 + i);
        strcat(assignment, number);
    }
    char *text = overridden(BASE, assignment);
    dyson_spec *s = parse(text);
    assert_int_equal(dyson_spec_points(s), 306);
    assert_true(dyson_spec_point(s, 305, "batch_size") == 1300.0);
    dyson_spec_destroy(s);
    char *back = overridden(text, "sweep batch-size.batch_size=4 8 16 32 64");
    assert_string_equal(back, BASE);
    free(back);
    free(text);
}

static void override_then_parse(void **state)
{
    (void)state;
    char *text = overridden(BASE, "rbm.mass2=7.5");
    char *more = overridden(text, "ensemble.weights=all");
    dyson_spec *s = parse(more);
    assert_true(dyson_spec_real(s, "rbm", "mass2") == 7.5);
    assert_string_equal(dyson_spec_text(s, "ensemble", "weights"), "all");
    assert_string_equal(dyson_spec_run_file(s), more);
    dyson_spec_destroy(s);
    free(more);
    free(text);
}

/* ---- comparing ---- */

static int differences(const char *text_a, const char *text_b, char *out, size_t size)
{
    dyson_spec *a = parse(text_a), *b = parse(text_b);
    const int count = dyson_spec_compare(a, "A", b, "B", out, size);
    assert_int_equal(dyson_spec_compare(b, "B", a, "A", NULL, 0), count);
    char scratch[64];
    assert_int_equal(dyson_spec_compare(a, "A", a, "A", scratch, sizeof scratch), 0);
    assert_string_equal(scratch, "");
    dyson_spec_destroy(a);
    dyson_spec_destroy(b);
    return count;
}

static void expect_same(const char *from, const char *to)
{
    char out[4096], *text = replaced(BASE, from, to);
    if (differences(BASE, text, out, sizeof out) != 0)
        fail_msg("'%s' for '%s' is told as: %s", to, from, out);
    free(text);
}

static void expect_difference(const char *from, const char *to, const char *expected)
{
    char out[4096], *text = replaced(BASE, from, to);
    assert_int_equal(differences(BASE, text, out, sizeof out), 1);
    assert_string_equal(out, expected);
    free(text);
}

static void compare_same(void **state)
{
    (void)state;
    expect_same("# a comment", "; another");
    expect_same("# a comment", "first_replica = 0");
    expect_same("# a comment", "snapshots = 0 100000");
    expect_same("mass2   = 9.0", "sampler = auto\nmass2=0.9e1");
    expect_same("learning_rate = 0.01 0.02", "learning_rate = 1e-2 0.02 0.02");
    expect_same("learning_rate = 0.01 0.02 0.04 0.06 0.08 0.1\nbatch_size = 16",
                "batch_size = 16\nlearning_rate = 0.01 0.02 0.04\n  0.06 0.08 0.1");
    /* Sections in another order, the points in the same. */
    expect_same("[rbm]\nvisible = 10\nhidden  = 10\nmass2   = 9.0  ; mu^2\ntarget_mass2 = 4.0\n\n"
                "[sweep learning-rate]\n",
                "[sweep first]\nlearning_rate = 0.01\nbatch_size = 16\n"
                "[rbm]\nvisible = 10\nhidden  = 10\nmass2   = 9.0  ; mu^2\ntarget_mass2 = 4.0\n\n"
                "[sweep learning-rate]\n");
}

static void compare_different(void **state)
{
    (void)state;
    expect_difference("mass2   = 9.0", "mass2 = 9.5", "rbm.mass2: 9.0 in A, 9.5 in B\n");
    expect_difference("seed = 20240723", "seed = 3", "ensemble.seed: 20240723 in A, 3 in B\n");
    expect_difference("replicas = 7500", "replicas = 7501",
                      "ensemble.replicas: 7500 in A, 7501 in B\n");
    expect_difference("updates = 100000", "updates = 100001",
                      "ensemble.updates: 100000 in A, 100001 in B\n");
    expect_difference("# a comment", "snapshots = 5", "ensemble.snapshots: 1 in A, 5 in B\n");
    expect_difference("# a comment", "weights = all", "ensemble.weights: none in A, all in B\n");
    expect_difference("target_mass2 = 4.0", "schedule = exponential:7\ntarget_mass2 = 4.0",
                      "rbm.schedule: constant in A, exponential:7 in B\n");
    expect_difference("batch_size = 4 8", "momentum = 0\nbatch_size = 4 8",
                      "sweep.momentum: not swept in A, swept in B\n");
    expect_difference(
        "batch_size = 4 8", "batch_size = 8 4",
        "sweep.points: 10 in A, 10 in B; point 7 is learning_rate=0.1 batch_size=4 in "
        "A, learning_rate=0.1 batch_size=8 in B\n");
    expect_difference("32 64", "32",
                      "sweep.points: 10 in A, 9 in B; point 10 is learning_rate=0.1 batch_size=64 "
                      "in A, none in B\n");
    char out[4096];
    char *text = replaced(BASE, "target_mass2 = 4.0", "target_kernel = k.h5:/k");
    assert_int_equal(differences(BASE, text, out, sizeof out), 2);
    assert_non_null(strstr(out, "rbm.target_mass2: 4.0 in A, not given in B\n"));
    assert_non_null(strstr(out, "rbm.target_kernel: not given in A, k.h5:/k in B\n"));
    free(text);
}

/* Matrices count by what they hold, where that is known. */
static void compare_matrices(void **state)
{
    (void)state;
    char out[512], *text_a = replaced(BASE, "target_mass2 = 4.0", "target_kernel = a.h5:/k");
    char *text_b = replaced(BASE, "target_mass2 = 4.0", "target_kernel = b.h5:/k");
    dyson_spec *a = parse(text_a), *b = parse(text_b), *same = parse(text_a);
    const double one[4] = {1, 0, 0, 1}, two[4] = {2, 0, 0, 1};
    assert_int_equal(dyson_spec_compare(a, "A", b, "B", out, sizeof out), 1);
    dyson_spec_attach(a, "rbm", "target_kernel", 2, one);
    dyson_spec_attach(b, "rbm", "target_kernel", 2, one);
    dyson_spec_attach(same, "rbm", "target_kernel", 2, two);
    assert_int_equal(dyson_spec_compare(a, "A", b, "B", out, sizeof out), 0);
    assert_int_equal(dyson_spec_compare(a, "A", same, "B", out, sizeof out), 1);
    assert_string_equal(out,
                        "rbm.target_kernel: a.h5:/k in A, a.h5:/k with another content in B\n");
    dyson_spec_destroy(a);
    dyson_spec_destroy(b);
    dyson_spec_destroy(same);
    free(text_a);
    free(text_b);
}

/* ---- matrices ---- */

static void write_matrix(hid_t file, const char *name, hsize_t rows, hsize_t columns,
                         const double *data)
{
    hid_t space = H5Screate_simple(2, (hsize_t[]){rows, columns}, NULL);
    hid_t set =
        H5Dcreate2(file, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
    H5Dclose(set);
    H5Sclose(space);
}

/* Loads PATH:DATASET as the target's kernel; the code. */
static int load(const char *path, const char *dataset, dyson_spec **spec, dyson_error *error)
{
    char line[256];
    snprintf(line, sizeof line, "target_kernel = %s:%s", path, dataset);
    *spec = parse_replaced(BASE, "target_mass2 = 4.0", line);
    *error = (dyson_error){0};
    return dyson_spec_load(*spec, error);
}

static void expect_no_matrix(const char *path, const char *dataset, int code, const char *what)
{
    dyson_spec *spec;
    dyson_error error;
    assert_int_equal(load(path, dataset, &spec, &error), code);
    if (strncmp(error.text, "case.ini:11: [rbm] target_kernel = ", 35) != 0 ||
        strstr(error.text, what) == NULL)
        fail_msg("'%s' does not say '%s'", error.text, what);
    dyson_spec_destroy(spec);
}

static void matrices(void **state)
{
    (void)state;
    char path[] = "/tmp/dyson-matrix-XXXXXX";
    FILE *reserved = fdopen(mkstemp(path), "w");
    assert_non_null(reserved);
    fputs("text", reserved);
    fclose(reserved);
    expect_no_matrix(path, "/good", DYSON_BAD_DATA, "not an HDF5 file");
    const double good[4] = {2, 1, 1 + 1e-13, 3}, skew[4] = {2, 1, 1.1, 3},
                 nan[4] = {2, 0, 0, 0.0 / 0.0};
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    write_matrix(file, "good", 2, 2, good);
    write_matrix(file, "skew", 2, 2, skew);
    write_matrix(file, "nan", 2, 2, nan);
    write_matrix(file, "flat", 1, 4, good);
    H5Fclose(file);
    dyson_spec *spec;
    dyson_error error;
    assert_int_equal(load(path, "/good", &spec, &error), DYSON_OK);
    int n;
    const double *matrix = dyson_spec_matrix(spec, "rbm", "target_kernel", &n);
    assert_int_equal(n, 2);
    assert_true(matrix[0] == 2 && matrix[3] == 3 && matrix[1] == matrix[2]);
    dyson_spec_destroy(spec);
    expect_no_matrix(path, "/skew", DYSON_BAD_DATA, "symmetric to 1e-12");
    expect_no_matrix(path, "/nan", DYSON_BAD_DATA, "finite");
    expect_no_matrix(path, "/flat", DYSON_BAD_DATA, "square");
    expect_no_matrix(path, "/none", DYSON_NO_INPUT, "no such dataset");
    remove(path);
    expect_no_matrix(path, "/good", DYSON_NO_INPUT, "No such file");
}

/* ---- damage ---- */

/* xorshift64: any bytes do. */
static uint64_t noise(uint64_t *at)
{
    *at ^= *at << 13;
    *at ^= *at >> 7;
    *at ^= *at << 17;
    return *at;
}

/* Whatever the text: parsed, or refused in one line with the file's name. */
static void survive(const char *text)
{
    dyson_error error = {0};
    dyson_spec *spec = NULL;
    if (dyson_spec_parse(text, "case.ini", &spec, &error) == DYSON_OK) {
        assert_true(dyson_spec_points(spec) > 0);
        dyson_spec_destroy(spec);
        return;
    }
    assert_int_equal(error.code, DYSON_BAD_DATA);
    assert_null(spec);
    assert_int_equal(strncmp(error.text, "case.ini:", 9), 0);
    assert_null(strchr(error.text, '\n'));
}

static void truncations(void **state)
{
    (void)state;
    char text[] = BASE;
    for (size_t length = sizeof text - 1; length > 0; length--) {
        text[length] = '\0';
        survive(text);
    }
}

/* Bytes of the signs that mean something, and any others, put over and into a sound file. */
static void random_bytes(void **state)
{
    (void)state;
    static const char signs[] = "[]=:;#\n\n\r\t  ,.-+e0123456789ax\"\\\xc3\xa9\x01\xff";
    uint64_t at = 88172645463325252u;
    for (int trial = 0; trial < 20000; trial++) {
        char text[2 * sizeof BASE] = BASE;
        const int edits = 1 + (int)(noise(&at) % 8);
        for (int i = 0; i < edits; i++) {
            const size_t length = strlen(text), place = noise(&at) % length;
            const uint64_t draw = noise(&at);
            if (draw % 3 == 0) /* a sign goes in */
                memmove(text + place + 1, text + place, length + 1 - place);
            if (draw % 3 == 1) /* a piece goes out */
                memmove(text + place, text + place + (length - place) / 9,
                        length + 1 - place - (length - place) / 9);
            else
                text[place] = signs[noise(&at) % (sizeof signs - 1)];
        }
        survive(text);
        dyson_error error = {0};
        char *edited = strdup(text);
        assert_int_equal(dyson_spec_override(&edited, "rbm.mass2=3", &error), DYSON_OK);
        survive(edited);
        free(edited);
    }
}

static void nothing_but_noise(void **state)
{
    (void)state;
    uint64_t at = 362436069u;
    for (int trial = 0; trial < 5000; trial++) {
        char text[400];
        const size_t length = noise(&at) % (sizeof text - 1);
        for (size_t i = 0; i < length; i++)
            text[i] = (char)(1 + noise(&at) % (trial % 2 == 0 ? 255 : 126));
        text[length] = '\0';
        survive(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(override_replaces),
        cmocka_unit_test(override_adds),
        cmocka_unit_test(override_refuses),
        cmocka_unit_test(override_breaks_long_lists),
        cmocka_unit_test(override_then_parse),
        cmocka_unit_test(compare_same),
        cmocka_unit_test(compare_different),
        cmocka_unit_test(compare_matrices),
        cmocka_unit_test(matrices),
        cmocka_unit_test(truncations),
        cmocka_unit_test(random_bytes),
        cmocka_unit_test(nothing_but_noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
