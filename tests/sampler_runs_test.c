/* sampler_runs_test.c: RBMs trained by any sampler have the same law of spectra, and the
 * predicted one. */
#include "rbm_machine.h"
#include "two_samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Address sanitizing makes arithmetic many times slower; a part of the sample finds memory errors.
 */
#if defined(__SANITIZE_ADDRESS__)
enum { REPLICAS = 400, FULL = 0 };
#else
enum { REPLICAS = 20000, FULL = 1 };
#endif
enum { LEVELS = 3 };

/* What is compared: the levels and the spacings between neighbours, REPLICAS of each, of which the
 * first `sound` are filled. */
typedef struct ensemble {
    int values, sound, diverged;
    double *value[2 * LEVELS - 1];
} ensemble;

static void ensemble_train(ensemble *e, const char *sampler, int seed, int visible, int hidden,
                           int batch, int steps)
{
    machine m;
    machine_create(&m,
                   "[ensemble]\nmodel = rbm\nreplicas = %d\nupdates = 300\nseed = %d\n[rbm]\n"
                   "visible = %d\nhidden = %d\nmass2 = 9\ngibbs_steps = %d\ninit_std = 0.8\n"
                   "sampler = %s\ntarget_mass2 = 2\nlearning_rate = 0.1\nbatch_size = %d\n",
                   REPLICAS, seed, visible, hidden, steps, sampler, batch);
    *e = (ensemble){.values = 2 * LEVELS - 1};
    for (int i = 0; i < e->values; i++)
        e->value[i] = malloc(REPLICAS * sizeof(double));
    for (int64_t first = 0; first < REPLICAS; first += m.lanes) {
        int64_t replica[DYSON_KERNEL_LANES_MAX], diverged_at[DYSON_KERNEL_LANES_MAX];
        double x[DYSON_KERNEL_LANES_MAX * LEVELS];
        for (int l = 0; l < m.lanes; l++)
            replica[l] = first + l;
        rbm_pack_start(m.pack, 0, replica, m.lanes);
        rbm_pack_advance(m.pack, 300);
        rbm_pack_spectrum(m.pack, x, LEVELS, NULL);
        model_pack_diverged(m.pack, diverged_at);
        for (int l = 0; l < m.lanes; l++) {
            const double *const level = x + l * LEVELS;
            for (int i = 0; i < LEVELS; i++)
                e->value[i][e->sound] = level[i];
            for (int i = 0; i + 1 < LEVELS; i++)
                e->value[LEVELS + i][e->sound] = level[i] - level[i + 1];
            e->sound += diverged_at[l] < 0;
            e->diverged += diverged_at[l] >= 0;
        }
    }
    machine_destroy(&m);
}

static void ensemble_clear(ensemble *e)
{
    for (int i = 0; i < e->values; i++)
        free(e->value[i]);
}

/* The smallest p over levels and spacings, times their number (Bonferroni). */
static double least_p(const ensemble *a, const ensemble *b)
{
    double least = 1.0;
    for (int i = 0; i < a->values; i++)
        least = fmin(least, two_samples_p(a->value[i], a->sound, b->value[i], b->sound));
    return least * a->values;
}

static void agree(const ensemble *gibbs, const ensemble *other, const char *name)
{
    assert_true(gibbs->diverged + other->diverged < REPLICAS / 10);
    assert_true(fabs((double)gibbs->diverged - other->diverged) <=
                5.0 * sqrt(1.0 + gibbs->diverged + other->diverged));
    const double p = least_p(gibbs, other);
    print_message("%s: p = %.3f\n", name, p);
    if (!(p > 1e-3))
        fail_msg("%s: p = %.1e", name, p);
}

/* Spectra after 300 updates, several relaxation times, of 20,000 replicas per sampler and with
 * seeds of their own, agree in law: refused below p = 1e-3, Bonferroni-corrected.  Counts of
 * replicas that ran away are Poisson.  One Gibbs step too few or too many (the chains remember (x_i
 * x_j/mu^4)^k of themselves) is refused, with p below 1e-6: the test can fail. */
static void check_runs(int visible, int hidden, int batch, int steps, int wrong)
{
    const char *const last = batch > visible ? "wishart" : "collapsed";
    ensemble gibbs, other;
    ensemble_train(&gibbs, "gibbs", 11, visible, hidden, batch, steps);
    ensemble_train(&other, "collapsed", 12, visible, hidden, batch, steps);
    agree(&gibbs, &other, "collapsed");
    ensemble_clear(&other);
    if (batch > visible) {
        ensemble_train(&other, "wishart", 14, visible, hidden, batch, steps);
        agree(&gibbs, &other, "wishart");
        ensemble_clear(&other);
    }
    ensemble_train(&other, last, 13, visible, hidden, batch, wrong);
    const double refused = least_p(&gibbs, &other);
    if (FULL && !(refused < 1e-6))
        fail_msg("a wrong k is not refused: p = %.1e", refused);
    ensemble_clear(&gibbs);
    ensemble_clear(&other);
}

