/* draws.c: what students without lanes draw, one at a time or in teams. */
#include "models/teacher_student/teacher_student.h"

#include "models/dense.h"

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

double student_chi(const student_parameters *p, int64_t replica, int64_t draw, int column)
{
    const dense_source source = {DYSON_KERNEL_BASE, p->stream, DYSON_PURPOSE_DATA, replica, draw};
    return dense_chi(&source, column, (double)(p->batch - column));
}
