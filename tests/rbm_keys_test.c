/* rbm_keys_test.c: the RBM's keys: a target of the user's own, samplers, momentum, decay,
 * schedules, and what they do to a run. */
#include "rbm_machine.h"

#include <hdf5.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD "[ensemble]\nmodel = rbm\nreplicas = 8\nupdates = 40\nseed = 3\n[rbm]\n"

/* ---- the user's own target ---- */

static void write_matrix(const char *path, int n, const double *matrix)
{
    const hsize_t dims[] = {(hsize_t)n, (hsize_t)n};
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t space = H5Screate_simple(2, dims, NULL);
    const hid_t set =
        H5Dcreate2(file, "kernel", H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, matrix) >= 0);
    H5Dclose(set);
    H5Sclose(space);
    H5Fclose(file);
}

static int temporary(void **state)
{
    char *const path = strdup("/tmp/dyson-rbm-test-XXXXXX");
    const int file = mkstemp(path);
    *state = path;
    return file < 0 ? -1 : close(file);
}

static int temporary_end(void **state)
{
    unlink(*state);
    free(*state);
    return 0;
}

/* The spectra and weights of 8 replicas of one point after 40 updates. */
static void train(const machine *m, size_t point, double x[8][4], double weights[8][16])
{
    memset(x, 0, 8 * sizeof *x);
    memset(weights, 0, 8 * sizeof *weights);
    for (int64_t first = 0; first < 8; first += m->lanes) {
        int64_t replica[DYSON_KERNEL_LANES_MAX];
        for (int l = 0; l < m->lanes; l++)
            replica[l] = first + l;
        rbm_pack_start(m->pack, point, replica, m->lanes);
        rbm_pack_advance(m->pack, 40);
        rbm_pack_spectrum(m->pack, x[first], 4, NULL);
        rbm_pack_weights(m->pack, weights[first], 16);
    }
}

/* The errors of the key table's own checks, or of the system. */
static int outcome(const char *body, int n, const double *kernel, dyson_error *error)
{
    char text[1024];
    dyson_spec *spec = NULL;
    dyson_system *system = NULL;
    *error = (dyson_error){0};
    snprintf(text, sizeof text, HEAD "hidden = 4\nmass2 = 9\nlearning_rate = 0.1\n%s", body);
    if (dyson_spec_parse(text, "run", &spec, error) == DYSON_OK) {
        if (kernel != NULL)
            dyson_spec_attach(spec, "rbm", "target_kernel", n, kernel);
        if (rbm_system_create(spec, &system, error) == DYSON_OK)
            rbm_system_destroy(system);
    }
    dyson_spec_destroy(spec);
    return error->code;
}

static void expect_error(const char *body, int n, const double *kernel, const char *words)
{
    dyson_error error;
    assert_int_equal(outcome(body, n, kernel, &error), DYSON_BAD_DATA);
    if (strstr(error.text, words) == NULL)
        fail_msg("'%s' does not say '%s'", error.text, words);
}

static void wrong_targets_are_refused(void **unused)
{
    double kernel[25] = {0};
    dyson_error error;
    (void)unused;
    for (int i = 0; i < 5; i++)
        kernel[i * 6] = 1.0;
    const char *const file = "visible = 4\nbatch_size = 4\ntarget_kernel = k.h5:/k\n";
    assert_int_equal(
        outcome("visible = 5\nbatch_size = 4\ntarget_kernel = k.h5:/k\n", 5, kernel, &error),
        DYSON_OK);
    expect_error("visible = 4\nbatch_size = 4\n", 0, NULL, "exactly one of");
    expect_error("visible = 4\nbatch_size = 4\ntarget_mass2 = 1\ntarget_kernel = k.h5:/k\n", 4,
                 kernel, "exactly one of");
    expect_error(file, 5, kernel, "4 x 4");
    memset(kernel, 0, sizeof kernel);
    expect_error(file, 4, kernel, "positive definite");
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++)
            kernel[i * 4 + j] = i == j ? 1.0 : 1.5; /* eigenvalues -0.5 and 5.5 */
    expect_error(file, 4, kernel, "positive definite");
    kernel[0] = NAN;
    expect_error(file, 4, kernel, "positive definite");
}

