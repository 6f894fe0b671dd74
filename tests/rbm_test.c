/* rbm_test.c: the RBM as a model: its target, its predictions, its schedules. */
#include "rbm_machine.h"

#include <hdf5.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD "[ensemble]\nmodel = rbm\nreplicas = 8\nupdates = 40\nseed = 3\n[rbm]\n"

/* ---- target and predictions ---- */

/* kappa_k = m^2 + 2 - 2 cos(2 pi k/n), ascending, in pairs; and C_target K_target = 1. */
static void target_is_the_free_scalar(void **unused)
{
    static const int sizes[] = {1, 2, 3, 4, 5, 10, 33, 64};
    (void)unused;
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        const int n = sizes[s];
        const double mass2 = 0.7 + (double)s;
        machine m;
        machine_create(&m,
                       HEAD "visible = %d\nhidden = %d\nmass2 = 6.5\ntarget_mass2 = %.17g\n"
                            "learning_rate = 0.1\nbatch_size = 4\n",
                       n, n, mass2);
        const dyson_shape *const shape = &m.system->shape;
        const rbm_parameters *const p = &m.system->parameters;
        assert_int_equal(shape->levels, n);
        assert_true(shape->ceiling == 6.5);
        for (int i = 0; i < n; i++) {
            const int mode = (i + 1) / 2; /* ascending: 0, 1, n - 1, 2, n - 2, ... */
            const double kappa = mass2 + 2.0 - 2.0 * cos(6.283185307179586477 * mode / n);
            assert_true(fabs(shape->kappa[i] - kappa) < 1e-14 * n * (mass2 + 4.0));
            assert_true(shape->x[i] == fmax(0.0, 6.5 - shape->kappa[i]));
        }
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                const double *const row = p->target + i * p->padded_visible;
                const double product =
                    (mass2 + 2.0) * row[j] - row[(j + 1) % n] - row[(j + n - 1) % n];
                assert_true(fabs(product - (i == j)) < 1e-13);
            }
        }
        machine_destroy(&m);
    }
}

/* With fewer hidden nodes the machine has the lowest modes alone. */
static void fewer_hidden_nodes_learn_the_lowest_modes(void **unused)
{
    machine m;
    (void)unused;
    machine_create(&m, HEAD "visible = 10\nhidden = 4\nmass2 = 9\ntarget_mass2 = 4\n"
                            "learning_rate = 0.1\nbatch_size = 4\n");
    const double expected[] = {4.0, 4.3819660112501052, 4.3819660112501052, 5.3819660112501052};
    assert_int_equal(m.system->shape.levels, 4);
    assert_int_equal(m.system->shape.weight_rows, 10);
    assert_int_equal(m.system->shape.weight_columns, 4);
    for (int i = 0; i < 4; i++)
        assert_true(fabs(m.system->shape.kappa[i] - expected[i]) < 1e-13);
    machine_destroy(&m);
}

/* sigma^2 = 2 alpha sigma_h^2 (mu^2 - kappa)/B (1 + rho)/(1 - rho), rho = (x/mu^2)^(2k) with k =
 * 3; the abscissa is the paper's sqrt((alpha/B) kappa^2 Omega) at sigma_h = 1, and <S> = sqrt(pi)
 * sigma is slope * abscissa where rho is 0.  A mode with kappa >= mu^2 has no prediction, nor has
 * a run with weight decay or a schedule. */
static void predictions_follow_the_formulas(void **unused)
{
    const double pi = 3.141592653589793238;
    machine m;
    (void)unused;
    machine_create(&m, HEAD "visible = 10\nhidden = 10\nmass2 = 7\nsigma_h = 1.5\n"
                            "target_mass2 = 4\n"
                            "[sweep s]\nlearning_rate = 0.02 0.1\nbatch_size = 4 16\n");
    assert_int_equal(m.system->point_count, 4);
    for (size_t point = 0; point < 4; point++) {
        const rbm_parameters p = rbm_at_point(m.system, point);
        for (int i = 0; i < 10; i++) {
            const double kappa = m.system->shape.kappa[i], x = fmax(0.0, 7.0 - kappa);
            const double omega = x / (kappa * kappa);
            const double abscissa = 1.5 * sqrt(p.learning_rate / p.batch * kappa * kappa * omega);
            dyson_prediction law;
            rbm_predict(m.system, point, i, &law);
            if (x == 0.0) {
                assert_true(isnan(law.abscissa) && isnan(law.sigma) && isnan(law.relaxation));
                continue;
            }
            const double rho = pow(x / 7.0, 6.0), memory = (1.0 + rho) / (1.0 - rho);
            assert_true(fabs(law.abscissa - abscissa) <= 1e-14);
            assert_true(fabs(law.sigma * law.sigma -
                             2.0 * p.learning_rate * 1.5 * 1.5 * x / p.batch * memory) <= 1e-14);
            assert_true(fabs(law.slope * law.abscissa * sqrt(memory) - sqrt(pi) * law.sigma) <=
                        1e-14);
            assert_true(fabs(law.slope - 2.5066282746310002) <= 1e-14);
            assert_true(fabs(law.relaxation * 2.0 * p.learning_rate * 1.5 * 1.5 * omega - 1.0) <=
                        1e-14);
        }
        assert_true(m.system->shape.x[9] == 0.0);
    }
    assert_true(rbm_cost(m.system, 1) > rbm_cost(m.system, 0));  /* batch 16 against 4 */
    assert_true(rbm_cost(m.system, 2) == rbm_cost(m.system, 0)); /* the rate costs nothing */
    machine_destroy(&m);
}

