/* grid.c: the grid of one mode, its stationary law and H.
 *
 * Phi = -ln q up to a constant, q the density in y: dPhi = (V'/g^2) dx + d(ln g).  It is summed by
 * Simpson's rule over half cells, whose ends are the centres and the edges.  From a cell with
 * centre c flows through an edge e, per update and of what is in it, exp(Phi_c - Phi_e)/h^2. */
#include "dyson/theory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH 64.0   /* q falls to e^-DEPTH at the ends of the grid */
#define STEEPEST 3.0 /* of the change of Phi over half a cell */
#define CLOSE 1e-9   /* to a bound, over the distance of the fixed point from it */
#define WALK_MOST 200000
#define CELLS_MOST 1e7

/* Where one mode's drift and noise come from. */
typedef struct source {
    const dyson_model *model;
    const dyson_system *system;
    size_t point;
    int level;
    dyson_noise_form form;
    double noise; /* at the fixed point */
} source;

/* Drift V'/g^2, and g. */
typedef struct slope_noise {
    double pull, noise;
} slope_noise;

static slope_noise look(const source *from, double x)
{
    dyson_mode at = {0};
    from->model->mode(from->system, from->point, from->level, x, &at);
    const double square = from->form == DYSON_NOISE_CONSTANT ? from->noise : at.noise;
    return (slope_noise){at.slope / square, sqrt(square)};
}

/* Phi(b) - Phi(a) for neighbouring points. */
static double rise(const source *from, double a, double b)
{
    const slope_noise low = look(from, a), middle = look(from, 0.5 * (a + b)), high = look(from, b);
    return (b - a) / 6.0 * (low.pull + 4.0 * middle.pull + high.pull) + log(high.noise / low.noise);
}

/* y(b) - y(a). */
static double stretch(const source *from, double a, double b)
{
    return (b - a) / 6.0 *
           (1.0 / look(from, a).noise + 4.0 / look(from, 0.5 * (a + b)).noise +
            1.0 / look(from, b).noise);
}

/* One end of the grid, and how far it is from the fixed point in y. */
typedef struct reach {
    double end, length;
    bool fallen; /* q is down to e^-DEPTH there */
} reach;

/* Walks from the fixed point in steps small against the width sigma and the distance from the
 * bound, until q has fallen far enough; or is at the bound, which is an end of the grid, too, if
 * the way there is finite in y: then P_s falls to it as a power, and what is left is nothing. */
static reach walk(const source *from, double start, double sigma, double bound, int sign)
{
    reach to = {start, 0.0, false};
    double phi = 0.0, least = 0.0;
    for (int i = 0; i < WALK_MOST && !to.fallen; i++) {
        const double left = fabs(bound - to.end), next = to.end + sign * 0.02 * fmin(sigma, left);
        const double length = fabs(stretch(from, to.end, next));
        if (left < CLOSE * fabs(bound - start)) {
            to.fallen = length < 1e-6 * to.length;
            break;
        }
        phi += rise(from, to.end, next);
        to.length += length;
        least = fmin(least, phi);
        to.end = next;
        to.fallen = phi - least >= DEPTH;
    }
    return to;
}

/* V'' changes its sign once between the floor and x_s. */
static double inflection(const source *from, double floor, double centre)
{
    double low = floor, high = centre;
    for (int i = 0; i < 100; i++) {
        const double middle = 0.5 * (low + high);
        dyson_mode at = {0};
        from->model->mode(from->system, from->point, from->level, middle, &at);
        *(at.curvature < 0.0 ? &low : &high) = middle;
    }
    return high;
}

/* The well at the floor, where constant noise leaves V its maximum there. */
static void find_left_well(const source *from, const dyson_shape *shape, dyson_fokker_planck *mode)
{
    dyson_mode at = {0};
    mode->left_rate = mode->barrier = NAN;
    if (from->form != DYSON_NOISE_CONSTANT || !isfinite(shape->floor))
        return;
    from->model->mode(from->system, from->point, from->level, shape->floor, &at);
    mode->left_well = at.slope == 0.0 && at.curvature < 0.0;
    if (mode->left_well) {
        mode->left_rate = -at.curvature;
        mode->barrier = inflection(from, shape->floor, mode->centre);
    }
}

/* The two ends of the grid; false where P_s has no integral. */
static bool find_ends(const source *from, const dyson_shape *shape, const dyson_fokker_planck *mode,
                      reach *low, reach *high)
{
    const double sigma = sqrt(mode->noise / mode->curvature);
    *high = walk(from, mode->centre, sigma, shape->ceiling, 1);
    if (from->form == DYSON_NOISE_CONSTANT && isfinite(shape->floor))
        *low = (reach){shape->floor, (mode->centre - shape->floor) / sqrt(mode->noise), true};
    else
        *low = walk(from, mode->centre, sigma, shape->floor, -1);
    return low->fallen && high->fallen;
}

/* x a step of y further: dx/dy = g(x), by the classical Runge-Kutta rule. */
static double follow(const source *from, double x, double step)
{
    const double a = look(from, x).noise, b = look(from, x + 0.5 * step * a).noise;
    const double c = look(from, x + 0.5 * step * b).noise, d = look(from, x + step * c).noise;
    return x + step / 6.0 * (a + 2.0 * b + 2.0 * c + d);
}

/* x and Phi at the centres and edges of `cells` cells, at[2 i + 1] of centre i, at[2 i] of its
 * lower edge; Phi is not known at the ends.  Returns the largest change over half a cell. */