/* wishart needs more chains than visible nodes; auto takes it where it pays, and its streams of
 * numbers with it. */
static void samplers_are_chosen_by_point(void **unused)
{
    static const int batches[] = {4, 10, 16, 64, 1000000000};
    machine m;
    dyson_spec *spec;
    dyson_system *system;
    dyson_error error = {0};
    (void)unused;
    machine_create(&m, HEAD "visible = 10\nhidden = 10\nmass2 = 9\ntarget_mass2 = 4\n"
                            "[sweep b]\nlearning_rate = 0.1\nbatch_size = 4 10 16 64 1000000000\n");
    for (size_t p = 0; p < sizeof batches / sizeof batches[0]; p++)
        assert_int_equal(rbm_at_point(m.system, p).sampler,
                         batches[p] > 16 ? RBM_WISHART : RBM_COLLAPSED);
    assert_true(rbm_cost(m.system, 4) == rbm_cost(m.system, 3));
    machine_destroy(&m);
    assert_int_equal(dyson_spec_parse(HEAD
                                      "visible = 10\nhidden = 3\nmass2 = 9\nlearning_rate = 0.1\n"
                                      "target_mass2 = 4\nbatch_size = 10\nsampler = wishart\n",
                                      "run", &spec, &error),
                     DYSON_OK);
    assert_int_equal(rbm_system_create(spec, &system, &error), DYSON_BAD_DATA);
    assert_non_null(strstr(error.text, "batch_size = 10: sampler = wishart needs more chains"));
    dyson_spec_destroy(spec);
}

/* A step-by-step run whose normals would not all have addresses is refused. */
static void too_many_normals_are_refused(void **unused)
{
    (void)unused;
    expect_error("visible = 4\ntarget_mass2 = 1\nbatch_size = 1048576\ngibbs_steps = 10000\n"
                 "sampler = gibbs\n",
                 0, NULL, "sampler = collapsed");
    dyson_error error;
    assert_int_equal(outcome("visible = 4\ntarget_mass2 = 1\nbatch_size = 1048576\n"
                             "gibbs_steps = 10000\n",
                             0, NULL, &error),
                     DYSON_OK);
    expect_error("visible = 4\ntarget_mass2 = 1\nbatch_size = 1000000000\nsampler = collapsed\n", 0,
                 NULL, "[rbm] batch_size = 1000000000: the chains are more than 2^31 numbers");
}

/* ---- infinitely many steps ---- */

#define MANY HEAD "visible = 4\nhidden = 4\nmass2 = 9\ninit_std = 0.5\ntarget_mass2 = 2\n"

/* The random numbers have the same addresses, so that k = infinity is the limit of large k number
 * by number: x < 0.9 mu^2 here, where 10^5 steps leave (x/mu^2)^k = 0 of the chains.  Rounding of
 * L is all that differs, amplified by 1/(1 - x/mu^2) and some 10 updates' memory. */
static void infinite_steps_are_the_limit_of_many(void **unused)
{
    static const char *const samplers[] = {"collapsed\nbatch_size = 6", "wishart\nbatch_size = 9"};
    double x[3][8][4], weights[3][8][16];
    (void)unused;
    for (int s = 0; s < 2; s++) {
        for (int k = 0; k < 3; k++) {
            machine m;
            machine_create(&m, MANY "learning_rate = 0.05\ngibbs_steps = %s\nsampler = %s\n",
                           steps_of(k == 0   ? RBM_INFINITE
                                    : k == 1 ? 100000
                                             : 3)
                               .text,
                           samplers[s]);
            train(&m, 0, x[k], weights[k]);
            machine_destroy(&m);
        }
        double limit = 0.0;
        for (int r = 0; r < 8; r++)
            for (int i = 0; i < 16; i++)
                limit = fmax(limit, fabs(weights[0][r][i] - weights[1][r][i]));
        if (s == 0 && !(limit < 1e-11))
            fail_msg("k = 100000 differs from k = infinity by %.1e", limit);
        assert_true(fabs(weights[0][0][0] - weights[2][0][0]) > 1e-6);
    }
}

