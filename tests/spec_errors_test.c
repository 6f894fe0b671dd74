/* spec_errors_test.c: everything that may be wrong in a run file is refused, at its line, with what
 * is allowed. */
#include "spec_case.h"

typedef struct wrong {
    const char *from, *to; /* edits BASE */
    const char *where, *what;
} wrong;

static void check(const wrong *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *text = replaced(BASE, cases[i].from, cases[i].to);
        refused(text, cases[i].where, cases[i].what);
        free(text);
    }
}

#define CHECK(cases) check(cases, sizeof(cases) / sizeof((cases)[0]))

static void values(void **state)
{
    (void)state;
    static const wrong cases[] = {
        {"mass2   = 9.0", "mass2 = -1", "case.ini:10: [rbm] mass2 = -1: ", "must be a number > 0"},
        {"mass2   = 9.0", "mass2 = 0", "case.ini:10: ", "> 0"},
        {"mass2   = 9.0", "mass2 = -0", "case.ini:10: ", "> 0"},
        {"mass2   = 9.0", "mass2 = nine", "case.ini:10: [rbm] mass2 = nine: ", "a number"},
        {"mass2   = 9.0", "mass2 = 0x10", "case.ini:10: ", "a number"},
        {"mass2   = 9.0", "mass2 = inf", "case.ini:10: ", "a number"},
        {"mass2   = 9.0", "mass2 = nan", "case.ini:10: ", "a number"},
        {"mass2   = 9.0", "mass2 = 1e999", "case.ini:10: ", "a number"},
        {"mass2   = 9.0", "mass2 = 9,0", "case.ini:10: ", "a number"},
        {"mass2   = 9.0", "mass2 = 9.0.0", "case.ini:10: ", "a number"},
        {"mass2   = 9.0", "mass2 = 9 10", "case.ini:10: [rbm] mass2 = 9 10: ", "a number"},
        {"mass2   = 9.0", "mass2 =", "case.ini:10: [rbm] mass2 has no value: ", "a number > 0"},
        {"visible = 10", "visible = 10.5", "case.ini:8: [rbm] visible = 10.5: ", "whole number"},
        {"visible = 10", "visible = 32769", "case.ini:8: ", "from 1 to 32768"},
        {"visible = 10", "visible = 0", "case.ini:8: ", "from 1 to 32768"},
        {"replicas = 7500", "replicas = 0", "case.ini:3: ", "from 1 to 2^53"},
        {"replicas = 7500", "replicas = 9007199254740994", "case.ini:3: ", "from 1 to 2^53"},
        {"updates = 100000", "updates = 4294967296", "case.ini:5: ", "from 1 to 4294967295"},
        {"updates = 100000", "updates = 0", "case.ini:5: ", "from 1 to"},
        {"seed = 20240723", "seed = -1", "case.ini:4: ", "from 0 to 2^53"},
        {"seed = 20240723", "seed = 1 # one", "case.ini:4: ", "whole number"},
        {"model = rbm", "model = rmb", "case.ini:2: [ensemble] model = rmb: ", "rbm"},
        {"# a comment", "weights = some",
         "case.ini:6: [ensemble] weights = some: ", "none | last | all"},
        {"# a comment", "weights = none | last", "case.ini:6: ", "none | last | all"},
        {"# a comment", "weights = |", "case.ini:6: ", "none | last | all"},
        {"# a comment", "first_replica = 1.5", "case.ini:6: ", "whole number from 0"},
        {"batch_size = 16", "batch_size = 16 0",
         "case.ini:15: [sweep learning-rate] batch_size = 0", "one or more whole numbers from 1"},
        {"batch_size = 16", "batch_size = 16 1.5", "case.ini:15: ", "whole numbers"},
        {"batch_size = 16", "batch_size = 16,,8", "case.ini:15: ", "whole numbers"},
        {"batch_size = 16", "batch_size = ,16", "case.ini:15: ", "whole numbers"},
        {"batch_size = 16", "batch_size =\n  4\n\n  x", "case.ini:18: [sweep learning-rate] ",
         "whole numbers"},
        {"target_mass2 = 4.0", "target_kernel = k.h5", "case.ini:11: ", "FILE.h5:/dataset"},
        {"target_mass2 = 4.0", "target_kernel = k.h5:/", "case.ini:11: ", "FILE.h5:/dataset"},
        {"target_mass2 = 4.0", "target_kernel = :/k", "case.ini:11: ", "FILE.h5:/dataset"},
        {"target_mass2 = 4.0", "schedule = exponential", "case.ini:11: ", "exponential:TAU"},
        {"target_mass2 = 4.0", "learning_rate = 1 2", "case.ini:11: ", "[sweep NAME]"},
    };
    CHECK(cases);
}

