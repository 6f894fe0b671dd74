/* histogram.c: equal bins of the Freedman-Diaconis width 2 IQR M^(-1/3). */
#include "dyson/statistics.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_BINS = 1024 };

/* Linear interpolation between order statistics (type 7). */
static double quantile(size_t count, const double *sorted, double q)
{
    double place = q * (double)(count - 1);
    size_t i = (size_t)place;
    if (i + 1 >= count)
        return sorted[count - 1];
    return sorted[i] + (place - (double)i) * (sorted[i + 1] - sorted[i]);
}

double dyson_freedman_diaconis(size_t count, const double *sorted)
{
    if (count == 0)
        return 1.0;
    double range = sorted[count - 1] - sorted[0];
    double spread = quantile(count, sorted, 0.75) - quantile(count, sorted, 0.25);
    double width = fmax(2.0 * spread / cbrt((double)count), range / (MOST_BINS - 1));
    return width > 0.0 ? width : 1.0; /* all values agree: one bin */
}

int dyson_histogram_fill(size_t count, const double *values, double low, double width,
                         dyson_histogram *histogram, dyson_error *error)
{
    double high = low;
    for (size_t i = 0; i < count; i++)
        high = fmax(high, values[i]);
    double bins = fmin(floor((high - low) / width) + 1.0, MOST_BINS);
    *histogram =
        (dyson_histogram){.bins = (size_t)bins, .total = count, .low = low, .width = width};
    histogram->count = calloc(histogram->bins, sizeof *histogram->count);
    if (histogram->count == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu bins", histogram->bins);
    for (size_t i = 0; i < count; i++) {
        double b = fmin(fmax(floor((values[i] - low) / width), 0.0), bins - 1.0);
        histogram->count[(size_t)b] += 1.0;
    }
    return DYSON_OK;
}

void dyson_histogram_clear(dyson_histogram *histogram)
{
    free(histogram->count);
    *histogram = (dyson_histogram){0};
}