/* Without steps there is no memory in the prediction; a level beyond mu^2 leaves no model to draw
 * from, and the replica has run away. */
static void infinite_steps_have_no_memory_and_no_outside(void **unused)
{
    machine m;
    int64_t at[DYSON_KERNEL_LANES_MAX], replica[DYSON_KERNEL_LANES_MAX] = {0};
    (void)unused;
    machine_create(&m, HEAD "visible = 4\nhidden = 4\nmass2 = 9\ninit_std = 3\ntarget_mass2 = 2\n"
                            "learning_rate = 0.05\nbatch_size = 4\ngibbs_steps = infinite\n");
    for (int level = 0; level < 4; level++) {
        dyson_prediction law;
        rbm_predict(m.system, 0, level, &law);
        const double x = 9.0 - m.system->shape.kappa[level];
        assert_true(fabs(law.sigma * law.sigma / (2.0 * 0.05 / 4 * x) - 1.0) < 1e-14);
    }
    rbm_pack_start(m.pack, 0, replica, 1);
    rbm_pack_advance(m.pack, 1);
    model_pack_diverged(m.pack, at);
    assert_int_equal(at[0], 1);
    machine_destroy(&m);
}

static void infinite_is_a_value_of_its_own(void **unused)
{
    const char *const both = MANY "learning_rate = 0.1\nbatch_size = 4\ngibbs_steps = ";
    char text[2][512], out[512];
    dyson_spec *spec[2];
    dyson_error error = {0};
    (void)unused;
    snprintf(text[0], sizeof text[0], "%sinfinite\n", both);
    snprintf(text[1], sizeof text[1], "%s1000000\n", both);
    for (int i = 0; i < 2; i++)
        assert_int_equal(dyson_spec_parse(text[i], "run", &spec[i], &error), DYSON_OK);
    assert_int_equal(dyson_spec_integer(spec[0], "rbm", "gibbs_steps"), RBM_INFINITE);
    assert_int_equal(dyson_spec_compare(spec[0], "a", spec[0], "b", out, sizeof out), 0);
    assert_int_equal(dyson_spec_compare(spec[0], "a", spec[1], "b", out, sizeof out), 1);
    assert_non_null(strstr(out, "rbm.gibbs_steps: infinite in a, 1000000 in b"));
    dyson_spec_destroy(spec[0]);
    dyson_spec_destroy(spec[1]);
    const char *const head = "visible = 4\ntarget_mass2 = 1\nbatch_size = 4\ngibbs_steps = ";
    static const char *const wrong[] = {"0", "infinity", "infinite 3", "inf"};
    for (int i = 0; i < 4; i++) {
        snprintf(text[0], sizeof text[0], "%s%s\n", head, wrong[i]);
        expect_error(text[0], 0, NULL, "a whole number from 1 to 1000000, or infinite");
    }
    snprintf(text[0], sizeof text[0], "%sinfinite\nsampler = gibbs\n", head);
    expect_error(text[0], 0, NULL, "gibbs_steps = infinite: sampler = gibbs makes single steps");
}

#define SMALL "visible = 4\nhidden = 4\nmass2 = 9\ninit_std = 0.5\n"
#define POINT "learning_rate = 0.1\nbatch_size = 4\n"

