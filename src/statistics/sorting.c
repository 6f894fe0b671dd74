/* sorting.c: ascending order of doubles; not-a-number does not occur in what is sorted here. */
#include "statistics/sorting.h"

#include <stdlib.h>
#include <string.h>

static int ascending(const void *a, const void *b)
{
    double x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

void dyson_sort(size_t count, double *values)
{
    qsort(values, count, sizeof *values, ascending);
}

double *dyson_sorted_copy(size_t count, const double *values)
{
    double *copy = malloc((count + 1) * sizeof *copy);
    if (copy == NULL)
        return NULL;
    memcpy(copy, values, count * sizeof *copy);
    dyson_sort(count, copy);
    return copy;
}
