/* rbm_dense_test.c: large RBMs, one at a time, learn as small ones in SIMD lanes do: the same
 * random numbers, so the same weights to rounding; what sizes choose, and what they need. */
#include "rbm_dense_machine.h"

#include <math.h>
#include <string.h>

/* ---- both regimes ---- */

enum { MOST = 48, SQUARE = MOST * MOST };

/* Spectrum and weights of replica 7 after some updates, taken in two goes. */
static void learnt(const dyson_regime *regime, const char *keys, int64_t updates, double *x,
                   double *weights, int *levels, int *elements)
{
    machine m;
    dyson_error error = {0};
    static double all_x[DYSON_KERNEL_LANES_MAX * MOST], all_w[DYSON_KERNEL_LANES_MAX * SQUARE];
    const int64_t replica[DYSON_KERNEL_LANES_MAX] = {7, 8, 9, 10, 11, 12, 13, 14};
    int64_t at[DYSON_KERNEL_LANES_MAX];
    machine_open(&m, regime, keys);
    const rbm_parameters *const p = &m.system->parameters;
    *levels = m.system->shape.levels;
    *elements = p->visible * p->hidden;
    m.regime->start(m.pack, 0, replica, m.replicas);
    m.regime->advance(m.pack, 1);
    m.regime->advance(m.pack, updates);
    if (m.regime->spectrum(m.pack, all_x, MOST, &error) != DYSON_OK)
        fail_msg("%s", error.text);
    m.regime->weights(m.pack, all_w, SQUARE);
    m.regime->diverged(m.pack, at);
    if (at[0] >= 0)
        fail_msg("ran away at update %lld:\n%s", (long long)at[0], keys);
    memcpy(x, all_x, (size_t)*levels * sizeof *x);
    memcpy(weights, all_w, (size_t)*elements * sizeof *weights);
    machine_close(&m);
}

/* An update rounds sums of some N terms, and multiplies what is there by 1 + alpha D: 25 of them
 * leave 1e-16 below 1e-12 of the largest level.  The last machine has more nodes than a strip. */
static void regimes_agree(void **unused)
{
    static const char *const layers[] = {
        "visible = 5\nhidden = 5\n", "visible = 7\nhidden = 4\n", "visible = 6\nhidden = 11\n",
        "visible = 16\nhidden = 13\n", "visible = 42\nhidden = 48\n"};
    static const char *const keys[] = {
        "sampler = gibbs\nbatch_size = 6\ngibbs_steps = 1\n",
        "sampler = gibbs\nbatch_size = 3\ngibbs_steps = 4\nsigma_h = 1.2\nl2 = 0.3\n",
        "sampler = collapsed\nbatch_size = 1\ngibbs_steps = 1\n",
        "sampler = collapsed\nbatch_size = 9\ngibbs_steps = 2\nmomentum = 0.6\nl2 = 0.2\n",
        "sampler = collapsed\nbatch_size = 8\nsigma_h = 0.8\n",
        "sampler = collapsed\nbatch_size = 8\ngibbs_steps = 13\nschedule = step:5:0.5\n",
        "sampler = wishart\nbatch_size = 43\ngibbs_steps = 1\n",
        "sampler = wishart\nbatch_size = 80\ngibbs_steps = 6\nmomentum = 0.6\n",
        "sampler = wishart\nbatch_size = 1000\nsigma_h = 1.2\nl2 = 0.1\n",
        "sampler = collapsed\nbatch_size = 9\ngibbs_steps = infinite\n",
        "sampler = wishart\nbatch_size = 43\ngibbs_steps = infinite\nmomentum = 0.6\n"};
    static double w[2][SQUARE];
    double worst = 0.0;
    (void)unused;
    for (size_t i = 0; i < sizeof layers / sizeof layers[0]; i++) {
        for (size_t j = 0; j < sizeof keys / sizeof keys[0]; j++) {
            char text[512];
            double x[2][MOST], scale = 0.0, error = 0.0;
            int levels = 0, elements = 0;
            snprintf(text, sizeof text, "%s%sinit_std = %g\nlearning_rate = 0.05\n", layers[i],
                     keys[j], i == 4 ? 0.15 : 0.4);
            learnt(&rbm_lanes, text, 25, x[0], w[0], &levels, &elements);
            learnt(&rbm_dense, text, 25, x[1], w[1], &levels, &elements);
            for (int k = 0; k < levels; k++)
                scale = fmax(scale, x[0][k]);
            for (int k = 0; k < levels; k++)
                error = fabs(x[0][k] - x[1][k]) <= error ? error : fabs(x[0][k] - x[1][k]);
            for (int k = 0; k < elements; k++)
                error = fabs(w[0][k] - w[1][k]) <= error ? error : fabs(w[0][k] - w[1][k]);
            if (!(error <= 1e-12 * scale) || !(scale > 0.1))
                fail_msg("regimes differ by %.1e of %.2g:\n%s", error, scale, text);
            worst = fmax(worst, error / scale);
        }
    }
    print_message("regimes differ by %.1e of the largest level\n", worst);
}

/* ---- sizes ---- */

