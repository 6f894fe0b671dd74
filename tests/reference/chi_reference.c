/* chi_reference.c: by Marsaglia and Tsang, attempt by attempt. */
#include "reference/chi_reference.h"

#include <math.h>

double chi_reference(uint64_t stream, dyson_purpose purpose, int64_t replica, int64_t draw,
                     double degrees, int column)
{
    const double d = degrees / 2.0 - 1.0 / 3.0;
    for (uint32_t attempt = 0;; attempt++) {
        const uint32_t block = (UINT32_C(1) << 31) + ((uint32_t)column << 16) + attempt;
        uint32_t bits[4];
        double z;
        dyson_random_normals(stream, purpose, replica, draw, block, 1, &z);
        if (degrees == 1.0)
            return fabs(z);
        dyson_random_block(stream, purpose, replica, draw, block, bits);
        const uint64_t word = bits[2] | (uint64_t)bits[3] << 32;
        const double u = ((double)(word >> 24) + 0.5) * 0x1p-40;
        const double v = pow(1.0 + z / sqrt(9.0 * d), 3.0);
        if (v > 0.0 && log(u) < z * z / 2.0 + d * (1.0 - v + log(v)))
            return sqrt(2.0 * d * v);
    }
}
