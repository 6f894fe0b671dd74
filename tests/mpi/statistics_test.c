/* The analysis of ensemble files, on any number of ranks: the same bits, the right replicas, clear
 * refusals. */
#include "dyson/archive.h"
#include "dyson/statistics.h"
#include "statistics/analysis.h"
#include "statistics_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { FATE_DONE, FATE_PENDING, FATE_DIVERGED };

static int rank, ranks;
static char folder[64];

static int everywhere(int holds)
{
    MPI_Allreduce(MPI_IN_PLACE, &holds, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    return holds;
}

static const char *in_folder(const char *name)
{
    static char path[4][128];
    static int next;
    next = (next + 1) % 4;
    snprintf(path[next], sizeof path[next], "%s/%s", folder, name);
    return path[next];
}

static int all_done(int64_t replica)
{
    (void)replica;
    return FATE_DONE;
}

static int mixed(int64_t replica)
{
    return replica % 10 == 3 ? FATE_PENDING : replica % 10 == 7 ? FATE_DIVERGED : FATE_DONE;
}

static int never(int64_t replica)
{
    (void)replica;
    return FATE_PENDING;
}

static void write_replica(dyson_archive *archive, const made *what, size_t p, int64_t index,
                          int64_t replica, int fate, dyson_error *error)
{
    double x[SNAPSHOTS * LEVELS];
    int64_t diverged_at = -1;
    what->spectrum(p, replica, x);
    if (fate == FATE_DIVERGED) {
        diverged_at = 7;
        for (int n = 0; n < what->levels; n++)
            x[what->levels + n] = NAN;
    }
    dyson_block block = {.extent = {p, index, 1}, .eigenvalues = x, .diverged_at = &diverged_at};
    if (fate != FATE_PENDING)
        dyson_archive_write(archive, &block, error);
}

/* Rank 0 alone makes a file; replicas first .. first + count of the same ensemble. */
static const char *make_file_of(const made *what, const char *name, int64_t first, int64_t count,
                                int (*fate)(int64_t), const char *more)
{
    const char *path = in_folder(name);
    char text[512];
    dyson_error error = {0};
    dyson_spec *spec = NULL;
    dyson_system *system = NULL;
    dyson_archive *archive = NULL;
    const int head = snprintf(text, sizeof text,
                              "[ensemble]\nmodel = %s\nreplicas = %lld\nfirst_replica = %lld\n"
                              "seed = 1\nupdates = 10\nsnapshots = 0 10\n",
                              what->model, (long long)count, (long long)first);
    snprintf(text + head, sizeof text - (size_t)head, what->text, more);
    if (rank == 0 && dyson_spec_parse(text, "test.ini", &spec, &error) == DYSON_OK &&
        dyson_spec_model(spec)->system_create(spec, &system, &error) == DYSON_OK &&
        dyson_archive_create(path, true, spec, system, DYSON_KERNEL_BASE, MPI_COMM_SELF, &archive,
                             &error) == DYSON_OK) {
        for (size_t p = 0; p < POINTS; p++)
            for (int64_t i = 0; i < count; i++)
                write_replica(archive, what, p, i, first + i, fate(first + i), &error);
        dyson_archive_close(archive, &error);
    }
    if (system != NULL)
        dyson_spec_model(spec)->system_destroy(system);
    if (spec != NULL)
        dyson_spec_destroy(spec);
    if (error.code != DYSON_OK)
        fprintf(stderr, "%s: %s\n", name, error.text);
    assert_true(everywhere(error.code == DYSON_OK));
    return path;
}

static const char *make_file(const char *name, int64_t first, int64_t count, int (*fate)(int64_t),
                             const char *more)
{
    return make_file_of(&machine, name, first, count, fate, more);
}

/* The JSON document of an analysis; the caller frees it. */
static char *document(const dyson_analysis *a)
{
    static char text[1 << 18];
    memset(text, 0, sizeof text);
    FILE *stream = fmemopen(text, sizeof text - 1, "w");
    assert_non_null(stream);
    dyson_analysis_json(a, stream);
    assert_int_equal(fclose(stream), 0);
    assert_true(strlen(text) < sizeof text - 2);
    char *copy = strdup(text);
    assert_non_null(copy);
    return copy;
}

static bool same_histograms(const dyson_analysis *a, const dyson_analysis *b)
{
    for (size_t i = 0; i < a->points * dyson_histograms_before(a, HISTOGRAMS); i++) {
        const dyson_histogram *g = &a->histogram[i], *h = &b->histogram[i];
        if (g->bins != h->bins || g->total != h->total || g->low != h->low ||
            g->width != h->width || g->count == NULL || h->count == NULL ||
            memcmp(g->count, h->count, g->bins * sizeof *g->count) != 0)
            return false;
    }
    return true;
}

static dyson_analysis *analyse(const char *const *paths, size_t files, MPI_Comm comm)
{
    dyson_analysis *a;
    dyson_error error = {0};
    int code = dyson_analysis_create(paths, files, -1, NULL, comm, &a, &error);
    if (code != DYSON_OK)
        fprintf(stderr, "%s\n", error.text);
    if (comm == MPI_COMM_WORLD)
        assert_true(everywhere(code == DYSON_OK && (a != NULL) == (rank == 0)));
    return a;
}

static void test_null(void **state)
{
    (void)state;
    dyson_null *together, *alone;
    dyson_error error = {0};
    dyson_null_create(MPI_COMM_WORLD, &together, &error);
    dyson_null_create(MPI_COMM_SELF, &alone, &error);
    assert_true(everywhere(error.code == DYSON_OK));
    assert_true(everywhere(memcmp(together, alone, sizeof *alone) == 0));
    free(together);
    free(alone);
}

static void same_on_all_ranks(const made *what)
{
    const char *path = make_file_of(what, "whole.h5", 0, 60, mixed, "");
    dyson_analysis *together = analyse(&path, 1, MPI_COMM_WORLD);
    int same = 1;
    if (rank == 0) {
        dyson_analysis *alone = analyse(&path, 1, MPI_COMM_SELF);
        char *a = document(together), *b = document(alone);
        same = strcmp(a, b) == 0 && same_histograms(together, alone);
        free(a);
        free(b);
        dyson_analysis_destroy(alone);
    }
    dyson_analysis_destroy(together);
    assert_true(everywhere(same));
}

static void test_same_on_all_ranks(void **state)
{
    (void)state;
    same_on_all_ranks(&machine);
    same_on_all_ranks(&student);
}

/* Two files that hold a run's replicas in two parts give the bits of the one run. */
static void test_merge(void **state)
{
    (void)state;
    const char *whole = make_file("whole.h5", 0, 60, mixed, "");
    const char *parts[2] = {make_file("second.h5", 25, 35, mixed, ""),
                            make_file("first.h5", 0, 25, mixed, "")};
    dyson_analysis *one = analyse(&whole, 1, MPI_COMM_WORLD);
    dyson_analysis *two = analyse(parts, 2, MPI_COMM_WORLD);
    int same = 1;
    if (rank == 0) {
        char *a = document(one), *b = document(two);
        same = strcmp(strstr(a, "\"snapshot\""), strstr(b, "\"snapshot\"")) == 0 &&
               same_histograms(one, two);
        free(a);
        free(b);
    }
    dyson_analysis_destroy(one);
    dyson_analysis_destroy(two);
    assert_true(everywhere(same));
}

static bool check_counts(const dyson_analysis *a)
{
    bool right = a->points == POINTS && a->pairs == 2 && a->singles == 2 && a->merged.update == 10;
    for (size_t p = 0; right && p < POINTS; p++) {
        const int64_t *count = dyson_count_row(a, p);
        right = count[COUNT_DONE] == 320 && count[COUNT_PENDING] == 40 &&
                count[COUNT_DIVERGED] == 40 && count[COUNT_OUTSIDE] == (p == 2);
    }
    return right;
}

/* Only replicas that are done count, and their numbers come out: within 5 errors of the truth. */
static bool check_numbers(const dyson_analysis *a)
{
    bool right = true;
    for (size_t p = 0; p < POINTS; p++) {
        double sigma = width_of(p);
        for (size_t k = 0; k < a->pairs; k++) {
            const double *row = dyson_pair_row(a, p, k);
            right = right &&
                    fabs(row[PAIR_SPACING] - sqrt(M_PI) * sigma) < 5.0 * row[PAIR_SPACING_ERROR] &&
                    fabs(row[PAIR_DENSITY_FIT] - sigma) < 5.0 * row[PAIR_DENSITY_FIT_ERROR] &&
                    fabs(row[PAIR_CENTRE_ML] - (k == 0 ? 4.0 : 2.0)) <
                        5.0 * row[PAIR_CENTRE_ML_ERROR] &&
                    row[PAIR_SURMISE_KS] > 1e-3 && row[PAIR_DENSITY_KS] > 1e-3 &&
                    row[PAIR_OVERLAP] == 0.0;
            if (!right)
                fprintf(stderr, "point %zu, pair %zu: <S> = %g, sigma = %g\n", p, k,
                        row[PAIR_SPACING], row[PAIR_DENSITY_FIT]);
        }
        const double *lowest = dyson_single_row(a, p, 1);
        right = right && fabs(lowest[SINGLE_STD] - sigma) < 5.0 * lowest[SINGLE_STD_ERROR] &&
                fabs(lowest[SINGLE_MEAN] - 1.0) < 5.0 * lowest[SINGLE_MEAN_ERROR];
    }
    return right;
}

static void test_which_replicas(void **state)
{
    (void)state;
    const char *path = make_file("mixed.h5", 0, 400, mixed, "");
    dyson_analysis *a = analyse(&path, 1, MPI_COMM_WORLD);
    int counts = rank != 0 || check_counts(a), numbers = rank != 0 || check_numbers(a);
    dyson_analysis_destroy(a);
    assert_true(everywhere(counts));
    assert_true(everywhere(numbers));
}

/* The first couple follows the Rice law with the predicted width: within 5 errors, and p > 1e-3.
 * The second one does not: its lower level is far too sharp. */
static bool check_splittings(const dyson_analysis *a)
{
    bool right = a->splittings == 2 && a->pairs == 0 && a->singles == 3;
    for (size_t p = 0; right && p < POINTS; p++) {
        const double *row = dyson_row(a, TABLE_SPLITTINGS, p, 0), sigma = student_width(p);
        const double *second = dyson_row(a, TABLE_SPLITTINGS, p, 1);
        right =
            fabs(row[SPLIT_PREDICTED_SIGMA] - sigma) < 1e-12 &&
            fabs(row[SPLIT_PREDICTED_RICE] - dyson_rice_mean(0.4, sigma)) < 1e-12 &&
            fabs(row[SPLIT_PREDICTED_CLOSURE] - dyson_closure_mean(0.4, sigma)) < 1e-12 &&
            fabs(row[SPLIT_SPACING] - row[SPLIT_PREDICTED_RICE]) < 5.0 * row[SPLIT_SPACING_ERROR] &&
            fabs(row[SPLIT_SIGMA_ML] - sigma) < 5.0 * row[SPLIT_SIGMA_ML_ERROR] &&
            fabs(row[SPLIT_SPLITTING_ML] - 0.4) < 5.0 * row[SPLIT_SPLITTING_ML_ERROR] &&
            row[SPLIT_RICE_KS] > 1e-3 && second[SPLIT_RICE_KS] < 1e-3 &&
            fabs(row[SPLIT_ISOLATION] - 1.3 / sigma) < 1e-9 &&
            fabs(second[SPLIT_ISOLATION] - 0.4 / sigma) < 1e-9 &&
            !dyson_splitting_is_alone(a, p, 0) && /* there is a third level */
            dyson_histogram_at(a, p, HISTOGRAM_SPLITTING, 0)->total == 320;
        if (!right)
            fprintf(stderr, "point %zu: <S> = %g, Delta = %g, sigma = %g, p = %g and %g\n", p,
                    row[SPLIT_SPACING], row[SPLIT_SPLITTING_ML], row[SPLIT_SIGMA_ML],
                    row[SPLIT_RICE_KS], second[SPLIT_RICE_KS]);
    }
    return right;
}

static void test_splittings(void **state)
{
    (void)state;
    const char *path = make_file_of(&student, "student.h5", 0, 400, mixed, "");
    dyson_analysis *a = analyse(&path, 1, MPI_COMM_WORLD);
    int right = rank != 0 || check_splittings(a);
    dyson_analysis_destroy(a);
    assert_true(everywhere(right));
}

/* Every rank gets the same refusal, which says why. */
static void refused(const char *const *paths, size_t files, int64_t snapshot, int code,
                    const char *why)
{
    dyson_analysis *a;
    dyson_error error = {0};
    int got = dyson_analysis_create(paths, files, snapshot, NULL, MPI_COMM_WORLD, &a, &error);
    int right = got == code && a == NULL && strstr(error.text, why) != NULL;
    if (!right)
        fprintf(stderr, "rank %d: code %d instead of %d: %s\n", rank, got, code, error.text);
    assert_true(everywhere(right));
}

static void test_refusals(void **state)
{
    (void)state;
    const char *path[2] = {make_file("first.h5", 0, 20, all_done, ""),
                           make_file("second.h5", 19, 20, all_done, "")};
    refused(path, 2, -1, DYSON_BAD_DATA, "replica 19");
    path[1] = path[0];
    refused(path, 2, -1, DYSON_BAD_DATA, "only once");
    refused(path, 1, 5, DYSON_USAGE, "0, 10");
    path[1] = make_file("other.h5", 20, 20, all_done, "gibbs_steps = 4\n");
    refused(path, 2, -1, DYSON_BAD_DATA, "rbm.gibbs_steps");
    path[0] = make_file("none.h5", 0, 20, never, "");
    refused(path, 1, -1, DYSON_BAD_DATA, "no replica is done");
    path[0] = in_folder("missing.h5");
    refused(path, 1, -1, DYSON_NO_INPUT, "missing.h5");
}

/* One replica alone: no errors, no fits, no crash. */
static void test_one_replica(void **state)
{
    (void)state;
    const char *path = make_file("one.h5", 0, 1, all_done, "");
    dyson_analysis *a = analyse(&path, 1, MPI_COMM_WORLD);
    dyson_error error = {0};
    int right = 1;
    if (rank == 0) {
        const double *row = dyson_pair_row(a, 0, 0);
        right = row[PAIR_SPACING] > 0.0 && isnan(row[PAIR_SPACING_ERROR]) &&
                isnan(row[PAIR_SURMISE_FIT]) && isnan(row[PAIR_SURMISE_KS]) &&
                dyson_analysis_write(a, in_folder("one.stats.h5"), &error) == DYSON_OK;
    }
    dyson_analysis_destroy(a);
    assert_true(everywhere(right));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_null),        cmocka_unit_test(test_same_on_all_ranks),
        cmocka_unit_test(test_merge),       cmocka_unit_test(test_which_replicas),
        cmocka_unit_test(test_splittings),  cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_one_replica),
    };
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
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
