/* archive_test.c: what is written to an ensemble file is what is read, on any number of ranks. */
#include "archive_case.h"

#define REPLICAS 41

static void a_new_file_is_whole_and_pending(void **state)
{
    (void)state;
    const char *path = in_folder("new.h5");
    test_run run = run_of(REPLICAS, "none", 7);
    dyson_archive *archive;
    dyson_error error = {0};
    int code = dyson_archive_create(path, false, run.spec, run.system, DYSON_KERNEL_BASE,
                                    MPI_COMM_WORLD, &archive, &error);
    assert_true(everywhere(code == DYSON_OK));
    /* Read while it is open for writing. */
    dyson_reader *reader;
    int64_t counts[3], diverged_at[REPLICAS];
    double seconds, cost, session_ranks;
    int good = dyson_reader_open(path, &reader, &error) == DYSON_OK &&
               dyson_reader_count(reader, -1, counts, &error) == DYSON_OK &&
               dyson_reader_diverged_at(reader, 2, 0, REPLICAS, diverged_at, &error) == DYSON_OK &&
               dyson_reader_session(reader, &seconds, &cost, &session_ranks, &error) == DYSON_OK;
    if (!good)
        fprintf(stderr, "%s\n", error.text);
    assert_true(everywhere(good));
    good = counts[0] == POINTS * REPLICAS && counts[1] == 0 && counts[2] == 0;
    for (int r = 0; r < REPLICAS; r++)
        good = good && diverged_at[r] == -1;
    const dyson_provenance *p = dyson_reader_provenance(reader);
    good = good && seconds == 0 && cost == 0 && p->ranks == ranks && p->seed == 7 &&
           strcmp(p->model, "rbm") == 0 && strlen(p->hosts) > 0 &&
           strcmp(p->kernel, dyson_kernel_name(DYSON_KERNEL_BASE)) == 0 &&
           strcmp(p->run_file, dyson_spec_run_file(run.spec)) == 0 &&
           dyson_reader_replicas(reader) == REPLICAS;
    good = good && access(in_folder(".new.h5.partial"), F_OK) != 0;
    dyson_reader_close(reader);
    assert_true(everywhere(good));
    assert_true(everywhere(dyson_archive_close(archive, &error) == DYSON_OK));
    run_free(&run);
}

static int same_data(dyson_reader *reader, int replicas)
{
    dyson_error error = {0};
    for (size_t p = 0; p < POINTS; p++)
        for (int64_t r = 0; r < replicas; r++) {
            uint8_t status;
            int64_t diverged_at;
            double x[LEVELS];
            dyson_reader_status(reader, p, r, 1, &status, &error);
            dyson_reader_diverged_at(reader, p, r, 1, &diverged_at, &error);
            if (error.code != DYSON_OK || diverged_at != made_diverged_at(p, r) ||
                status != (diverged_at >= 0 ? DYSON_DIVERGED : DYSON_DONE))
                return 0;
            for (int t = 0; t < SNAPSHOTS; t++) {
                dyson_reader_spectra(reader, p, r, 1, (size_t)t, 1, x, &error);
                for (int n = 0; n < LEVELS; n++) {
                    double made = made_eigenvalue(p, r, t, n);
                    if (memcmp(&made, &x[n], sizeof made) != 0)
                        return 0;
                }
            }
        }
    return error.code == DYSON_OK;
}

static int same_weights(const char *path, int replicas, int sets)
{
    size_t count = (size_t)(POINTS * replicas * sets * WEIGHTS);
    double *w = malloc(count * sizeof *w), *next = w;
    dyson_error error = {0};
    hid_t file;
    if (w == NULL || hdf5_open(path, &file, &error) != DYSON_OK)
        return 0;
    hid_t dataset = H5Dopen2(file, "/weights", H5P_DEFAULT);
    hid_t space = H5Dget_space(dataset);
    int same = H5Sget_simple_extent_npoints(space) == (hssize_t)count &&
               H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, w) >= 0;
    for (size_t p = 0; p < POINTS && same; p++)
        for (int64_t r = 0; r < replicas; r++)
            for (int k = 0; k < sets; k++)
                for (int i = 0; i < WEIGHTS; i++)
                    same = same && *next++ == made_weight(p, r, k, i);
    H5Sclose(space);
    H5Dclose(dataset);
    H5Fclose(file);
    free(w);
    return same;
}

