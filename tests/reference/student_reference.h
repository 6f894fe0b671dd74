/* student_reference.h: one student trained one number at a time, in plain loops: what the kernels
 * are checked against; and the same by the literal sums over a mini-batch's samples. */
#ifndef DYSON_TEST_STUDENT_REFERENCE_H
#define DYSON_TEST_STUDENT_REFERENCE_H

#include "models/teacher_student/kernel.h"

/* W_s of one replica, size x size. */
typedef struct student_reference {
    double weights[64 * 64];
    int64_t replica, update;
} student_reference;

void student_reference_start(const student_parameters *parameters, student_reference *reference);

/* The kernels' numbers, to rounding. */
void student_reference_advance(const student_parameters *parameters, student_reference *reference);

/* B samples x_b and B noise matrices, each with random numbers of its own (B size (size + 1) at
 * most 65536): other numbers, the same law. */
void student_reference_advance_literally(const student_parameters *parameters,
                                         student_reference *reference);

#endif
