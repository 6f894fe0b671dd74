/* theory_test.c: the Fokker-Planck equation of one mode: the linear process, which is solved by
 * Hermite's functions and Gaussians; the RBM's potential.
 *
 * Linear: V = alpha (x - kappa)^2/2, so E_n = n alpha and, with u = (x - kappa)/sigma, sigma^2 =
 * g^2/alpha, psi_1 = u psi_0, psi_2 = (u^2 - 1)/sqrt(2) psi_0; a Gaussian of mean m and variance v
 * becomes one of kappa + (m - kappa) e^(-alpha t) and sigma^2 + (v - sigma^2) e^(-2 alpha t). */
#include "theory_case.h"

/* The grid reaches to 11.3 sigma on both sides, h = 0.028 sigma.  Of this process the error is even
 * of order h^4: it falls by 16 with twice as many cells. */
static void linear_levels(void **unused)
{
    run made = open_run(LINEAR);
    double energy[STATES], fine[STATES], *states = malloc(STATES * CELLS * sizeof *states);
    dyson_fokker_planck *mode = grid_of(&made, 1, DYSON_NOISE_CONSTANT, CELLS);
    dyson_fokker_planck *finer = grid_of(&made, 1, DYSON_NOISE_CONSTANT, 2 * CELLS);
    (void)unused;
    levels_of(mode, STATES, energy, states);
    levels_of(finer, STATES, fine, NULL);
    assert_false(mode->left_well);
    near("fixed point", mode->centre, 1.0, 0.0);
    near("sigma^2", mode->noise / mode->curvature, 0.1 * 0.25 / 16, 1e-15);
    assert_true(energy[0] == 0.0);
    for (int n = 1; n < STATES; n++) {
        near("E_n", energy[n], 0.1 * n, 1e-7 * n * n);
        near("ratio of errors", (energy[n] - 0.1 * n) / (fine[n] - 0.1 * n), 16.0, 0.6);
    }
    const double sigma = sqrt(mode->noise / mode->curvature);
    for (int i = 0; i < CELLS; i++) {
        const double u = (mode->x[i] - 1.0) / sigma;
        const double ground = exp(-0.25 * u * u) / sqrt(sigma * sqrt(2.0 * M_PI));
        near("psi_0", states[i], ground, 1e-3 / sqrt(sigma));
        /* psi_1 is as large on both sides: its sign is that of either. */
        near("|psi_1|", fabs(states[CELLS + i]), fabs(u) * ground, 1e-3 / sqrt(sigma));
        near("|psi_2|", fabs(states[2 * CELLS + i]), fabs(u * u - 1.0) * ground / sqrt(2.0),
             1e-3 / sqrt(sigma));
    }
    dyson_fokker_planck_destroy(mode);
    dyson_fokker_planck_destroy(finer);
    free(states);
    close_run(&made);
}

static void linear_law_in_time(void **unused)
{
    enum { TIMES = 4 };
    static const double times[TIMES] = {0.0, 3.0, 10.0, 200.0};
    run made = open_run(LINEAR);
    dyson_error error = {0};
    dyson_fokker_planck *mode = grid_of(&made, 1, DYSON_NOISE_CONSTANT, CELLS);
    double *density = malloc(TIMES * CELLS * sizeof *density), initial[CELLS], sum = 0.0;
    const double sigma2 = mode->noise / mode->curvature;
    const double mean = 1.0 + 3.0 * sqrt(sigma2), variance = 0.2 * sigma2;
    bool by_steps = true;
    (void)unused;
    for (int i = 0; i < CELLS; i++) {
        const double away = mode->x[i] - mean;
        sum += mode->width[i] * (initial[i] = exp(-0.5 * away * away / variance));
    }
    for (int i = 0; i < CELLS; i++)
        initial[i] /= sum;
    if (dyson_fokker_planck_evolve(mode, initial, TIMES, times, density, &by_steps, &error) !=
        DYSON_OK)
        fail_msg("%s", error.text);
    assert_false(by_steps);
    for (int t = 0; t < TIMES; t++) {
        const double left = exp(-0.1 * times[t]);
        double moment[3] = {0.0, 0.0, 0.0};
        for (int i = 0; i < CELLS; i++)
            for (int k = 0; k < 3; k++)
                moment[k] += mode->width[i] * density[t * CELLS + i] * pow(mode->x[i] - 1.0, k);
        near("probability", moment[0], 1.0, 1e-10);
        near("mean", moment[1], (mean - 1.0) * left, 2e-4 * (mean - 1.0));
        near("variance", moment[2] - moment[1] * moment[1],
             sigma2 + (variance - sigma2) * left * left, 1e-3 * sigma2);
    }
    free(density);
    dyson_fokker_planck_destroy(mode);
    close_run(&made);
}

/* The potential and its derivatives, by differences; P_s = exp(-V/g^2)/Z; in P_s as much flows up
 * as down through every edge. */