static void own_kernel_gives_the_same_bits(void **state)
{
    const char *const path = *state;
    double kernel[16], x[8][4], y[8][4], weights[8][16], other[8][16];
    dyson_error error = {0};
    dyson_system *system = NULL;
    machine by_mass, by_file;
    rbm_free_scalar(4, 1, 2.75, kernel);
    write_matrix(path, 4, kernel);
    machine_create(&by_mass, HEAD SMALL POINT "target_mass2 = 2.75\n");
    train(&by_mass, 0, x, weights);

    char text[1024];
    snprintf(text, sizeof text, HEAD SMALL POINT "target_kernel = %s:/kernel\n", path);
    by_file = by_mass;
    assert_int_equal(dyson_spec_parse(text, "run", &by_file.spec, &error), DYSON_OK);
    assert_int_equal(dyson_spec_load(by_file.spec, &error), DYSON_OK);
    assert_int_equal(rbm_system_create(by_file.spec, &system, &error), DYSON_OK);
    by_file.system = system;
    dyson_kernel widest = DYSON_KERNEL_BASE;
    assert_int_equal(dyson_kernel_choose(&widest, &error), DYSON_OK);
    assert_int_equal(rbm_pack_create(system, widest, &by_file.pack, &error), DYSON_OK);
    train(&by_file, 0, y, other);
    assert_memory_equal(x, y, sizeof x);
    assert_memory_equal(weights, other, sizeof weights);
    assert_memory_equal(by_mass.system->target.kappa, system->target.kappa, 4 * sizeof(double));
    machine_destroy(&by_mass);
    machine_destroy(&by_file);
}

/* ---- momentum, L2, schedule ---- */

static double difference(double a[8][16], double b[8][16])
{
    double sum = 0.0;
    for (int r = 0; r < 8; r++)
        for (int i = 0; i < 16; i++)
            sum += fabs(a[r][i] - b[r][i]);
    return sum;
}

/* Momentum and L2 are point parameters.  Points are independent of their order in a pack's life,
 * and the one at which both are off has the bits of a run that never names them. */
static void momentum_and_decay_are_points(void **unused)
{
    double x[8][4], plain[8][16], first[8][16], weights[4][8][16];
    machine sweep, base;
    (void)unused;
    machine_create(&base, HEAD SMALL POINT "target_mass2 = 2\n");
    train(&base, 0, x, plain);
    machine_create(&sweep, HEAD SMALL POINT "target_mass2 = 2\n"
                                            "[sweep s]\nmomentum = 0 0.8\nl2 = 0 0.3\n");
    assert_int_equal(sweep.system->point_count, 4);
    train(&sweep, 0, x, first);
    for (size_t p = 4; p-- > 0;) {
        const rbm_parameters at = rbm_at_point(sweep.system, p);
        assert_true((at.momentum == 0.0 || at.momentum == 0.8) && (at.l2 == 0.0 || at.l2 == 0.3));
        train(&sweep, p, x, weights[p]);
        for (size_t q = p + 1; q < 4; q++)
            assert_true(difference(weights[p], weights[q]) > 1.0);
    }
    assert_memory_equal(first, plain, sizeof plain);
    assert_memory_equal(weights[0], plain, sizeof plain);
    machine_destroy(&sweep);
    machine_destroy(&base);
}

static void schedule_acts(void **unused)
{
    double x[8][4], plain[8][16], other[8][16];
    machine base, scheduled;
    (void)unused;
    machine_create(&base, HEAD SMALL POINT "target_mass2 = 2\n");
    train(&base, 0, x, plain);
    machine_create(&scheduled, HEAD SMALL POINT "target_mass2 = 2\nschedule = step:41:0.1\n");
    train(&scheduled, 0, x, other);
    assert_memory_equal(other, plain, sizeof plain); /* the step is yet to come */
    machine_destroy(&scheduled);
    machine_create(&scheduled, HEAD SMALL POINT "target_mass2 = 2\nschedule = step:39:0.1\n");
    train(&scheduled, 0, x, other);
    assert_true(difference(other, plain) > 0.01); /* the last update alone */
    machine_destroy(&scheduled);
    machine_destroy(&base);
}

/* ---- single precision ---- */

/* The noise of an update, alpha (1 - beta) sigma_h^2/(mu^2 sqrt(B)) at the last rate, against
 * 2^-20: with mu^2 = 9 and B = 16 that is alpha = 3.433e-5. */
