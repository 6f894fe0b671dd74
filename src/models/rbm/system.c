/* system.c: one run's RBM: its parameters, what theory says of it, and what an update costs. */
#include "models/rbm/rbm.h"

#include "dyson/spectrum.h"
#include "models/rbm/modes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* sampler = auto draws the moments in one piece where that costs clearly less than the chains. */
#define CLEARLY 0.7

/* Fused multiply-adds of one update, a normal counting as 24 of them and a chi variate as 100
 * (measured: make bench). */
static double cost_of(const rbm_parameters *p, rbm_sampler sampler, double b)
{
    if (rbm_regime(p) == &rbm_dense)
        return rbm_dense_cost(p, sampler, b);
    const double v = p->visible, h = p->hidden, k = p->steps;
    const double product = v * v * (v + 1) / 2, learn = h * v * v + h * v * (v + 1) / 2;
    if (sampler == RBM_GIBBS)
        return b * v * (v + 1) / 2 + learn + b * k * (2 * v * h + 24 * (v + h));
    const double of_chain = v * (v + 1) + 24 * v;
    if (p->steps == RBM_INFINITE)
        return learn + v * v * v / 3 +
               (sampler == RBM_COLLAPSED ? b * of_chain : 1.7 * product + 12 * v * v + 100 * v);
    const double collapse = (2 * log2(k + 1) + 1) * product + v * v * v / 6;
    if (sampler == RBM_COLLAPSED)
        return learn + collapse + b * (v * v + of_chain);
    return learn + collapse + 4 * product + v * v * v / 6 + 24 * 1.5 * v * v + 100 * v;
}

static void read_parameters(const dyson_spec *spec, rbm_parameters *p)
{
    rbm_read_machine(spec, "rbm", p);
    p->single = strcmp(dyson_spec_text(spec, "ensemble", "precision"), "single") == 0;
    p->steps = (int)dyson_spec_integer(spec, "rbm", "gibbs_steps");
    rbm_schedule_parse(dyson_spec_text(spec, "rbm", "schedule"), &p->schedule, NULL, 0);
}

/* How a point's chains advance. */
static int choose_sampler(const dyson_spec *spec, const rbm_parameters *p, int batch,
                          rbm_sampler *sampler, dyson_error *error)
{
    const char *const name = dyson_spec_text(spec, "rbm", "sampler");
    *sampler = RBM_COLLAPSED;
    if (strcmp(name, "gibbs") == 0)
        *sampler = RBM_GIBBS;
    else if (strcmp(name, "wishart") == 0 ||
             (strcmp(name, "auto") == 0 && batch > p->visible &&
              cost_of(p, RBM_WISHART, batch) < CLEARLY * cost_of(p, RBM_COLLAPSED, batch)))
        *sampler = RBM_WISHART;
    if (*sampler == RBM_WISHART && batch <= p->visible)
        return dyson_fail(
            error, DYSON_BAD_DATA,
            "[rbm] batch_size = %d: sampler = wishart needs more chains than the %d visible "
            "nodes; auto takes it where it can",
            batch, p->visible);
    if (*sampler == RBM_GIBBS && p->steps == RBM_INFINITE)
        return dyson_fail(
            error, DYSON_BAD_DATA,
            "[rbm] gibbs_steps = infinite: sampler = gibbs makes single steps; take auto, "
            "collapsed or wishart");
    /* Blocks of normals are numbered by 32 bits in an update. */
    const double normals =
        *sampler == RBM_GIBBS ? (double)p->steps * (p->visible + p->hidden) : p->visible;
    if (*sampler != RBM_WISHART && (batch + 3.0) / 4.0 * normals > 4294967295.0)
        return dyson_fail(error, DYSON_BAD_DATA,
                          "[rbm] batch_size = %d needs more than 2^34 normals per update: take %s",
                          batch,
                          *sampler == RBM_GIBBS ? "sampler = collapsed, or fewer Gibbs steps"
                                                : "sampler = wishart or auto");
    /* Their places are counted by 32 bits. */
    const int nodes = *sampler == RBM_GIBBS && p->hidden > p->visible ? p->hidden : p->visible;
    if (*sampler != RBM_WISHART && (batch + 4.0) * (nodes + 8.0) > INT32_MAX)
        return dyson_fail(error, DYSON_BAD_DATA,
                          "[rbm] batch_size = %d: the chains are more than 2^31 numbers: take "
                          "sampler = wishart or auto",
                          batch);
    return DYSON_OK;
}

