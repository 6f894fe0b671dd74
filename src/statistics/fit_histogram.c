/* fit_histogram.c: a law fitted to a histogram (gsl_multifit_nlinear), by its binned likelihood.
 *
 * With M values in bins [e_b, e_b+1), shares s_b = n_b/M and p_b = F(e_b+1) - F(e_b), the law
 * integrated over each bin, so that wide bins do not bias it, and the first and last bin reaching
 * to infinity, the fit minimises the deviance
 *   2 M sum_b (s_b ln(s_b/p_b) - s_b + p_b) = sum_b r_b^2,
 *   r_b = (p_b - s_b) sqrt(M q/p_b),  dr_b/dp_b = sqrt(M/(q p_b)),
 *   q = 2 ((1 + d) ln(1 + d) - d)/d^2,  d = (s_b - p_b)/p_b,  q = 1 at d = 0.
 * To leading order in d that is Pearson's chi^2 = M sum_b (s_b - p_b)^2/p_b, which is reported;
 * unlike weights 1/n_b it does not favour bins that happen to hold few, and it has its minimum
 * also far from the law.  Bins are pooled from both ends until at least five values are expected
 * in the outermost. dof = bins - 1 - parameters.
 *
 * The parameters are theta = (sigma/sigma_0, 1 + (x_0 - c_0)/sigma_0), both 1 at the start (c_0,
 * sigma_0); the surmise has the first alone.  dF/d sigma = -(x - x_0) rho/sigma, dF/d x_0 = -rho.
 * Linearised, theta - theta_true = sum_b h_b (n_b/M - p_b), h_b = (J^T W J)^-1 J_b w_b: so a
 * replica contributes psi_i = mean over its values of h_b(value), less its average. The errors come
 * from the scatter of psi, which holds for correlated levels. */
#include "dyson/statistics.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_EXPECTED = 5, MOST_ITERATIONS = 200 };
#define RUN_AWAY 30.0 /* sigma over that of maximum likelihood */

/* The bins that are fitted. */
typedef struct problem {
    const dyson_histogram *histogram;
    dyson_law law;
    size_t bins, parameters;
    double start_centre, start_sigma;
    double total;      /* M */
    double *edge;      /* bins + 1; the outermost are infinite, or 0 for the surmise */
    double *share;     /* bins: n_b/M */
    double *weight;    /* bins: M/p_b */
    double *influence; /* bins: h_b for sigma/sigma_0, then h_b for the centre */
    size_t *pooled;    /* of each bin of the histogram, in which of these it is */
} problem;

static double sigma_of(const problem *p, const gsl_vector *theta)
{
    return p->start_sigma * gsl_vector_get(theta, 0);
}

static double centre_of(const problem *p, const gsl_vector *theta)
{
    double place = p->parameters > 1 ? gsl_vector_get(theta, 1) : 1.0;
    return p->start_centre + p->start_sigma * (place - 1.0);
}

static double share_of(const problem *p, size_t b, double centre, double sigma)
{
    double low = p->edge[b], high = p->edge[b + 1];
    if (low > centre)
        return dyson_law_survival(p->law, low, centre, sigma) -
               dyson_law_survival(p->law, high, centre, sigma);
    return dyson_law_cumulative(p->law, high, centre, sigma) -
           dyson_law_cumulative(p->law, low, centre, sigma);
}

/* q of d = (share - expected)/expected >= -1. */
static double deviance_ratio(double d)
{
    if (fabs(d) < 1e-3)
        return 1.0 - d / 3.0 + d * d / 6.0 - d * d * d / 10.0 + d * d * d * d / 15.0;
    return 2.0 * ((d > -1.0 ? (1.0 + d) * log1p(d) : 0.0) - d) / (d * d);
}

/* p_b, above 0, and its q. */
static double expected(const problem *p, size_t b, double centre, double sigma, double *q)
{
    double share = fmax(share_of(p, b, centre, sigma), 1e-300);
    *q = deviance_ratio((p->share[b] - share) / share);
    return share;
}

static int residuals(const gsl_vector *theta, void *context, gsl_vector *f)
{
    const problem *p = context;
    double sigma = sigma_of(p, theta), centre = centre_of(p, theta), q;
    if (!(sigma > 0.0))
        return GSL_EDOM; /* the step was too long */
    for (size_t b = 0; b < p->bins; b++) {
        double share = expected(p, b, centre, sigma, &q);
        gsl_vector_set(f, b, (share - p->share[b]) * sqrt(p->total * q / share));
    }
    return GSL_SUCCESS;
}

/* dF(x)/dtheta */
static void slope(const problem *p, double x, double centre, double sigma, double out[2])
{
    out[0] = out[1] = 0.0;
    if (isinf(x))
        return;
    double rho = dyson_law_density(p->law, x, centre, sigma);
    out[0] = -(p->law == DYSON_SURMISE ? x : x - centre) * rho * p->start_sigma / sigma;
    out[1] = -p->start_sigma * rho;
}