static void data_are_read_back_bit_for_bit(void **state)
{
    (void)state;
    const char *kinds[] = {"none", "last", "all"};
    for (int i = 0; i < 3; i++) {
        const char *path = in_folder("bits.h5");
        test_run run = run_of(REPLICAS, kinds[i], 7);
        dyson_reader *reader;
        dyson_error error = {0};
        int64_t checked, bad;
        assert_true(everywhere(make_file(path, &run)));
        assert_true(everywhere(dyson_reader_open(path, &reader, &error) == DYSON_OK));
        int good = same_data(reader, REPLICAS) &&
                   dyson_reader_verify(reader, &checked, &bad, NULL, NULL, &error) == DYSON_OK &&
                   checked == POINTS * REPLICAS && bad == 0;
        good = good && (i == 0 || same_weights(path, REPLICAS, i == 1 ? 1 : SNAPSHOTS));
        dyson_reader_close(reader);
        run_free(&run);
        assert_true(everywhere(good));
    }
}

static void stretches_of_replicas_are_read(void **state)
{
    (void)state;
    const char *path = in_folder("boxes.h5");
    test_run run = run_of(REPLICAS, "none", 7);
    dyson_reader *reader;
    dyson_error error = {0};
    double x[5 * LEVELS];
    assert_true(everywhere(make_file(path, &run)));
    assert_true(everywhere(dyson_reader_open(path, &reader, &error) == DYSON_OK));
    int good = dyson_reader_spectra(reader, 1, 7, 5, 1, 1, x, &error) == DYSON_OK;
    for (int i = 0; i < 5 * LEVELS; i++)
        good = good && x[i] == made_eigenvalue(1, 7 + i / LEVELS, 1, i % LEVELS);
    good = good && dyson_reader_spectra(reader, 1, REPLICAS - 1, 2, 0, 1, x, &error) != DYSON_OK;
    error = (dyson_error){0};
    good = good && dyson_reader_spectra(reader, 1, 0, 1, SNAPSHOTS - 1, 2, x, &error) != DYSON_OK;
    dyson_reader_close(reader);
    run_free(&run);
    assert_true(everywhere(good));
}

/* Blocks of 4; all but each third are written, by the ranks in turn. */
static void what_is_not_written_is_pending(void **state)
{
    (void)state;
    const char *path = in_folder("part.h5");
    test_run run = run_of(REPLICAS, "last", 7);
    dyson_archive *archive;
    dyson_error error = {0};
    int turn = 0, good;
    dyson_archive_create(path, false, run.spec, run.system, DYSON_KERNEL_BASE, MPI_COMM_WORLD,
                         &archive, &error);
    assert_true(everywhere(error.code == DYSON_OK));
    for (size_t p = 0; p < POINTS; p++)
        for (int64_t first = 0; first + 4 <= REPLICAS; first += 4, turn++)
            if (turn % 3 != 0 && turn % ranks == rank)
                write_extent(archive, &run, (dyson_extent){p, first, 4}, &error);
    dyson_archive_close(archive, &error);
    assert_true(everywhere(error.code == DYSON_OK));

    dyson_extent *pending;
    size_t count;
    int64_t damaged;
    dyson_archive_resume(path, run.spec, DYSON_KERNEL_BASE, MPI_COMM_WORLD, &archive, &error);
    assert_true(everywhere(error.code == DYSON_OK));
    dyson_archive_pending(archive, &pending, &count, &damaged, &error);
    assert_true(everywhere(error.code == DYSON_OK));
    dyson_extent expected[64];
    size_t n = 0;
    turn = 0;
    for (size_t p = 0; p < POINTS; p++) {
        for (int64_t first = 0; first + 4 <= REPLICAS; first += 4, turn++)
            if (turn % 3 == 0)
                expected[n++] = (dyson_extent){p, first, 4};
        /* The last replica, which no block held, joins the block before it where that is
         * pending. */
        if (expected[n - 1].point == p && expected[n - 1].first + 4 == REPLICAS - 1)
            expected[n - 1].count = 5;
        else
            expected[n++] = (dyson_extent){p, REPLICAS - 1, 1};
    }
    good = count == n && damaged == 0 && memcmp(pending, expected, n * sizeof *expected) == 0;
    free(pending);
    assert_true(everywhere(good));

    /* The rest is written, by other ranks than would have been: the file is as if made at once. */
    for (size_t i = 0; i < n; i++)
        if ((int)i % ranks == rank)
            write_extent(archive, &run, expected[i], &error);
    dyson_archive_sync(archive, &error);
    MPI_Barrier(MPI_COMM_WORLD);
    dyson_archive_pending(archive, &pending, &count, &damaged, &error);
    free(pending);
    dyson_archive_close(archive, &error);
    assert_true(everywhere(error.code == DYSON_OK && count == 0));
    dyson_reader *reader;
    assert_true(everywhere(dyson_reader_open(path, &reader, &error) == DYSON_OK));
    good = same_data(reader, REPLICAS) && same_weights(path, REPLICAS, 1);
    dyson_reader_close(reader);
    run_free(&run);
    assert_true(everywhere(good));
}

