/* arrays.h: the arrays of a pack, cut from one aligned allocation (private to the models). */
#ifndef DYSON_MODELS_ARRAYS_H
#define DYSON_MODELS_ARRAYS_H

#include <stddef.h>

typedef struct model_array {
    double **array; /* set to where it begins, a multiple of 64 bytes */
    size_t vectors; /* of `lanes` doubles each */
} model_array;

/* Lays the arrays out in storage, one after the other; with storage NULL sets nothing.  Returns the
 * bytes they need. */
size_t model_arrays_lay_out(const model_array *arrays, size_t count, int lanes, double *storage);

#endif