static void size_chooses_the_regime(void **unused)
{
#define POINT "learning_rate = 0.1\nbatch_size = 4\n"
    static const struct {
        const char *keys;
        const dyson_regime *regime;
    } cases[] = {{"visible = 64\nhidden = 64\n" POINT, &rbm_lanes},
                 {"visible = 65\nhidden = 10\n" POINT, &rbm_dense},
                 {"visible = 10\nhidden = 65\n" POINT, &rbm_dense}};
    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        machine m;
        machine_open(&m, NULL, cases[i].keys);
        assert_ptr_equal(m.regime, cases[i].regime);
        machine_close(&m);
    }
}

/* The formulas of models.md; what is more is padding, up to 64 bytes to each of 8 arrays. */
static void memory_is_as_documented(void **unused)
{
    static const struct {
        int v, h, b;
        const char *sampler;
    } cases[] = {{66, 90, 9, "gibbs"},        {90, 66, 9, "gibbs"},    {66, 90, 10, "collapsed"},
                 {90, 66, 12, "collapsed"},   {66, 90, 80, "wishart"}, {90, 66, 1000, "wishart"},
                 {70, 70, 1048576, "wishart"}};
    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const double v = cases[i].v, h = cases[i].h, b = cases[i].b, four = 4.0 * ceil(b / 4.0);
        const double doubles = cases[i].sampler[0] == 'g' ? 2 * v * h + v * v + (v + h) * four
                               : cases[i].sampler[0] == 'c'
                                   ? 2 * v * h + 4 * v * v + 2 * v * four
                                   : 2 * v * h + 6 * v * v + v * fmin(b - v, v);
        char keys[256];
        machine m;
        snprintf(keys, sizeof keys,
                 "visible = %d\nhidden = %d\nsampler = %s\n"
                 "[sweep b]\nlearning_rate = 0.1\nbatch_size = %d %d\n",
                 cases[i].v, cases[i].h, cases[i].sampler, cases[i].b,
                 cases[i].sampler[0] == 'w' ? cases[i].v + 1 : 1);
        machine_open(&m, NULL, keys);
        const double bytes = (double)((const model_pack *)m.pack)->bytes;
        assert_true(bytes >= 8.0 * doubles && bytes <= 8.0 * doubles + 8 * 64);
        machine_close(&m);
    }
}

/* 10^14 bytes are more than any machine has, or an address can tell apart. */
static void too_large_for_memory(void **unused)
{
    rbm_point point = {.learning_rate = 0.1, .batch = 1 << 30, .sampler = RBM_COLLAPSED};
    const dyson_system system = {
        .parameters = {.visible = RBM_NODES_MAX, .hidden = RBM_NODES_MAX, .steps = 3},
        .points = &point,
        .point_count = 1};
    dyson_error error = {0};
    dyson_pack *pack = NULL;
    (void)unused;
    assert_int_equal(rbm_dense.create(&system, DYSON_KERNEL_BASE, &pack, &error), DYSON_INTERNAL);
    assert_null(pack);
    assert_non_null(strstr(error.text, "out of memory"));
}

/* auto takes the moments where chains cost clearly more, and a batch within N_v has none. */
static void auto_takes_what_costs_less(void **unused)
{
    static const struct {
        int batch;
        rbm_sampler sampler;
    } cases[] = {{8, RBM_COLLAPSED},
                 {80, RBM_COLLAPSED},
                 {100, RBM_COLLAPSED},
                 {640, RBM_WISHART},
                 {1048576, RBM_WISHART}};
    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        machine m;
        char keys[256];
        snprintf(keys, sizeof keys,
                 "visible = 80\nhidden = 72\nlearning_rate = 0.1\nbatch_size = %d\n",
                 cases[i].batch);
        machine_open(&m, NULL, keys);
        assert_int_equal(rbm_at_point(m.system, 0).sampler, cases[i].sampler);
        machine_close(&m);
    }
}

/* At a rate far too large levels leave every bound within some updates, and the replica stays
 * marked with the first; the next one starts afresh. */
static void a_large_machine_runs_away(void **unused)
{
    static const char *const samplers[] = {"gibbs", "collapsed", "wishart"};
    (void)unused;
    for (int i = 0; i < 3; i++) {
        char keys[256];
        machine m;
        int64_t at = 0, again = 0;
        snprintf(keys, sizeof keys,
                 "visible = 70\nhidden = 66\ninit_std = 0.2\nsampler = %s\nlearning_rate = 50\n"
                 "batch_size = 80\n",
                 samplers[i]);
        machine_open(&m, NULL, keys);
        for (int64_t replica = 0; replica < 2; replica++) {
            m.regime->start(m.pack, 0, &replica, 1);
            m.regime->diverged(m.pack, &at);
            assert_true(at < 0);
            m.regime->advance(m.pack, 60);
            m.regime->diverged(m.pack, &at);
            m.regime->advance(m.pack, 70);
            m.regime->diverged(m.pack, &again);
            assert_true(at > 0 && at < 60 && again == at);
        }
        machine_close(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regimes_agree),
        cmocka_unit_test(size_chooses_the_regime),
        cmocka_unit_test(memory_is_as_documented),
        cmocka_unit_test(too_large_for_memory),
        cmocka_unit_test(auto_takes_what_costs_less),
        cmocka_unit_test(a_large_machine_runs_away),
    };
    return cmocka_run_group_tests_name("large RBMs", tests, NULL, NULL);
}
