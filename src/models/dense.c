/* dense.c: one replica's random numbers in their order. */
#include "models/dense.h"

#include "random/normals.h"

#include <math.h>
#include <string.h>

void dense_normals_begin(dense_normals *normals, const dense_source *source, uint32_t block)
{
    normals->source = *source;
    normals->block = block;
    normals->used = 4 * DENSE_STRETCH;
}

void dense_normals_draw(dense_normals *normals)
{
    const dense_source *const s = &normals->source;
    dyson_normals_along(s->kernel, s->stream, s->purpose, s->replica, s->update, normals->block,
                        DENSE_STRETCH, normals->normal);
    normals->block += DENSE_STRETCH;
    normals->used = 0;
}

void dense_normals_take(dense_normals *normals, size_t count, double *out)
{
    while (count > 0) {
        if (normals->used == 4 * DENSE_STRETCH)
            dense_normals_draw(normals);
        const size_t left = (size_t)(4 * DENSE_STRETCH - normals->used);
        const size_t now = count < left ? count : left;
        memcpy(out, normals->normal + normals->used, now * sizeof *out);
        normals->used += (int)now;
        out += now;
        count -= now;
    }
}

/* One attempt after the other. */
double dense_chi(const dense_source *source, int column, double degrees)
{
    const uint32_t first = UINT32_C(1) << 31 | (uint32_t)column << 16;
    const double d = 0.5 * degrees - 1.0 / 3.0;
    for (uint32_t attempt = 0; attempt < 1 << 16; attempt++) {
        uint32_t bits[4];
        double z;
        dyson_random_normals(source->stream, source->purpose, source->replica, source->update,
                             first + attempt, 1, &z);
        if (degrees == 1.0)
            return fabs(z);
        dyson_random_block(source->stream, source->purpose, source->replica, source->update,
                           first + attempt, bits);
        const double u = ((double)(bits[2] >> 24 | (uint64_t)bits[3] << 8) + 0.5) * 0x1p-40;
        const double root = 1.0 + z / sqrt(9.0 * d), v = root * root * root;
        if (v > 0x1p-50 && log(u) < 0.5 * z * z + d * (1.0 - v + log(v)))
            return sqrt(2.0 * d * v);
    }
    return 0.0; /* has probability below 10^-80000 */
}
