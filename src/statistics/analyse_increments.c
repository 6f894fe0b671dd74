/* analyse_increments.c: one update's noise at one point, where W was stored before and after it.
 *
 * Beside what is measured: the prediction with all levels at their targets, and its mean over the
 * replicas with the levels where they are, which is the sharper one: there only the noise itself is
 * tested, not where the levels are. */
#include "statistics/analysis.h"
#include "statistics/increments.h"

#include <math.h>
#include <stdlib.h>

enum { BLOCK = 32 };

typedef struct measure {
    dyson_analysis *analysis;
    const dyson_model *model;
    const dyson_system *system;
    size_t p, point, size; /* merged point, the first file's, numbers of one W */
    dyson_increments increments;
    double *here;          /* N x N: sum over replicas of the prediction */
    double *before, *next; /* X, N x N each */
    double *eigenvalues;   /* N */
    double *weights;       /* 2 BLOCK x size: W before and after */
    double *room;          /* owns the five above */
} measure;

bool dyson_has_increments(const dyson_analysis *a)
{
    const dyson_reader *reader = a->merged.reader[0];
    const dyson_model *model = dyson_spec_model(dyson_reader_spec(reader));
    return a->merged.previous >= 0 && a->merged.previous == a->merged.update - 1 &&
           dyson_merged_has_weights(&a->merged) && model->matrix != NULL &&
           model->matrix(dyson_reader_system(reader), NULL, NULL);
}

static int start(measure *m, dyson_analysis *a, size_t p, dyson_error *error)
{
    const dyson_source *source = &a->merged.point[p].source[0];
    const dyson_reader *reader = a->merged.reader[source->file];
    const size_t n = a->levels;
    *m = (measure){.analysis = a,
                   .model = dyson_spec_model(dyson_reader_spec(reader)),
                   .system = dyson_reader_system(reader),
                   .p = p,
                   .point = source->point,
                   .size = (size_t)a->shape->weight_rows * (size_t)a->shape->weight_columns};
    m->room = calloc(3 * n * n + n + 2 * BLOCK * m->size, sizeof *m->room);
    if (m->room == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %d replicas' weights", BLOCK);
    m->here = m->room;
    m->before = m->here + n * n;
    m->next = m->before + n * n;
    m->eigenvalues = m->next + n * n;
    m->weights = m->eigenvalues + n;
    return dyson_increments_create((int)n, &m->increments, error);
}

static int add_replica(measure *m, const double *before, const double *after, dyson_error *error)
{
    const size_t n = m->analysis->levels;
    m->model->matrix(m->system, before, m->before);
    m->model->matrix(m->system, after, m->next);
    if (dyson_increments_add(&m->increments, m->before, m->next, m->eigenvalues, error) != DYSON_OK)
        return error->code;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            m->here[i * n + j] +=
                m->model->noise(m->system, m->point, m->eigenvalues[i], m->eigenvalues[j]);
    return DYSON_OK;
}

/* The replicas of a source that are done, a few at a time. */
static int add_source(measure *m, const dyson_source *source, dyson_error *error)
{
    const dyson_merged *merged = &m->analysis->merged;
    const uint8_t *status = merged->status[source->file] + source->point * (size_t)source->replicas;
    double *after = m->weights + BLOCK * m->size;
    for (int64_t first = 0, count; first < source->replicas; first += count) {
        count = source->replicas - first < BLOCK ? source->replicas - first : BLOCK;
        if (dyson_merged_weights(merged, source, merged->previous, first, count, m->weights,
                                 error) != DYSON_OK ||
            dyson_merged_weights(merged, source, merged->update, first, count, after, error) !=
                DYSON_OK)
            return error->code;
        for (int64_t r = 0; r < count; r++)
            if (status[first + r] == DYSON_DONE &&
                add_replica(m, m->weights + (size_t)r * m->size, after + (size_t)r * m->size,
                            error) != DYSON_OK)
                return error->code;
    }
    return DYSON_OK;
}

static void put(const measure *m)
{
    const dyson_analysis *a = m->analysis;
    const size_t n = a->levels;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double *row = dyson_row(a, TABLE_INCREMENTS, m->p, i * n + j);
            const dyson_estimate noise = dyson_increments_noise(&m->increments, (int)i, (int)j);
            row[INCREMENT_NOISE] = noise.value;
            row[INCREMENT_NOISE_ERROR] = noise.error;
            row[INCREMENT_PREDICTED] =
                m->model->noise(m->system, m->point, a->shape->x[i], a->shape->x[j]);
            row[INCREMENT_PREDICTED_HERE] = m->here[i * n + j] / (double)m->increments.count;
        }
}

/* Mean of measured over predicted, of the elements of either kind: all have nearly the same
 * relative error, so they have the same weight; chi^2 about that mean. */
static void put_mean(const measure *m, bool diagonal)
{
    const dyson_analysis *a = m->analysis;
    const size_t n = a->levels;
    double *row = dyson_row(a, TABLE_NOISE, m->p, 0) + (diagonal ? NOISE_DIAGONAL : NOISE_OFF);
    double count = 0.0, mean = 0.0, squares = 0.0, chi2 = 0.0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < n; i++)
            for (size_t j = diagonal ? i : i + 1; j < (diagonal ? i + 1 : n); j++) {
                const double *element = dyson_row(a, TABLE_INCREMENTS, m->p, i * n + j);
                const double ratio = element[INCREMENT_NOISE] / element[INCREMENT_PREDICTED_HERE];
                const double error =
                    element[INCREMENT_NOISE_ERROR] / element[INCREMENT_PREDICTED_HERE];
                if (pass == 0) {
                    count += 1.0;
                    mean += (ratio - mean) / count;
                    squares += error * error;
                } else {
                    chi2 += (ratio - mean) * (ratio - mean) / (error * error);
                }
            }
    const double found[4] = {mean, sqrt(squares) / count, chi2, count - 1.0};
    for (int c = 0; c < 4; c++)
        row[c] = count > 0.0 ? found[c] : NAN;
}

/* W is read here, not visited with the spectra: the task is done when it has begun. */
int dyson_begin_increments(dyson_analysis *a, const dyson_null *null, size_t p, size_t index,
                           dyson_task *task, dyson_error *error)
{
    (void)null;
    (void)index;
    (void)task;
    measure m;
    if (start(&m, a, p, error) == DYSON_OK) {
        const dyson_merged_point *point = &a->merged.point[p];
        for (size_t i = 0; i < point->sources && error->code == DYSON_OK; i++)
            add_source(&m, &point->source[i], error);
        put(&m);
        put_mean(&m, false);
        put_mean(&m, true);
    }
    dyson_increments_clear(&m.increments);
    free(m.room);
    return error->code;
}
