/* unfold.c: mean staircases.
 *
 * The density of N levels, on |u| <= 1 with u = (x - centre)/half, is N times its limit and
 *   1/4 delta(u - 1) + 1/4 delta(u + 1) - 1/(2 pi sqrt(1 - u^2))
 * in the ensembles of real symmetric matrices, Gaussian (Johansson, Duke Math. J. 91, 151) as well
 * as Wishart's; below u that makes -arcsin(u)/(2 pi).  What is left is of order 1/N.
 *
 * Exact at every N are the means of tr X^k: GOE of elements of variance 1 off the diagonal,
 *   tr X^2: N (N + 1),  tr X^4: N (2 N^2 + 5 N + 5);
 * X = G^T G, G of M x N entries of variance 1,
 *   tr X: N M,  tr X^2: N M (M + N + 1),  tr X^3: N M (M^2 + N^2 + 3 M N + 3 M + 3 N + 4),
 *   tr X^4: N M (M^3 + N^3 + 6 M N (M + N) + 6 (M^2 + N^2) + 17 M N + 21 (M + N) + 20).
 *
 * The largest level, to order N^(-2/3) (Johnstone and Ma, Ann. Appl. Probab. 22, 1962; Ma,
 * Bernoulli 18, 322): GOE at 2 sqrt(N - 1/2), scale N^(-1/6); Wishart, m = sqrt(M - 1/2) and n =
 * sqrt(N - 1/2), at (m + n)^2, scale (m + n) (1/m + 1/n)^(1/3). */
#include "statistics/unfold.h"

#include <gsl/gsl_multifit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEGREE = 9, WINDOW = 10, WINDOW_MOST = 1000 };

/* NAME or NAME:NUMBER; whether it is that name. */
static bool parse_method(const char *text, const char *name, int most, int *number, bool *valid)
{
    const size_t length = strlen(name);
    char *end;
    if (strncmp(text, name, length) != 0 || (text[length] != '\0' && text[length] != ':'))
        return false;
    if (text[length] == '\0')
        return true;
    const long value = strtol(text + length + 1, &end, 10);
    *valid = most > 0 && end != text + length + 1 && *end == '\0' && value >= 1 && value <= most;
    *number = (int)value;
    return true;
}

static const struct {
    const char *name;
    int fallback, most; /* of the number; most 0: there is none */
} methods[] = {[DYSON_UNFOLD_AUTO] = {"auto", DEGREE, 0},
               [DYSON_UNFOLD_ANALYTIC] = {"analytic", 0, 0},
               [DYSON_UNFOLD_POLYNOMIAL] = {"polynomial", DEGREE, DYSON_DEGREE_MOST},
               [DYSON_UNFOLD_LOCAL] = {"local", WINDOW, WINDOW_MOST}};

int dyson_unfolding_parse(const char *text, dyson_unfolding *unfolding, dyson_error *error)
{
    bool found = false, valid = true;
    for (size_t i = 0; i < sizeof methods / sizeof *methods && !found; i++) {
        *unfolding = (dyson_unfolding){(dyson_unfolding_kind)i, methods[i].fallback};
        found = parse_method(text, methods[i].name, methods[i].most, &unfolding->parameter, &valid);
    }
    if (!found || !valid)
        return dyson_fail(error, DYSON_USAGE,
                          "--unfolding %s: must be auto, analytic, polynomial, polynomial:D with a "
                          "degree D from 1 to %d, local, or local:W with W from 1 to %d",
                          text, DYSON_DEGREE_MOST, WINDOW_MOST);
    return DYSON_OK;
}

void dyson_unfolding_text(const dyson_unfolding *unfolding, size_t size, char *text)
{
    const char *name = methods[unfolding->kind].name;
    if (methods[unfolding->kind].most > 0)
        snprintf(text, size, "%s:%d", name, unfolding->parameter);
    else
        snprintf(text, size, "%s", name);
}

static void chebyshev_of_moments(const double moment[DYSON_CHEBYSHEV + 1], dyson_density *density)
{
    const double *m = moment; /* of tr u^k */
    density->chebyshev[0] = m[1];
    density->chebyshev[1] = 2.0 * m[2] - m[0];
    density->chebyshev[2] = 4.0 * m[3] - 3.0 * m[1];
    density->chebyshev[3] = 8.0 * m[4] - 8.0 * m[2] + m[0];
}

dyson_density dyson_density_semicircle(size_t levels, const dyson_semicircle *law)
{
    const double n = (double)levels;
    dyson_density density = {.levels = levels};
    if (!(law->sigma > 0.0))
        return density;
    density.kind = DYSON_DENSITY_SEMICIRCLE;
    density.centre = law->centre;
    density.half = 2.0 * law->sigma * sqrt(n);
    density.edge = law->centre + 2.0 * law->sigma * sqrt(n - 0.5);
    density.edge_scale = law->sigma * pow(n, -1.0 / 6.0);
    /* u^2 = x^2/(4 N sigma^2) */
    const double moment[] = {n, 0.0, 0.25 * (n + 1.0), 0.0, (2.0 * n + 5.0 + 5.0 / n) / 16.0};
    chebyshev_of_moments(moment, &density);
    return density;
}