/* dp_b/dtheta */
static void share_slopes(const problem *p, const gsl_vector *theta, gsl_matrix *j)
{
    double sigma = sigma_of(p, theta), centre = centre_of(p, theta), low[2], high[2];
    slope(p, p->edge[0], centre, sigma, low);
    for (size_t b = 0; b < p->bins; b++) {
        slope(p, p->edge[b + 1], centre, sigma, high);
        for (size_t k = 0; k < p->parameters; k++)
            gsl_matrix_set(j, b, k, high[k] - low[k]);
        memcpy(low, high, sizeof low);
    }
}

static int jacobian(const gsl_vector *theta, void *context, gsl_matrix *j)
{
    const problem *p = context;
    double sigma = sigma_of(p, theta), centre = centre_of(p, theta), q;
    share_slopes(p, theta, j);
    for (size_t b = 0; b < p->bins; b++) {
        double share = expected(p, b, centre, sigma, &q);
        gsl_vector_view row = gsl_matrix_row(j, b);
        gsl_vector_scale(&row.vector, sqrt(p->total / (q * share)));
    }
    return GSL_SUCCESS;
}

/* Pools the histogram's bins into the problem's; false where too few are left. */
static bool pool(problem *p)
{
    const dyson_histogram *histogram = p->histogram;
    double least = LEAST_EXPECTED / p->total, taken = 0.0;
    p->edge[0] = p->law == DYSON_SURMISE ? 0.0 : -INFINITY;
    for (size_t b = 0; b < histogram->bins; b++) {
        double edge = histogram->low + histogram->width * (double)(b + 1);
        p->pooled[b] = p->bins;
        taken += histogram->count[b] / p->total;
        p->share[p->bins] = taken;
        p->edge[p->bins + 1] = edge;
        bool enough = share_of(p, p->bins, p->start_centre, p->start_sigma) >= least;
        bool rest = dyson_law_survival(p->law, edge, p->start_centre, p->start_sigma) >= least;
        if (enough && rest) {
            p->bins++;
            taken = 0.0;
        }
    }
    p->share[p->bins] = taken;
    p->edge[++p->bins] = INFINITY;
    return p->bins >= p->parameters + 2;
}

/* The fit, from theta = 1; false where it does not converge.  The deviance has 16 digits, so it
 * tells where its minimum is to 8; GSL_ENOPROG in info: no step could lower it any more. */
static bool solve(problem *p, gsl_multifit_nlinear_workspace *work, gsl_vector *theta)
{
    gsl_multifit_nlinear_fdf system = {
        .f = residuals, .df = jacobian, .n = p->bins, .p = p->parameters, .params = p};
    int info;
    gsl_vector_set_all(theta, 1.0);
    if (gsl_multifit_nlinear_init(theta, &system, work) != GSL_SUCCESS)
        return false;
    int status =
        gsl_multifit_nlinear_driver(MOST_ITERATIONS, 1e-9, 1e-15, 0.0, NULL, NULL, &info, work);
    gsl_vector_memcpy(theta, gsl_multifit_nlinear_position(work));
    return status == GSL_SUCCESS || info == GSL_ENOPROG;
}

/* Pearson's chi^2 at the solution; fills the weights. */
static double pearson(problem *p, const gsl_vector *theta)
{
    double sigma = sigma_of(p, theta), centre = centre_of(p, theta), chi2 = 0.0, q;
    for (size_t b = 0; b < p->bins; b++) {
        double share = expected(p, b, centre, sigma, &q), off = share - p->share[b];
        p->weight[b] = p->total / share;
        chi2 += p->weight[b] * off * off;
    }
    return chi2;
}

/* h_b of every bin at the solution; false where the parameters are not determined. */
static bool linearise(problem *p, const gsl_vector *theta, gsl_matrix *j)
{
    share_slopes(p, theta, j);
    double m[3] = {0.0, 0.0, 0.0};
    for (size_t b = 0; b < p->bins; b++) {
        double first = gsl_matrix_get(j, b, 0);
        double second = p->parameters > 1 ? gsl_matrix_get(j, b, 1) : 0.0;
        m[0] += p->weight[b] * first * first;
        m[1] += p->weight[b] * first * second;
        m[2] += p->weight[b] * second * second;
    }
    if (p->parameters == 1)
        m[2] = 1.0;
    double determinant = m[0] * m[2] - m[1] * m[1];
    for (size_t b = 0; b < p->bins; b++) {
        double first = p->weight[b] * gsl_matrix_get(j, b, 0);
        double second = p->parameters > 1 ? p->weight[b] * gsl_matrix_get(j, b, 1) : 0.0;
        p->influence[b] = (m[2] * first - m[1] * second) / determinant;
        p->influence[p->bins + b] = (m[0] * second - m[1] * first) / determinant;
    }
    return determinant > 0.0;
}

