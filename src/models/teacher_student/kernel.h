/* kernel.h: what the teacher-student lane kernels work on.
 *
 * One pack: replica l of it sits in lane l.  Matrices are vectors of L = dyson_kernel_lanes(kernel)
 * doubles, size x size, row-major. */
#ifndef DYSON_TEACHER_STUDENT_KERNEL_H
#define DYSON_TEACHER_STUDENT_KERNEL_H

#include "dyson/kernel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest N: the chi variates of 2^15 columns have addresses (train_lanes.c). */
#define STUDENT_SIZE_MAX 32768

/* What a student sees of x x^T in a mini-batch: its mean 1; B new samples at every update; or the
 * same M mini-batches, noise included, again and again. */
typedef enum student_data { STUDENT_INFINITE, STUDENT_FRESH, STUDENT_FIXED } student_data;

/* What is fixed for a run, and for a point. */
typedef struct student_parameters {
    int size;              /* N */
    const double *teacher; /* N eigenvalues, descending: W_t is diagonal (see train_lanes.c) */
    student_data data;
    int64_t batches; /* M of `fixed` */
    bool symmetric;  /* start symmetric */
    double init_std;
    uint64_t stream;
    double learning_rate, noise; /* alpha, A */
    int64_t batch;               /* B */
    double bound;                /* on |W_s|^2 = sum of W_ij^2; beyond it a replica has run away */
} student_parameters;

/* The pack's present state; its arrays lie in one aligned allocation. */
typedef struct student_state {
    int64_t replica[DYSON_KERNEL_LANES_MAX];
    int64_t diverged_at[DYSON_KERNEL_LANES_MAX]; /* -1: has not run away */
    int64_t update;
    double *weights; /* W_s, N^2 */
    double *factor;  /* T of the mini-batch, N^2 */
    double *second;  /* (1/B) sum x x^T, N^2 */
    double *descent; /* (W_t - W_s) (1/B) sum x x^T, N^2 */
    double *normals; /* student_normal_vectors */
} student_state;

/* Vectors in state.normals: whole blocks of four. */
size_t student_normal_vectors(int size);

/* Whether W_s stays symmetric, so that its eigenvalues are the spectrum; else its singular values
 * are. */
bool student_stays_symmetric(const student_parameters *parameters);

/* |W_s|^2 is at most that of the teacher or the start, plus what the noise adds to N^2 elements
 * (largest near alpha = 2, where its own square serves); the bound is a hundred times that. */
double student_bound(const student_parameters *parameters);

typedef void student_start_function(const student_parameters *parameters, student_state *state);
typedef void student_advance_function(const student_parameters *parameters, student_state *state,
                                      int64_t update);
student_start_function student_start_base, student_start_avx2, student_start_avx512;
student_advance_function student_advance_base, student_advance_avx2, student_advance_avx512;

void student_start(dyson_kernel kernel, const student_parameters *parameters, student_state *state);
void student_advance(dyson_kernel kernel, const student_parameters *parameters,
                     student_state *state, int64_t update);

#endif
