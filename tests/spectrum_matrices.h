/* spectrum_matrices.h: symmetric matrices that are easy, hard and extreme for an eigensolver. */
#ifndef DYSON_TESTS_SPECTRUM_MATRICES_H
#define DYSON_TESTS_SPECTRUM_MATRICES_H

#include "dyson/spectrum.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { MAX = DYSON_SPECTRUM_LANES_MAX };

typedef enum kind {
    NORMAL,     /* independent normal elements */
    POSITIVE,   /* W'W, the RBM's */
    ZERO,       /* no element but zeros */
    DIAGONAL,   /* nothing to rotate */
    DEGENERATE, /* three distinct eigenvalues */
    SPLIT,      /* pairs of eigenvalues 1e-14 apart */
    RANK_ONE,   /* u u' */
    GRADED,     /* elements from 1 to 1e-15 down the diagonal */
    GRADED_UP,  /* and from 1e-15 up to 1 */
    WILKINSON,  /* |i - (n-1)/2| and 1: W21+ at n = 21, pairs that agree to all digits */
    CLEMENT,    /* Kac: eigenvalues n-1, n-3, ..., 1-n */
    LATTICE,    /* the free lattice scalar: pairs that agree exactly */
    HUGE,       /* elements up to 1e300 */
    TINY,       /* elements up to 1e-300 */
    DENORMAL,   /* elements up to 1e-310 */
    KINDS
} kind;

static double normal(uint64_t *state)
{
    double u[2];
    for (int i = 0; i < 2; i++) {
        *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        u[i] = ((double)(*state >> 11) + 0.5) * 0x1p-53;
    }
    return sqrt(-2.0 * log(u[0])) * cos(2.0 * M_PI * u[1]);
}

static void fill_normal(int n, uint64_t *state, double *a)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++)
            a[i * n + j] = a[j * n + i] = normal(state);
}

/* A = H diag(value) H with H = H_3 H_2 H_1 of random reflections, which fills A. */
static void fill_spectrum(int n, uint64_t *state, const double *value, double *a)
{
    memset(a, 0, sizeof(double) * (size_t)(n * n));
    for (int i = 0; i < n; i++)
        a[i * n + i] = value[i];
    for (int turn = 0; turn < 3; turn++) {
        double v[MAX], p[MAX], square = 0.0, product = 0.0;
        for (int i = 0; i < n; i++) {
            v[i] = normal(state);
            square += v[i] * v[i];
        }
        for (int i = 0; i < n; i++) {
            p[i] = 0.0;
            for (int j = 0; j < n; j++)
                p[i] += 2.0 * a[i * n + j] * v[j] / square;
            product += p[i] * v[i];
        }
        for (int i = 0; i < n; i++)
            p[i] -= product / square * v[i];
        for (int i = 0; i < n; i++)
            for (int j = 0; j <= i; j++)
                a[i * n + j] = a[j * n + i] = a[i * n + j] - v[i] * p[j] - p[i] * v[j];
    }
}

/* Adds the couplings of neighbours to a, which is zero.  A ring where it closes. */
static void fill_chain(int n, kind which, double *a)
{
    for (int i = 0; i < n; i++) {
        const int next = (i + 1) % n;
        double coupling = -1.0;
        if (which == LATTICE)
            a[i * n + i] = 6.0;
        if (which == WILKINSON) {
            a[i * n + i] = fabs(i - 0.5 * (n - 1));
            coupling = next > i ? 1.0 : 0.0;
        }
        if (which == CLEMENT)
            coupling = next > i ? sqrt((double)next * (double)(n - next)) : 0.0;
        if (next != i) {
            a[next * n + i] += coupling;
            a[i * n + next] += coupling;
        }
    }
}

/* The matrix of that kind; the seed picks one where it is random. */
static void fill(int n, kind which, uint64_t seed, double *a)
{
    uint64_t state = seed * 1000003u + (uint64_t)which * 131u + (uint64_t)n;
    double value[MAX] = {0.0}, w[MAX * MAX];
    memset(a, 0, sizeof(double) * (size_t)(n * n));
    for (int i = 0; i < n; i++)
        value[i] =
            which == SPLIT ? 1.0 + (double)(i >> 1) + 1e-14 * (i % 2) : (double)(i % 3) - 1.0;
    switch (which) {
    case DIAGONAL:
        for (int i = 0; i < n; i++)
            a[i * n + i] = normal(&state);
        break;
    case DEGENERATE:
    case SPLIT:
        fill_spectrum(n, &state, value, a);
        break;
    case POSITIVE:
    case RANK_ONE:
        for (int i = 0; i < n * n; i++)
            w[i] = which == POSITIVE || i < n ? normal(&state) : 0.0;
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                for (int k = 0; k < n; k++)
                    a[i * n + j] += w[k * n + i] * w[k * n + j];
        break;
    case WILKINSON:
    case CLEMENT:
    case LATTICE:
        fill_chain(n, which, a);
        break;
    case ZERO:
        break;
    default:
        fill_normal(n, &state, a);
        break;
    }
    const double unit = which == HUGE       ? 1e299
                        : which == TINY     ? 1e-300
                        : which == DENORMAL ? 1e-310
                                            : 1.0;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            const double depth = (i + j) / (2.0 * n);
            if (which == GRADED || which == GRADED_UP)
                a[i * n + j] *= pow(10.0, -15.0 * (which == GRADED ? depth : 1.0 - depth));
            a[i * n + j] *= unit;
        }
    }
}

#endif
