/* statistics_case.h: made-up spectra for the tests of the analysis: a 6 x 6 RBM (kappa = 4, 5, 5,
 * 7, 7, 8) with two-level pairs and Gaussian singles of known widths about the targets x = 9 -
 * kappa; and a student with three different levels. */
#ifndef DYSON_TESTS_STATISTICS_CASE_H
#define DYSON_TESTS_STATISTICS_CASE_H

#include "statistics_sample.h"

#include <string.h>

enum { LEVELS = 6, SNAPSHOTS = 2, POINTS = 3 };

static double width_of(size_t p)
{
    return 0.02 * (double)(p + 1);
}

/* What a file holds: a run file but for its [ensemble], and spectra. */
typedef struct made {
    const char *model, *text;
    int levels;
    void (*spectrum)(size_t p, int64_t replica, double *x); /* SNAPSHOTS x levels */
} made;

/* A spectrum; the first snapshot is that of no training. */
static void machine_spectrum(size_t p, int64_t replica, double *x)
{
    const double single[2] = {5.0, 1.0}, pair[2] = {4.0, 2.0};
    double normal[2], sigma = width_of(p);
    sample_normals(100 + p, replica, 2, normal);
    for (int n = 0; n < LEVELS; n++)
        x[n] = 0.1 * (LEVELS - n);
    x[LEVELS] = single[0] + sigma * normal[0];
    sample_pairs(200 + p, replica, 1, pair[0], sigma, x + LEVELS + 1, NULL);
    sample_pairs(300 + p, replica, 1, pair[1], sigma, x + LEVELS + 3, NULL);
    x[LEVELS + 5] = single[1] + sigma * normal[1];
    if (p == 2 && replica == 5)
        x[LEVELS] = 9.5; /* outside the model's domain */
}

static const made machine = {
    "rbm",
    "[rbm]\nvisible = 6\nhidden = 6\nmass2 = 9.0\ntarget_mass2 = 4.0\n%s[sweep batch]\n"
    "learning_rate = 0.1\nbatch_size = 16 8 4\n",
    LEVELS, machine_spectrum};

/* What student_predict says of the three noises below: alpha A^2/B = A^2/2 over 1 - alpha/2. */
static double student_width(size_t p)
{
    const double noise[POINTS] = {0.1, 0.2, 0.4};
    return noise[p];
}

/* Levels 0 and 1 are those of a 2 x 2 matrix with the teacher 2.2, 1.8, which is the law's own;
 * level 2 is by itself, at 0.5. */
static void student_spectrum(size_t p, int64_t replica, double *x)
{
    const double sigma = student_width(p);
    double z[4];
    sample_normals(400 + p, replica, 4, z);
    const double a = 2.2 + sigma * z[0], b = 1.8 + sigma * z[1], c = M_SQRT1_2 * sigma * z[2];
    const double half = hypot(0.5 * (a - b), c), centre = 0.5 * (a + b);
    const double spectrum[6] = {0.2,           0.1,           0.0,
                                centre + half, centre - half, 0.5 + 0.01 * sigma * z[3]};
    memcpy(x, spectrum, sizeof spectrum);
}

static const made student = {
    "teacher-student",
    "[teacher-student]\nteacher = 2.2 1.8 0.5\n%s[sweep noise]\nlearning_rate = 1\nbatch_size = 2\n"
    "noise = 0.1 0.2 0.4\n",
    3, student_spectrum};

#endif
