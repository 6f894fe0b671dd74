/* system.c: one run's RBM: the target spectrum, what theory says of it, and what an update costs.
 *
 * Fixed points: x = mu^2 - kappa for the min(N_v, N_h) lowest target eigenvalues kappa, 0 where
 * that is negative (such a mode is too heavy for the machine to learn). */
#include "models/rbm/rbm.h"

#include "dyson/spectrum.h"
#include "models/rbm/modes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void rbm_free_scalar(int n, double mass2, double *kernel)
{
    memset(kernel, 0, (size_t)n * (size_t)n * sizeof *kernel);
    for (int i = 0; i < n; i++) {
        kernel[i * n + i] += mass2 + 2.0;
        kernel[i * n + (i + 1) % n] -= 1.0;
        kernel[i * n + (i + n - 1) % n] -= 1.0;
    }
}

/* By L L^T in plain C: C_target enters every replica's numbers, so it must not depend on which
 * routine a linear-algebra library picks for the processor at hand. */
int rbm_invert(int n, const double *matrix, double *inverse)
{
    double *const l = calloc((size_t)n * (size_t)n, sizeof *l);
    int failed = l == NULL;
    for (int j = 0; j < n && !failed; j++) {
        for (int i = j; i < n; i++) {
            double sum = matrix[i * n + j];
            for (int k = 0; k < j; k++)
                sum -= l[i * n + k] * l[j * n + k];
            if (i == j) {
                failed = !(sum > 0.0);
                l[i * n + i] = sqrt(sum);
            } else {
                l[i * n + j] = sum / l[j * n + j];
            }
        }
    }
    for (int c = 0; c < n && !failed; c++) {
        double *const column = inverse + c * n; /* symmetric: a row serves as the column */
        for (int i = 0; i < n; i++) {
            double sum = i == c ? 1.0 : 0.0;
            for (int k = 0; k < i; k++)
                sum -= l[i * n + k] * column[k];
            column[i] = sum / l[i * n + i];
        }
        for (int i = n - 1; i >= 0; i--) {
            double sum = column[i];
            for (int k = i + 1; k < n; k++)
                sum -= l[k * n + i] * column[k];
            column[i] = sum / l[i * n + i];
        }
    }
    free(l);
    return failed;
}

/* The target's kernel, from either key. */
static int target_kernel(const dyson_spec *spec, int n, double *kernel, dyson_error *error)
{
    const int has_mass = dyson_spec_given(spec, "rbm", "target_mass2");
    const int has_kernel = dyson_spec_given(spec, "rbm", "target_kernel");
    if (has_mass == has_kernel)
        return dyson_fail(error, DYSON_BAD_DATA,
                          "[rbm] needs a target: exactly one of target_mass2 and target_kernel");
    if (has_mass) {
        rbm_free_scalar(n, dyson_spec_real(spec, "rbm", "target_mass2"), kernel);
        return DYSON_OK;
    }
    int size = 0;
    const double *matrix = dyson_spec_matrix(spec, "rbm", "target_kernel", &size);
    if (matrix == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "[rbm] target_kernel was not loaded");
    if (size != n)
        return dyson_fail(error, DYSON_BAD_DATA,
                          "[rbm] target_kernel is %d x %d: must be visible x visible, %d x %d",
                          size, size, n, n);
    memcpy(kernel, matrix, (size_t)n * (size_t)n * sizeof *kernel);
    return DYSON_OK;
}

/* kappa, x, and C_target padded for the kernels. */
static int prepare_target(const dyson_spec *spec, dyson_system *system, dyson_error *error)
{
    rbm_parameters *const p = &system->parameters;
    const int n = p->visible;
    const size_t square = (size_t)n * (size_t)n;
    double *const kernel = malloc(square * sizeof *kernel);
    double *const inverse = malloc(square * sizeof *inverse);
    double *const descending = malloc((size_t)n * sizeof *descending);
    if (kernel == NULL || inverse == NULL || descending == NULL)
        dyson_fail(error, DYSON_INTERNAL, "out of memory for the RBM's target");
    else if (target_kernel(spec, n, kernel, error) == DYSON_OK) {
        if (rbm_invert(n, kernel, inverse))
            dyson_fail(error, DYSON_BAD_DATA, "[rbm] target_kernel: must be positive definite");
        else
            dyson_spectrum_dense(n, kernel, descending, error);
    }
    if (error->code == DYSON_OK) {
        for (int i = 0; i < n; i++)
            memcpy(system->target + (size_t)i * (size_t)p->padded_visible, inverse + i * n,
                   (size_t)n * sizeof *inverse);
        for (int i = 0; i < system->shape.levels; i++) {
            system->kappa[i] = descending[n - 1 - i];
            system->x[i] = fmax(0.0, p->mass2 - system->kappa[i]);
        }
    }
    free(kernel);
    free(inverse);
    free(descending);
    return error->code;
}

static int padded(int n, int tile)
{
    return (n + tile - 1) / tile * tile;
}

/* The tile that wastes less on padding: 5 makes the better use of the registers. */
static void choose_tile(rbm_parameters *p)
{
    const int by_five = padded(p->visible, 5) + padded(p->hidden, 5);
    const int by_four = padded(p->visible, 4) + padded(p->hidden, 4);
    p->tile = by_five <= by_four ? 5 : 4;
    p->padded_visible = padded(p->visible, p->tile);
    p->padded_hidden = padded(p->hidden, p->tile);
}