/* B < 2 N_v and B > 2 N_v. */
static void runs_agree_in_law(void **unused)
{
    (void)unused;
    check_runs(3, 3, 4, 2, 1);
    check_runs(4, 3, 9, 1, 2);
}

/* Mean and its square's of a quantity over replicas. */
typedef struct sums {
    double n, x, xx;
} sums;

static void add(sums *s, double x)
{
    s->n += 1.0;
    s->x += x;
    s->xx += x * x;
}

static double mean(const sums *s)
{
    return s->x / s->n;
}

static double deviation(const sums *s)
{
    return sqrt(s->xx / s->n - mean(s) * mean(s));
}

/* N = 3, kappa = 1, 4, 4 and mu^2 = 9, so x = 8 and a pair at 5: mean spacing sqrt(pi) sigma of the
 * pair, standard deviation sigma of the single level, means at mu^2 - kappa.  alpha/B = 6e-4 keeps
 * the corrections of the order of alpha/B, times a few, below 1 %.  The chains' memory is part of
 * the prediction: with k = 1 it widens the pair by sqrt((1 + rho)/(1 - rho)) = 1.38, rho = (5/9)^2,
 * with k = 10 not at all, and the single level, rho = (8/9)^20, by 1.10; with k = infinity nothing.
 * The single level's finite rate, 2 alpha Omega = 0.16 per update, widens it by 1/sqrt(1 - 0.08) =
 * 1.04 more.  With k = 1 the single level's memory lasts as long as its relaxation, and the
 * prediction does not hold for it.  Six hidden nodes start all levels well above 0, where they
 * would grow slowly.  8000 replicas: the mean spacing has an error of 0.523/sqrt(8000) = 0.6 %, a
 * standard deviation one of 0.8 %.  Thresholds: 5 errors, and for the theory 1 %, 2 % for the
 * single level.  The means are good to 0.002; the levels' repulsion moves them by some 0.01. */
static void small_machine_comes_to_the_predicted_law(int steps)
{
#if defined(__SANITIZE_ADDRESS__)
    const int replicas = 64, updates = 300;
#else
    const int replicas = 8000, updates = 3000;
#endif
    machine m;
    sums spacing = {0}, centre = {0}, single = {0};
    machine_create(&m,
                   "[ensemble]\nmodel = rbm\nreplicas = 8000\nupdates = 3000\nseed = 3\n[rbm]\n"
                   "visible = 3\nhidden = 6\nmass2 = 9\ntarget_mass2 = 1\n"
                   "gibbs_steps = %s\ninit_std = 0.45\nlearning_rate = 0.01\n"
                   "batch_size = 16\n",
                   steps_of(steps).text);
    for (int64_t first = 0; first < replicas; first += m.lanes) {
        int64_t replica[DYSON_KERNEL_LANES_MAX], diverged_at[DYSON_KERNEL_LANES_MAX];
        double x[DYSON_KERNEL_LANES_MAX * 3];
        for (int l = 0; l < m.lanes; l++)
            replica[l] = first + l;
        rbm_pack_start(m.pack, 0, replica, m.lanes);
        rbm_pack_advance(m.pack, updates);
        rbm_pack_spectrum(m.pack, x, 3, NULL);
        model_pack_diverged(m.pack, diverged_at);
        for (int l = 0; l < m.lanes; l++) {
            assert_int_equal(diverged_at[l], -1);
            add(&single, x[l * 3]);
            add(&spacing, x[l * 3 + 1] - x[l * 3 + 2]);
            add(&centre, 0.5 * (x[l * 3 + 1] + x[l * 3 + 2]));
        }
    }
    dyson_prediction pair, lone;
    rbm_predict(m.system, 0, 1, &pair);
    rbm_predict(m.system, 0, 0, &lone);
    const double ratio = mean(&spacing) / (sqrt(3.141592653589793) * pair.sigma);
    const double width = deviation(&single) / (lone.sigma * 1.04);
    print_message("k = %d: spacing %.4f, width %.4f of the prediction; means %.4f %.4f\n", steps,
                  ratio, width, mean(&single), mean(&centre));
    if (updates == 3000) {
        assert_true(fabs(ratio - 1.0) < 5 * 0.006 + 0.01);
        assert_true(fabs(mean(&centre) - 5.0) < 0.05);
        if (steps != 1) {
            assert_true(fabs(width - 1.0) < 5 * 0.008 + 0.02);
            assert_true(fabs(mean(&single) - 8.0) < 0.05);
        }
    }
    machine_destroy(&m);
}

static void without_memory_of_the_chains(void **unused)
{
    (void)unused;
    small_machine_comes_to_the_predicted_law(10);
}

static void independent_draws_have_no_memory(void **unused)
{
    (void)unused;
    small_machine_comes_to_the_predicted_law(RBM_INFINITE);
}

static void with_memory_of_the_chains(void **unused)
{
    (void)unused;
    small_machine_comes_to_the_predicted_law(1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_agree_in_law),
        cmocka_unit_test(without_memory_of_the_chains),
        cmocka_unit_test(independent_draws_have_no_memory),
        cmocka_unit_test(with_memory_of_the_chains),
    };
    return cmocka_run_group_tests_name("sampler runs", tests, NULL, NULL);
}
