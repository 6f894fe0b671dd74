/* spectrum_bench.c: nanoseconds per 10 x 10 spectrum, for every kernel that runs here and for
 * LAPACK's dsyev.
 *
 * The matrices are X = W'W with normal W, the RBM's.  What copying the matrices into place costs
 * (the solvers destroy them) is included.  A line per solver, for bench/run: its name, its lanes,
 * median and quartiles. */
#include "clock.h"
#include "dyson/spectrum.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { SIZE = 10, ELEMENTS = SIZE * SIZE, MATRICES = 1024 };

void dsyev_(const char *job, const char *triangle, const int *n, double *a, const int *stride,
            double *eigenvalues, double *work, const int *work_size, int *info, size_t job_length,
            size_t triangle_length);

/* OpenBLAS would start threads, which are no faster at this size and disturb the others' times. */
void openblas_set_num_threads(int threads);

static void report(const char *name, int lanes, double seconds[REPEATS])
{
    const timing time = clock_timing(seconds, MATRICES);
    printf("%s %d %.1f %.1f %.1f\n", name, lanes, time.median, time.first, time.third);
}

static double uniform(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return ((double)(*state >> 11) + 0.5) * 0x1p-53;
}

/* X = W'W, W normal with standard deviation 0.1. */
static void random_matrix(uint64_t *state, double x[ELEMENTS])
{
    double w[ELEMENTS];
    for (int i = 0; i < ELEMENTS; i++)
        w[i] = 0.1 * sqrt(-2.0 * log(uniform(state))) * cos(2.0 * M_PI * uniform(state));
    for (int i = 0; i < SIZE; i++) {
        for (int j = 0; j < SIZE; j++) {
            x[i * SIZE + j] = 0.0;
            for (int k = 0; k < SIZE; k++)
                x[i * SIZE + j] += w[k * SIZE + i] * w[k * SIZE + j];
        }
    }
}

static void bench_lanes(dyson_kernel kernel, const double *matrix, double *packed, double *a)
{
    const int lanes = dyson_kernel_lanes(kernel);
    const size_t pack = (size_t)ELEMENTS * (size_t)lanes;
    _Alignas(64) static double eigenvalues[SIZE * DYSON_KERNEL_LANES_MAX];
    double *scratch = aligned_alloc(64, (dyson_spectrum_scratch(SIZE, kernel, 0) * 8 + 63) & ~63UL);
    double time[REPEATS];
    for (int m = 0; m < MATRICES; m++)
        for (int i = 0; i < ELEMENTS; i++)
            packed[(size_t)(m / lanes) * pack + (size_t)(i * lanes + m % lanes)] =
                matrix[m * ELEMENTS + i];
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        const double begin = clock_seconds();
        for (size_t m = 0; m < (size_t)(MATRICES / lanes); m++) {
            memcpy(a, packed + m * pack, pack * sizeof *a);
            dyson_spectrum_lanes(SIZE, kernel, a, eigenvalues, NULL, scratch);
        }
        time[repeat] = clock_seconds() - begin;
    }
    free(scratch);
    report(dyson_kernel_name(kernel), lanes, time);
}

static void bench_lapack(const double *matrix, double *a)
{
    enum { WORK = 64 * SIZE };
    double eigenvalues[SIZE], work[WORK], time[REPEATS];
    const int n = SIZE, work_size = WORK;
    int info = 0;
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        const double begin = clock_seconds();
        for (int m = 0; m < MATRICES; m++) {
            memcpy(a, matrix + (size_t)m * ELEMENTS, ELEMENTS * sizeof *a);
            dsyev_("N", "U", &n, a, &n, eigenvalues, work, &work_size, &info, 1, 1);
        }
        time[repeat] = clock_seconds() - begin;
    }
    report("dsyev", 1, time);
}

int main(void)
{
    clock_pin("spectrum_bench");
    openblas_set_num_threads(1);
    double *matrix = aligned_alloc(64, sizeof(double) * ELEMENTS * MATRICES);
    double *packed = aligned_alloc(64, sizeof(double) * ELEMENTS * MATRICES);
    double *a = aligned_alloc(64, sizeof(double) * ELEMENTS * DYSON_KERNEL_LANES_MAX);
    if (matrix == NULL || packed == NULL || a == NULL)
        return DYSON_INTERNAL;
    uint64_t state = 1;
    for (int m = 0; m < MATRICES; m++)
        random_matrix(&state, matrix + m * ELEMENTS);
    for (int k = 0; k < DYSON_KERNEL_COUNT; k++)
        if (dyson_kernel_runs((dyson_kernel)k))
            bench_lanes((dyson_kernel)k, matrix, packed, a);
    bench_lapack(matrix, a);
    free(matrix);
    free(packed);
    free(a);
    return 0;
}
