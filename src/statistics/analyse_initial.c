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
    return dyson_merged_place(&a->merged, 0) < a->merged.visits && law_of(a, &start);
}

typedef struct initial {
    dyson_analysis *analysis;
    size_t p, snapshot;
    dyson_gaussian_start start;
    dyson_marchenko_pastur law;
    dyson_mean_sums trace, squares; /* of tr X/N and tr X^2/N */
    dyson_sample all;               /* all levels together (dyson_start_add) */
    size_t spectra, compared, most; /* synthetic ones; compared with them so far, and at most */
    double *synthetic;              /* spectra x N */
    double *first;                  /* most x N: those compared */
    dyson_room room;
} initial;

static void put(double *row, int column, dyson_estimate measured, double exact)
{
    row[column] = measured.value;
    row[column + 1] = measured.error;
    row[column + 2] = exact;
}

static size_t synthetic(size_t n, size_t levels)
{
    const double small = fmin(1.0, (double)CHEAP_LEVELS / (double)levels);
    const double most = fmax(MOST_SYNTHETIC * small * small * small, LEAST_SYNTHETIC);
    return n < (size_t)most ? n : (size_t)most;
}

static void add_traces(initial *s, int pass, size_t n, const double *x, double *work)
{
    const size_t levels = s->analysis->levels;
    for (size_t r = 0; r < n; r++) {
        double sum = 0.0, squares = 0.0;
        for (size_t i = 0; i < levels; i++) {
            sum += x[r * levels + i];
            squares += x[r * levels + i] * x[r * levels + i];
        }
        work[r] = sum / (double)levels;
        work[n + r] = squares / (double)levels;
    }
    dyson_mean_add(&s->trace, pass, n, work);
    dyson_mean_add(&s->squares, pass, n, work + n);
}

static int add(void *sums, int pass, const dyson_chunk *chunk, dyson_error *error)
{
    initial *s = sums;
    const size_t n = chunk->count, levels = chunk->levels, size = n * levels;
    if (pass > 1 || dyson_room_for(&s->room, size + 2 * n, error) != DYSON_OK)
        return error->code;
    double *x = s->room.y;
    for (size_t r = 0; r < n; r++)
        memcpy(x + r * levels, chunk->x + (r * chunk->snapshots + s->snapshot) * levels,
               levels * sizeof *x);
    add_traces(s, pass, n, x, x + size);
    if (pass == 1) {
        dyson_histogram_add(dyson_histogram_at(s->analysis, s->p, HISTOGRAM_INITIAL, 0), size, x);
        return DYSON_OK;
    }
    const size_t left = s->most - s->compared, taken = n < left ? n : left;
    memcpy(s->first + s->compared * levels, x, taken * levels * sizeof *x);
    s->compared += taken;
    return dyson_start_add(&s->all, size, x, error);
}

/* Both histograms have the width of the run's bins; the synthetic levels are sorted. */
static int make_histograms(initial *s, const dyson_marks *all, size_t count, dyson_error *error)
{
    dyson_histogram *measured = dyson_histogram_at(s->analysis, s->p, HISTOGRAM_INITIAL, 0);
    dyson_histogram *drawn = dyson_histogram_at(s->analysis, s->p, HISTOGRAM_SYNTHETIC, 0);
    const double width = dyson_freedman_diaconis(all);
    const double high = count > 0 ? s->synthetic[count - 1] : 0.0;
    if (dyson_histogram_create(0.0, all->high, width, measured, error) == DYSON_OK &&
        dyson_histogram_create(0.0, high, width, drawn, error) == DYSON_OK)
        dyson_histogram_add(drawn, count, s->synthetic);
    return error->code;
}

static int compare(initial *s, dyson_error *error)
{
    const size_t levels = s->analysis->levels, count = s->spectra * levels;
    double *row = dyson_row(s->analysis, TABLE_INITIAL, s->p, 0);
    row[INITIAL_SCALE] = s->law.scale;
    row[INITIAL_RATIO] = s->law.ratio;
    row[INITIAL_LOW] = s->law.low;
    row[INITIAL_HIGH] = s->law.high;
    if (dyson_start_sort(&s->all, error) != DYSON_OK ||
        dyson_start_sample(&s->start, (int64_t)s->p, s->spectra, s->synthetic, error) != DYSON_OK ||
        dyson_start_compare(levels, s->compared, s->first, s->spectra, s->synthetic, (int64_t)s->p,
                            &row[INITIAL_DISTANCE], &row[INITIAL_P], error) != DYSON_OK)
        return error->code;
    dyson_sort(count, s->synthetic);
    const dyson_marks drawn = {count, (double)count, 0.0, 0.0, s->synthetic, NULL};
    row[INITIAL_KS] = dyson_start_distance(&s->law, &s->all.marks);
    row[INITIAL_KS_SYNTHETIC] = dyson_start_distance(&s->law, &drawn);
    return make_histograms(s, &s->all.marks, count, error);
}

static int end(void *sums, int pass, dyson_error *error)
{
    initial *s = sums;
    double *row = dyson_row(s->analysis, TABLE_INITIAL, s->p, 0);
    if (pass == 0) {
        compare(s, error);
        dyson_sample_clear(&s->all);
    } else if (pass == 1) {
        put(row, INITIAL_TRACE, dyson_mean_of(&s->trace), dyson_start_trace(&s->start));
        put(row, INITIAL_SQUARES, dyson_mean_of(&s->squares), dyson_start_trace_squares(&s->start));
    }
    return error->code;
}

static void clear(void *sums)
{
    initial *s = sums;
    dyson_sample_clear(&s->all);
    free(s->synthetic);
    free(s->first);
    free(s->room.y);
    free(s);
}

static const dyson_task functions = {.add = add, .end = end, .clear = clear};

int dyson_begin_initial(dyson_analysis *a, const dyson_null *null, size_t p, size_t index,
                        dyson_task *task, dyson_error *error)
{
    (void)null;
    (void)index;
    const size_t done = dyson_merged_done(&a->merged, p);
    initial *s = dyson_task_create(task, sizeof *s, functions, error);
    if (s == NULL)
        return error->code;
    *s = (initial){.analysis = a, .p = p, .snapshot = dyson_merged_place(&a->merged, 0)};
    law_of(a, &s->start);
    s->law = dyson_marchenko_pastur_of(&s->start);
    s->all = dyson_sample_of(4 * DYSON_SAMPLE_LIMIT); /* N of each replica */
    s->spectra = synthetic(done, a->levels);
    s->most = DYSON_MOST_LARGER * s->spectra;
    s->synthetic = malloc((s->spectra * a->levels + 1) * sizeof *s->synthetic);
    s->first = malloc((s->most * a->levels + 1) * sizeof *s->first);
    if (s->synthetic == NULL || s->first == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu synthetic spectra",
                          s->spectra);
    return DYSON_OK;
}
