/* bulk_results.c: from the sums of whole spectra to the rows of a point and snapshot.
 *
 * p-values.  Neighbouring spacings of one spectrum repel each other (correlation -0.27 in the GOE),
 * and Kolmogorov's law is for independent values: it is applied to every DYSON_THINNING-th spacing,
 * between which the correlation is about 0.01.  Largest levels are one per replica.  The density is
 * tested by linear statistics instead, sum T_k(u_i): of the GOE and of Wishart's ensemble they are
 * Gaussian, independent of each other and of variance k/2, but for terms of order 1/N (Johansson);
 * where there are replicas enough, the variance is that which they show. */
#include "statistics/bulk.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

enum { REPLICAS_FOR_VARIANCE = 32 };

/* What is computed from sums. */
typedef struct estimates {
    double ratio, spacing, variance, brody, edge, edge_std;
    double bin[DYSON_SPACING_BINS];
    double number[DYSON_LENGTHS], rigidity[DYSON_LENGTHS];
    double form[DYSON_TAUS];
    double density[DYSON_DENSITY_BINS];
} estimates;
#define ESTIMATES (sizeof(estimates) / sizeof(double))

static bool resolved(size_t levels, int k)
{
    return DYSON_TAU_STEP * (k + 1) * dyson_form_length(levels) > 4.0 - 1e-9;
}

static void evaluate(const dyson_bulk_view *view, const dyson_bulk_sums *s, estimates *e)
{
    const double n = s->replicas, all = s->spacings;
    e->ratio = s->ratio / s->ratios;
    e->spacing = s->spacing_sum / all;
    e->variance = s->spacing_squares / all - e->spacing * e->spacing;
    e->brody = dyson_brody_fit(DYSON_SPACING_SUMS, DYSON_SPACING_WIDTH, s->spacing);
    e->edge = s->edge / n;
    e->edge_std =
        n > 1.0 ? sqrt(fmax(s->edge_squares - n * e->edge * e->edge, 0.0) / (n - 1.0)) : NAN;
    for (int b = 0; b < DYSON_SPACING_BINS; b++)
        e->bin[b] = s->spacing[b] / (all * DYSON_SPACING_WIDTH);
    for (int k = 0; k < DYSON_LENGTHS; k++) {
        const double mean = s->number[k] / s->windows[k];
        e->number[k] = s->number_squares[k] / s->windows[k] - mean * mean;
        e->rigidity[k] = s->rigidity[k] / s->intervals[k];
    }
    for (int k = 0; k < DYSON_TAUS; k++)
        e->form[k] = resolved(view->levels, k) ? s->form[k] / s->weight : NAN;
    const double width = 2.4 * view->density.half / DYSON_DENSITY_BINS;
    for (int b = 0; b < DYSON_DENSITY_BINS; b++)
        e->density[b] = s->density[b] / (n * (double)view->levels * width);
}

/* Sums of all blocks but one; of all where `without` is none of them. */
static void add_blocks(size_t blocks, const dyson_bulk_sums *sums, size_t without,
                       dyson_bulk_sums *total)
{
    *total = (dyson_bulk_sums){0};
    double *to = (double *)total;
    for (size_t b = 0; b < blocks; b++)
        for (size_t i = 0; i < DYSON_BULK_SUMS && b != without; i++)
            to[i] += ((const double *)&sums[b])[i];
}

/* Values from all blocks, errors by leaving out one at a time. */
static void jackknife(const dyson_bulk_view *view, size_t blocks, const dyson_bulk_sums *sums,
                      estimates *value, estimates *error)
{
    dyson_bulk_sums total;
    double first[ESTIMATES], sum[ESTIMATES] = {0}, squares[ESTIMATES] = {0};
    const double count = (double)blocks;
    add_blocks(blocks, sums, blocks, &total);
    evaluate(view, &total, value);
    for (size_t b = 0; b < blocks; b++) {
        estimates left;
        const double *of = (const double *)&left;
        add_blocks(blocks, sums, b, &total);
        evaluate(view, &total, &left);
        for (size_t i = 0; i < ESTIMATES; i++) {
            if (b == 0)
                first[i] = of[i];
            sum[i] += of[i] - first[i];
            squares[i] += (of[i] - first[i]) * (of[i] - first[i]);
        }
    }
    for (size_t i = 0; i < ESTIMATES; i++) {
        const double scatter = squares[i] - sum[i] * sum[i] / count;
        const bool known = blocks > 1 && !isnan(scatter);
        ((double *)error)[i] = known ? sqrt((count - 1.0) / count * fmax(scatter, 0.0)) : NAN;
    }
}