dyson_density dyson_density_start(const dyson_gaussian_start *start)
{
    const double m = fmax(start->rows, start->columns), n = fmin(start->rows, start->columns);
    const double variance = start->variance, both = m + n, squares = m * m + n * n;
    dyson_density density = {.levels = (size_t)n};
    if (!(variance > 0.0))
        return density;
    density.kind = DYSON_DENSITY_MARCHENKO_PASTUR;
    density.marchenko_pastur = dyson_marchenko_pastur_of(start);
    density.centre = variance * both;
    density.half = 2.0 * variance * sqrt(m * n);
    const double a = sqrt(m - 0.5), b = sqrt(n - 0.5);
    density.edge = variance * (a + b) * (a + b);
    density.edge_scale = variance * (a + b) * cbrt(1.0 / a + 1.0 / b);
    const double power[] = {n, n * m, n * m * (both + 1.0),
                            n * m * (squares + 3.0 * m * n + 3.0 * both + 4.0),
                            n * m *
                                (m * m * m + n * n * n + 6.0 * m * n * both + 6.0 * squares +
                                 17.0 * m * n + 21.0 * both + 20.0)};
    double moment[DYSON_CHEBYSHEV + 1]; /* tr ((X - (m + n))/(2 sqrt(m n)))^k */
    for (int k = 0; k <= DYSON_CHEBYSHEV; k++) {
        double binomial = 1.0;
        moment[k] = 0.0;
        for (int j = k; j >= 0; j--) { /* binomial: k over j */
            moment[k] += binomial * power[j] * pow(-both, k - j);
            binomial *= (double)j / (double)(k - j + 1);
        }
        moment[k] /= pow(4.0 * m * n, 0.5 * k);
    }
    chebyshev_of_moments(moment, &density);
    return density;
}

static double semicircle(double u)
{
    return 0.5 + (u * sqrt(1.0 - u * u) + asin(u)) / M_PI;
}

double dyson_density_cumulative(const dyson_density *density, double x)
{
    const double u = fmax(-1.0, fmin(1.0, (x - density->centre) / density->half));
    return density->kind == DYSON_DENSITY_SEMICIRCLE
               ? semicircle(u)
               : dyson_marchenko_pastur_cumulative(&density->marchenko_pastur, x);
}

double dyson_density_staircase(const dyson_density *density, double x)
{
    const double n = (double)density->levels, place = (x - density->centre) / density->half;
    const double u = place < -1.0 ? -1.0 : place > 1.0 ? 1.0 : place, angle = asin(u);
    if (density->kind == DYSON_DENSITY_SEMICIRCLE)
        return 0.5 * n + (n * (u * sqrt(1.0 - u * u) + angle) - 0.5 * angle) / M_PI;
    return n * dyson_density_cumulative(density, x) - angle / (2.0 * M_PI);
}

/* Clenshaw's sum of a_k T_k(t). */
static double polynomial(const dyson_unfolding_map *map, int degree, double x)
{
    const double t = (x - map->centre) / map->half;
    double next = 0.0, after = 0.0;
    for (int k = degree; k > 0; k--) {
        const double here = map->coefficient[k] + 2.0 * t * next - after;
        after = next;
        next = here;
    }
    return map->coefficient[0] + t * next - after;
}

static double staircase(const dyson_unfolding_map *map, double x)
{
    return map->kind == DYSON_UNFOLD_ANALYTIC ? dyson_density_staircase(map->density, x)
                                              : polynomial(map, map->window, x);
}

/* Where the staircase has a height, between two places below and above it. */
static double place_of(const dyson_unfolding_map *map, double height, double below, double above)
{
    for (int i = 0; i < 200 && below < above; i++) {
        const double middle = below + 0.5 * (above - below);
        if (!(middle > below && middle < above))
            break;
        if (staircase(map, middle) < height)
            below = middle;
        else
            above = middle;
    }
    return above;
}

static void find_bulk(dyson_unfolding_map *map, double below, double above)
{
    const double n = (double)map->levels;
    map->low = place_of(map, DYSON_BULK_EDGE * n, below, above);
    map->high = place_of(map, (1.0 - DYSON_BULK_EDGE) * n, below, above);
}

dyson_unfolding_map dyson_unfolding_choose(const dyson_unfolding *unfolding,
                                           const dyson_density *density, size_t levels)
{
    const bool known = density->kind != DYSON_DENSITY_UNKNOWN;
    dyson_unfolding_map map = {.kind = unfolding->kind, .levels = levels};
    if (map.kind == DYSON_UNFOLD_AUTO)
        map.kind = known ? DYSON_UNFOLD_ANALYTIC : DYSON_UNFOLD_POLYNOMIAL;
    if (map.kind == DYSON_UNFOLD_ANALYTIC && !known)
        map.kind = DYSON_UNFOLD_AUTO;
    if (map.kind == DYSON_UNFOLD_LOCAL)
        map.window = unfolding->parameter;
    if (map.kind == DYSON_UNFOLD_ANALYTIC) {
        map.density = density;
        find_bulk(&map, density->centre - density->half, density->centre + density->half);
    }
    return map;
}

