/* grid.c: the grid of one mode, its stationary law and H.
 *
 * Phi = -ln P_s up to a constant: Phi' = V'/g^2 for constant g, V'/g^2 + (ln g^2)' for local g.  It
 * is summed by Simpson's rule over half cells, whose ends are the centres and the edges; with c a
 * centre next to an edge e,
 *   H_cc = sum_e g_e^2 exp(Phi_c - Phi_e)/h^2,
 *   H_cc' = -g_e^2 exp((Phi_c + Phi_c')/2 - Phi_e)/h^2. */
#include "dyson/theory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH 64.0   /* P_s falls to e^-DEPTH at the ends of the grid */
#define STEEPEST 3.0 /* of the change of Phi over half a cell */
#define WALK_MOST 400000

typedef struct source {
    const dyson_model *model;
    const dyson_system *system;
    size_t point;
    int level;
    dyson_noise_form form;
    double noise; /* at the fixed point */
} source;

static double noise_at(const source *from, const dyson_mode *at)
{
    return from->form == DYSON_NOISE_CONSTANT ? from->noise : at->noise;
}

static void look(const source *from, double x, dyson_mode *at)
{
    from->model->mode(from->system, from->point, from->level, x, at);
}

/* V'/g^2 */
static double pull(const source *from, double x)
{
    dyson_mode at;
    look(from, x, &at);
    return at.slope / noise_at(from, &at);
}

static double noise(const source *from, double x)
{
    dyson_mode at;
    look(from, x, &at);
    return noise_at(from, &at);
}

/* Phi(b) - Phi(a) for neighbouring points. */
static double rise(const source *from, double a, double b)
{
    const double middle = pull(from, 0.5 * (a + b));
    return (b - a) / 6.0 * (pull(from, a) + 4.0 * middle + pull(from, b)) +
           log(noise(from, b) / noise(from, a));
}

/* Walks from the fixed point in steps small against the width sigma and the distance from the bound
 * until P_s has fallen far enough; non-zero where it never does. */
static int walk(const source *from, double start, double sigma, double bound, int sign, double *end)
{
    double x = start, depth = 0.0;
    for (int i = 0; i < WALK_MOST && depth < DEPTH; i++) {
        const double step = sign * 0.02 * fmin(sigma, fabs(bound - x));
        depth += rise(from, x, x + step);
        x += step;
    }
    *end = x;
    return !(depth >= DEPTH);
}

/* V'' changes its sign once between the floor and x_s. */
static double inflection(const source *from, double floor, double centre)
{
    double low = floor, high = centre;
    for (int i = 0; i < 100; i++) {
        const double middle = 0.5 * (low + high);
        dyson_mode at;
        look(from, middle, &at);
        *(at.curvature < 0.0 ? &low : &high) = middle;
    }
    return high;
}

static int find_domain(const source *from, const dyson_shape *shape, dyson_fokker_planck *mode,
                       dyson_error *error)
{
    const double sigma = sqrt(mode->noise / mode->curvature);
    double high, low = shape->floor;
    dyson_mode at_floor = {0};
    bool wall = from->form == DYSON_NOISE_CONSTANT && isfinite(low);
    if (walk(from, mode->centre, sigma, shape->ceiling, 1, &high) != 0 ||
        (!wall && walk(from, mode->centre, sigma, shape->floor, -1, &low) != 0))
        return dyson_fail(error, DYSON_BAD_DATA,
                          "level %d of point %zu has no stationary law: the noise is too strong",
                          from->level, from->point);
    if (wall)
        look(from, low, &at_floor);
    mode->left_well = wall && at_floor.slope == 0.0 && at_floor.curvature < 0.0;
    mode->left_rate = mode->left_well ? -at_floor.curvature : NAN;
    mode->barrier = mode->left_well ? inflection(from, low, mode->centre) : NAN;
    mode->low = low;
    mode->width = (high - low) / mode->cells;
    return DYSON_OK;
}

/* Phi at the centres and edges, phi[2 i + 1] at centre i, phi[2 i] at its lower edge; the edges at
 * the ends are not used. */
static int sum_phi(const source *from, const dyson_fokker_planck *mode, double *phi,
                   dyson_error *error)
{
    const double half = 0.5 * mode->width;
    double steepest = 0.0;
    phi[1] = 0.0;
    for (int k = 2; k < 2 * mode->cells; k++) {
        const double change = rise(from, mode->low + half * (k - 1), mode->low + half * k);
        phi[k] = phi[k - 1] + change;
        steepest = fmax(steepest, fabs(change));
    }
    if (!(steepest <= STEEPEST))
        return dyson_fail(error, DYSON_BAD_DATA,
                          "%d cells are too few for level %d of point %zu: it needs %.0f at least",
                          mode->cells, from->level, from->point,
                          ceil(mode->cells * steepest / STEEPEST / 50.0) * 50.0);
    return DYSON_OK;
}