static void names(void **state)
{
    (void)state;
    static const wrong cases[] = {
        {"mass2 ", "mas2 ", "case.ini:10: [rbm] mas2: unknown key", "did you mean mass2?"},
        {"seed ", "sede ", "case.ini:4: [ensemble] sede: unknown key", "did you mean seed?"},
        {"# a comment", "threads = 2", "case.ini:6: ", "unknown key"},
        {"# a comment", "quux = 2", "case.ini:6: ", "one of model replicas first_replica seed"},
        {"# a comment", "mass2 = 2", "case.ini:6: [ensemble] mass2: ", "must stand in [rbm]"},
        {"target_mass2 = 4.0", "seed = 4", "case.ini:11: [rbm] seed: ", "must stand in [ensemble]"},
        {"# a comment", "= 2", "case.ini:6: ", "must be"},
        {"batch_size = 16", "batchsize = 16", "case.ini:15: ", "did you mean batch_size?"},
        {"batch_size = 16", "mass2 = 9",
         "case.ini:15: [sweep learning-rate] mass2: cannot be swept", "learning_rate batch_size"},
        {"[rbm]", "[rmb]", "case.ini:7: unknown section [rmb]", "did you mean [rbm]?"},
        {"[ensemble]", "[ensembel]", "case.ini:1: unknown section", "did you mean [ensemble]?"},
        {"[sweep batch-size]", "[sweep]", "case.ini:17: [sweep]", "[sweep NAME]"},
        {"[sweep batch-size]", "[sweeps]", "case.ini:17: ", "[sweep NAME]"},
        {"[sweep batch-size]", "[]", "case.ini:17: ", "[sweep NAME]"},
        {"[sweep batch-size]", "[teacher]\n[sweep batch-size]", "case.ini:17: ", "[rbm]"},
    };
    CHECK(cases);
}

static void missing(void **state)
{
    (void)state;
    static const wrong cases[] = {
        {"model = rbm ; what\n", "", "case.ini:1: [ensemble] model is missing", "name of a model"},
        {"updates = 100000\n", "", "case.ini:1: [ensemble] updates is missing", "whole number"},
        {"visible = 10\n", "", "case.ini:7: [rbm] visible is missing", "from 1 to 32768"},
        {"learning_rate = 0.1\n", "", "case.ini:17: [sweep batch-size] learning_rate is missing",
         "in [rbm]"},
        {"learning_rate = 0.1\nbatch_size = 4 8 16 32 64\n", "", "case.ini:17: ", "is empty"},
        {"[sweep learning-rate]\nlearning_rate = 0.01 0.02 0.04 0.06 0.08 0.1\nbatch_size = 16\n\n"
         "[sweep batch-size]\nlearning_rate = 0.1\nbatch_size = 4 8 16 32 64\n",
         "", "case.ini: learning_rate is missing", "in [rbm], or a list in [sweep NAME]"},
    };
    CHECK(cases);
    refused("", "case.ini: section [ensemble] is missing", "model");
    refused("\n; nothing\n", "case.ini: section [ensemble] is missing", "model");
    refused("[ensemble]\nmodel=rbm\nreplicas=1\nseed=1\nupdates=1\n",
            "case.ini: section [rbm] is missing", "visible");
}

static void repeated(void **state)
{
    (void)state;
    static const wrong cases[] = {
        {"# a comment", "seed = 20240723", "case.ini:6: [ensemble] seed stands here again",
         "at line 4"},
        {"# a comment", "seed: 1", "case.ini:6: [ensemble] seed stands here again", "at line 4"},
        {"[sweep batch-size]", "[rbm]", "case.ini:17: [rbm] stands here again", "begun at line 7"},
        {"[sweep batch-size]", "[ sweep   learning-rate ]", "case.ini:17: [sweep learning-rate]",
         "begun at line 13"},
    };
    CHECK(cases);
}

static void lines(void **state)
{
    (void)state;
    static const wrong cases[] = {
        {"# a comment", "quantum", "case.ini:6: 'quantum", "key = value"},
        {"# a comment", "quantum ; = 2", "case.ini:6: ", "key = value"},
        {"[rbm]", "[rbm", "case.ini:7: '[rbm", "[section]"},
        {"[rbm]", "[rbm] visible = 3", "case.ini:7: ", "[section]"},
        {"[ensemble]", "seed = 4\n[ensemble]", "case.ini:1: seed stands before", "[ensemble]"},
        {"batch_size = 16", "batch_size = 16\x01", "case.ini:15: ", "UTF-8"},
        {"; what", "; \xc3\x28", "case.ini:2: ", "UTF-8"},
        {"; what", "; \xed\xa0\x80", "case.ini:2: ", "UTF-8"},
        {"; what", "; \xff", "case.ini:2: ", "UTF-8"},
        /* An indented key is a value that goes on: said, rather than taken for a number. */
        {"hidden  = 10", "  hidden = 10", "case.ini:9: [rbm] visible = hidden = 10",
         "an indented line goes on"},
        {"batch_size = 16", " batch_size = 16", "case.ini:15: [sweep learning-rate] learning_rate",
         "an indented line goes on"},
        {"model = rbm ; what\n", "model = rbm\n  seed = 2\n", "case.ini:2: ", "an indented line"},
    };
    CHECK(cases);
}