static void read_parameters(const dyson_spec *spec, rbm_parameters *p)
{
    p->visible = (int)dyson_spec_integer(spec, "rbm", "visible");
    p->hidden = (int)dyson_spec_integer(spec, "rbm", "hidden");
    p->steps = (int)dyson_spec_integer(spec, "rbm", "gibbs_steps");
    p->mass2 = dyson_spec_real(spec, "rbm", "mass2");
    p->sigma_h = dyson_spec_real(spec, "rbm", "sigma_h");
    p->init_std = dyson_spec_real(spec, "rbm", "init_std");
    p->sampler =
        strcmp(dyson_spec_text(spec, "rbm", "sampler"), "gibbs") == 0 ? RBM_GIBBS : RBM_COLLAPSED;
    rbm_schedule_parse(dyson_spec_text(spec, "rbm", "schedule"), &p->schedule, NULL, 0);
    choose_tile(p);
}

static int read_points(const dyson_spec *spec, dyson_system *system, dyson_error *error)
{
    const rbm_parameters *const p = &system->parameters;
    for (size_t i = 0; i < system->point_count; i++) {
        rbm_point *const point = &system->points[i];
        point->learning_rate = dyson_spec_point(spec, i, "learning_rate");
        point->momentum = dyson_spec_point(spec, i, "momentum");
        point->l2 = dyson_spec_point(spec, i, "l2");
        point->batch = (int)dyson_spec_point(spec, i, "batch_size");
        point->stream = dyson_spec_stream(spec, i);
        if (point->batch > system->most_chains)
            system->most_chains = point->batch;
        if (point->momentum > 0.0)
            system->has_momentum = 1;
        /* Blocks of normals per update have 32-bit numbers. */
        const double blocks = ((double)point->batch + RBM_GROUP) / RBM_GROUP *
                              (p->sampler == RBM_GIBBS ? (double)p->steps * (p->visible + p->hidden)
                                                       : (double)p->visible);
        if (blocks >= 0x1p32)
            return dyson_fail(
                error, DYSON_BAD_DATA,
                "batch_size = %d with gibbs_steps = %d needs more than 2^34 normals per "
                "update: take sampler = collapsed, or fewer of either",
                point->batch, p->steps);
    }
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
    system->kappa = calloc((size_t)levels, sizeof *system->kappa);
    system->x = calloc((size_t)levels, sizeof *system->x);
    system->target =
        calloc((size_t)p->padded_visible * (size_t)p->padded_visible, sizeof *system->target);
    system->shape = (dyson_shape){.levels = levels,
                                  .weight_rows = p->visible,
                                  .weight_columns = p->hidden,
                                  .kappa = system->kappa,
                                  .x = system->x,
                                  .ceiling = p->mass2};
    p->target = system->target;
    p->trace_bound = 10.0 * levels * p->mass2;
    if (system->points == NULL || system->kappa == NULL || system->x == NULL ||
        system->target == NULL)
        dyson_fail(error, DYSON_INTERNAL, "out of memory for the RBM");
    else if (read_points(spec, system, error) == DYSON_OK)
        prepare_target(spec, system, error);
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
    free(system->kappa);
    free(system->x);
    free(system->target);
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
    p.stream = at->stream;
    return p;
}

/* Fused multiply-adds of one update, a normal counting as 24 of them (measured: make bench). */
double rbm_cost(const dyson_system *system, size_t point)
{
    const rbm_parameters *const p = &system->parameters;
    const double v = p->visible, h = p->hidden, k = p->steps, b = system->points[point].batch;
    const double learn = b * v * (v + 1) / 2 + h * v * v + h * v * (v + 1) / 2;
    if (p->sampler == RBM_GIBBS)
        return learn + b * k * (2 * v * h + 24 * (v + h));
    const double products = 2 * log2(k + 1) + 1;
    return learn + products * v * v * (v + 1) / 2 + v * v * v / 6 +
           b * (v * v + v * (v + 1) / 2 + 24 * v);
}

/* sigma^2 = 2 alpha sigma_h^2 (mu^2 - kappa)/B (1 + rho)/(1 - rho) as alpha/B goes to 0: the noise
 * of an update is correlated with that of the t-th next by rho^t, rho = (x/mu^2)^(2k), because the
 * chains remember. With rho = 0, k going to infinity, <S> = sqrt(pi) sigma = sqrt(2 pi) times
 * sqrt((alpha/B) kappa^2 Omega), Omega = (mu^2 - kappa)/kappa^2, sigma_h absorbed: the slope. The
 * relaxation rate is 2 alpha sigma_h^2 Omega per update.  Weight decay moves the fixed points and a
 * schedule leaves no stationary state: nothing is predicted for them, nor for modes with kappa >=
 * mu^2. */
void rbm_predict(const dyson_system *system, size_t point, int level, dyson_prediction *prediction)
{
    const rbm_parameters p = rbm_at_point(system, point);
    const double pi = 3.141592653589793238;
    const double x = system->x[level], kappa = system->kappa[level];
    const double rho = pow(x / p.mass2, 2.0 * p.steps),
                 rate = p.sigma_h * p.sigma_h * p.learning_rate;
    *prediction = (dyson_prediction){NAN, NAN, sqrt(2.0 * pi), NAN};
    if (p.l2 != 0.0 || p.schedule.form != RBM_CONSTANT || !(kappa < p.mass2))
        return;
    prediction->abscissa = sqrt(rate / p.batch * x);
    prediction->sigma = sqrt(2.0 * (1.0 + rho) / (1.0 - rho)) * prediction->abscissa;
    prediction->relaxation = kappa * kappa / (2.0 * rate * x);
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
    if (p.momentum > 0.0 || p.l2 != 0.0 || p.schedule.form != RBM_CONSTANT)
        return NAN;
    const double visible = rbm_mode_noise(&p, x_i, x_j), sum = x_i + x_j;
    return hidden_layer(&p) && sum > 0.0 ? visible * 4.0 * x_i * x_j / (sum * sum) : visible;
}
