/* archive_damage_test.c: files that are not what they should be are refused, never trusted, and
 * never crash the reader. */
#include "archive_good.h"

#include "archive/layout.h"

static void attributes_are_checked(void **state)
{
    (void)state;
    const struct {
        const char *name, *text, *words;
    } cases[] = {{"format", "another", "not an ensemble file"},
                 {"format", NULL, "not an ensemble file"},
                 {"run_file", NULL, "attribute run_file"},
                 {"run_file", "nonsense", "run_file"},
                 {"model", "another", "attribute model"},
                 {"seed", "seven", "attribute seed"},
                 {"format_version", NULL, "attribute format_version"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = copy_of_good("attribute.h5");
        if (rank == 0)
            change_attribute(path, cases[i].name, cases[i].text);
        MPI_Barrier(MPI_COMM_WORLD);
        assert_true(read_fails(path, DYSON_BAD_DATA, cases[i].words));
        MPI_Barrier(MPI_COMM_WORLD);
    }
    const char *path = copy_of_good("newer.h5");
    if (rank == 0) {
        change_attribute(path, "format_version", NULL);
        hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
        hdf5_put_integer(file, "format_version", ARCHIVE_FORMAT_VERSION + 1);
        H5Fclose(file);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    char words[64];
    snprintf(words, sizeof words, "format version %d", ARCHIVE_FORMAT_VERSION + 1);
    assert_true(read_fails(path, DYSON_BAD_DATA, words));
}

/* A dataset of rank 1 and 7 bytes in the place of each. */
static void datasets_are_checked(void **state)
{
    (void)state;
    const char *names[] = {"/eigenvalues",  "/status",    "/diverged_at",     "/checksum",
                           "/weights",      "/snapshots", "/session",         "/points/batch_size",
                           "/target/kappa", "/target/x",  "/weights_checksum"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (int replaced = 0; replaced < 2; replaced++) {
            const char *path = copy_of_good("dataset.h5");
            if (rank == 0) {
                hsize_t seven = 7;
                hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
                hid_t space = H5Screate_simple(1, &seven, NULL);
                H5Ldelete(file, names[i], H5P_DEFAULT);
                if (replaced)
                    H5Dclose(H5Dcreate2(file, names[i], H5T_STD_U8LE, space, H5P_DEFAULT,
                                        H5P_DEFAULT, H5P_DEFAULT));
                H5Sclose(space);
                H5Fclose(file);
            }
            MPI_Barrier(MPI_COMM_WORLD);
            assert_true(read_fails(path, DYSON_BAD_DATA, names[i]));
            MPI_Barrier(MPI_COMM_WORLD);
        }
    const char *path = copy_of_good("points.h5");
    if (rank == 0) {
        const int64_t other = 5;
        overwrite_bytes(path, find_dataset(path, "/points/batch_size"), &other, sizeof other);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    assert_true(read_fails(path, DYSON_BAD_DATA, "/points/batch_size does not hold"));
}

static void a_cut_file_is_refused(void **state)
{
    (void)state;
    struct stat whole;
    assert_int_equal(stat(good_path, &whole), 0);
    for (int i = 0; i < 8; i++) {
        const char *path = copy_of_good("cut.h5");
        if (rank == 0)
            assert_int_equal(truncate(path, whole.st_size * i / 8), 0);
        MPI_Barrier(MPI_COMM_WORLD);
        assert_true(read_fails(path, DYSON_BAD_DATA, "not an HDF5 file, or is damaged"));
        MPI_Barrier(MPI_COMM_WORLD);
    }
}

/* What is still marked finished is as it was written. */
static int finished_data_are_true(dyson_reader *reader)
{
    dyson_error error = {0};
    for (size_t p = 0; p < POINTS; p++)
        for (int64_t r = 0; r < REPLICAS; r++) {
            uint8_t status = DYSON_PENDING;
            double x[LEVELS];
            dyson_reader_status(reader, p, r, 1, &status, &error);
            for (int t = 0; t < SNAPSHOTS && status != DYSON_PENDING; t++) {
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

/* Rank 0 flips bytes, in 400 files 1 to 4 each, half of them among the headers at the start.  A
 * file is refused, or its damage found, or what it still says is true; and nothing crashes. */
static void flipped_bytes_do_no_harm(void **state)
{
    (void)state;
    uint64_t random = 12345;
    int found = 0, harmed = 0;
    struct stat whole;
    const char *path = copy_of_good("flipped.h5");
    assert_int_equal(stat(path, &whole), 0);
    for (int i = 0; i < 400 && rank == 0; i++) {
        dyson_reader *reader;
        dyson_error error = {0};
        int64_t checked, bad = 0;
        copy_file(good_path, path);
        for (int j = 0; j <= i % 4; j++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            unsigned char byte = (unsigned char)(random >> 40);
            int64_t range = j % 2 == 0 ? 8192 : (int64_t)whole.st_size;
            overwrite_bytes(path, (int64_t)((random >> 20) % (uint64_t)range), &byte, 1);
        }
        if (dyson_reader_open(path, &reader, &error) == DYSON_OK)
            dyson_reader_verify(reader, &checked, &bad, NULL, NULL, &error);
        if (error.code != DYSON_OK || bad > 0)
            found++;
        else
            harmed += !finished_data_are_true(reader);
        dyson_reader_close(reader);
    }
    /* Most of the headers' bytes and all of the data's are under a checksum. */
    assert_true(everywhere(rank != 0 || (harmed == 0 && found >= 200)));
}

int main(int argc, char **argv)
{
    start_case(&argc, &argv);
    make_good();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attributes_are_checked),
        cmocka_unit_test(datasets_are_checked),
        cmocka_unit_test(a_cut_file_is_refused),
        cmocka_unit_test(flipped_bytes_do_no_harm),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    run_free(&good_run);
    return end_case(failed);
}