static double sum_phi(const source *from, const reach *low, const reach *high, int cells, double *x,
                      double *phi)
{
    const double half = 0.5 * (low->length + high->length) / cells;
    double steepest = 0.0, at = low->end, sum = 0.0;
    for (int k = 0; k <= 2 * cells; k++) {
        const double next = k == 0 ? at : k == 2 * cells ? high->end : follow(from, at, half);
        if (k > 1 && k < 2 * cells) {
            const double change = rise(from, at, next);
            sum += change;
            steepest = fmax(steepest, fabs(change));
        }
        at = next;
        if (x != NULL) {
            x[k] = at;
            phi[k] = sum;
        }
    }
    return steepest;
}

static int too_few(const source *from, const reach *low, const reach *high, int cells,
                   dyson_error *error)
{
    double needed = cells;
    while (needed < CELLS_MOST && !(sum_phi(from, low, high, (int)needed, NULL, NULL) <= STEEPEST))
        needed = ceil(1.2 * needed / 50.0) * 50.0;
    return dyson_fail(error, DYSON_BAD_DATA,
                      "%d cells are too few for level %d of point %zu: it needs %.0f", cells,
                      from->level, from->point, needed);
}

static void fill(const source *from, dyson_fokker_planck *mode, const double *x, const double *phi)
{
    const double per_square = 1.0 / (mode->step * mode->step);
    double least = INFINITY, sum = 0.0;
    for (int i = 0; i < mode->cells; i++) {
        dyson_mode at = {0};
        mode->edge[i] = x[2 * i];
        mode->x[i] = x[2 * i + 1];
        mode->width[i] = mode->step * look(from, mode->x[i]).noise;
        from->model->mode(from->system, from->point, from->level, mode->x[i], &at);
        mode->potential[i] = at.potential;
        mode->well[i] = 0.25 * at.slope * at.slope / mode->noise - 0.5 * at.curvature;
        least = fmin(least, phi[2 * i + 1]);
    }
    mode->edge[mode->cells] = x[2 * mode->cells];
    for (int i = 0; i < mode->cells; i++)
        sum += mode->stationary[i] = exp(least - phi[2 * i + 1]);
    for (int i = 0; i < mode->cells; i++)
        mode->stationary[i] /= sum * mode->width[i];
    for (int i = 0; i + 1 < mode->cells; i++) {
        mode->up[i] = per_square * exp(phi[2 * i + 1] - phi[2 * i + 2]);
        mode->down[i + 1] = per_square * exp(phi[2 * i + 3] - phi[2 * i + 2]);
    }
}

static dyson_fokker_planck *allocate(int cells)
{
    enum { ARRAYS = 8 };
    dyson_fokker_planck *mode = calloc(1, sizeof *mode);
    double *numbers = calloc((size_t)ARRAYS * (size_t)cells + 1, sizeof *numbers);
    if (mode == NULL || numbers == NULL) {
        free(mode);
        free(numbers);
        return NULL;
    }
    double **const array[ARRAYS] = {&mode->x,  &mode->width, &mode->potential,  &mode->well,
                                    &mode->up, &mode->down,  &mode->stationary, &mode->edge};
    mode->cells = cells;
    for (size_t i = 0; i < ARRAYS; i++)
        *array[i] = numbers + i * (size_t)cells;
    return mode;
}

static int make(const source *from, const reach *low, const reach *high, dyson_fokker_planck *mode,
                dyson_error *error)
{
    const size_t points = 2 * (size_t)mode->cells + 1;
    double *x = calloc(2 * points, sizeof *x);
    mode->step = (low->length + high->length) / mode->cells;
    if (x == NULL)
        dyson_fail(error, DYSON_INTERNAL, "out of memory for a grid of %d cells", mode->cells);
    else if (!(sum_phi(from, low, high, mode->cells, x, x + points) <= STEEPEST))
        too_few(from, low, high, mode->cells, error);
    else
        fill(from, mode, x, x + points);
    free(x);
    return error->code;
}

int dyson_fokker_planck_create(const dyson_model *model, const dyson_system *system, size_t point,
                               int level, dyson_noise_form form, int cells,
                               dyson_fokker_planck **result, dyson_error *error)
{
    const dyson_shape *shape = model->shape(system);
    const double centre = shape->x[level];
    dyson_mode at = {0};
    reach low, high;
    *result = NULL;
    if (cells < DYSON_THEORY_CELLS_LEAST)
        return dyson_fail(error, DYSON_BAD_DATA, "a grid of %d cells: it takes at least %d", cells,
                          DYSON_THEORY_CELLS_LEAST);
    if (!(centre > shape->floor && centre < shape->ceiling) ||
        !model->mode(system, point, level, centre, &at) || !(at.curvature > 0.0 && at.noise > 0.0))
        return DYSON_OK;
    const source from = {model, system, point, level, form, at.noise};
    dyson_fokker_planck *mode = allocate(cells);
    if (mode == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for a grid of %d cells", cells);
    mode->centre = centre;
    mode->curvature = at.curvature;
    mode->noise = at.noise;
    find_left_well(&from, shape, mode);
    if (find_ends(&from, shape, mode, &low, &high) &&
        make(&from, &low, &high, mode, error) == DYSON_OK)
        *result = mode;
    else
        dyson_fokker_planck_destroy(mode);
    return error->code;
}

void dyson_fokker_planck_destroy(dyson_fokker_planck *mode)
{
    if (mode != NULL)
        free(mode->x);
    free(mode);
}
