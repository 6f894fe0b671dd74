/* sample.c: a set of numbers in bounded memory.
 *
 * Cells are equal steps of v = u/(16 + |u|) in (-1, 1), u = (x - median)/(interquartile range),
 * both of the first `limit` numbers: so no number falls outside, and where most are a cell is
 * narrow.  To a quantity that is smooth over a cell the error is of second order in its width,
 * 1.2e-4 of the range with DYSON_SAMPLE_LIMIT. */
#include "dyson/statistics.h"
#include "statistics/sorting.h"

#include <math.h>
#include <stdlib.h>

enum { CELLS = 4 /* per number that is kept */, STRIP = 256 };
#define REACH 16.0

dyson_sample dyson_sample_of(size_t limit)
{
    return (dyson_sample){.limit = limit, .low = INFINITY, .high = -INFINITY};
}

void dyson_sample_clear(dyson_sample *sample)
{
    free(sample->value);
    free(sample->cell);
    free((void *)sample->marks.weight);
    *sample = (dyson_sample){0};
}

static int out_of_memory(dyson_error *error)
{
    return dyson_fail(error, DYSON_INTERNAL, "out of memory for a sample of numbers");
}

static void count_in_cells(dyson_sample *sample, size_t n, const double *y)
{
    const double half = 0.5 * (double)(CELLS * sample->limit), last = 2.0 * half - 1.0;
    const double centre = sample->centre, scale = 1.0 / sample->range;
    for (size_t from = 0; from < n; from += STRIP) {
        const size_t count = n - from < STRIP ? n - from : STRIP;
        int32_t at[STRIP];
        for (size_t i = 0; i < count; i++) {
            const double u = (y[from + i] - centre) * scale;
            const double place = half + half * (u / (REACH + fabs(u)));
            at[i] = (int32_t)(place < last ? place : last);
        }
        for (size_t i = 0; i < count; i++)
            sample->cell[at[i]]++;
    }
}

/* The number in the middle of a cell. */
static double middle(const dyson_sample *sample, size_t cell)
{
    const double half = 0.5 * (double)(CELLS * sample->limit);
    const double v = ((double)cell + 0.5 - half) / half;
    const double x = sample->centre + sample->range * (REACH * v / (1.0 - fabs(v)));
    return fmin(fmax(x, sample->low), sample->high);
}

/* From numbers to cells. */
static int make_cells(dyson_sample *sample, dyson_error *error)
{
    const size_t n = sample->count;
    sample->cell = calloc(CELLS * sample->limit, sizeof *sample->cell);
    if (sample->cell == NULL)
        return out_of_memory(error);
    dyson_sort(n, sample->value);
    sample->centre = sample->value[n / 2];
    sample->range = sample->value[n - n / 4 - 1] - sample->value[n / 4];
    if (!(sample->range > 0.0)) /* most are equal */
        sample->range = sample->value[n - 1] - sample->value[0];
    if (!(sample->range > 0.0))
        sample->range = 1.0;
    count_in_cells(sample, n, sample->value);
    free(sample->value);
    sample->value = NULL;
    return DYSON_OK;
}

static int keep(dyson_sample *sample, size_t n, const double *y, dyson_error *error)
{
    if (sample->count + n > sample->room) {
        size_t room = 2 * (sample->count + n);
        room = room < sample->limit ? room : sample->limit;
        double *grown = realloc(sample->value, room * sizeof *grown);
        if (grown == NULL)
            return out_of_memory(error);
        sample->value = grown;
        sample->room = room;
    }
    for (size_t i = 0; i < n; i++)
        sample->value[sample->count++] = y[i];
    return DYSON_OK;
}

