/* Noise, correlations and relaxation of made-up files: what was put in comes out, and the same bits
 * on any number of ranks, also where a run stands in two files.
 *
 * A teacher-student run of three levels: W is a matrix of random orientation, and the last update
 * adds noise of a known g^2; the levels are independent processes that forget at a known rate, but
 * for the last, which still moves. */
#include "dyson/archive.h"
#include "dyson/statistics.h"
#include "statistics/analysis.h"
#include "statistics_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { LEVELS = 3, SNAPSHOTS = 7, POINTS = 2, REPLICAS = 900, NORMALS = 64 };

static const int64_t updates[SNAPSHOTS] = {0, 40, 80, 90, 96, 99, 100};
static const double made_rate = 0.04, made_noise = 1e-3, alpha = 0.1, strength = 0.1;
static int rank;
static char folder[64];

static int everywhere(int holds)
{
    MPI_Allreduce(MPI_IN_PLACE, &holds, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    return holds;
}

/* x of all snapshots, and W of all: W(t) from normals, W(100) = W(99) + noise. */
static void made_replica(size_t p, int64_t replica, double x[SNAPSHOTS * LEVELS],
                         double w[SNAPSHOTS * LEVELS * LEVELS])
{
    double z[NORMALS];
    sample_normals(50 + p, replica, NORMALS, z);
    for (int t = 0, used = 0; t < SNAPSHOTS; t++)
        for (int i = 0; i < LEVELS; i++, used++) {
            const double kept =
                t == 0 ? 0.0 : exp(-made_rate * (double)(updates[t] - updates[t - 1]));
            const double before = t == 0 ? 0.0 : x[(t - 1) * LEVELS + i] - (3.0 - i);
            x[t * LEVELS + i] = 3.0 - i + kept * before + 0.1 * sqrt(1.0 - kept * kept) * z[used];
        }
    for (int t = 0; t < SNAPSHOTS; t++)
        x[t * LEVELS + 2] += 0.01 * (double)updates[t];
    const double *from = z + SNAPSHOTS * LEVELS;
    for (int t = 0; t < SNAPSHOTS; t++)
        for (int i = 0, e = 0; i < LEVELS; i++)
            for (int j = i; j < LEVELS; j++, e++) {
                double element = from[e] + 2.0 * (i == j) * (LEVELS - i);
                if (t == SNAPSHOTS - 1)
                    element += sqrt((i == j ? 2.0 : 1.0) * made_noise) * from[6 + e];
                w[(t * LEVELS + i) * LEVELS + j] = w[(t * LEVELS + j) * LEVELS + i] = element;
            }
}

static const char *make_file(const char *name, int64_t first, int64_t count)
{
    static char path[3][128];
    static int next;
    char text[512];
    dyson_error error = {0};
    dyson_spec *spec = NULL;
    dyson_system *system = NULL;
    dyson_archive *archive = NULL;
    next = (next + 1) % 3;
    snprintf(path[next], sizeof path[next], "%s/%s", folder, name);
    snprintf(
        text, sizeof text,
        "[ensemble]\nmodel = teacher-student\nreplicas = %lld\nfirst_replica = %lld\nseed = "
        "1\nupdates = 100\nsnapshots = 0 40 80 90 96 99 100\nweights = all\n[teacher-student]\n"
        "teacher = 3 2 1\nnoise = %g\n[sweep batch]\nlearning_rate = %g\nbatch_size = 16 4\n",
        (long long)count, (long long)first, strength, alpha);
    if (rank == 0 && dyson_spec_parse(text, "test.ini", &spec, &error) == DYSON_OK &&
        dyson_spec_model(spec)->system_create(spec, &system, &error) == DYSON_OK &&
        dyson_archive_create(path[next], true, spec, system, DYSON_KERNEL_BASE, MPI_COMM_SELF,
                             &archive, &error) == DYSON_OK) {
        for (size_t p = 0; p < POINTS; p++)
            for (int64_t i = 0; i < count; i++) {
                double x[SNAPSHOTS * LEVELS], w[SNAPSHOTS * LEVELS * LEVELS];
                int64_t diverged_at = (first + i) % 10 == 7 ? 5 : -1;
                made_replica(p, first + i, x, w);
                dyson_block block = {.extent = {p, i, 1},
                                     .eigenvalues = x,
                                     .weights = w,
                                     .diverged_at = &diverged_at};
                if ((first + i) % 10 != 3)
                    dyson_archive_write(archive, &block, &error);
            }
        dyson_archive_close(archive, &error);
    }
    if (system != NULL)
        dyson_spec_model(spec)->system_destroy(system);
    if (spec != NULL)
        dyson_spec_destroy(spec);
    if (error.code != DYSON_OK)
        fprintf(stderr, "%s: %s\n", name, error.text);
    assert_true(everywhere(error.code == DYSON_OK));
    return path[next];
}

static dyson_analysis *analyse(const char *const *paths, size_t files, int64_t snapshot,
                               MPI_Comm comm)
{
    dyson_analysis *a;
    dyson_error error = {0};
    int code = dyson_analysis_create(paths, files, snapshot, NULL, comm, &a, &error);
    if (code != DYSON_OK)
        fprintf(stderr, "%s\n", error.text);
    if (comm == MPI_COMM_WORLD)
        assert_true(everywhere(code == DYSON_OK && (a != NULL) == (rank == 0)));
    return a;
}

/* Whether all tables of two analyses agree, bit for bit. */
static bool same(const dyson_analysis *a, const dyson_analysis *b)
{
    bool agree = true;
    for (int t = 0; t < TABLES; t++) {
        const size_t cells = a->points * dyson_tables[t].rows(a) * dyson_tables[t].columns;
        agree = agree && dyson_tables[t].rows(a) == dyson_tables[t].rows(b) &&
                memcmp(a->table[t], b->table[t], cells * sizeof(double)) == 0;
    }
    return agree;
}

static void test_same_bits(void **state)
{
    (void)state;
    const char *whole = make_file("whole.h5", 0, 60);
    const char *parts[2] = {make_file("second.h5", 25, 35), make_file("first.h5", 0, 25)};
    dyson_analysis *together = analyse(&whole, 1, -1, MPI_COMM_WORLD);
    dyson_analysis *merged = analyse(parts, 2, -1, MPI_COMM_WORLD);
    int right = 1;
    if (rank == 0) {
        dyson_analysis *alone = analyse(&whole, 1, -1, MPI_COMM_SELF);
        right = same(together, alone) && same(together, merged) &&
                dyson_tables[TABLE_INCREMENTS].rows(alone) == LEVELS * LEVELS;
        dyson_analysis_destroy(alone);
    }
    dyson_analysis_destroy(together);
    dyson_analysis_destroy(merged);
    assert_true(everywhere(right));
}

/* Within 4.5 errors; the prediction is alpha^2 A^2/B, at every level. */
static bool check_noise(const dyson_analysis *a, size_t p)
{
    bool right = true;
    const double predicted = alpha * alpha * strength * strength / (p == 0 ? 16.0 : 4.0);
    for (size_t e = 0; e < LEVELS * LEVELS; e++) {
        const double *row = dyson_row(a, TABLE_INCREMENTS, p, e);
        right = right &&
                fabs(row[INCREMENT_NOISE] - made_noise) < 4.5 * row[INCREMENT_NOISE_ERROR] &&
                fabs(row[INCREMENT_PREDICTED] / predicted - 1.0) < 1e-12 &&
                fabs(row[INCREMENT_PREDICTED_HERE] / predicted - 1.0) < 1e-12;
    }
    const double *mean = dyson_row(a, TABLE_NOISE, p, 0);
    const double ratio = made_noise / predicted;
    return right && fabs(mean[NOISE_OFF] - ratio) < 4.5 * mean[NOISE_OFF_ERROR] &&
           fabs(mean[NOISE_DIAGONAL] - ratio) < 4.5 * mean[NOISE_DIAGONAL_ERROR] &&
           mean[NOISE_OFF_DOF] == 2.0 && mean[NOISE_DIAGONAL_DOF] == 2.0;
}

/* Lags 1, 4, 10 and 20 count; at 60 the correlation, e^(-2.4) = 0.09, may or may not be above 0.1.
 * The level that moves has no rate. */
static bool check_rates(const dyson_analysis *a, size_t p)
{
    bool right = true;
    for (size_t g = 0; g < 2; g++) {
        const double *row = dyson_row(a, TABLE_RELAXATION, p, g);
        const double *at_lag = dyson_row(a, TABLE_CORRELATIONS, p, g * SNAPSHOTS + 3);
        right = right &&
                fabs(row[RELAXATION_RATE] - made_rate) < 4.5 * row[RELAXATION_RATE_ERROR] &&
                row[RELAXATION_RATE_ERROR] < 0.1 * made_rate &&
                fabs(row[RELAXATION_PREDICTED] + log(1.0 - alpha)) < 1e-12 &&
                row[RELAXATION_LAGS] >= 4.0 && at_lag[CORRELATION_USED] == 1.0 &&
                fabs(at_lag[CORRELATION_VALUE] - exp(-10.0 * made_rate)) <
                    4.5 * at_lag[CORRELATION_ERROR];
    }
    return right && isnan(dyson_row(a, TABLE_RELAXATION, p, 2)[RELAXATION_RATE]);
}

static void test_numbers(void **state)
{
    (void)state;
    const char *path = make_file("numbers.h5", 0, REPLICAS);
    dyson_analysis *a = analyse(&path, 1, -1, MPI_COMM_WORLD);
    int noise = 1, rates = 1, absent = 1;
    for (size_t p = 0; rank == 0 && p < POINTS; p++) {
        noise = noise && check_noise(a, p);
        rates = rates && check_rates(a, p);
    }
    dyson_analysis_destroy(a);
    /* At update 99 the update before is 96: no increments; and no law of the start here. */
    a = analyse(&path, 1, 99, MPI_COMM_WORLD);
    absent = rank != 0 || (dyson_tables[TABLE_INCREMENTS].rows(a) == 0 &&
                           dyson_tables[TABLE_INITIAL].rows(a) == 0);
    dyson_analysis_destroy(a);
    assert_true(everywhere(noise));
    assert_true(everywhere(rates));
    assert_true(everywhere(absent));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_numbers),
    };
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    strcpy(folder, "/tmp/dyson-test-XXXXXX");
    if (rank == 0 && mkdtemp(folder) == NULL)
        MPI_Abort(MPI_COMM_WORLD, 1);
    MPI_Bcast(folder, sizeof folder, MPI_CHAR, 0, MPI_COMM_WORLD);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 0) {
        char command[96];
        snprintf(command, sizeof command, "rm -rf %s", folder);
        failed |= system(command);
    }
    MPI_Finalize();
    return failed;
}