/* What one value in each bin of the histogram does to sigma and to the centre, their means
 * subtracted. */
static int put_influence(const problem *p, dyson_binned_fit *fit, dyson_error *error)
{
    const size_t bins = p->histogram->bins;
    fit->influence = malloc(2 * bins * sizeof *fit->influence);
    if (fit->influence == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu bins", bins);
    for (size_t k = 0; k < 2; k++) {
        double mean = 0.0;
        for (size_t b = 0; b < p->bins; b++)
            mean += p->influence[k * p->bins + b] * p->share[b];
        for (size_t b = 0; b < bins; b++)
            fit->influence[k * bins + b] =
                p->start_sigma * (p->influence[k * p->bins + p->pooled[b]] - mean);
    }
    return DYSON_OK;
}

static int fit_problem(problem *p, dyson_binned_fit *fit, dyson_error *error)
{
    const gsl_multifit_nlinear_parameters how = gsl_multifit_nlinear_default_parameters();
    gsl_multifit_nlinear_workspace *work =
        gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &how, p->bins, p->parameters);
    gsl_vector *theta = gsl_vector_alloc(p->parameters);
    gsl_matrix *j = gsl_matrix_alloc(p->bins, p->parameters);
    if (work != NULL && theta != NULL && j != NULL && solve(p, work, theta)) {
        double chi2 = pearson(p, theta);
        /* Where the law is far from the values (all in one bin, say) sigma can run away. */
        const double ratio = gsl_vector_get(theta, 0);
        if (ratio < RUN_AWAY && ratio > 1.0 / RUN_AWAY && linearise(p, theta, j)) {
            fit->fit.sigma.value = sigma_of(p, theta);
            if (p->parameters > 1)
                fit->fit.centre.value = centre_of(p, theta);
            fit->fit.chi2 = chi2;
            fit->fit.dof = (double)(p->bins - 1 - p->parameters);
            put_influence(p, fit, error);
        }
    }
    gsl_matrix_free(j);
    gsl_vector_free(theta);
    if (work != NULL)
        gsl_multifit_nlinear_free(work);
    return error->code;
}

int dyson_binned_solve(dyson_law law, const dyson_fit *start, const dyson_histogram *histogram,
                       dyson_binned_fit *fit, dyson_error *error)
{
    *fit = (dyson_binned_fit){
        .law = law, .fit = {{NAN, NAN}, {NAN, NAN}, NAN, NAN}, .histogram = histogram};
    if (!(start->sigma.value > 0.0))
        return DYSON_OK;
    size_t most = histogram->bins + 1;
    double *store = malloc((5 * most + 1) * sizeof *store);
    size_t *pooled = malloc(most * sizeof *pooled);
    problem p = {.histogram = histogram,
                 .law = law,
                 .parameters = law == DYSON_SURMISE ? 1 : 2,
                 .start_centre = law == DYSON_SURMISE ? 0.0 : start->centre.value,
                 .start_sigma = start->sigma.value,
                 .total = (double)histogram->total,
                 .pooled = pooled};
    if (store == NULL || pooled == NULL) {
        dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu bins", most);
    } else {
        p.edge = store;
        p.share = store + most + 1;
        p.weight = store + 2 * most + 1;
        p.influence = store + 3 * most + 1;
        if (pool(&p)) {
            gsl_error_handler_t *handler = gsl_set_error_handler_off();
            fit_problem(&p, fit, error);
            gsl_set_error_handler(handler);
        }
    }
    free(store);
    free(pooled);
    return error->code;
}

void dyson_binned_add(dyson_binned_fit *fit, size_t n, const double *values, double *influence)
{
    const size_t per = dyson_law_values(fit->law), bins = fit->histogram->bins;
    for (size_t i = 0; i < n; i++) {
        double psi[2] = {0.0, 0.0};
        for (size_t v = 0; v < per && fit->influence != NULL; v++) {
            const size_t b = dyson_bin_of(fit->histogram, values[i * per + v]);
            psi[0] += fit->influence[b] / (double)per;
            psi[1] += fit->influence[bins + b] / (double)per;
        }
        fit->squares[0] += psi[0] * psi[0];
        fit->squares[1] += psi[1] * psi[1];
        if (influence != NULL)
            influence[i] = fit->influence != NULL ? psi[0] : NAN;
    }
    fit->replicas += (double)n;
}

dyson_fit dyson_binned_result(const dyson_binned_fit *binned)
{
    dyson_fit fit = binned->fit;
    const double n = binned->replicas;
    if (binned->influence == NULL)
        return fit;
    fit.sigma.error = sqrt(binned->squares[0] / (n * (n - 1.0)));
    if (binned->law != DYSON_SURMISE)
        fit.centre.error = sqrt(binned->squares[1] / (n * (n - 1.0)));
    return fit;
}

void dyson_binned_clear(dyson_binned_fit *fit)
{
    free(fit->influence);
    fit->influence = NULL;
}
