/* dense.c: one RBM of any size, one replica at a time, by BLAS and LAPACK.
 *
 * The update is that of train_lanes.c, with the same random numbers at the same addresses, so that
 * both regimes agree to rounding where both can run.  Storage: dense.h. */
#include "models/rbm/dense.h"

#include "dyson/spectrum.h"

#include <math.h>
#include <string.h>

static int dense_replicas(dyson_kernel kernel)
{
    (void)kernel;
    return 1;
}

/* As large as the largest point needs; each is laid out anew when it starts. */
static size_t lay_out(dyson_pack *pack, double *storage)
{
    size_t most = 0;
    for (size_t i = 0; i < pack->base.system->point_count; i++) {
        const rbm_parameters p = rbm_at_point(pack->base.system, i);
        const size_t bytes = rbm_dense_lay_out(pack, &p, storage);
        most = bytes > most ? bytes : most;
    }
    return most;
}

static int dense_create(const dyson_system *system, dyson_kernel kernel, dyson_pack **result,
                        dyson_error *error)
{
    return model_pack_create(sizeof **result, lay_out, system, kernel, result, error);
}

/* trace X against the bound, or a trace that is not a number. */
static void watch(dyson_pack *pack)
{
    const rbm_parameters *const p = &pack->parameters;
    const int count = p->visible * p->hidden, step = 1; /* at most 2^30 */
    const double sum = ddot_(&count, pack->weights, &step, pack->weights, &step);
    if (!(p->sigma_h * p->sigma_h * sum <= p->trace_bound) && pack->diverged_at < 0)
        pack->diverged_at = pack->update;
}

static void dense_start(dyson_pack *pack, size_t point, const int64_t *replica, int count)
{
    pack->parameters = rbm_at_point(pack->base.system, point);
    pack->replica = replica[0];
    pack->update = 0;
    pack->diverged_at = -1;
    pack->base.count = count; /* is 1 */
    pack->base.diverged_at = &pack->diverged_at;
    const rbm_parameters *const p = &pack->parameters;
    const size_t size = (size_t)p->visible * (size_t)p->hidden;
    const dense_source source = {pack->base.kernel, p->stream, DYSON_PURPOSE_WEIGHTS, replica[0],
                                 0};
    dense_normals normals;
    rbm_dense_lay_out(pack, p, pack->base.storage);
    dense_normals_begin(&normals, &source, 0);
    dense_normals_take(&normals, size, pack->weights);
    for (size_t i = 0; i < size; i++)
        pack->weights[i] *= p->init_std;
    memset(pack->other, 0, size * sizeof *pack->other);
    rbm_dense_start_chains(pack);
    watch(pack);
}

/* diagonal 1 + rate sigma_h^2 (C_target - V^T V/B), the upper triangle. */
static void find_gradient(dyson_pack *pack, double rate, double diagonal)
{
    const rbm_parameters *const p = &pack->parameters;
    const size_t v = (size_t)p->visible;
    const double strength = rate * p->sigma_h * p->sigma_h, share = -strength / p->batch;
    for (int j = 0; j < p->visible; j++)
        rbm_target_row(p, j, 0, j + 1, pack->gradient + (size_t)j * v);
    if (p->sampler == RBM_WISHART) {
        for (size_t j = 0; j < v; j++)
            for (size_t i = 0; i <= j; i++)
                pack->gradient[j * v + i] =
                    strength * pack->gradient[j * v + i] + share * pack->series[j * v + i];
    } else {
        dsyrk_("U", "N", &p->visible, &p->batch, &share, pack->chains, &p->visible, &strength,
               pack->gradient, &p->visible, 1, 1);
    }
    for (size_t i = 0; i < v; i++)
        pack->gradient[i * (v + 1)] += diagonal;
}

static void learn(dyson_pack *pack, double rate)
{
    const rbm_parameters *const p = &pack->parameters;
    const size_t size = (size_t)p->visible * (size_t)p->hidden;
    const double kept = 1.0 - rate * p->l2, new = 1.0 - p->momentum;
    if (p->momentum > 0.0) {
        find_gradient(pack, 1.0, 0.0);
        dsymm_("L", "U", &p->visible, &p->hidden, &new, pack->gradient, &p->visible, pack->weights,
               &p->visible, &p->momentum, pack->other, &p->visible, 1, 1);
        for (size_t i = 0; i < size; i++)
            pack->weights[i] = kept * pack->weights[i] + rate * pack->other[i];
        return;
    }
    const double one = 1.0, zero = 0.0;
    double *const before = pack->weights;
    find_gradient(pack, rate, kept);
    dsymm_("L", "U", &p->visible, &p->hidden, &one, pack->gradient, &p->visible, before,
           &p->visible, &zero, pack->other, &p->visible, 1, 1);
    pack->weights = pack->other;
    pack->other = before;
}

