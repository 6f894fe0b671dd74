/* sorting.h: ascending order of doubles. */
#ifndef DYSON_STATISTICS_SORTING_H
#define DYSON_STATISTICS_SORTING_H

#include <stddef.h>

void dyson_sort(size_t count, double *values);

#endif
