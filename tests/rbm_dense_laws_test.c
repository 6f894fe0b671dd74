/* rbm_dense_laws_test.c: at sizes that lanes do not reach the law of an update is the model's. */
#include "rbm_dense_machine.h"

#include <math.h>
#include <string.h>

/* Address sanitizing makes arithmetic many times slower; a part of the sample finds memory errors.
 */
#if defined(__SANITIZE_ADDRESS__)
enum { REPLICAS = 4 };
#else
enum { REPLICAS = 30 };
#endif

enum { V = 80, H = 72, VECTORS = 6 };

/* u <- A u = (sigma_h^2/mu^2) W W^T u. */
static void apply_scaled(const rbm_parameters *p, const double *weights, double u[V])
{
    double h[H] = {0};
    for (int i = 0; i < V; i++)
        for (int a = 0; a < H; a++)
            h[a] += weights[i * H + a] * u[i];
    for (int i = 0; i < V; i++) {
        u[i] = 0.0;
        for (int a = 0; a < H; a++)
            u[i] += p->sigma_h * p->sigma_h / p->mass2 * weights[i * H + a] * h[a];
    }
}

static double inner(const double *a, const double *b)
{
    double sum = 0.0;
    for (int i = 0; i < V; i++)
        sum += a[i] * b[i];
    return sum;
}

/* u.C_model w at the last update; wishart has C, of which C^T lies in an upper triangle. */
static double model_moment(const dyson_pack *pack, const double u[V], const double w[V])
{
    const rbm_parameters *const p = &pack->parameters;
    double sum = 0.0;
    if (p->sampler != RBM_WISHART) {
        for (int b = 0; b < p->batch; b++)
            sum += inner(pack->chains + b * V, u) * inner(pack->chains + b * V, w);
        return sum / p->batch;
    }
    for (int b = 0; b < V; b++) {
        double left = 0.0, right = 0.0;
        for (int i = b; i < V; i++) {
            left += pack->chains[i * V + b] * u[i];
            right += pack->chains[i * V + b] * w[i];
        }
        sum += left * right;
    }
    return sum / p->batch;
}

/* After k Gibbs steps from v = (1 ... 1) with weights that stay, u.v is normal of mean m = u.A^k 1
 * and variance s^2 = u.(1 + A + ... + A^(2k-1)) u/mu^2 (models.md), so that q = u.C_model u has
 * mean m^2 + s^2 and variance (2 s^4 + 4 s^2 m^2)/B.  Its deviation in such standard deviations. */
static double deviation(const dyson_pack *pack, const double *weights, int steps, const double u[V])
{
    const rbm_parameters *const p = &pack->parameters;
    double power[V], mean = 0.0, variance = 0.0;
    memcpy(power, u, sizeof power);
    for (int s = 0; s < 2 * steps; s++) {
        variance += inner(u, power) / p->mass2;
        apply_scaled(p, weights, power);
        for (int i = 0; s == steps - 1 && i < V; i++)
            mean += power[i];
    }
    const double expected = mean * mean + variance;
    return (model_moment(pack, u, u) - expected) /
           sqrt((2.0 * variance * variance + 4.0 * variance * mean * mean) / p->batch);
}

/* The means of z, those deviations, and of z^2 - 1 over replicas, in standard errors, the larger;
 * u are columns of A^2, which see the large levels and are all but independent of each other.  The
 * square of a mean over B squares of normals has variance 2 + 12/B. */
static double law_deviation(const char *keys, int64_t updates, int steps)
{
    static double weights[V * H];
    double first = 0.0, second = 0.0;
    machine m;
    machine_open(&m, NULL, keys);
    assert_ptr_equal(m.regime, &rbm_dense);
    for (int64_t replica = 0; replica < REPLICAS; replica++) {
        m.regime->start(m.pack, 0, &replica, 1);
        m.regime->weights(m.pack, weights, 0);
        m.regime->advance(m.pack, updates);
        for (int k = 0; k < VECTORS; k++) {
            double u[V] = {0};
            u[k * V / VECTORS] = 1.0;
            apply_scaled(&m.pack->parameters, weights, u);
            apply_scaled(&m.pack->parameters, weights, u);
            const double z = deviation(m.pack, weights, steps, u);
            first += z;
            second += z * z - 1.0;
        }
    }
    const double count = REPLICAS * VECTORS, batch = m.pack->parameters.batch;
    machine_close(&m);
    return fmax(fabs(first) / sqrt(count), fabs(second) / sqrt(count * (2.0 + 12.0 / batch)));
}