static void dense_advance(dyson_pack *pack, int64_t update)
{
    const rbm_parameters *const p = &pack->parameters;
    while (pack->update < update) {
        const double rate = rbm_learning_rate(p, pack->update);
        pack->update++;
        rbm_dense_advance_chains(pack);
        learn(pack, rate);
        if (p->sampler == RBM_WISHART)
            rbm_dense_factor(pack);
        watch(pack);
    }
}

/* sigma_h^2 W W^T or sigma_h^2 W^T W, whichever is smaller, in the gradient's place. */
static int dense_spectrum(dyson_pack *pack, double *eigenvalues, size_t stride, dyson_error *error)
{
    const rbm_parameters *const p = &pack->parameters;
    const double scale = p->sigma_h * p->sigma_h, zero = 0.0;
    const bool visible = p->visible <= p->hidden;
    const int levels = visible ? p->visible : p->hidden, depth = visible ? p->hidden : p->visible;
    (void)stride; /* one replica */
    dsyrk_("U", visible ? "N" : "T", &levels, &depth, &scale, pack->weights, &p->visible, &zero,
           pack->gradient, &levels, 1, 1);
    return dyson_spectrum_dense(levels, pack->gradient, eigenvalues, error);
}

static void dense_weights(dyson_pack *pack, double *weights, size_t stride)
{
    const size_t v = (size_t)pack->parameters.visible, h = (size_t)pack->parameters.hidden;
    (void)stride;
    for (size_t i = 0; i < v; i++)
        for (size_t a = 0; a < h; a++)
            weights[i * h + a] = pack->weights[a * v + i];
}

/* W; with momentum its moving average; V, a chain in each row, or (wishart) C, where anything of
 * them is remembered.  Of both the transpose is stored. */
static int dense_state(dyson_pack *pack, dyson_state_part part[DYSON_STATE_PARTS])
{
    const rbm_parameters *const p = &pack->parameters;
    const size_t v = (size_t)p->visible;
    const bool moments = p->sampler == RBM_WISHART;
    const dyson_state_part weights = {.rows = p->visible,
                                      .columns = p->hidden,
                                      .element = pack->weights,
                                      .row_step = 1,
                                      .column_step = v};
    int parts = 0;
    part[parts++] = weights;
    if (p->momentum > 0.0) {
        part[parts] = weights;
        part[parts++].element = pack->other;
    }
    if (p->steps != RBM_INFINITE)
        part[parts++] = (dyson_state_part){.rows = moments ? p->visible : p->batch,
                                           .columns = p->visible,
                                           .lower = moments,
                                           .element = pack->chains,
                                           .row_step = v,
                                           .column_step = 1};
    return parts;
}

static void dense_resume(dyson_pack *pack, int64_t update)
{
    pack->update = update;
}

/* A product of N_v x N_v matrices of which one triangle is made, by strips, counts as 0.6 N_v^3; a
 * normal as 40 multiply-adds and a chi variate as 5000 of them (measured: make bench). */
double rbm_dense_cost(const rbm_parameters *p, rbm_sampler sampler, double b)
{
    const double v = p->visible, h = p->hidden, k = p->steps, cube = v * v * v;
    const double learn = v * v * h;
    if (sampler == RBM_GIBBS)
        return b * v * v / 2 + learn + b * k * (2 * v * h + 40 * (v + h));
    if (p->steps == RBM_INFINITE)
        return learn + v * v * h / 2 + 2 * cube / 3 +
               (sampler == RBM_COLLAPSED ? b * (v * v + 40 * v)
                                         : cube / 3 + 40 * 0.5 * v * v + 5000 * v);
    const double collapse = v * v * h / 2 + 0.6 * (2 * log2(k + 1) - 1) * cube + cube / 6;
    if (sampler == RBM_COLLAPSED)
        return learn + collapse + b * (2 * v * v + 40 * v);
    return learn + collapse + 2 * cube + 40 * 1.5 * v * v + 5000 * v;
}

const dyson_regime rbm_dense = {
    .name = "dense",
    .replicas = dense_replicas,
    .create = dense_create,
    .destroy = model_pack_destroy,
    .start = dense_start,
    .advance = dense_advance,
    .spectrum = dense_spectrum,
    .weights = dense_weights,
    .diverged = model_pack_diverged,
    .state = dense_state,
    .resume = dense_resume,
};