static void single_precision_has_a_limit(void **unused)
{
    static const struct {
        const char *keys;
        bool sound;
    } cases[] = {
        {"learning_rate = 3.44e-5\nbatch_size = 16\n", true},
        {"learning_rate = 3.43e-5\nbatch_size = 16\n", false},
        {"learning_rate = 3.43e-5\nbatch_size = 15\n", true},
        {"learning_rate = 3.43e-5\nbatch_size = 16\nsigma_h = 1.01\n", true},
        {"learning_rate = 3.44e-5\nbatch_size = 16\nmomentum = 0.1\n", false},
        {"learning_rate = 4e-5\nbatch_size = 16\nschedule = step:39:0.5\n", false},
        {"learning_rate = 4e-5\nbatch_size = 16\nschedule = step:40:0.5\n", true},
        {"learning_rate = 2e-5\nbatch_size = 16\nschedule = step:39:2\n", false}, /* it grows */
    };
    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512];
        dyson_spec *spec = NULL;
        dyson_system *system = NULL;
        dyson_error error = {0};
        for (int single = 0; single < 2; single++) {
            snprintf(text, sizeof text,
                     "[ensemble]\nmodel = rbm\nreplicas = 8\nupdates = 40\nseed = 3\n"
                     "precision = %s\n[rbm]\nvisible = 4\nhidden = 4\nmass2 = 9\n"
                     "target_mass2 = 2\n%s",
                     single ? "single" : "double", cases[i].keys);
            assert_int_equal(dyson_spec_parse(text, "run", &spec, &error), DYSON_OK);
            const int code = rbm_system_create(spec, &system, &error);
            assert_int_equal(code, single && !cases[i].sound ? DYSON_BAD_DATA : DYSON_OK);
            rbm_system_destroy(system);
            dyson_spec_destroy(spec);
            system = NULL;
        }
        if (!cases[i].sound)
            assert_non_null(strstr(error.text, "too near the rounding of single precision"));
    }
}

static void other_models_have_no_single_precision(void **unused)
{
    static const char *const models[] = {"teacher-student", "eigenvalue-sde"};
    dyson_spec *large = NULL;
    dyson_system *system = NULL;
    dyson_error refused = {0};
    (void)unused;
    assert_int_equal(dyson_spec_parse("[ensemble]\nmodel = rbm\nreplicas = 8\nupdates = 40\n"
                                      "seed = 3\nprecision = single\n[rbm]\nvisible = 65\n"
                                      "hidden = 4\nmass2 = 9\ntarget_mass2 = 2\n"
                                      "learning_rate = 0.1\nbatch_size = 4\n",
                                      "run", &large, &refused),
                     DYSON_OK);
    assert_int_equal(rbm_system_create(large, &system, &refused), DYSON_BAD_DATA);
    assert_non_null(strstr(refused.text, "must be double with more than 64 nodes"));
    dyson_spec_destroy(large);
    for (int i = 0; i < 2; i++) {
        char text[256];
        dyson_spec *spec = NULL;
        dyson_error error = {0};
        snprintf(text, sizeof text,
                 "[ensemble]\nmodel = %s\nreplicas = 8\nupdates = 40\nseed = 3\n"
                 "precision = single\n[%s]\nlearning_rate = 0.1\nbatch_size = 4\nnoise = 1\n",
                 models[i], models[i]);
        assert_int_equal(dyson_spec_parse(text, "run", &spec, &error), DYSON_BAD_DATA);
        assert_non_null(strstr(error.text, "precision = single: must be double: model"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_targets_are_refused),
        cmocka_unit_test(samplers_are_chosen_by_point),
        cmocka_unit_test(too_many_normals_are_refused),
        cmocka_unit_test_setup_teardown(own_kernel_gives_the_same_bits, temporary, temporary_end),
        cmocka_unit_test(infinite_steps_are_the_limit_of_many),
        cmocka_unit_test(infinite_steps_have_no_memory_and_no_outside),
        cmocka_unit_test(infinite_is_a_value_of_its_own),
        cmocka_unit_test(momentum_and_decay_are_points),
        cmocka_unit_test(schedule_acts),
        cmocka_unit_test(single_precision_has_a_limit),
        cmocka_unit_test(other_models_have_no_single_precision),
    };
    return cmocka_run_group_tests_name("rbm keys", tests, NULL, NULL);
}