static void fill(const source *from, dyson_fokker_planck *mode, const double *phi)
{
    const double h = mode->width, per_square = 1.0 / (h * h);
    double least = phi[1], sum = 0.0;
    for (int i = 0; i < mode->cells; i++) {
        dyson_mode at;
        mode->x[i] = mode->low + (i + 0.5) * h;
        look(from, mode->x[i], &at);
        mode->potential[i] = at.potential;
        mode->well[i] = 0.25 * at.slope * at.slope / mode->noise - 0.5 * at.curvature;
        mode->diagonal[i] = mode->beside[i] = 0.0;
        least = fmin(least, phi[2 * i + 1]);
    }
    for (int i = 0; i < mode->cells; i++)
        sum += h * (mode->stationary[i] = exp(least - phi[2 * i + 1]));
    for (int i = 0; i < mode->cells; i++)
        mode->stationary[i] /= sum;
    for (int i = 0; i + 1 < mode->cells; i++) {
        const double below = phi[2 * i + 1], edge = phi[2 * i + 2], above = phi[2 * i + 3];
        const double flow = per_square * noise(from, mode->low + (i + 1) * h);
        mode->diagonal[i] += flow * exp(below - edge);
        mode->diagonal[i + 1] += flow * exp(above - edge);
        mode->beside[i] = -flow * exp(0.5 * (below + above) - edge);
    }
}

static int allocate(int cells, dyson_fokker_planck **result, dyson_error *error)
{
    enum { ARRAYS = 6 };
    dyson_fokker_planck *mode = calloc(1, sizeof *mode);
    double *numbers = calloc((size_t)ARRAYS * (size_t)cells, sizeof *numbers);
    if (mode == NULL || numbers == NULL) {
        free(mode);
        free(numbers);
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for a grid of %d cells", cells);
    }
    mode->cells = cells;
    mode->x = numbers;
    mode->potential = numbers + cells;
    mode->well = numbers + 2 * (ptrdiff_t)cells;
    mode->stationary = numbers + 3 * (ptrdiff_t)cells;
    mode->diagonal = numbers + 4 * (ptrdiff_t)cells;
    mode->beside = numbers + 5 * (ptrdiff_t)cells;
    *result = mode;
    return DYSON_OK;
}

bool dyson_fokker_planck_exists(const dyson_model *model, const dyson_system *system, size_t point,
                                int level)
{
    const dyson_shape *shape = model->shape(system);
    dyson_mode at;
    return shape->x[level] > shape->floor && shape->x[level] < shape->ceiling &&
           model->mode(system, point, level, shape->x[level], &at) && at.curvature > 0.0 &&
           at.noise > 0.0;
}

int dyson_fokker_planck_create(const dyson_model *model, const dyson_system *system, size_t point,
                               int level, dyson_noise_form form, int cells,
                               dyson_fokker_planck **result, dyson_error *error)
{
    const dyson_shape *shape = model->shape(system);
    const double centre = shape->x[level];
    dyson_mode at;
    if (!dyson_fokker_planck_exists(model, system, point, level))
        return dyson_fail(error, DYSON_BAD_DATA, "nothing is predicted for level %d of point %zu",
                          level, point);
    model->mode(system, point, level, centre, &at);
    if (allocate(cells, result, error) != DYSON_OK)
        return error->code;
    const source from = {model, system, point, level, form, at.noise};
    (*result)->centre = centre;
    (*result)->curvature = at.curvature;
    (*result)->noise = at.noise;
    double *phi = malloc((2 * (size_t)cells + 1) * sizeof *phi);
    if (phi == NULL)
        dyson_fail(error, DYSON_INTERNAL, "out of memory for a grid of %d cells", cells);
    else if (find_domain(&from, shape, *result, error) == DYSON_OK &&
             sum_phi(&from, *result, phi, error) == DYSON_OK)
        fill(&from, *result, phi);
    free(phi);
    if (error->code != DYSON_OK) {
        dyson_fokker_planck_destroy(*result);
        *result = NULL;
    }
    return error->code;
}

void dyson_fokker_planck_destroy(dyson_fokker_planck *mode)
{
    if (mode != NULL)
        free(mode->x);
    free(mode);
}