/* The largest difference of two staircases at the upper ends of bins; *n: the number of values. */
static double distance(size_t bins, const uint64_t *count, double first, double width,
                       double (*cumulative)(const void *law, double x), const void *law, size_t *n)
{
    double below = 0.0, largest = 0.0;
    *n = 0;
    for (size_t b = 0; b < bins; b++)
        *n += count[b];
    for (size_t b = 0; b + 1 < bins; b++) { /* the last one has no upper end */
        below += (double)count[b];
        const double f = cumulative(law, first + width * (double)b);
        largest = fmax(largest, fabs(below / (double)*n - f));
    }
    return *n > 0 ? largest : NAN;
}

static double of_knots(const void *law, double x)
{
    return dyson_knotted_cumulative(law, x);
}

static double of_poisson(const void *law, double x)
{
    (void)law;
    return -expm1(-x);
}

static void put_distances(double *row, int column, bool valid, const dyson_bulk_counts *counts,
                          double (*cumulative)(const void *law, double x), const void *law)
{
    const size_t bins = sizeof counts->spacing / sizeof *counts->spacing;
    const double width = DYSON_SPACING_WIDTH / DYSON_SPACING_FINE;
    size_t n;
    row[column] = distance(bins, counts->spacing, width, width, cumulative, law, &n);
    const double thinned = distance(bins, counts->thinned, width, width, cumulative, law, &n);
    row[column + 1] = valid ? dyson_kolmogorov_p(n, thinned) : NAN;
}

static double brody_orthogonal(const dyson_knotted *law)
{
    double share[DYSON_SPACING_SUMS], below = 0.0;
    for (int b = 0; b < DYSON_SPACING_SUMS; b++) {
        const double next = b + 1 < DYSON_SPACING_SUMS
                                ? dyson_knotted_cumulative(law, DYSON_SPACING_WIDTH * (b + 1))
                                : 1.0;
        share[b] = next - below;
        below = next;
    }
    return dyson_brody_fit(DYSON_SPACING_SUMS, DYSON_SPACING_WIDTH, share);
}

static void put_unfolded(dyson_analysis *a, size_t p, size_t t, const dyson_bulk_view *view,
                         const estimates *value, const estimates *error,
                         const dyson_bulk_counts *counts)
{
    double *row = dyson_row(a, TABLE_UNFOLDED, p, t);
    const bool global = view->map.kind != DYSON_UNFOLD_LOCAL;
    row[UNFOLDED_METHOD] = (double)view->map.kind;
    row[UNFOLDED_SPACING] = value->spacing;
    row[UNFOLDED_SPACING_ERROR] = error->spacing;
    row[UNFOLDED_VARIANCE] = value->variance;
    row[UNFOLDED_VARIANCE_ERROR] = error->variance;
    row[UNFOLDED_BRODY] = value->brody;
    row[UNFOLDED_BRODY_ERROR] = error->brody;
    row[UNFOLDED_BRODY_ORTHOGONAL] = brody_orthogonal(&a->spacing_law);
    put_distances(row, UNFOLDED_KS, global, counts, of_knots, &a->spacing_law);
    put_distances(row, UNFOLDED_KS_POISSON, global, counts, of_poisson, NULL);
    for (size_t b = 0; b < DYSON_SPACING_BINS; b++) {
        double *bin = dyson_row(a, TABLE_SPACINGS, p, t * DYSON_SPACING_BINS + b);
        bin[BIN_DENSITY] = value->bin[b];
        bin[BIN_DENSITY_ERROR] = error->bin[b];
    }
    for (size_t k = 0; k < DYSON_LENGTHS; k++) {
        double *number = dyson_row(a, TABLE_NUMBER, p, t * DYSON_LENGTHS + k);
        number[NUMBER_VARIANCE] = value->number[k];
        number[NUMBER_VARIANCE_ERROR] = error->number[k];
        number[NUMBER_RIGIDITY] = value->rigidity[k];
        number[NUMBER_RIGIDITY_ERROR] = error->rigidity[k];
    }
    for (size_t k = 0; k < DYSON_TAUS; k++) {
        double *form = dyson_row(a, TABLE_FORM, p, t * DYSON_TAUS + k);
        form[FORM_VALUE] = value->form[k];
        form[FORM_ERROR] = error->form[k];
    }
}

/* Sum of (deviation/error)^2 of the means of sum T_k. */
static double chi2_of(const dyson_density *law, const dyson_bulk_sums *total)
{
    const double n = total->replicas;
    double chi2 = 0.0;
    for (int k = 0; k < DYSON_CHEBYSHEV; k++) {
        const double mean = total->chebyshev[k] / n, deviation = mean - law->chebyshev[k];
        const double scatter = (total->chebyshev_squares[k] - n * mean * mean) / (n - 1.0);
        const double variance = n < REPLICAS_FOR_VARIANCE ? 0.5 * (k + 1) : scatter;
        chi2 += deviation * deviation * n / variance;
    }
    return chi2;
}

