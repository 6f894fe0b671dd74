/* theory_limits_test.c: the Fokker-Planck equation of one mode with noise that depends on x, and
 * where it ends: modes that are not predicted, grids that are too coarse, sums without digits. */
#include "theory/steps.h"
#include "theory_case.h"

/* (g^2 P_s)' + V' P_s by differences, over the largest g^2 P_s/sigma. */
static double flow_left(const run *made, int cells)
{
    dyson_fokker_planck *mode = grid_of(made, 0, DYSON_NOISE_LOCAL, cells);
    const double sigma = sqrt(mode->noise / mode->curvature);
    double worst = 0.0, largest = 0.0;
    for (int i = 1; i + 1 < cells; i++) {
        dyson_mode at, below, above;
        made->model->mode(made->system, 0, 0, mode->x[i], &at);
        made->model->mode(made->system, 0, 0, mode->x[i - 1], &below);
        made->model->mode(made->system, 0, 0, mode->x[i + 1], &above);
        const double change =
            above.noise * mode->stationary[i + 1] - below.noise * mode->stationary[i - 1];
        worst = fmax(worst, fabs(change / (mode->x[i + 1] - mode->x[i - 1]) +
                                 at.slope * mode->stationary[i]));
        largest = fmax(largest, at.noise * mode->stationary[i]);
    }
    assert_true(mode->edge[0] > 0.0);
    dyson_fokker_planck_destroy(mode);
    return worst * sigma / largest;
}

/* Nothing flows: what is left by differences falls by four with twice as many cells. */
static void machine_local_noise(void **unused)
{
    run made = open_run(MACHINE, 0.1, 16);
    (void)unused;
    const double coarse = flow_left(&made, 1000), fine = flow_left(&made, 2000);
    assert_true(coarse < 0.02);
    near("fall of the flow", coarse / fine, 4.0, 0.1);
    close_run(&made);
}

/* Laguerre's process: V' = a (x - 1), g^2 = c x has P_s = x^(a/c - 1) e^(-a x/c)/Z and, for every
 * c, E_n = n a. */
enum { LAGUERRE_OVER = 10 }; /* a/c */
static const double laguerre_rate = 0.1;

static const dyson_shape *laguerre_shape(const dyson_system *system)
{
    static const double x = 1.0;
    static const dyson_shape shape = {.levels = 1, .x = &x, .floor = 0.0, .ceiling = INFINITY};
    (void)system;
    return &shape;
}

static bool laguerre_mode(const dyson_system *system, size_t point, int level, double x,
                          dyson_mode *mode)
{
    (void)system;
    (void)point;
    (void)level;
    *mode = (dyson_mode){0.5 * laguerre_rate * (x - 1.0) * (x - 1.0), laguerre_rate * (x - 1.0),
                         laguerre_rate, laguerre_rate / LAGUERRE_OVER * x};
    return true;
}

static void laguerre_levels(void **unused)
{
    static const dyson_model model = {.shape = laguerre_shape, .mode = laguerre_mode};
    const run made = {.model = &model};
    double energy[2][STATES];
    (void)unused;
    for (int fine = 0; fine < 2; fine++) {
        dyson_fokker_planck *mode = grid_of(&made, 0, DYSON_NOISE_LOCAL, 1000 << fine);
        levels_of(mode, STATES, energy[fine], NULL);
        const double scale = tgamma(LAGUERRE_OVER) / pow(LAGUERRE_OVER, LAGUERRE_OVER);
        for (int i = 0; i < mode->cells; i++)
            near("P_s", mode->stationary[i],
                 pow(mode->x[i], LAGUERRE_OVER - 1) * exp(-LAGUERRE_OVER * mode->x[i]) / scale,
                 1e-4);
        dyson_fokker_planck_destroy(mode);
    }
    for (int n = 1; n < STATES; n++) {
        near("E_n", energy[1][n], laguerre_rate * n, 1e-3 * laguerre_rate * n);
        /* As in the linear process, of order h^4. */
        near("order", (energy[0][n] - laguerre_rate * n) / (energy[1][n] - laguerre_rate * n), 16.0,
             2.0);
    }
}

