/* sorting.h: ascending order of doubles. */
#ifndef DYSON_STATISTICS_SORTING_H
#define DYSON_STATISTICS_SORTING_H

#include <stddef.h>

void dyson_sort(size_t count, double *values);
/* A sorted copy, which the caller frees; NULL when out of memory. */
double *dyson_sorted_copy(size_t count, const double *values);

#endif