/* inih would cut these without a word. */
static void long_lines(void **state)
{
    (void)state;
    char longest[199], line[400];
    memset(longest, 'x', sizeof longest - 1);
    longest[0] = ';';
    longest[sizeof longest - 1] = '\0';
    dyson_spec_destroy(parse_replaced(BASE, "# a comment", longest));
    snprintf(line, sizeof line, "%sx", longest);
    char *text = replaced(BASE, "# a comment", line);
    refused(text, "case.ini:6: this line has 199 characters", "at most 198");
    free(text);
    strcpy(line, "batch_size =");
    for (int i = 0; i < 70; i++)
        strcat(line, " 16");
    text = replaced(BASE, "batch_size = 16", line);
    refused(text, "case.ini:15: this line has 222 characters", "indented lines");
    free(text);
    /* The last line, without a newline. */
    text = replaced(BASE ";end", ";end", longest);
    dyson_spec_destroy(parse(text));
    free(text);
    text = replaced(BASE ";end", ";end", line);
    refused(text, "case.ini:20: this line has 222 characters", "at most 198");
    free(text);
}

static void snapshots(void **state)
{
    (void)state;
    static const wrong cases[] = {
        {"# a comment", "snapshots = 0", "case.ini:6: [ensemble] snapshots = 0", "N from 1 to"},
        {"# a comment", "snapshots = 1000000", "case.ini:6: ", "N from 1 to 999999"},
        {"# a comment", "snapshots = 100001", "case.ini:6: ", "updates = 100000"},
        {"# a comment", "snapshots = 0 100001", "case.ini:6: ", "updates = 100000"},
        {"# a comment", "snapshots = 0 5 5", "case.ini:6: ", "ascending"},
        {"# a comment", "snapshots = 0 5 4", "case.ini:6: ", "4 follows 5"},
        {"# a comment", "snapshots = -1 5", "case.ini:6: ", "whole numbers, not '-1'"},
        {"# a comment", "snapshots = 0 1.5", "case.ini:6: ", "whole numbers, not '1.5'"},
        {"# a comment", "snapshots = log:", "case.ini:6: ", "log:N"},
        {"# a comment", "snapshots = log:0", "case.ini:6: ", "N from 1"},
        {"# a comment", "snapshots = log:3 4", "case.ini:6: ", "log:N"},
        {"# a comment", "snapshots = often", "case.ini:6: ", "not 'often'"},
    };
    CHECK(cases);
}

/* Three lists of 150 numbers are more than a million points. */
static void too_many_points(void **state)
{
    (void)state;
    char text[16384] = PLAIN "[sweep large]\n";
    static const char *const keys[] = {"learning_rate", "batch_size", "l2"};
    for (int k = 0; k < 3; k++) {
        strcat(text, keys[k]);
        strcat(text, " =");
        for (int i = 1; i <= 150; i++) {
            char number[24];
            snprintf(number, sizeof number, "%s %d", i % 20 == 0 ? "\n " : "", i);
            strcat(text, number);
        }
        strcat(text, "\n");
    }
    refused(text, "case.ini:11: [sweep large]", "1000000 points");
}

static void files(void **state)
{
    (void)state;
    dyson_error error = {0};
    char *text = NULL, path[] = "/tmp/dyson-spec-XXXXXX";
    assert_int_equal(dyson_spec_read("/nonexistent/run.ini", &text, &error), DYSON_NO_INPUT);
    assert_non_null(strstr(error.text, "/nonexistent/run.ini"));
    assert_null(text);
    error = (dyson_error){0};
    assert_int_equal(dyson_spec_read("/tmp", &text, &error), DYSON_NO_INPUT);
    const int descriptor = mkstemp(path);
    FILE *file = fdopen(descriptor, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite("\x89HDF\0", 1, 5, file), 5);
    fflush(file);
    error = (dyson_error){0};
    assert_int_equal(dyson_spec_read(path, &text, &error), DYSON_BAD_DATA);
    assert_non_null(strstr(error.text, "no run file"));
    rewind(file);
    assert_int_equal(fwrite("[abc]", 1, 5, file), 5);
    fclose(file);
    error = (dyson_error){0};
    assert_int_equal(dyson_spec_read(path, &text, &error), DYSON_OK);
    assert_string_equal(text, "[abc]");
    free(text);
    remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),    cmocka_unit_test(names),
        cmocka_unit_test(missing),   cmocka_unit_test(repeated),
        cmocka_unit_test(lines),     cmocka_unit_test(long_lines),
        cmocka_unit_test(snapshots), cmocka_unit_test(too_many_points),
        cmocka_unit_test(files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
