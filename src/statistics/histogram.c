/* histogram.c: equal bins of the Freedman-Diaconis width 2 IQR M^(-1/3). */
#include "dyson/statistics.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_BINS = 1024 };

/* The mark that holds the number of rank k in ascending order. */
static size_t mark_of(const dyson_marks *marks, double k)
{
    size_t i = 0;
    if (marks->weight == NULL)
        return (size_t)k;
    for (double below = marks->weight[0]; below <= k && i + 1 < marks->marks;)
        below += marks->weight[++i];
    return i;
}

/* Linear interpolation between order statistics (type 7). */
static double quantile(const dyson_marks *marks, double q)
{
    const double place = q * (marks->total - 1.0), rank = floor(place);
    const double lower = marks->value[mark_of(marks, rank)];
    if (rank + 1.0 >= marks->total)
        return lower;
    return lower + (place - rank) * (marks->value[mark_of(marks, rank + 1.0)] - lower);
}

double dyson_freedman_diaconis(const dyson_marks *marks)
{
    if (marks->marks == 0)
        return 1.0;
    const double range = marks->high - marks->low;
    const double spread = quantile(marks, 0.75) - quantile(marks, 0.25);
    const double width = fmax(2.0 * spread / cbrt(marks->total), range / (MOST_BINS - 1));
    return width > 0.0 ? width : 1.0; /* all values agree: one bin */
}

int dyson_histogram_create(double low, double high, double width, dyson_histogram *histogram,
                           dyson_error *error)
{
    if (!(high >= low)) /* of no values */
        low = high = 0.0;
    const double bins = fmin(floor((high - low) / width) + 1.0, MOST_BINS);
    *histogram = (dyson_histogram){.bins = (size_t)bins, .low = low, .width = width};
    histogram->count = calloc(histogram->bins, sizeof *histogram->count);
    if (histogram->count == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu bins", histogram->bins);
    return DYSON_OK;
}

void dyson_histogram_add(dyson_histogram *histogram, size_t count, const double *values)
{
    for (size_t i = 0; i < count; i++)
        histogram->count[dyson_bin_of(histogram, values[i])] += 1.0;
    histogram->total += count;
}

void dyson_histogram_clear(dyson_histogram *histogram)
{
    free(histogram->count);
    *histogram = (dyson_histogram){0};
}
