/* analyse_initial.c: the spectra at update 0 of one point, against the law of the weights.
 *
 * Exact at every N are the means of tr X/N and tr X^2/N, and the comparison with synthetic spectra;
 * the Marchenko-Pastur law is the limit, and the distance from it of the synthetic spectra says how
 * far off it is. */
#include "statistics/analysis.h"
#include "statistics/sorting.h"
#include "statistics/start.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Synthetic spectra: at most so many, fewer for N above 64, as their cost is of order N^3. */
enum { MOST_SYNTHETIC = 4096, LEAST_SYNTHETIC = 64, CHEAP_LEVELS = 64 };

static bool law_of(const dyson_analysis *a, dyson_gaussian_start *start)
{
    const dyson_reader *reader = a->merged.reader[0];
    const dyson_model *model = dyson_spec_model(dyson_reader_spec(reader));
    if (model->start == NULL)
        return false;
    model->start(dyson_reader_system(reader), start);
    return start->variance > 0.0;
}

bool dyson_has_initial(const dyson_analysis *a)
{
    dyson_gaussian_start start;
    return dyson_merged_has(&a->merged, 0) && law_of(a, &start);
}

/* tr X^power/N of each replica. */
static dyson_estimate trace(size_t n, size_t levels, const double *x, int power, double *work)
{
    for (size_t r = 0; r < n; r++) {
        work[r] = 0.0;
        for (size_t i = 0; i < levels; i++) {
            const double value = x[r * levels + i];
            work[r] += (power == 2 ? value * value : value) / (double)levels;
        }
    }
    return dyson_mean(n, work);
}

static void put(double *row, int column, dyson_estimate measured, double exact)
{
    row[column] = measured.value;
    row[column + 1] = measured.error;
    row[column + 2] = exact;
}

/* Both histograms have the width of the run's bins; values are sorted. */
static int fill_histograms(dyson_analysis *a, size_t p, size_t count, const double *x,
                           size_t synthetic, const double *y, dyson_error *error)
{
    const double width = dyson_freedman_diaconis(count, x);
    if (count > 0 && synthetic > 0 &&
        dyson_histogram_fill(count, x, 0.0, width, dyson_histogram_at(a, p, HISTOGRAM_INITIAL, 0),
                             error) == DYSON_OK)
        dyson_histogram_fill(synthetic, y, 0.0, width,
                             dyson_histogram_at(a, p, HISTOGRAM_SYNTHETIC, 0), error);
    return error->code;
}

/* x[n x N] and m synthetic spectra y[m x N], both of which are sorted here. */
static int compare(dyson_analysis *a, size_t p, const dyson_gaussian_start *start, size_t n,
                   double *x, size_t m, double *y, dyson_error *error)
{
    const size_t levels = a->levels;
    double *row = dyson_row(a, TABLE_INITIAL, p, 0);
    const dyson_marchenko_pastur law = dyson_marchenko_pastur_of(start);
    row[INITIAL_SCALE] = law.scale;
    row[INITIAL_RATIO] = law.ratio;
    row[INITIAL_LOW] = law.low;
    row[INITIAL_HIGH] = law.high;
    if (dyson_start_sample(start, (int64_t)p, m, y, error) != DYSON_OK ||
        dyson_start_compare(levels, n, x, m, y, (int64_t)p, &row[INITIAL_DISTANCE], &row[INITIAL_P],
                            error) != DYSON_OK)
        return error->code;
    dyson_sort(n * levels, x);
    dyson_sort(m * levels, y);
    row[INITIAL_KS] = dyson_start_distance(&law, n * levels, x);
    row[INITIAL_KS_SYNTHETIC] = dyson_start_distance(&law, m * levels, y);
    return fill_histograms(a, p, n * levels, x, m * levels, y, error);
}

static size_t synthetic(size_t n, size_t levels)
{
    const double small = fmin(1.0, (double)CHEAP_LEVELS / (double)levels);
    const double most = fmax(MOST_SYNTHETIC * small * small * small, LEAST_SYNTHETIC);
    return n < (size_t)most ? n : (size_t)most;
}

int dyson_analyse_initial(dyson_analysis *a, const dyson_null *null, size_t p, size_t task,
                          dyson_error *error)
{
    (void)null;
    (void)task;
    dyson_gaussian_start start;
    size_t n;
    double *x;
    law_of(a, &start);
    if (dyson_merged_levels_at(&a->merged, p, 0, 0, (int)a->levels, &x, &n, NULL, error) !=
        DYSON_OK)
        return error->code;
    const size_t m = synthetic(n, a->levels);
    double *y = malloc((m * a->levels + n + 1) * sizeof *y);
    if (y == NULL) {
        dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu synthetic spectra", m);
    } else {
        double *row = dyson_row(a, TABLE_INITIAL, p, 0);
        put(row, INITIAL_TRACE, trace(n, a->levels, x, 1, y), dyson_start_trace(&start));
        put(row, INITIAL_SQUARES, trace(n, a->levels, x, 2, y), dyson_start_trace_squares(&start));
        compare(a, p, &start, n, x, m, y, error);
    }
    free(x);
    free(y);
    return error->code;
}
