/* student_reference.c: the update W_s' = W_s + alpha [(W_t - W_s) (1/B) sum x x^T + a], written
 * out.  Addresses of the reduced form: src/models/teacher_student/train_lanes.c. */
#include "reference/student_reference.h"

#include "dyson/random.h"
#include "reference/chi_reference.h"

#include <math.h>

void student_reference_start(const student_parameters *p, student_reference *r)
{
    const int n = p->size;
    static double z[64 * 64];
    r->update = 0;
    dyson_random_normals(p->stream, DYSON_PURPOSE_WEIGHTS, r->replica, 0, 0, (size_t)(n * n), z);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            r->weights[i * n + j] = p->symmetric ? p->init_std * (z[i * n + j] + z[j * n + i]) / 2.0
                                                 : p->init_std * z[i * n + j];
}

/* (1/B) sum x x^T = T T^T/B. */
static void reduced_moments(const student_parameters *p, const student_reference *r, int64_t draw,
                            double *second)
{
    const int n = p->size, columns = p->batch < n ? (int)p->batch : n;
    static double t[64 * 64], z[64 * 64];
    int next = 0;
    dyson_random_normals(p->stream, DYSON_PURPOSE_DATA, r->replica, draw, 0, 64 * 64, z);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < columns; j++)
            t[i * columns + j] = i > j    ? z[next++]
                                 : i == j ? chi_reference(p->stream, DYSON_PURPOSE_DATA, r->replica,
                                                          draw, (double)(p->batch - j), j)
                                          : 0.0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            second[i * n + j] = 0.0;
            for (int k = 0; k < columns; k++)
                second[i * n + j] += t[i * columns + k] * t[j * columns + k] / (double)p->batch;
        }
}

static void learn(const student_parameters *p, student_reference *r, const double *second,
                  const double *noise)
{
    const int n = p->size;
    static double ascent[64 * 64];
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            ascent[i * n + j] = noise[i * n + j];
            for (int k = 0; k < n; k++)
                ascent[i * n + j] +=
                    ((i == k ? p->teacher[i] : 0.0) - r->weights[i * n + k]) * second[k * n + j];
        }
    for (int i = 0; i < n * n; i++)
        r->weights[i] += p->learning_rate * ascent[i];
}

static void identity(int n, double *a)
{
    for (int i = 0; i < n * n; i++)
        a[i] = i % (n + 1) == 0 ? 1.0 : 0.0;
}

/* Adds scale times a symmetric matrix of the next n(n+1)/2 normals, sqrt(2) times on the diagonal.
 * */
static void add_noise(int n, double scale, const double *z, double *noise)
{
    for (int i = 0, next = 0; i < n; i++)
        for (int j = 0; j <= i; j++, next++) {
            noise[i * n + j] += scale * (i == j ? sqrt(2.0) : 1.0) * z[next];
            if (i != j)
                noise[j * n + i] += scale * z[next];
        }
}

void student_reference_advance(const student_parameters *p, student_reference *r)
{
    const int n = p->size;
    static double second[64 * 64], noise[64 * 64], z[64 * 64];
    const int64_t draw = p->data == STUDENT_FIXED ? r->update % p->batches + 1 : r->update + 1;
    r->update++;
    identity(n, second);
    if (p->data != STUDENT_INFINITE)
        reduced_moments(p, r, draw, second);
    dyson_random_normals(p->stream, DYSON_PURPOSE_NOISE, r->replica, draw, 0,
                         (size_t)(n * (n + 1) / 2), z);
    for (int i = 0; i < n * n; i++)
        noise[i] = 0.0;
    add_noise(n, p->noise / sqrt((double)p->batch), z, noise);
    learn(p, r, second, noise);
}

void student_reference_advance_literally(const student_parameters *p, student_reference *r)
{
    const int n = p->size, batch = (int)p->batch, per_noise = n * (n + 1) / 2;
    static double second[64 * 64], noise[64 * 64], x[65536], z[65536];
    r->update++;
    dyson_random_normals(p->stream, DYSON_PURPOSE_DATA, r->replica, r->update, 0,
                         (size_t)(batch * n), x);
    dyson_random_normals(p->stream, DYSON_PURPOSE_NOISE, r->replica, r->update, 0,
                         (size_t)(batch * per_noise), z);
    for (int i = 0; i < n * n; i++)
        second[i] = noise[i] = 0.0;
    for (int b = 0; b < batch; b++) {
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                second[i * n + j] += x[b * n + i] * x[b * n + j] / batch;
        add_noise(n, p->noise / batch, z + b * per_noise, noise);
    }
    if (p->data == STUDENT_INFINITE)
        identity(n, second);
    learn(p, r, second, noise);
}