static void put_density(dyson_analysis *a, size_t p, size_t t, const dyson_bulk_view *view,
                        const dyson_bulk_sums *total, const estimates *value,
                        const estimates *error)
{
    const dyson_density *law = &view->density;
    const bool known = law->kind != DYSON_DENSITY_UNKNOWN;
    const double width = 2.4 * law->half / DYSON_DENSITY_BINS;
    const double all = total->replicas * (double)view->levels;
    double below = 0.0, sum = total->below, largest = sum / all;
    for (size_t b = 0; b < DYSON_DENSITY_BINS; b++) {
        double *place = dyson_row(a, TABLE_DENSITY, p, t * DYSON_DENSITY_BINS + b);
        const double low = law->centre - 1.2 * law->half + width * (double)b, high = low + width;
        const double next = known ? dyson_density_cumulative(law, high) : NAN;
        sum += total->density[b];
        largest = fmax(largest, fabs(sum / all - next));
        place[PLACE_X] = known ? 0.5 * (low + high) : NAN;
        place[PLACE_DENSITY] = known ? value->density[b] : NAN;
        place[PLACE_DENSITY_ERROR] = known ? error->density[b] : NAN;
        place[PLACE_LAW] = (next - below) / width;
        below = next;
    }
    double *row = dyson_row(a, TABLE_LAW, p, t);
    const double chi2 = known ? chi2_of(law, total) : NAN;
    row[LAW_KIND] = (double)law->kind;
    row[LAW_LOW] = known ? law->centre - law->half : NAN;
    row[LAW_HIGH] = known ? law->centre + law->half : NAN;
    row[LAW_KS] = known ? largest : NAN;
    row[LAW_CHI2] = chi2;
    row[LAW_P] = isfinite(chi2) ? gsl_cdf_chisq_Q(chi2, DYSON_CHEBYSHEV) : NAN;
}

static void put_edge(dyson_analysis *a, size_t p, size_t t, const dyson_bulk_view *view,
                     const estimates *value, const estimates *error,
                     const dyson_bulk_counts *counts)
{
    const bool known = view->density.kind != DYSON_DENSITY_UNKNOWN;
    double *row = dyson_row(a, TABLE_LAW, p, t);
    size_t n;
    row[LAW_EDGE] = known ? value->edge : NAN;
    row[LAW_EDGE_ERROR] = known ? error->edge : NAN;
    row[LAW_EDGE_STD] = known ? value->edge_std : NAN;
    row[LAW_EDGE_STD_ERROR] = known ? error->edge_std : NAN;
    row[LAW_EDGE_KS] = distance(DYSON_EDGE_BINS + 2, counts->edge, DYSON_EDGE_LOW, DYSON_EDGE_WIDTH,
                                of_knots, &a->edge_law, &n);
    row[LAW_EDGE_P] = dyson_kolmogorov_p(n, row[LAW_EDGE_KS]);
    const size_t parts = (size_t)(DYSON_LARGEST_WIDTH / DYSON_EDGE_WIDTH);
    const size_t first = (size_t)((DYSON_LARGEST_LOW - DYSON_EDGE_LOW) / DYSON_EDGE_WIDTH) + 1;
    for (size_t b = 0; b < DYSON_LARGEST_BINS; b++) {
        double *bin = dyson_row(a, TABLE_LARGEST, p, t * DYSON_LARGEST_BINS + b), found = 0.0;
        for (size_t i = 0; i < parts; i++)
            found += (double)counts->edge[first + b * parts + i];
        bin[BIN_DENSITY] = found / ((double)n * DYSON_LARGEST_WIDTH);
        bin[BIN_DENSITY_ERROR] = sqrt(found) / ((double)n * DYSON_LARGEST_WIDTH);
        if (n == 0)
            bin[BIN_DENSITY] = bin[BIN_DENSITY_ERROR] = NAN;
    }
}

void dyson_bulk_results(dyson_analysis *a, size_t p, size_t t, const dyson_bulk_view *view,
                        size_t blocks, const dyson_bulk_sums *sums, const dyson_bulk_counts *counts)
{
    estimates value, error;
    dyson_bulk_sums total;
    jackknife(view, blocks, sums, &value, &error);
    add_blocks(blocks, sums, blocks, &total);
    if (view->levels >= DYSON_LEAST_RATIOS) {
        dyson_row(a, TABLE_RATIOS, p, t)[RATIO_MEAN] = value.ratio;
        dyson_row(a, TABLE_RATIOS, p, t)[RATIO_MEAN_ERROR] = error.ratio;
    }
    if (view->levels >= DYSON_LEAST_UNFOLDED)
        put_unfolded(a, p, t, view, &value, &error, counts);
    if (a->lawful) {
        put_density(a, p, t, view, &total, &value, &error);
        put_edge(a, p, t, view, &value, &error, counts);
    }
}