static void no_stationary_state_no_prediction(void **unused)
{
    static const char *const keys[] = {"l2 = 0.01\n", "schedule = inverse:100\n"};
    (void)unused;
    for (int i = 0; i < 2; i++) {
        machine m;
        dyson_prediction law;
        machine_create(&m,
                       HEAD "visible = 4\nhidden = 4\nmass2 = 9\ntarget_mass2 = 4\n"
                            "learning_rate = 0.1\nbatch_size = 16\n%s",
                       keys[i]);
        rbm_predict(m.system, 0, 0, &law);
        assert_true(isnan(law.sigma) && isnan(law.abscissa));
        machine_destroy(&m);
    }
}

/* ---- schedules ---- */

static void schedules_are_read_and_followed(void **unused)
{
    static const struct {
        const char *text;
        double at[4]; /* rate 2 at updates 0, 1, 10, 25 */
    } good[] = {
        {"constant", {2.0, 2.0, 2.0, 2.0}},
        {"exponential:10", {2.0, 1.8096748360719190, 0.73575888234288464, 0.16416999724779760}},
        {"step:10:0.5", {2.0, 2.0, 1.0, 0.5}},
        {"step:1e1:0.25", {2.0, 2.0, 0.5, 0.125}},
        {"inverse:5", {2.0, 1.6666666666666667, 0.66666666666666667, 0.33333333333333333}},
    };
    static const char *const bad[] = {
        "",          "constants",   "constant:1",  "exponential", "exponential:", "exponential:0",
        "step:10",   "step:10:",    "step:10:0",   "step:10:1:1", "step:10:0.5x", "exponential:-1",
        "inverse:x", "inverse:inf", "inverse:nan", "inverse:1:2", "linear:3",     "Constant"};
    static const int64_t updates[] = {0, 1, 10, 25};
    (void)unused;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        rbm_parameters p = {.learning_rate = 2.0};
        assert_int_equal(rbm_schedule_parse(good[i].text, &p.schedule, NULL, 0), 0);
        for (int u = 0; u < 4; u++)
            assert_true(fabs(rbm_learning_rate(&p, updates[u]) - good[i].at[u]) < 1e-15);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        rbm_schedule schedule;
        char allowed[200] = "";
        if (rbm_schedule_parse(bad[i], &schedule, allowed, sizeof allowed) == 0)
            fail_msg("'%s' passed for a schedule", bad[i]);
        assert_non_null(strstr(allowed, "step:TAU:F"));
    }
}

/* X from W in all three shapes: W_vh = v + 1 for h = 0, and 1 for v = 0, h = 1, else 0.  With a =
 * W's first column and b = (1, 0, ...): a.a = n (n + 1)(2 n + 1)/6, a.b = 1, b.b = 1. */
static void x_and_its_noise(void **unused)
{
    static const int shapes[3][2] = {{5, 5}, {5, 3}, {3, 5}};
    (void)unused;
    for (int s = 0; s < 3; s++) {
        const int visible = shapes[s][0], hidden = shapes[s][1];
        double w[25] = {0}, x[25];
        machine m;
        machine_create(&m,
                       HEAD
                       "visible = %d\nhidden = %d\nmass2 = 9\nsigma_h = 0.5\ntarget_mass2 = 2\n"
                       "[sweep a]\nlearning_rate = 0.1\nbatch_size = 4\nmomentum = 0 0.5\n",
                       visible, hidden);
        const int n = m.system->shape.levels;
        for (int v = 0; v < visible; v++)
            w[v * hidden] = v + 1.0;
        w[1] = 1.0;
        assert_true(rbm_matrix(m.system, NULL, NULL) && rbm_matrix(m.system, w, x));
        const double squares = visible * (visible + 1) * (2 * visible + 1) / 6.0;
        if (hidden < visible) {
            assert_true(x[0] == 0.25 * squares && x[1] == 0.25 && x[n] == 0.25);
            assert_true(x[n + 1] == 0.25 && x[n * n - 1] == 0.0);
        } else {
            assert_true(x[0] == 0.25 * 2.0 && x[1] == 0.25 * 2.0 && x[n] == 0.25 * 2.0);
            assert_true(x[n * n - 1] == 0.25 * n * n);
        }
        /* (0.1/4)^2 (x_i + x_j)^2 or 4 x_i x_j, over 4 (9 - x_i)(9 - x_j) */
        const double factor = hidden < visible ? 4.0 * 1.0 * 5.0 : 36.0;
        const double expected = 0.025 * 0.025 * factor / (4.0 * 8.0 * 4.0);
        assert_true(fabs(rbm_noise(m.system, 0, 1.0, 5.0) / expected - 1.0) < 1e-14);
        assert_true(rbm_noise(m.system, 0, 0.0, 0.0) == 0.0);
        assert_true(isnan(rbm_noise(m.system, 1, 1.0, 5.0))); /* momentum */
        machine_destroy(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(target_is_the_free_scalar),
        cmocka_unit_test(fewer_hidden_nodes_learn_the_lowest_modes),
        cmocka_unit_test(predictions_follow_the_formulas),
        cmocka_unit_test(no_stationary_state_no_prediction),
        cmocka_unit_test(x_and_its_noise),
        cmocka_unit_test(schedules_are_read_and_followed),
    };
    return cmocka_run_group_tests_name("rbm", tests, NULL, NULL);
}
