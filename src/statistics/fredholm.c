/* fredholm.c: laws that are Fredholm determinants, by Bornemann's method (Math. Comp. 79, 871):
 * det(1 - K) on an interval is the determinant of delta_ij - sqrt(w_i) K(t_i, t_j) sqrt(w_j) with
 * nodes t and weights w of Gauss and Legendre; for analytic kernels it converges exponentially.
 *
 * Bulk.  The probability that an interval of length s is empty is, for the GOE, E(s) = det(1 - K)
 * on (0, s/2) with K(x, y) = S(x - y) + S(x + y), S(u) = sin(pi u)/(pi u): the even half of the
 * sine kernel (Gaudin; Mehta, Random Matrices).  The spacing has the density E'' and the integral
 * 1 + E'.  With x = s t/2 the discrete kernel is, d = t_i -+ t_j,
 *   A_ij = sqrt(w_i w_j) sum sin(pi s d/2)/(pi d),
 * whose derivatives in s are written down directly; with R = (1 - A)^-1, l = ln det(1 - A),
 *   l' = -tr(R A'),   l'' = -tr(R A'') - tr(R A' R A'),   E'' = E (l'' + l'^2).
 *
 * Edge.  F_1(x) = det(1 - K) on (0, infinity) with K(u, v) = Ai(x + (u + v)/2)/2 (Ferrari and
 * Spohn, J. Phys. A 38, L557).  Beyond u = 16 the kernel is below 1e-13 for all x >= -10 that
 * matter: there F_1 itself is below 1e-19. */
#include "statistics/bulk_laws.h"

#include <gsl/gsl_integration.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_sf_airy.h>
#include <math.h>
#include <stdlib.h>

typedef struct fredholm {
    size_t n;
    double *node, *root;               /* of (0, 1): t, sqrt(w) */
    gsl_matrix *rest, *first, *second; /* 1 - A and then its inverse, A', A'' */
    gsl_integration_glfixed_table *table;
} fredholm;

static int fredholm_create(size_t n, fredholm *f, dyson_error *error)
{
    *f = (fredholm){.n = n};
    f->node = malloc(2 * n * sizeof *f->node);
    f->rest = gsl_matrix_alloc(n, n);
    f->first = gsl_matrix_alloc(n, n);
    f->second = gsl_matrix_alloc(n, n);
    f->table = gsl_integration_glfixed_table_alloc(n);
    if (f->node == NULL || f->rest == NULL || f->first == NULL || f->second == NULL ||
        f->table == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for a law of spectra");
    f->root = f->node + n;
    for (size_t i = 0; i < n; i++) {
        double weight;
        gsl_integration_glfixed_point(0.0, 1.0, i, &f->node[i], &weight, f->table);
        f->root[i] = sqrt(weight);
    }
    return DYSON_OK;
}

static void fredholm_clear(fredholm *f)
{
    free(f->node);
    gsl_matrix_free(f->rest);
    gsl_matrix_free(f->first);
    gsl_matrix_free(f->second);
    gsl_integration_glfixed_table_free(f->table);
}

/* The determinant of `rest`, which becomes its inverse. */
static double invert(fredholm *f)
{
    double root = 1.0;
    gsl_linalg_cholesky_decomp1(f->rest);
    for (size_t i = 0; i < f->n; i++)
        root *= gsl_matrix_get(f->rest, i, i);
    gsl_linalg_cholesky_invert(f->rest);
    return root * root;
}

/* tr(P Q) of symmetric matrices. */
static double trace(size_t n, const double *p, const double *q)
{
    double sum = 0.0;
    for (size_t i = 0; i < n * n; i++)
        sum += p[i] * q[i];
    return sum;
}

/* tr(R A' R A'); A'' is no longer needed, and its place is used. */
static double trace_squared(const fredholm *f)
{
    const size_t n = f->n;
    const double *rest = f->rest->data, *first = f->first->data;
    double *product = f->second->data, sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++)
            product[i * n + j] = 0.0;
        for (size_t k = 0; k < n; k++)
            for (size_t j = 0; j < n; j++)
                product[i * n + j] += rest[i * n + k] * first[k * n + j];
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            sum += product[i * n + j] * product[j * n + i];
    return sum;
}