/* One update, as the physics has it, and another number of steps is noticed; three, with what is
 * remembered of the first two; and 12, where nothing is left of the start and C_model is that of
 * (mu^2 - sigma_h^2 W W^T)^-1: the chains are stationary.  alpha = 1e-200 leaves W where it is. */
static void chains_have_the_law_of_gibbs_steps(void **unused)
{
    static const char *const samplers[] = {
        "sampler = gibbs\nbatch_size = 30\n", "sampler = collapsed\nbatch_size = 30\n",
        "sampler = wishart\nbatch_size = 130\n", "sampler = wishart\nbatch_size = 300\n"};
    (void)unused;
    for (size_t i = 0; i < sizeof samplers / sizeof samplers[0]; i++) {
        char keys[512];
        snprintf(keys, sizeof keys,
                 "visible = 80\nhidden = 72\nsigma_h = 1.1\ninit_std = 0.125\ngibbs_steps = 2\n"
                 "learning_rate = 1e-200\n%s",
                 samplers[i]);
        const double one = law_deviation(keys, 1, 2), other = law_deviation(keys, 1, 1);
        const double three = law_deviation(keys, 3, 6), many = law_deviation(keys, 12, 24);
        print_message("%s  %.1f, %.1f, %.1f standard errors; with another k %.0f\n", samplers[i],
                      one, three, many, other);
        assert_true(one < 5.0 && three < 5.0 && many < 5.0 && other > 8.0);
    }
}

/* W' = (1 + alpha sigma_h^2 (C_target - C_model)) W, C_target by its closed form. */
static void weights_move_by_the_difference(void **unused)
{
    static double before[V * H], after[V * H], c[V * V];
    double worst = 0.0, moved = 0.0;
    machine m;
    (void)unused;
    machine_open(&m, NULL,
                 "visible = 80\nhidden = 72\nsigma_h = 1.1\ninit_std = 0.1\n"
                 "learning_rate = 0.3\nbatch_size = 100\n");
    const rbm_parameters *const p = &m.system->parameters;
    m.regime->start(m.pack, 0, (int64_t[]){5}, 1);
    m.regime->weights(m.pack, before, 0);
    m.regime->advance(m.pack, 1);
    m.regime->weights(m.pack, after, 0);
    for (int i = 0; i < V; i++)
        for (int j = 0; j < V; j++) {
            double u[V] = {0}, w[V] = {0};
            u[i] = w[j] = 1.0;
            c[i * V + j] = model_moment(m.pack, u, w);
        }
    for (int d = 0; d < V; d++) {
        double target = 0.0; /* sum over modes of cos(p d)/kappa */
        for (int k = 0; k < V; k++)
            target += cos(2.0 * M_PI * k * d / V) / (6.0 - 2.0 * cos(2.0 * M_PI * k / V)) / V;
        for (int i = 0; i < V; i++)
            c[i * V + (i + d) % V] -= target;
    }
    for (int i = 0; i < V; i++)
        for (int a = 0; a < H; a++) {
            double expected = before[i * H + a];
            for (int j = 0; j < V; j++)
                expected -= 0.3 * p->sigma_h * p->sigma_h * c[i * V + j] * before[j * H + a];
            worst = fmax(worst, fabs(after[i * H + a] - expected));
            moved = fmax(moved, fabs(after[i * H + a] - before[i * H + a]));
        }
    assert_true(worst < 1e-14 && moved > 0.01);
    machine_close(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_have_the_law_of_gibbs_steps),
        cmocka_unit_test(weights_move_by_the_difference),
    };
    return cmocka_run_group_tests_name("laws of large RBMs", tests, NULL, NULL);
}
