/* spec_help_test.c: help is written from the tables, whole, in each form. */
#include "spec_case.h"

#include "dyson/model.h"
#include "spec/spec_internal.h"

static const dyson_help_form forms[] = {DYSON_HELP_TEXT, DYSON_HELP_MARKDOWN, DYSON_HELP_ROFF};
static const char *const form_names[] = {"text", "Markdown", "roff"};

static char *help(const char *section, const char *name, dyson_help_form form, int expected)
{
    char *out = NULL;
    assert_int_equal(dyson_spec_help(section, name, form, &out), expected);
    assert_non_null(out);
    return out;
}

/* The name, as roff writes no other sign of it than - differently. */
static void expect_keys(const char *text, const dyson_key *keys, size_t count, const char *form)
{
    for (size_t k = 0; k < count; k++)
        if (strstr(text, keys[k].name) == NULL)
            fail_msg("%s does not mention %s", form, keys[k].name);
}

static void every_key(void **state)
{
    (void)state;
    const dyson_model *rbm = dyson_model_find("rbm");
    int all = (int)spec_ensemble_key_count;
    for (size_t i = 0; dyson_model_at(i) != NULL; i++)
        all += (int)dyson_model_at(i)->key_count;
    for (size_t f = 0; f < 3; f++) {
        char *text = help(NULL, NULL, forms[f], all);
        expect_keys(text, spec_ensemble_keys, spec_ensemble_key_count, form_names[f]);
        expect_keys(text, rbm->keys, rbm->key_count, form_names[f]);
        free(text);
    }
}

/* Each row has what a user needs: value, default, unit, text. */
static void every_fact(void **state)
{
    (void)state;
    char *text = help("ensemble", "updates", DYSON_HELP_TEXT, 1);
    assert_string_equal(text, "  [ensemble] updates\n"
                              "      a whole number from 1 to 4294967295; must be given; unit: "
                              "updates\n"
                              "      Mini-batch updates of every replica.\n");
    free(text);
    text = help("ensemble", "weights", DYSON_HELP_TEXT, 1);
    assert_non_null(strstr(text, "none | last | all; default none\n"));
    free(text);
    text = help("ensemble", NULL, DYSON_HELP_MARKDOWN, (int)spec_ensemble_key_count);
    assert_non_null(strstr(text, "| `weights` | W | none \\| last \\| all | `none` |"));
    free(text);
    text = help("rbm", "batch_size", DYSON_HELP_ROFF, 1);
    assert_non_null(strstr(text, ".TP\n.B [rbm] batch_size (B)\n"));
    assert_non_null(strstr(text, "may be swept"));
    free(text);
}

static void topics(void **state)
{
    (void)state;
    free(help("rbm", NULL, DYSON_HELP_TEXT, (int)dyson_model_find("rbm")->key_count));
    free(help(NULL, "seed", DYSON_HELP_TEXT, 1));
    free(help("ensemble", "mass2", DYSON_HELP_TEXT, 0));
    free(help("nothing", NULL, DYSON_HELP_TEXT, 0));
    int sweepable = 0;
    for (size_t i = 0; dyson_model_at(i) != NULL; i++)
        for (size_t k = 0; k < dyson_model_at(i)->key_count; k++)
            sweepable += dyson_model_at(i)->keys[k].point;
    assert_true(sweepable >= 4);
    char *text = help("sweep", NULL, DYSON_HELP_TEXT, sweepable);
    assert_non_null(strstr(text, "batch_size"));
    assert_null(strstr(text, "mass2"));
    free(text);
    free(help("sweep any", "momentum", DYSON_HELP_TEXT, 1));
    free(help("sweep any", "mass2", DYSON_HELP_TEXT, 0));
}

/* A terminal's lines end before column 80; no line of roff is a request by accident. */
static void shape(void **state)
{
    (void)state;
    char *text = NULL;
    dyson_spec_help(NULL, NULL, DYSON_HELP_TEXT, &text);
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
        if (strlen(line) > 80 || strchr(line, '`') != NULL)
            fail_msg("'%s'", line);
    free(text);
    dyson_spec_help(NULL, NULL, DYSON_HELP_ROFF, &text);
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        static const char *const requests[] = {".SS ",  ".PP", ".TP", ".B ", ".br",
                                               ".RS 4", ".RE", ".nf", ".fi"};
        bool known = line[0] != '.' && line[0] != '\'';
        for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
            known = known || strncmp(line, requests[i], strlen(requests[i])) == 0;
        if (!known)
            fail_msg("'%s'", line);
    }
    free(text);
}

/* The example that the help prints is a sound run file. */
static void example(void **state)
{
    (void)state;
    char *text = NULL;
    dyson_spec_help(NULL, NULL, DYSON_HELP_MARKDOWN, &text);
    char *begin = strstr(text, "```ini\n");
    assert_non_null(begin);
    char *end = strstr(begin + 7, "```");
    assert_non_null(end);
    *end = '\0';
    dyson_spec *spec = parse(begin + 7);
    assert_int_equal(dyson_spec_points(spec), 10);
    dyson_spec_destroy(spec);
    free(text);
}

/* Every default of the tables is a value that the tables allow. */
static void defaults(void **state)
{
    (void)state;
    for (size_t i = 0; dyson_model_at(i) != NULL; i++) {
        const dyson_model *model = dyson_model_at(i);
        for (size_t k = 0; k < model->key_count; k++) {
            spec_value value;
            dyson_error error = {0};
            if (spec_value_default(&model->keys[k], &value, &error) != DYSON_OK)
                fail_msg("%s", error.text);
            assert_string_equal(model->keys[k].section, model->name);
            assert_true(!model->keys[k].point || model->keys[k].type == DYSON_INTEGER ||
                        model->keys[k].type == DYSON_REAL);
            spec_value_destroy(&value);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key), cmocka_unit_test(every_fact), cmocka_unit_test(topics),
        cmocka_unit_test(shape),     cmocka_unit_test(example),    cmocka_unit_test(defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