/* Least squares at the upper ends of bins first .. last - 1; below: levels below bin `first`. */
static int fit(dyson_unfolding_map *map, int degree, size_t spectra, double low, double width,
               size_t first, size_t last, double below, const uint64_t *count, dyson_error *error)
{
    const size_t n = last - first, terms = (size_t)degree + 1;
    gsl_matrix *design = gsl_matrix_alloc(n, terms), *covariance = gsl_matrix_alloc(terms, terms);
    gsl_vector *height = gsl_vector_alloc(n), *found = gsl_vector_alloc(terms);
    gsl_multifit_linear_workspace *room = gsl_multifit_linear_alloc(n, terms);
    if (design == NULL || covariance == NULL || height == NULL || found == NULL || room == NULL) {
        dyson_fail(error, DYSON_INTERNAL, "out of memory for a polynomial of degree %d", degree);
    } else {
        double total = below, chi2;
        for (size_t i = 0; i < n; i++) {
            const double x = low + width * (double)(first + i + 1);
            const double t = (x - map->centre) / map->half;
            total += (double)count[first + i];
            gsl_vector_set(height, i, total / (double)spectra);
            for (size_t k = 0; k < terms; k++)
                gsl_matrix_set(design, i, k, cos((double)k * acos(fmax(-1.0, fmin(1.0, t)))));
        }
        gsl_multifit_linear(design, height, found, covariance, &chi2, room);
        for (size_t k = 0; k < terms; k++)
            map->coefficient[k] = gsl_vector_get(found, k);
    }
    gsl_matrix_free(design);
    gsl_matrix_free(covariance);
    gsl_vector_free(height);
    gsl_vector_free(found);
    gsl_multifit_linear_free(room);
    return error->code;
}

int dyson_unfolding_fit(dyson_unfolding_map *map, int degree, size_t spectra, double low,
                        double high, size_t bins, const uint64_t *count, dyson_error *error)
{
    const double all = (double)spectra * (double)map->levels, width = (high - low) / (double)bins;
    const double least = 0.5 * DYSON_BULK_EDGE * all;
    double below = 0.0, sum = 0.0;
    size_t first = 0, last = 0;
    for (size_t b = 0; b < bins; b++) {
        if (sum < least) {
            first = b;
            below = sum;
        }
        sum += (double)count[b];
        if (sum <= all - least)
            last = b + 1;
    }
    map->kind = DYSON_UNFOLD_AUTO;
    map->window = degree;
    if (!(width > 0.0 && isfinite(low + width)) || last < first + (size_t)degree + 1)
        return DYSON_OK;
    const double from = low + width * (double)first, to = low + width * (double)last;
    map->centre = 0.5 * (from + to);
    map->half = 0.5 * (to - from);
    if (fit(map, degree, spectra, low, width, first, last, below, count, error) != DYSON_OK)
        return error->code;
    map->kind = DYSON_UNFOLD_POLYNOMIAL;
    find_bulk(map, from, to);
    enum { STEPS = 1000 };
    double before = staircase(map, map->low);
    for (int i = 1; i <= STEPS; i++) {
        const double here = staircase(map, map->low + (map->high - map->low) * i / STEPS);
        if (!(here > before))
            map->kind = DYSON_UNFOLD_AUTO;
        before = here;
    }
    return DYSON_OK;
}

size_t dyson_unfold(const dyson_unfolding_map *map, const double *x, double *y, bool *next)
{
    const double zero = DYSON_BULK_EDGE * (double)map->levels;
    size_t i = map->levels, count = 0; /* x[i - 1] is the lowest level not yet seen */
    while (i > 0 && x[i - 1] < map->low)
        i--;
    for (; i > 0 && x[i - 1] < map->high; i--)
        y[count++] = staircase(map, x[i - 1]) - zero;
    *next = i > 0;
    if (*next)
        y[count] = staircase(map, x[i - 1]) - zero;
    return count;
}

size_t dyson_unfold_locally(const dyson_unfolding_map *map, const double *x, double *spacing)
{
    const size_t n = map->levels, window = (size_t)map->window, whole = 2 * window + 1;
    const size_t edge = (size_t)(DYSON_BULK_EDGE * (double)n), skip = edge > window ? edge : window;
    size_t count = 0;
    for (size_t j = skip; j + 1 + skip < n; j++) { /* spacing j, from the lowest level */
        const size_t low = n - 1 - j;
        const double around = x[low - 1 - window] - x[low + window];
        if (around > 0.0)
            spacing[count++] = (x[low - 1] - x[low]) * (double)whole / around;
    }
    return count;
}