/* Near x = mu^2 the noise diverges, and H in x would have elements of 10^13 and more.  E_1 of kappa
 * = 4 at alpha = 0.1: by the singular values of H's bidiagonal factor in x, on 16,000 cells.
 * Halving the cells must show the error, within a factor. */
static void machine_local_levels(void **unused)
{
    static const struct {
        int batch;
        double first;
    } known[] = {{4, 0.0622309}, {16, 0.0624691}};
    (void)unused;
    for (size_t b = 0; b < sizeof known / sizeof known[0]; b++) {
        run made = open_run(MACHINE, 0.1, known[b].batch);
        dyson_theory *coarse = theory_of(&made, DYSON_NOISE_LOCAL, 1000);
        dyson_theory *fine = theory_of(&made, DYSON_NOISE_LOCAL, 4000);
        near("E_1", coarse->state[1].energy, known[b].first, 1e-7);
        for (int n = 1; n < STATES; n++) {
            const double error = fabs(coarse->state[n].energy - fine->state[n].energy);
            assert_true(error <= 3.0 * coarse->state[n].energy_error && error < 1e-5);
            assert_true(fine->state[n].energy > fine->state[n - 1].energy);
        }
        dyson_theory_destroy(coarse);
        dyson_theory_destroy(fine);
        close_run(&made);
    }
}

/* ---- limits ---- */

static dyson_fokker_planck *no_mode(const run *made, int level)
{
    return grid_of(made, level, DYSON_NOISE_CONSTANT, CELLS);
}

/* mode says no wherever predict gives no sigma: rates too large, and modes too heavy, which are
 * modes of their own all the same. */
static void nothing_is_predicted(void **unused)
{
    static const char *const fast[] = {
        HEAD "teacher-student\n[teacher-student]\nteacher = 2\nlearning_rate = 2.5\n"
             "batch_size = 4\nnoise = 0.1\n",
        HEAD "eigenvalue-sde\n[eigenvalue-sde]\nprocess = linear\nvalues = 2\n"
             "learning_rate = 2.5\nbatch_size = 4\nnoise = 0.1\n",
        HEAD "rbm\n[rbm]\nvisible = 2\nhidden = 2\nmass2 = 9\ntarget_mass2 = 4\n"
             "learning_rate = 10\nbatch_size = 4\n"};
    (void)unused;
    for (size_t i = 0; i < sizeof fast / sizeof fast[0]; i++) {
        run made = open_run("%s", fast[i]);
        dyson_prediction predicted;
        made.model->predict(made.system, 0, 0, &predicted);
        assert_true(isnan(predicted.sigma));
        assert_null(no_mode(&made, 0));
        close_run(&made);
    }
    run heavy = open_run(HEAD "rbm\n[rbm]\nvisible = 10\nhidden = 10\nmass2 = 5.5\n"
                              "target_mass2 = 4\nlearning_rate = 0.01\nbatch_size = 16\n");
    dyson_theory *theory = theory_of(&heavy, DYSON_NOISE_CONSTANT, 2000);
    assert_int_equal(theory->modes, 6);
    for (size_t k = 0; k < 6; k++)
        assert_true((theory->fokker_planck[k] != NULL) == (k < 3)); /* kappa = 5.38, 6.62 */
    dyson_theory_destroy(theory);
    close_run(&heavy);
    /* So much noise that P_s does not fall before mu^2: it has an integral all the same. */
    run strong = open_run(MACHINE, 2.0, 1);
    dyson_fokker_planck *mode = grid_of(&strong, 0, DYSON_NOISE_CONSTANT, 4000);
    assert_non_null(mode);
    assert_true(mode->edge[mode->cells] > 9.0 - 1e-6);
    dyson_fokker_planck_destroy(mode);
    close_run(&strong);
}

/* The number of cells that is asked for is enough, and a tenth less is not. */
static void few_cells(void **unused)
{
    run made = open_run(MACHINE, 0.01, 1024);
    dyson_error error = {0};
    dyson_fokker_planck *mode;
    int needed = 0;
    (void)unused;
    assert_int_equal(dyson_fokker_planck_create(made.model, made.system, 0, 0, DYSON_NOISE_CONSTANT,
                                                60, &mode, &error),
                     DYSON_BAD_DATA);
    assert_null(mode);
    assert_int_equal(sscanf(strstr(error.text, "it needs"), "it needs %d", &needed), 1);
    mode = grid_of(&made, 0, DYSON_NOISE_CONSTANT, needed);
    dyson_fokker_planck_destroy(mode);
    close_run(&made);
}

