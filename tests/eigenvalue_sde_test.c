/* eigenvalue_sde_test.c: the eigenvalue process as a model: its start, its limits, its keys.  The
 * kernels' numbers are checked in kernel_check.c, its laws in eigenvalue_sde_laws_test.c. */
#include "sde_process.h"

#include <string.h>

/* Levels start where the matrix model's do, bit for bit. */
static void levels_start_as_the_matrix_does(void **unused)
{
    static const char *const matrix[][2] = {
        {"rbm", "[rbm]\nvisible = 5\nhidden = 4\n"},
        {"rbm", "[rbm]\nvisible = 3\nhidden = 6\n"},
        {"teacher-student", "[teacher-student]\nteacher = 2 1 0 3\nnoise = 0.7\n"}};
    static const char *const same[] = {"visible = 5\nhidden = 4\n", "visible = 3\nhidden = 6\n",
                                       "process = linear\nvalues = 2 1 0 3\nnoise = 0.7\n"};
    (void)unused;
    for (int c = 0; c < 3; c++) {
        const char *const rest = c < 2 ? "mass2 = 9\ntarget_mass2 = 4\n" : "";
        const char *const point = "init_std = 0.3\nlearning_rate = 0.05\nbatch_size = 7\n";
        char one[300], other[300];
        snprintf(one, sizeof one, "%s%s%s", matrix[c][1], rest, point);
        snprintf(other, sizeof other, "[eigenvalue-sde]\n%s%s%s", same[c], rest, point);
        const int levels = c == 1 ? 3 : 4;
        double *const a = train(matrix[c][0], one, 7, 8, 0), *const b = train(SDE, other, 7, 8, 0);
        assert_true(a[0] > a[levels - 1]);
        assert_memory_equal(a, b, (size_t)(8 * levels) * sizeof *a);
        free(a);
        free(b);
    }
}

/* The second order keeps levels at or above 0, and modes without a hidden node at 0; to first order
 * the small levels of a start from weights are pushed to 0 and stay there. */
static void levels_below_zero_are_put_to_zero(void **unused)
{
#define SMALL                                                                     \
    "visible = 5\nhidden = 4\nmass2 = 9\ntarget_mass2 = 4\nlearning_rate = 0.1\n" \
    "batch_size = 8\n"
    const int n = 160;
    (void)unused;
    for (int ito = 0; ito < 2; ito++) {
        double *const x =
            train(SDE, ito ? "[eigenvalue-sde]\norder = ito\n" SMALL : "[eigenvalue-sde]\n" SMALL,
                  0, n, 400);
        int zero = 0;
        for (int i = 0; i < 4 * n; i++) {
            assert_true(x[i] >= 0.0);
            zero += x[i] == 0.0;
        }
        print_message("%d of %d levels at 0\n", zero, 4 * n);
        assert_true(ito ? zero == 0 : zero > n / 10);
        free(x);
    }
}

/* At mu^2 the process ends: marked at the first update that leads there, and not before. */
static void levels_at_the_mass_have_run_away(void **unused)
{
    const char *const keys = "[eigenvalue-sde]\norder = ito\nvisible = 4\nhidden = 4\nmass2 = 9\n"
                             "target_mass2 = 4\nlearning_rate = 0.6\nbatch_size = 4\n"
                             "start = target\n";
    process s;
    int away = 0, all = 0;
    (void)unused;
    process_open(&s, SDE, keys);
    for (int64_t first = 0; first < 64; first += s.lanes) {
        int64_t at[DYSON_KERNEL_LANES_MAX], again[DYSON_KERNEL_LANES_MAX];
        double x[4 * DYSON_KERNEL_LANES_MAX];
        start(&s, first);
        s.regime->advance(s.pack, 8);
        s.regime->diverged(s.pack, at);
        for (int l = 0; l < s.lanes; l++, all++) {
            away += at[l] >= 0;
            if (at[l] < 0)
                continue;
            for (int late = 0; late < 2; late++) {
                start(&s, first);
                s.regime->advance(s.pack, at[l] - 1 + late);
                s.regime->spectrum(s.pack, x, 4, NULL);
                s.regime->diverged(s.pack, again);
                assert_int_equal(again[l], late ? at[l] : -1);
                assert_true((x[4 * l] < 9.0) == !late);
            }
        }
    }
    print_message("%d of %d ran away\n", away, all);
    assert_true(away > 0 && away < all);
    process_close(&s);
}