static void machine_potential(void **unused)
{
    run made = open_run(MACHINE, 0.1, 16);
    dyson_fokker_planck *mode = grid_of(&made, 0, DYSON_NOISE_CONSTANT, CELLS);
    const double d = 1e-4;
    (void)unused;
    for (double x = 0.5; x < 8.5; x += 0.5) {
        dyson_mode at, below, above;
        made.model->mode(made.system, 0, 0, x, &at);
        made.model->mode(made.system, 0, 0, x - d, &below);
        made.model->mode(made.system, 0, 0, x + d, &above);
        near("V'", (above.potential - below.potential) / (2 * d), at.slope, 1e-6);
        near("V''", (above.slope - below.slope) / (2 * d), at.curvature, 1e-6);
        near("V", at.potential, 0.2 * (-x * x / 8.0 - x - 9.0 * log(1.0 - x / 9.0)), 1e-13);
    }
    assert_true(mode->edge[0] == 0.0 && mode->left_well);
    near("Omega", mode->curvature, 0.2 * 5.0 / 16.0, 1e-15);
    near("|V''(0)|", mode->left_rate, 0.2 * (1.0 / 4.0 - 1.0 / 9.0), 1e-15);
    assert_true(mode->down[0] == 0.0 && mode->up[CELLS - 1] == 0.0);
    for (int i = 1; i < CELLS; i++) {
        const double down = mode->down[i] * mode->width[i] * mode->stationary[i];
        near("flow", mode->up[i - 1] * mode->width[i - 1] * mode->stationary[i - 1], down,
             1e-12 * down);
        near("P_s", log(mode->stationary[i] / mode->stationary[i - 1]),
             -(mode->potential[i] - mode->potential[i - 1]) / mode->noise, 1e-7);
    }
    dyson_fokker_planck_destroy(mode);
    close_run(&made);
}

/* Levels at 1000, 2000 and 4000 cells: successive differences fall by four, and the error that is
 * stated for a grid is what is left to the next but one, within a tenth. */
static void machine_convergence(void **unused)
{
    enum { GRIDS = 3 };
    run made = open_run(MACHINE, 0.02, 16);
    dyson_theory *theory[GRIDS];
    (void)unused;
    for (int g = 0; g < GRIDS; g++)
        theory[g] = theory_of(&made, DYSON_NOISE_CONSTANT, 1000 << g);
    for (int n = 1; n < STATES; n++) {
        const double first = theory[0]->state[n].energy - theory[1]->state[n].energy;
        const double second = theory[1]->state[n].energy - theory[2]->state[n].energy;
        near("order", first / second, 4.0, 0.15);
        near("stated error", theory[1]->state[n].energy_error * 3.0 / 4.0, fabs(second),
             0.1 * fabs(second));
    }
    for (int g = 0; g < GRIDS; g++)
        dyson_theory_destroy(theory[g]);
    close_run(&made);
}

/* As the noise falls, so does the distance of the levels from those of their parabolas: n Omega on
 * the right, (2 n + 1) |V''(0)| on the left.  On the right it is of order g^2.  On the left V has a
 * cube beside its parabola, of one sign at x >= 0, and the distance is of order g. */
static void machine_ladders(void **unused)
{
    static const int batch[2] = {16, 80};
    double away[2][2][2];
    for (int i = 0; i < 8; i++)
        away[i / 4][i / 2 % 2][i % 2] = NAN;
    (void)unused;
    for (int b = 0; b < 2; b++) {
        run made = open_run(MACHINE, 0.02, batch[b]);
        dyson_theory *theory = theory_of(&made, DYSON_NOISE_CONSTANT, 4000);
        assert_int_equal(theory->modes, 6);
        const dyson_theory_state *state = theory->state;
        assert_true(state[0].energy == 0.0 && state[0].left < 1e-3);
        for (int n = 1; n < STATES; n++) {
            const int left = state[n].left > 0.5;
            assert_true(state[n].left < 0.05 || state[n].left > 0.95);
            if (state[n].rung == (left ? 0 : 1) || state[n].rung == (left ? 1 : 2))
                away[b][left][state[n].rung - (left ? 0 : 1)] =
                    1.0 - state[n].energy / state[n].harmonic;
        }
        dyson_theory_destroy(theory);
        close_run(&made);
    }
    for (int left = 0; left < 2; left++)
        for (int rung = 0; rung < 2; rung++) {
            assert_true(away[0][left][rung] > 0.0 && away[0][left][rung] < 0.1);
            near("fall of the distance", away[0][left][rung] / away[1][left][rung],
                 left ? sqrt(5.0) : 5.0, left ? 0.15 : 0.3);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_levels), cmocka_unit_test(linear_law_in_time),
        cmocka_unit_test(machine_potential), cmocka_unit_test(machine_convergence),
        cmocka_unit_test(machine_ladders)};
    return cmocka_run_group_tests_name("theory", tests, NULL, NULL);
}