int dyson_sample_add(dyson_sample *sample, size_t n, const double *y, dyson_error *error)
{
    double low = sample->low, high = sample->high;
    for (size_t i = 0; i < n; i++) {
        low = y[i] < low ? y[i] : low;
        high = y[i] > high ? y[i] : high;
    }
    sample->low = low;
    sample->high = high;
    if (sample->cell == NULL) {
        const size_t left = sample->limit - sample->count, kept = n < left ? n : left;
        if (keep(sample, kept, y, error) != DYSON_OK)
            return error->code;
        y += kept;
        n -= kept;
        if (n > 0 && make_cells(sample, error) != DYSON_OK)
            return error->code;
    }
    count_in_cells(sample, n, y);
    sample->count += n;
    return DYSON_OK;
}

static int cells_to_marks(dyson_sample *sample, dyson_error *error)
{
    const size_t cells = CELLS * sample->limit;
    size_t filled = 0, counted = 0;
    for (size_t c = 0; c < cells; c++) {
        filled += sample->cell[c] > 0;
        counted += sample->cell[c];
    }
    if (counted != sample->count)
        return dyson_fail(error, DYSON_INTERNAL,
                          "a sample of %zu numbers has 2^32 or more that are nearly equal",
                          sample->count);
    double *value = malloc(filled * sizeof *value), *weight = malloc(filled * sizeof *weight);
    sample->value = value;
    sample->marks.weight = weight;
    if (value == NULL || weight == NULL)
        return out_of_memory(error);
    for (size_t c = 0, i = 0; c < cells; c++)
        if (sample->cell[c] > 0) {
            value[i] = middle(sample, c);
            weight[i++] = sample->cell[c];
        }
    free(sample->cell);
    sample->cell = NULL;
    sample->marks.marks = filled;
    return DYSON_OK;
}

int dyson_sample_sort(dyson_sample *sample, dyson_error *error)
{
    if (sample->cell != NULL && cells_to_marks(sample, error) != DYSON_OK)
        return error->code;
    if (sample->marks.weight == NULL) {
        dyson_sort(sample->count, sample->value);
        sample->marks.marks = sample->count;
    }
    sample->marks.total = (double)sample->count;
    sample->marks.low = sample->low;
    sample->marks.high = sample->high;
    sample->marks.value = sample->value;
    return DYSON_OK;
}

void dyson_marks_width(const dyson_marks *marks, double *mean, double *std)
{
    double sum = 0.0, rest = 0.0, squares = 0.0;
    for (size_t i = 0; i < marks->marks; i++)
        sum += dyson_weight(marks, i) * marks->value[i];
    const double first = sum / marks->total;
    for (size_t i = 0; i < marks->marks; i++) {
        const double d = marks->value[i] - first;
        rest += dyson_weight(marks, i) * d;
        squares += dyson_weight(marks, i) * d * d;
    }
    *mean = first + rest / marks->total;
    *std = sqrt(fmax(squares - rest * rest / marks->total, 0.0) / (marks->total - 1.0));
}

/* A mark of weight w with k numbers below stands for ranks k to k + w - 1: of a cell the middle is
 * compared with the middle rank, as F climbs in it like the staircase. */
double dyson_marks_distance(const dyson_marks *marks,
                            double (*cumulative)(const void *context, double x),
                            const void *context)
{
    const double n = marks->total;
    double largest = marks->marks > 0 ? 0.0 : NAN, below = 0.0;
    for (size_t i = 0; i < marks->marks; i++) {
        const double w = dyson_weight(marks, i);
        const double off = cumulative(context, marks->value[i]) - (below + 0.5 * w) / n;
        largest = fmax(largest, fabs(off) + 0.5 / n);
        below += w;
    }
    return largest;
}

double dyson_overlap(const dyson_marks *upper, const dyson_marks *lower)
{
    if (!(upper->total >= 2.0))
        return NAN;
    double reversed = 0.0, below = 0.0; /* below: number of `upper` below a mark of `lower` */
    for (size_t j = 0, i = 0; j < lower->marks; j++) {
        for (; i < upper->marks && upper->value[i] < lower->value[j]; i++)
            below += dyson_weight(upper, i);
        reversed += dyson_weight(lower, j) * below;
    }
    return reversed / (upper->total * (upper->total - 1.0));
}
