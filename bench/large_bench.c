/* large_bench.c: large students against the bare calls of BLAS, LAPACK, PBLAS and ScaLAPACK that
 * they need.
 *
 * Without mpirun: a student of N = 256 on one rank.  Under mpirun: one of N = 2048 by a team of all
 * ranks.  What a student does and the calls that it needs are timed in turn, so that both see the
 * same machine; medians.  A line for each, for bench/run: what, N, ranks, normals that it draws
 * besides on a rank, seconds of ours, and of the calls.
 *   update       with drawn data, B = N: N^3 multiply-adds, a dgemm, or in a team twice pdtrmm
 *   singular     values of W_s with drawn data: dgesdd; pdgesvd
 *   eigenvalues  of W_s with infinite data: dsyevd; pdsyntrd, and dsterf on the root */
#include "models/teacher_student/teacher_student.h"

#include "clock.h"
#include "dyson/kernel.h"
#include "team/matrix.h"

#include <string.h>

enum { SIZE_ALONE = 256, SIZE_TEAM = 2048 };
enum { TIMES_ALONE = 51, UPDATES_TEAM = 7, SPECTRA_TEAM = 3 };

void dgemm_(const char *transpose_a, const char *transpose_b, const int *rows, const int *columns,
            const int *inner, const double *alpha, const double *a, const int *a_stride,
            const double *b, const int *b_stride, const double *beta, double *c,
            const int *c_stride, size_t a_length, size_t b_length);
void dsyevd_(const char *job, const char *triangle, const int *n, double *a, const int *stride,
             double *eigenvalues, double *work, const int *work_size, int *integer_work,
             const int *integer_work_size, int *info, size_t job_length, size_t triangle_length);
void dgesdd_(const char *job, const int *rows, const int *columns, double *a, const int *stride,
             double *values, double *left, const int *left_stride, double *right,
             const int *right_stride, double *work, const int *work_size, int *integer_work,
             int *info, size_t job_length);
void dsterf_(const int *n, double *diagonal, double *beside, int *info);
void pdtrmm_(const char *side, const char *triangle, const char *transpose, const char *unit,
             const int *rows, const int *columns, const double *alpha, const double *a,
             const int *a_row, const int *a_column, const int *a_descriptor, double *b,
             const int *b_row, const int *b_column, const int *b_descriptor, size_t side_length,
             size_t triangle_length, size_t transpose_length, size_t unit_length);
void pdsyntrd_(const char *triangle, const int *n, double *a, const int *row, const int *column,
               const int *descriptor, double *diagonal, double *beside, double *tau, double *work,
               const int *work_size, int *info, size_t triangle_length);
void pdgesvd_(const char *left_job, const char *right_job, const int *rows, const int *columns,
              double *a, const int *row, const int *column, const int *descriptor, double *values,
              double *left, const int *left_row, const int *left_column, const int *left_descriptor,
              double *right, const int *right_row, const int *right_column,
              const int *right_descriptor, double *work, const int *work_size, int *info,
              size_t left_length, size_t right_length);

/* OpenBLAS would start threads. */
void openblas_set_num_threads(int threads);

static const int one = 1;
static const double unit = 1.0, nothing = 0.0;

/* A student under way, and what the bare calls work on: matrices of the team's layout, or of one
 * rank, which has them whole. */
typedef struct bench {
    const dyson_team *team; /* NULL: one rank */
    const dyson_regime *regime;
    dyson_spec *spec;
    dyson_system *system;
    dyson_pack *pack;
    int64_t update;
    int n, work_size;
    team_matrix layout;
    size_t elements;
    double *whole, *a, *b;
    double *values, *work;
    int *integers;
} bench;

static void stop(const char *text)
{
    fprintf(stderr, "large_bench: %s\n", text);
    exit(1);
}

static void *allocate(size_t bytes)
{
    void *const memory = malloc(bytes);
    if (memory == NULL)
        stop("out of memory");
    return memory;
}

