/* arrays.c: one allocation, many arrays. */
#include "models/arrays.h"

size_t model_arrays_lay_out(const model_array *arrays, size_t count, int lanes, double *storage)
{
    size_t used = 0; /* doubles */
    for (size_t i = 0; i < count; i++) {
        if (storage != NULL)
            *arrays[i].array = storage + used;
        used += (arrays[i].vectors * (size_t)lanes + 7) / 8 * 8;
    }
    return used * sizeof(double);
}
