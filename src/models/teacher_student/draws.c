/* draws.c: what students without lanes draw, one at a time or in teams. */
#include "models/teacher_student/teacher_student.h"

#include "dyson/random.h"

#include <math.h>

int64_t student_draw(const student_parameters *p, int64_t update)
{
    return p->data == STUDENT_FIXED ? update % p->batches + 1 : update + 1;
}

int student_columns(const dyson_system *system)
{
    int64_t most = 0;
    for (size_t p = 0; p < system->point_count; p++)
        most = system->points[p].batch > most ? system->points[p].batch : most;
    return most < system->parameters.size ? (int)most : system->parameters.size;
}

/* As chi_lanes.h, one attempt after the other. */
double student_chi(const student_parameters *p, int64_t replica, int64_t draw, int column)
{
    const double degrees = (double)(p->batch - column), d = 0.5 * degrees - 1.0 / 3.0;
    const uint32_t first = UINT32_C(1) << 31 | (uint32_t)column << 16;
    for (uint32_t attempt = 0; attempt < 1 << 16; attempt++) {
        uint32_t bits[4];
        double z;
        dyson_random_normals(p->stream, DYSON_PURPOSE_DATA, replica, draw, first + attempt, 1, &z);
        if (degrees == 1.0)
            return fabs(z);
        dyson_random_block(p->stream, DYSON_PURPOSE_DATA, replica, draw, first + attempt, bits);
        const double u = ((double)(bits[2] >> 24 | (uint64_t)bits[3] << 8) + 0.5) * 0x1p-40;
        const double root = 1.0 + z / sqrt(9.0 * d), v = root * root * root;
        if (v > 0x1p-50 && log(u) < 0.5 * z * z + d * (1.0 - v + log(v)))
            return sqrt(2.0 * d * v);
    }
    return 0.0; /* has probability below 10^-80000 */
}