/* A start far out in the tail of the linear process: near the law the sum over eigenfunctions has
 * digits, further out, the sooner the finer the grid, it has none, and steps take its place: the
 * mean is exact all the same. */
static void digits_run_out(void **unused)
{
    run made = open_run(LINEAR);
    (void)unused;
    for (int cells = 500; cells <= 2000; cells *= 4) {
        dyson_fokker_planck *mode = grid_of(&made, 1, DYSON_NOISE_CONSTANT, cells);
        double *work = malloc(2 * (size_t)cells * sizeof *work);
        int stepped = 0;
        for (double far = 3.0; far < 11.0; far += 1.5) {
            dyson_error error = {0};
            const double time = 3.0, sigma = sqrt(mode->noise / mode->curvature);
            const dyson_law_of_x law = {.mean = 1.0 + far * sigma};
            double mean = 0.0;
            bool by_steps = false;
            if (dyson_fokker_planck_law(mode, &law, work, &error) != DYSON_OK ||
                dyson_fokker_planck_evolve(mode, work, 1, &time, work + cells, &by_steps, &error) !=
                    DYSON_OK)
                fail_msg("%s", error.text);
            assert_true(!by_steps || far > 7.0);
            stepped += by_steps;
            for (int i = 0; i < cells; i++)
                mean += mode->width[i] * work[cells + i] * (mode->x[i] - 1.0);
            near("mean", mean, far * sigma * exp(-0.1 * time), 2e-3 * far * sigma);
        }
        assert_true(stepped > 0);
        free(work);
        dyson_fokker_planck_destroy(mode);
    }
    close_run(&made);
}

/* The RBM from x = 3 on: the sum over eigenfunctions and the steps are two ways to one law, and
 * agree to the precision that is asked of the steps, 10^-5 of the largest value; here within twice
 * that, as their last change is not quite their error. */
static void steps_and_states_agree(void **unused)
{
    enum { TIMES = 3 };
    static const double times[TIMES] = {0.0, 10.0, 60.0};
    run made = open_run(MACHINE, 0.1, 16);
    (void)unused;
    for (int form = DYSON_NOISE_CONSTANT; form <= DYSON_NOISE_LOCAL; form++) {
        dyson_fokker_planck *mode = grid_of(&made, 0, (dyson_noise_form)form, CELLS);
        double *const work = malloc((TIMES + 2) * CELLS * sizeof *work);
        double *const density = work + CELLS, *const stepped = density + (size_t)TIMES * CELLS;
        /* With local noise the grid begins at 2.9. */
        const dyson_law_of_x law = {.mean = form == DYSON_NOISE_LOCAL ? 4.5 : 3.0, .width = 0.2};
        dyson_error error = {0};
        bool by_steps = true;
        if (dyson_fokker_planck_law(mode, &law, work, &error) != DYSON_OK ||
            dyson_fokker_planck_evolve(mode, work, TIMES, times, density, &by_steps, &error) !=
                DYSON_OK)
            fail_msg("%s", error.text);
        assert_false(by_steps);
        for (int t = 0; t < TIMES; t++) {
            double largest = 0.0;
            if (theory_step(mode, work, times[t], stepped, &error) != DYSON_OK)
                fail_msg("%s", error.text);
            for (int i = 0; i < CELLS; i++)
                largest = fmax(largest, stepped[i]);
            for (int i = 0; i < CELLS; i++)
                near("P", stepped[i], density[t * CELLS + i], 2e-5 * largest);
        }
        free(work);
        dyson_fokker_planck_destroy(mode);
    }
    close_run(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(machine_local_noise),
                                       cmocka_unit_test(laguerre_levels),
                                       cmocka_unit_test(machine_local_levels),
                                       cmocka_unit_test(nothing_is_predicted),
                                       cmocka_unit_test(few_cells),
                                       cmocka_unit_test(digits_run_out),
                                       cmocka_unit_test(steps_and_states_agree)};
    return cmocka_run_group_tests_name("theory limits", tests, NULL, NULL);
}