static void name_bad(void *context, size_t p, int64_t r)
{
    int64_t *sum = context;
    *sum += (int64_t)p * 1000 + r;
}

static int byte_at(const char *path, int64_t offset)
{
    unsigned char byte = 255;
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, (long)offset, SEEK_SET) != 0 || fread(&byte, 1, 1, file) != 1)
        byte = 255;
    if (file != NULL)
        fclose(file);
    return byte;
}

static void damaged_replicas_are_pending_again(void **state)
{
    (void)state;
    const char *path = in_folder("damaged.h5");
    test_run run = run_of(REPLICAS, "all", 7);
    assert_true(everywhere(make_file(path, &run)));
    if (rank == 0) {
        const int64_t minus_one = -1, spectrum = SNAPSHOTS * LEVELS * 8,
                      weights = SNAPSHOTS * WEIGHTS * 8;
        /* A byte of eigenvalues, a byte of weights, a lost checksum, a status that is none, and a
         * diverged replica without its update. */
        overwrite_bytes(path,
                        find_dataset(path, "/eigenvalues") + (0 * REPLICAS + 3) * spectrum + 5,
                        "\x55", 1);
        overwrite_bytes(path, find_dataset(path, "/weights") + (1 * REPLICAS + 4) * weights + 9,
                        "\x55", 1);
        overwrite_bytes(path, find_dataset(path, "/checksum") + (1 * REPLICAS + 40) * 4, "\0\0\0\0",
                        4);
        overwrite_bytes(path, find_dataset(path, "/status") + 2 * REPLICAS + 0, "\x09", 1);
        overwrite_bytes(path, find_dataset(path, "/diverged_at") + (2 * REPLICAS + 4) * 8,
                        &minus_one, 8);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    const dyson_extent expected[] = {{0, 3, 1}, {1, 4, 1}, {1, 40, 1}, {2, 0, 1}, {2, 4, 1}};
    dyson_reader *reader;
    dyson_error error = {0};
    int64_t checked, bad, damaged, sum = 0;
    assert_true(everywhere(dyson_reader_open(path, &reader, &error) == DYSON_OK));
    dyson_reader_verify(reader, &checked, &bad, name_bad, &sum, &error);
    dyson_reader_close(reader);
    assert_true(everywhere(error.code == DYSON_OK && bad == 5 && sum == 6051 &&
                           checked == POINTS * REPLICAS));

    dyson_archive *archive;
    dyson_extent *pending;
    size_t count;
    dyson_archive_resume(path, run.spec, DYSON_KERNEL_BASE, MPI_COMM_WORLD, &archive, &error);
    assert_true(everywhere(error.code == DYSON_OK));
    dyson_archive_pending(archive, &pending, &count, &damaged, &error);
    assert_true(everywhere(error.code == DYSON_OK && damaged == 5 && count == 5));
    int good = memcmp(pending, expected, sizeof expected) == 0;
    /* For readers they are pending already. */
    const int64_t status = find_dataset(path, "/status");
    for (size_t i = 0; i < count; i++)
        good = good && byte_at(path, status + (int64_t)pending[i].point * REPLICAS +
                                         pending[i].first) == DYSON_PENDING;
    good = good && byte_at(path, status) == DYSON_DONE;
    assert_true(everywhere(good));
    for (size_t i = 0; i < count; i++)
        if ((int)i % ranks == rank)
            write_extent(archive, &run, pending[i], &error);
    free(pending);
    dyson_archive_close(archive, &error);
    assert_true(everywhere(good && error.code == DYSON_OK));
    good = dyson_reader_open(path, &reader, &error) == DYSON_OK;
    dyson_reader_verify(reader, &checked, &bad, NULL, NULL, &error);
    good = good && bad == 0 && same_data(reader, REPLICAS);
    dyson_reader_close(reader);
    run_free(&run);
    assert_true(everywhere(good));
}

static void the_session_is_overwritten(void **state)
{
    (void)state;
    const char *path = in_folder("session.h5");
    test_run run = run_of(8, "none", 7);
    dyson_archive *archive;
    dyson_error error = {0};
    dyson_archive_create(path, false, run.spec, run.system, DYSON_KERNEL_BASE, MPI_COMM_WORLD,
                         &archive, &error);
    assert_true(everywhere(error.code == DYSON_OK));
    for (int i = 1; i <= 2; i++)
        if (rank == 0)
            dyson_archive_session(archive, 1.5 * i, 20.0 * i, &error);
    dyson_archive_close(archive, &error);
    assert_true(everywhere(error.code == DYSON_OK));
    dyson_reader *reader;
    double seconds = 0, cost = 0, session_ranks = 0;
    int good = dyson_reader_open(path, &reader, &error) == DYSON_OK;
    assert_true(everywhere(good));
    dyson_reader_session(reader, &seconds, &cost, &session_ranks, &error);
    dyson_reader_close(reader);
    run_free(&run);
    assert_true(everywhere(seconds == 3.0 && cost == 40.0 && session_ranks == ranks));
}

/* More replicas than one chunk of the scan holds, and gaps across chunks, points and ranks. */
static void long_extents_are_found_whole(void **state)
{
    (void)state;
    enum { MANY = 30000 };
    const char *path = in_folder("many.h5");
    test_run run = run_of(MANY, "none", 7);
    dyson_archive *archive;
    dyson_extent *pending;
    dyson_error error = {0};
    size_t count;
    int64_t damaged;
    dyson_archive_create(path, false, run.spec, run.system, DYSON_KERNEL_BASE, MPI_COMM_WORLD,
                         &archive, &error);
    assert_true(everywhere(error.code == DYSON_OK));
    if (rank == ranks - 1)
        write_extent(archive, &run, (dyson_extent){1, 100, 15000}, &error);
    MPI_Barrier(MPI_COMM_WORLD);
    dyson_archive_pending(archive, &pending, &count, &damaged, &error);
    const dyson_extent expected[] = {
        {0, 0, MANY}, {1, 0, 100}, {1, 15100, MANY - 15100}, {2, 0, MANY}};
    int good = error.code == DYSON_OK && count == 4 && damaged == 0 &&
               memcmp(pending, expected, sizeof expected) == 0;
    free(pending);
    dyson_archive_close(archive, &error);
    run_free(&run);
    assert_true(everywhere(good));
}

int main(int argc, char **argv)
{
    start_case(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_file_is_whole_and_pending),
        cmocka_unit_test(data_are_read_back_bit_for_bit),
        cmocka_unit_test(stretches_of_replicas_are_read),
        cmocka_unit_test(what_is_not_written_is_pending),
        cmocka_unit_test(damaged_replicas_are_pending_again),
        cmocka_unit_test(the_session_is_overwritten),
        cmocka_unit_test(long_extents_are_found_whole),
    };
    return end_case(cmocka_run_group_tests(tests, NULL, NULL));
}
