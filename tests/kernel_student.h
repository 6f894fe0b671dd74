/* kernel_student.h: the teacher-student part of kernel_check.c, which includes it. */
#include "reference/student_reference.h"

/* ---- the teacher-student model ---- */

typedef struct lesson {
    student_parameters parameters;
    student_state state;
    double teacher[64];
} lesson;

static lesson *lesson_create(const subject *s, const student_parameters *p, const int64_t *replica)
{
    lesson *const k = calloc(1, sizeof *k);
    const size_t square = (size_t)(p->size * p->size);
    k->parameters = *p;
    k->parameters.teacher = k->teacher;
    k->parameters.stream = 0xabcdef0123456789;
    if (k->parameters.bound == 0.0)
        k->parameters.bound = 1e6;
    for (int i = 0; i < p->size; i++)
        k->teacher[i] = 2.0 - 0.3 * i;
    k->state = (student_state){.weights = vectors(s, square),
                               .factor = vectors(s, square),
                               .second = vectors(s, square),
                               .descent = vectors(s, square),
                               .normals = vectors(s, student_normal_vectors(p->size))};
    for (int l = 0; l < s->lanes; l++) {
        k->state.replica[l] = replica[l];
        k->state.diverged_at[l] = -1;
    }
    student_start(s->kernel, &k->parameters, &k->state);
    return k;
}

static void lesson_destroy(lesson *k)
{
    free(k->state.weights);
    free(k->state.factor);
    free(k->state.second);
    free(k->state.descent);
    free(k->state.normals);
    free(k);
}

/* Lane by lane against the reference, to rounding; and each replica the same bits with other
 * pack-mates (rejected chi attempts differ from lane to lane). */
static void check_student(subject *s, const student_parameters *p)
{
    static const char *const names[] = {"infinite", "fresh", "fixed"};
    int64_t replica[MOST], other[MOST];
    double worst = 0.0;
    int bits = 0;
    for (int block = 0; block < 16 / s->lanes; block++) {
        for (int l = 0; l < s->lanes; l++) {
            replica[l] = block * s->lanes + l;
            other[l] = 1000 + l;
        }
        other[0] = replica[s->lanes - 1];
        lesson *const k = lesson_create(s, p, replica), *const alone = lesson_create(s, p, other);
        const int count = p->size * p->size;
        student_advance(s->kernel, &k->parameters, &k->state, 3);
        student_advance(s->kernel, &k->parameters, &k->state, 20);
        student_advance(s->kernel, &alone->parameters, &alone->state, 20);
        for (int l = 0; l < s->lanes; l++) {
            student_reference r = {.replica = replica[l]};
            student_reference_start(&k->parameters, &r);
            while (r.update < 20)
                student_reference_advance(&k->parameters, &r);
            for (int i = 0; i < count; i++) {
                const double error = fabs(k->state.weights[i * s->lanes + l] - r.weights[i]);
                worst = error <= worst ? worst : error;
            }
        }
        for (int i = 0; i < count; i++)
            bits += memcmp(&k->state.weights[i * s->lanes + s->lanes - 1],
                           &alone->state.weights[i * s->lanes], sizeof(double)) != 0;
        lesson_destroy(k);
        lesson_destroy(alone);
    }
    report(s, worst <= 1e-13 && bits == 0,
           "student, N = %d, B = %lld, %s data: largest error %.1e, %d numbers that depend on the "
           "pack",
           p->size, (long long)p->batch, names[p->data], worst, bits);
}

static void check_students(subject *s)
{
    static const student_parameters lessons[] = {
        {.size = 2, .data = STUDENT_INFINITE, .symmetric = true, .batch = 16},
        {.size = 2, .data = STUDENT_FRESH, .symmetric = true, .batch = 4},
        {.size = 2, .data = STUDENT_FRESH, .symmetric = false, .batch = 1},
        {.size = 1, .data = STUDENT_FRESH, .symmetric = true, .batch = 1},
        {.size = 3, .data = STUDENT_FIXED, .batches = 4, .symmetric = true, .batch = 16},
        {.size = 5, .data = STUDENT_FRESH, .symmetric = true, .batch = 3},
        {.size = 7, .data = STUDENT_FRESH, .symmetric = false, .batch = 1000000},
        {.size = 32, .data = STUDENT_FRESH, .symmetric = true, .batch = 32},
        {.size = 64, .data = STUDENT_INFINITE, .symmetric = false, .batch = 2},
    };
    for (size_t i = 0; i < sizeof lessons / sizeof lessons[0]; i++) {
        student_parameters p = lessons[i];
        p.init_std = 0.1;
        p.learning_rate = 0.1;
        p.noise = 0.5;
        check_student(s, &p);
    }
}