static void predictions_are_those_of_the_matrix(void **unused)
{
    dyson_prediction a, b;
    process levels, matrix;
    (void)unused;
    process_open(&levels, SDE,
                 "[eigenvalue-sde]\nvisible = 6\nhidden = 6\nmass2 = 9\n"
                 "target_mass2 = 4\nsigma_h = 1.5\ngibbs_steps = 2\n"
                 "learning_rate = 0.05\nbatch_size = 7\n");
    process_open(&matrix, "rbm",
                 "[rbm]\nvisible = 6\nhidden = 6\nmass2 = 9\n"
                 "target_mass2 = 4\nsigma_h = 1.5\ngibbs_steps = 2\n"
                 "learning_rate = 0.05\nbatch_size = 7\n");
    for (int i = 0; i < 6; i++) {
        levels.model->predict(levels.system, 0, i, &a);
        matrix.model->predict(matrix.system, 0, i, &b);
        assert_true(a.sigma == b.sigma && a.abscissa == b.abscissa && a.slope == b.slope &&
                    a.relaxation == b.relaxation && a.sigma > 0.0);
    }
    process_close(&levels);
    process_close(&matrix);
    process_open(&levels, SDE, LINEAR("2 2", "substeps = 4\n"));
    levels.model->predict(levels.system, 0, 0, &a);
    assert_true(fabs(a.sigma - sqrt(0.02 / 0.9375)) < 1e-15);
    assert_true(fabs(a.relaxation + 1.0 / (4.0 * log(0.875))) < 1e-12);
    process_close(&levels);
}

static void wrong_keys_are_refused(void **unused)
{
#define REST "learning_rate = 0.1\nbatch_size = 4\n"
#define MACHINE "visible = 3\nhidden = 3\nmass2 = 9\ntarget_mass2 = 4\n"
    static const struct {
        const char *keys, *says;
    } cases[] = {
        {REST, "visible is missing"},
        {MACHINE "target_kernel = a.h5:/k\n" REST, "exactly one of"},
        {MACHINE "values = 1 1\n" REST, "values is not for process = rbm"},
        {MACHINE "noise = 0.1\n" REST, "noise is not for"},
        {"process = linear\nvalues = 1\nmass2 = 3\nnoise = 1\n" REST, "mass2 is not for"},
        {"process = linear\nvalues = 1\norder = ito\nnoise = 1\n" REST, "order is not for"},
        {"process = linear\nnoise = 1\n" REST, "values is missing"},
        {"process = linear\nvalues = 1\n" REST, "noise must be above 0"},
        {"process = square\n" REST, "rbm | linear"},
        {MACHINE REST "[sweep a]\nsubsteps = 1 2\n", "substeps"}};
    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        process s;
        dyson_error error = {0};
        char text[400];
        snprintf(text, sizeof text, "[eigenvalue-sde]\n%s", cases[i].keys);
        assert_int_equal(process_try(&s, SDE, text, &error), DYSON_BAD_DATA);
        if (strstr(error.text, cases[i].says) == NULL)
            fail_msg("'%s' does not say '%s'", error.text, cases[i].says);
        process_close(&s);
    }
}

static void weights_are_refused(void **unused)
{
    dyson_spec *spec;
    dyson_error error = {0};
    (void)unused;
    assert_int_equal(
        dyson_spec_parse("[ensemble]\nmodel = eigenvalue-sde\nreplicas = 1\nseed = 1\n"
                         "updates = 1\nweights = last\n[eigenvalue-sde]\n" MACHINE REST,
                         "run", &spec, &error),
        DYSON_BAD_DATA);
    assert_non_null(strstr(error.text, "weights = last: must be none"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_start_as_the_matrix_does),
        cmocka_unit_test(levels_below_zero_are_put_to_zero),
        cmocka_unit_test(levels_at_the_mass_have_run_away),
        cmocka_unit_test(predictions_are_those_of_the_matrix),
        cmocka_unit_test(wrong_keys_are_refused),
        cmocka_unit_test(weights_are_refused),
    };
    return cmocka_run_group_tests_name("eigenvalue-sde", tests, NULL, NULL);
}