/* Uniform numbers, symmetric: those of (i, j) by a hash. */
static double number(uint64_t i, uint64_t j)
{
    uint64_t h = (i < j ? i << 32 | j : j << 32 | i) * UINT64_C(0x9e3779b97f4a7c15);
    h = (h ^ h >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
    return (double)(h >> 11) * 0x1p-53 - 0.5;
}

static void fill(bench *s)
{
    if (s->team == NULL) {
        for (int k = 0; k < s->n * s->n; k++)
            s->whole[k] = number((uint64_t)(k % s->n), (uint64_t)(k / s->n));
        return;
    }
    for (int64_t t = 0; t < team_matrix_tiles(&s->layout); t++) {
        const team_tile tile = team_matrix_tile(&s->layout, t);
        for (int j = 0; j < tile.columns; j++)
            for (int i = 0; i < tile.rows; i++)
                tile.at[(size_t)i + (size_t)j * (size_t)tile.stride] =
                    number((uint64_t)(tile.row + i), (uint64_t)(tile.column + j));
    }
}

static void open_matrices(bench *s)
{
    const size_t n = (size_t)s->n;
    dyson_error error = {0};
    s->elements = n * n;
    if (s->team != NULL) {
        if (team_matrix_create(&s->layout, s->team, s->n, s->n, &error) != DYSON_OK)
            stop(error.text);
        s->elements = (size_t)s->layout.stride * (size_t)s->layout.local_columns;
    }
    s->whole = s->team != NULL ? s->layout.element : allocate(s->elements * sizeof *s->whole);
    s->a = allocate(s->elements * sizeof *s->a);
    s->b = allocate(s->elements * sizeof *s->b);
    s->work_size = 64 * (2 * s->n + 64) + 16 * s->n;
    s->values = allocate(3 * n * sizeof *s->values);
    s->work = allocate((size_t)s->work_size * sizeof *s->work);
    s->integers = allocate(8 * n * sizeof *s->integers);
    fill(s);
}

static void open_student(bench *s, const dyson_team *team, int n, const char *data)
{
    char text[512];
    dyson_error error = {0};
    dyson_kernel kernel = DYSON_KERNEL_BASE;
    *s = (bench){.team = team, .n = n};
    snprintf(text, sizeof text,
             "[ensemble]\nmodel = teacher-student\nreplicas = 1\nseed = 9\nupdates = 10000\n"
             "[teacher-student]\nsize = %d\ndata = %s\nlearning_rate = 0.01\nbatch_size = %d\n"
             "noise = 0.1\n",
             n, data, n);
    if (dyson_kernel_choose(&kernel, &error) != DYSON_OK ||
        dyson_spec_parse(text, "bench", &s->spec, &error) != DYSON_OK ||
        student_system_create(s->spec, &s->system, &error) != DYSON_OK)
        stop(error.text);
    s->regime = team != NULL ? &student_teams.regime : &student_dense;
    if ((team != NULL ? student_teams.create(s->system, kernel, team, &s->pack, &error)
                      : student_dense.create(s->system, kernel, &s->pack, &error)) != DYSON_OK)
        stop(error.text);
    s->regime->start(s->pack, 0, (int64_t[]){0}, 1);
    open_matrices(s);
}

static void close_student(bench *s)
{
    s->regime->destroy(s->pack);
    student_system_destroy(s->system);
    dyson_spec_destroy(s->spec);
    free(s->whole);
    free(s->a);
    free(s->b);
    free(s->values);
    free(s->work);
    free(s->integers);
}

/* ---- what a student does ---- */

static void update(bench *s)
{
    s->regime->advance(s->pack, ++s->update);
}

static void spectrum(bench *s)
{
    dyson_error error = {0};
    if (s->regime->spectrum(s->pack, s->values, 0, &error) != DYSON_OK)
        stop(error.text);
}

/* ---- the calls it needs: with the matrix in a, to be destroyed ---- */

static void products(bench *s)
{
    const int n = s->n;
    if (s->team == NULL) {
        dgemm_("N", "N", &n, &n, &n, &unit, s->whole, &n, s->a, &n, &nothing, s->b, &n, 1, 1);
        return;
    }
    const int *const d = s->layout.descriptor;
    pdtrmm_("R", "L", "N", "N", &n, &n, &unit, s->whole, &one, &one, d, s->a, &one, &one, d, 1, 1,
            1, 1);
    pdtrmm_("R", "L", "T", "N", &n, &n, &unit, s->whole, &one, &one, d, s->a, &one, &one, d, 1, 1,
            1, 1);
}

static void singular_values(bench *s)
{
    const int n = s->n;
    int info = 0;
    double *const none = s->b;
    if (s->team == NULL) {
        dgesdd_("N", &n, &n, s->a, &n, s->values, none, &one, none, &one, s->work, &s->work_size,
                s->integers, &info, 1);
    } else {
        const int *const d = s->layout.descriptor;
        pdgesvd_("N", "N", &n, &n, s->a, &one, &one, d, s->values, none, &one, &one, d, none, &one,
                 &one, d, s->work, &s->work_size, &info, 1, 1);
    }
    if (info != 0)
        stop("no singular values");
}

/* dsterf on as many numbers as there are, those of other ranks made up of our own. */
static void finish(bench *s, int *info)
{
    double *const diagonal = s->values, *const beside = s->values + s->n;
    for (int k = s->layout.local_columns; k < s->n; k++) {
        diagonal[k] = diagonal[k - s->layout.local_columns];
        beside[k] = beside[k - s->layout.local_columns];
    }
    dsterf_(&s->n, diagonal, beside, info);
}

static void eigenvalues(bench *s)
{
    const int n = s->n, integer_size = 8 * n;
    int info = 0;
    if (s->team == NULL) {
        dsyevd_("N", "L", &n, s->a, &n, s->values, s->work, &s->work_size, s->integers,
                &integer_size, &info, 1, 1);
    } else {
        pdsyntrd_("L", &n, s->a, &one, &one, s->layout.descriptor, s->values, s->values + n,
                  s->values + 2 * n, s->work, &s->work_size, &info, 1);
        if (info == 0 && s->team->rank == 0)
            finish(s, &info);
    }
    if (info != 0)
        stop("no eigenvalues");
}

/* ---- times ---- */

static double timed(bench *s, void (*call)(bench *s))
{
    if (s->team != NULL)
        MPI_Barrier(s->team->comm);
    const double began = clock_seconds();
    call(s);
    if (s->team != NULL)
        MPI_Barrier(s->team->comm);
    return clock_seconds() - began;
}

static void compare(bench *s, const char *what, double normals, int times, void (*ours)(bench *s),
                    void (*calls)(bench *s))
{
    double seconds[2][TIMES_ALONE];
    ours(s);
    for (int i = 0; i < times; i++) {
        seconds[0][i] = timed(s, ours);
        memcpy(s->a, s->whole, s->elements * sizeof *s->a);
        seconds[1][i] = timed(s, calls);
    }
    for (int k = 0; k < 2; k++)
        qsort(seconds[k], (size_t)times, sizeof seconds[k][0], clock_ascending);
    if (dyson_team_root(s->team))
        printf("%s %d %d %.0f %.9f %.9f\n", what, s->n, s->team != NULL ? s->team->ranks : 1,
               normals, seconds[0][times / 2], seconds[1][times / 2]);
    fflush(stdout);
}

int main(void)
{
    int ranks;
    bench s;
    dyson_team *team = NULL;
    dyson_error error = {0};
    openblas_set_num_threads(1);
    MPI_Init(NULL, NULL);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    if (ranks > 1 &&
        dyson_team_create(MPI_COMM_WORLD, ranks, DYSON_TEAM_BLOCK, &team, &error) != DYSON_OK)
        stop(error.text);
    const int n = ranks > 1 ? SIZE_TEAM : SIZE_ALONE;
    const int updates = ranks > 1 ? UPDATES_TEAM : TIMES_ALONE;
    const int spectra = ranks > 1 ? SPECTRA_TEAM : TIMES_ALONE;
    const double square = (double)n * n; /* noise, of a team twice, and data */
    open_student(&s, team, n, "fresh");
    compare(&s, "update", ranks > 1 ? 1.5 * square / ranks : square, updates, update, products);
    compare(&s, "singular", 0, spectra, spectrum, singular_values);
    close_student(&s);
    open_student(&s, team, n, "infinite");
    compare(&s, "eigenvalues", 0, spectra, spectrum, eigenvalues);
    close_student(&s);
    dyson_team_destroy(team);
    MPI_Finalize();
    return 0;
}