static void spacing_at(fredholm *f, double s, double *cumulative, double *density)
{
    for (size_t i = 0; i < f->n; i++)
        for (size_t j = 0; j < f->n; j++) {
            const double weight = f->root[i] * f->root[j];
            double a = 0.0, first = 0.0, second = 0.0;
            for (int sign = -1; sign <= 1; sign += 2) {
                const double d = f->node[i] + sign * f->node[j], angle = 0.5 * M_PI * d;
                a += d == 0.0 ? 0.5 * s : sin(angle * s) / (M_PI * d);
                first += 0.5 * cos(angle * s);
                second -= 0.5 * angle * sin(angle * s);
            }
            gsl_matrix_set(f->rest, i, j, (i == j) - weight * a);
            gsl_matrix_set(f->first, i, j, weight * first);
            gsl_matrix_set(f->second, i, j, weight * second);
        }
    const double e = invert(f), slope = -trace(f->n, f->rest->data, f->first->data);
    const double curvature = -trace(f->n, f->rest->data, f->second->data) - trace_squared(f);
    *cumulative = 1.0 + e * slope;
    *density = e * (curvature + slope * slope);
}

static void edge_at(fredholm *f, double x, double *cumulative, double *density)
{
    enum { REACH = 16 };
    for (size_t i = 0; i < f->n; i++)
        for (size_t j = 0; j <= i; j++) {
            const double place = x + 0.5 * REACH * (f->node[i] + f->node[j]);
            const double weight = 0.5 * REACH * f->root[i] * f->root[j];
            const double a = weight * gsl_sf_airy_Ai(place, GSL_PREC_DOUBLE);
            const double first = weight * gsl_sf_airy_Ai_deriv(place, GSL_PREC_DOUBLE);
            gsl_matrix_set(f->rest, i, j, (i == j) - a);
            gsl_matrix_set(f->rest, j, i, (i == j) - a);
            gsl_matrix_set(f->first, i, j, first);
            gsl_matrix_set(f->first, j, i, first);
        }
    *cumulative = invert(f);
    *density = -*cumulative * trace(f->n, f->rest->data, f->first->data);
}

static int create(size_t nodes, double low, double high, double step,
                  void (*at)(fredholm *f, double x, double *cumulative, double *density),
                  dyson_knotted *law, dyson_error *error)
{
    fredholm f;
    *law =
        (dyson_knotted){.knots = (size_t)lround((high - low) / step) + 1, .low = low, .step = step};
    law->cumulative = malloc(2 * law->knots * sizeof *law->cumulative);
    if (law->cumulative == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for a law of spectra");
    law->density = law->cumulative + law->knots;
    if (fredholm_create(nodes, &f, error) == DYSON_OK)
        for (size_t i = 0; i < law->knots; i++)
            at(&f, low + step * (double)i, &law->cumulative[i], &law->density[i]);
    fredholm_clear(&f);
    return error->code;
}

int dyson_spacing_law_create(dyson_knotted *law, dyson_error *error)
{
    return create(24, 0.0, 8.0, 1.0 / 32.0, spacing_at, law, error);
}

int dyson_edge_law_create(dyson_knotted *law, dyson_error *error)
{
    return create(36, -10.0, 8.0, 1.0 / 8.0, edge_at, law, error);
}

void dyson_knotted_clear(dyson_knotted *law)
{
    free(law->cumulative);
    *law = (dyson_knotted){0};
}

double dyson_knotted_cumulative(const dyson_knotted *law, double x)
{
    const double place = (x - law->low) / law->step;
    if (!(place > 0.0))
        return 0.0;
    if (!(place < (double)(law->knots - 1)))
        return 1.0;
    const size_t i = (size_t)place;
    const double t = place - (double)i, u = 1.0 - t;
    return law->cumulative[i] * u * u * (1.0 + 2.0 * t) +
           law->cumulative[i + 1] * t * t * (1.0 + 2.0 * u) +
           law->step * t * u * (law->density[i] * u - law->density[i + 1] * t);
}