/* In single precision the noise of an update, alpha sigma_h^2/(lambda sqrt(B)) of a weight, must be
 * well above the spacing of numbers, at most 2^-23 of it.  Rounding is then as good as random, and
 * adds at most (2^-23/noise)^2/12 to the noise's variance: here 1/768.  Far below, updates would be
 * lost. */
#define SINGLE_NOISE 0x1p-20

/* The smallest rate is that of the first update or of the last; of a moving average 1 - beta is
 * new; lambda <= mu^2. */
static int check_precision(const dyson_spec *spec, const rbm_parameters *run,
                           const rbm_point *point, dyson_error *error)
{
    rbm_parameters p = *run;
    p.learning_rate = point->learning_rate;
    const double last = rbm_learning_rate(&p, dyson_spec_integer(spec, "ensemble", "updates") - 1);
    const double rate = fmin(rbm_learning_rate(&p, 0), last);
    const double noise = rate * (1.0 - point->momentum) * p.sigma_h * p.sigma_h /
                         (p.mass2 * sqrt((double)point->batch));
    if (p.single && rbm_regime(run) == &rbm_dense)
        return dyson_fail(
            error, DYSON_BAD_DATA,
            "[ensemble] precision = single: must be double with more than %d nodes in a layer",
            DYSON_SPECTRUM_LANES_MAX);
    if (!p.single || noise >= SINGLE_NOISE)
        return DYSON_OK;
    return dyson_fail(
        error, DYSON_BAD_DATA,
        "[rbm] learning_rate = %g, batch_size = %d: the noise of an update, %.1e of a weight "
        "where the rate is smallest, is too near the rounding of single precision, 1.2e-07; it "
        "must be %.1e at least: take precision = double",
        point->learning_rate, point->batch, noise, SINGLE_NOISE);
}

static int read_points(const dyson_spec *spec, dyson_system *system, dyson_error *error)
{
    for (size_t i = 0; i < system->point_count && error->code == DYSON_OK; i++) {
        rbm_point *const point = &system->points[i];
        point->learning_rate = dyson_spec_point(spec, i, "learning_rate");
        point->momentum = dyson_spec_point(spec, i, "momentum");
        point->l2 = dyson_spec_point(spec, i, "l2");
        point->batch = (int)dyson_spec_point(spec, i, "batch_size");
        point->stream = dyson_spec_stream(spec, i);
        if (point->momentum > 0.0)
            system->has_momentum = 1;
        if (choose_sampler(spec, &system->parameters, point->batch, &point->sampler, error) ==
            DYSON_OK)
            check_precision(spec, &system->parameters, point, error);
    }
    return error->code;
}

/* C_target rounded to single precision, where the run is. */
static int round_target(dyson_system *system, dyson_error *error)
{
    rbm_parameters *const p = &system->parameters;
    const size_t n = (size_t)p->padded_visible;
    p->target = system->target.inverse;
    p->target_side = system->target.side;
    if (!p->single)
        return DYSON_OK;
    system->target_single = calloc(n * n, sizeof *system->target_single);
    if (system->target_single == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for the RBM");
    for (size_t i = 0; i < n * n; i++)
        system->target_single[i] = (float)p->target[i];
    p->target_single = system->target_single;
    return DYSON_OK;
}

int rbm_system_create(const dyson_spec *spec, dyson_system **result, dyson_error *error)
{
    dyson_system *const system = calloc(1, sizeof *system);
    if (system == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for the RBM");
    rbm_parameters *const p = &system->parameters;
    read_parameters(spec, p);
    const int levels = p->visible < p->hidden ? p->visible : p->hidden;
    system->point_count = dyson_spec_points(spec);
    system->points = calloc(system->point_count, sizeof *system->points);
    p->trace_bound = 10.0 * levels * p->mass2;
    if (system->points == NULL)
        dyson_fail(error, DYSON_INTERNAL, "out of memory for the RBM");
    else if (read_points(spec, system, error) == DYSON_OK &&
             rbm_target_create(spec, "rbm", p, &system->target, error) == DYSON_OK)
        round_target(system, error);
    system->shape = (dyson_shape){.levels = levels,
                                  .weight_rows = p->visible,
                                  .weight_columns = p->hidden,
                                  .kappa = system->target.kappa,
                                  .x = system->target.x,
                                  .floor = 0.0,
                                  .ceiling = p->mass2};
    if (error->code != DYSON_OK) {
        rbm_system_destroy(system);
        return error->code;
    }
    *result = system;
    return DYSON_OK;
}

void rbm_system_destroy(dyson_system *system)
{
    if (system == NULL)
        return;
    free(system->points);
    rbm_target_destroy(&system->target);
    free(system->target_single);
    free(system);
}

rbm_parameters rbm_at_point(const dyson_system *system, size_t point)
{
    const rbm_point *const at = &system->points[point];
    rbm_parameters p = system->parameters;
    p.learning_rate = at->learning_rate;
    p.momentum = at->momentum;
    p.l2 = at->l2;
    p.batch = at->batch;
    p.sampler = at->sampler;
    p.stream = at->stream;
    return p;
}

double rbm_cost(const dyson_system *system, size_t point)
{
    const rbm_point *const at = &system->points[point];
    return cost_of(&system->parameters, at->sampler, at->batch);
}

/* Weight decay moves the fixed points and a schedule leaves no stationary state: nothing is
 * predicted for them. */
static bool predictable(const rbm_parameters *p)
{
    return p->l2 == 0.0 && p->schedule.form == RBM_CONSTANT;
}

void rbm_predict(const dyson_system *system, size_t point, int level, dyson_prediction *prediction)
{
    const rbm_parameters p = rbm_at_point(system, point);
    if (!predictable(&p))
        *prediction = (dyson_prediction){NAN, NAN, sqrt(2.0 * M_PI), NAN};
    else
        rbm_mode_predict(&p, system->target.kappa[level], prediction);
}

bool rbm_mode(const dyson_system *system, size_t point, int level, double x, dyson_mode *mode)
{
    const rbm_parameters p = rbm_at_point(system, point);
    return predictable(&p) && rbm_mode_at(&p, system->target.kappa[level], x, mode);
}

/* X = sigma_h^2 W^T W with W of N(0, init_std^2). */
void rbm_start_law(const dyson_system *system, dyson_gaussian_start *start)
{
    const rbm_parameters *const p = &system->parameters;
    const double entry = p->sigma_h * p->init_std;
    *start = (dyson_gaussian_start){p->visible, p->hidden, entry * entry};
}

/* X = sigma_h^2 W W^T, which the chains' two-point functions act on, or sigma_h^2 W^T W where that
 * has fewer levels: the nonzero levels are the same, the elements are not. */
static bool hidden_layer(const rbm_parameters *p)
{
    return p->hidden < p->visible;
}

bool rbm_matrix(const dyson_system *system, const double *weights, double *matrix)
{
    const rbm_parameters *const p = &system->parameters;
    const int n = system->shape.levels, length = hidden_layer(p) ? p->visible : p->hidden;
    /* Vectors i of W are its rows, or its columns. */
    const int next = hidden_layer(p) ? 1 : p->hidden, along = hidden_layer(p) ? p->hidden : 1;
    for (int i = 0; weights != NULL && i < n; i++)
        for (int j = 0; j <= i; j++) {
            double sum = 0.0;
            for (int k = 0; k < length; k++)
                sum += weights[i * next + k * along] * weights[j * next + k * along];
            matrix[i * n + j] = matrix[j * n + i] = p->sigma_h * p->sigma_h * sum;
        }
    return true;
}

/* W' = M W, M = 1 + alpha sigma_h^2 E with E the difference of the two-point functions.  Of W W^T
 * the change is M X M - X, elements alpha sigma_h^2 (x_i + x_j) E_ij in X's basis; of W^T W, with
 * W's singular vectors and to first order, 2 alpha sigma_h^2 sqrt(x_i x_j) E_ij.  With momentum,
 * weight decay or a schedule one update is not that. */
double rbm_noise(const dyson_system *system, size_t point, double x_i, double x_j)
{
    const rbm_parameters p = rbm_at_point(system, point);
    if (p.momentum > 0.0 || !predictable(&p))
        return NAN;
    const double visible = rbm_mode_noise(&p, x_i, x_j), sum = x_i + x_j;
    return hidden_layer(&p) && sum > 0.0 ? visible * 4.0 * x_i * x_j / (sum * sum) : visible;
}
