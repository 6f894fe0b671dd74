/* archive_refusal_test.c: what the archive refuses, with which code and words, and that it
 * leaves the files it refuses as they were. */
#include "archive_good.h"
#include "base/version.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* Collective.  Creating fails like this, and leaves no partial file. */
static int create_fails(const char *path, bool overwrite, const test_run *run, int code,
                        const char *words)
{
    dyson_error error = {0};
    dyson_archive *archive;
    dyson_archive_create(path, overwrite, run->spec, run->system, DYSON_KERNEL_BASE, MPI_COMM_WORLD,
                         &archive, &error);
    if (error.code == DYSON_OK)
        dyson_archive_close(archive, &error);
    return says(&error, code, words) && everywhere(archive == NULL);
}

static int resume_fails(const char *path, const test_run *run, dyson_kernel kernel, int code,
                        const char *words)
{
    dyson_error error = {0};
    dyson_archive *archive;
    dyson_archive_resume(path, run->spec, kernel, MPI_COMM_WORLD, &archive, &error);
    if (error.code == DYSON_OK)
        dyson_archive_close(archive, &error);
    return says(&error, code, words) && everywhere(archive == NULL);
}

static void an_existing_file_is_not_replaced(void **state)
{
    (void)state;
    const char *path = copy_of_good("existing.h5");
    assert_true(create_fails(path, false, &good_run, DYSON_CANNOT_CREATE, "exists already"));
    assert_true(everywhere(same_files(path, good_path)));
    if (rank == 0)
        assert_int_equal(mkdir(in_folder("existing"), 0777), 0);
    MPI_Barrier(MPI_COMM_WORLD);
    assert_true(create_fails(in_folder("existing"), true, &good_run, DYSON_CANNOT_CREATE,
                             "not a regular file"));
}

static void a_missing_folder_is_named(void **state)
{
    (void)state;
    assert_true(create_fails(in_folder("nowhere/file.h5"), false, &good_run, DYSON_CANNOT_CREATE,
                             "nowhere/file.h5: No such file or directory"));
}

/* The old file stays while the new one cannot be: here 3 * 10^12 replicas. */
static void a_full_disk_shows_at_creation(void **state)
{
    (void)state;
    const char *path = copy_of_good("full.h5");
    test_run huge = run_of(1000000000000, "none", 7);
    assert_true(create_fails(path, true, &huge, DYSON_CANNOT_CREATE, "bytes needed"));
    assert_true(everywhere(same_files(path, good_path)));
    assert_true(everywhere(access(in_folder(".full.h5.partial"), F_OK) != 0));
    run_free(&huge);
}

static void overwriting_replaces(void **state)
{
    (void)state;
    const char *path = copy_of_good("replaced.h5");
    test_run other = run_of(5, "none", 8);
    dyson_reader *reader;
    dyson_error error = {0};
    assert_true(everywhere(make_file(path, &other)));
    assert_true(everywhere(dyson_reader_open(path, &reader, &error) == DYSON_OK));
    int good = dyson_reader_replicas(reader) == 5;
    dyson_reader_close(reader);
    run_free(&other);
    assert_true(everywhere(good));
}

static void a_second_run_is_refused_at_once(void **state)
{
    (void)state;
    const char *path = in_folder("held.h5");
    dyson_archive *archive;
    dyson_error error = {0};
    dyson_archive_create(path, false, good_run.spec, good_run.system, DYSON_KERNEL_BASE,
                         MPI_COMM_WORLD, &archive, &error);
    assert_true(everywhere(error.code == DYSON_OK));
    int refused =
        resume_fails(path, &good_run, DYSON_KERNEL_BASE, DYSON_CANNOT_CREATE,
                     "another run is writing") &&
        create_fails(path, true, &good_run, DYSON_CANNOT_CREATE, "another run is writing");
    dyson_archive_close(archive, &error);
    dyson_archive_resume(path, good_run.spec, DYSON_KERNEL_BASE, MPI_COMM_WORLD, &archive, &error);
    assert_true(everywhere(refused && error.code == DYSON_OK));
    dyson_archive_close(archive, &error);
}

/* Each rank in a folder of its own, as on nodes that do not share one: refused before the file has
 * its name, so an older one there stays as it was, and nothing new is left. */
static void a_folder_that_is_not_shared(void **state)
{
    (void)state;
    const char name[] = "apart.h5", partial[] = ".apart.h5.partial";
    char own[64], back[256];
    snprintf(own, sizeof own, "own-%d", rank);
    const char *const good = copy_of_good("apart.h5");
    int ready = getcwd(back, sizeof back) != NULL && chdir(folder) == 0 && mkdir(own, 0777) == 0 &&
                chdir(own) == 0;
    if (ready && rank == 0)
        copy_file(good, name);
    else if (ready) /* something of that name, so that none waits for it to appear */
        copy_file(good, partial);
    int refused = 1;
    if (ranks > 1)
        for (int overwrite = 0; overwrite < 2; overwrite++) {
            if (rank == 0 && !overwrite)
                ready = ready && rename(name, "kept.h5") == 0;
            refused = refused && create_fails(name, overwrite, &good_run, DYSON_IO, "not the same");
            if (rank == 0 && !overwrite)
                ready = ready && access(name, F_OK) != 0 && rename("kept.h5", name) == 0;
        }
    int kept = rank != 0 || (same_files(good, name) && access(partial, F_OK) != 0);
    ready = chdir(back) == 0 && ready;
    assert_true(everywhere(ready && refused && kept));
}

static void a_partial_file_belongs_to_its_lock(void **state)
{
    (void)state;
    const char *path = in_folder("left.h5"), *partial = in_folder(".left.h5.partial");
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int left = -1;
    if (rank == 0) {
        left = open(partial, O_RDWR | O_CREAT, 0666);
        assert_true(left >= 0 && write(left, "stale", 5) == 5);
        assert_int_equal(fcntl(left, F_OFD_SETLK, &whole), 0);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    assert_true(create_fails(path, false, &good_run, DYSON_CANNOT_CREATE, "another run"));
    assert_true(everywhere(access(partial, F_OK) == 0));
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 0)
        close(left);
    MPI_Barrier(MPI_COMM_WORLD);
    assert_true(everywhere(make_file(path, &good_run)));
    assert_true(everywhere(access(partial, F_OK) != 0));
}

static void other_parameters_are_refused_by_name(void **state)
{
    (void)state;
    const char *path = copy_of_good("other.h5");
    test_run seed = run_of(REPLICAS, "last", 8), weights = run_of(REPLICAS, "none", 7);
    assert_true(resume_fails(path, &seed, DYSON_KERNEL_BASE, DYSON_BAD_DATA, "ensemble.seed: "));
    assert_true(
        resume_fails(path, &weights, DYSON_KERNEL_BASE, DYSON_BAD_DATA, "ensemble.weights: "));
    char both[128];
    snprintf(both, sizeof both, "kernel: \"%s\" in the file, \"%s\" now",
             dyson_kernel_name(DYSON_KERNEL_BASE), dyson_kernel_name(DYSON_KERNEL_AVX2));
    assert_true(resume_fails(path, &good_run, DYSON_KERNEL_AVX2, DYSON_BAD_DATA, both));
    assert_true(everywhere(same_files(path, good_path)));
    run_free(&seed);
    run_free(&weights);
}

static void another_program_is_refused_by_version(void **state)
{
    (void)state;
    const char *path = copy_of_good("version.h5");
    char both[128];
    if (rank == 0)
        change_attribute(path, "program_version", "9.8.7");
    MPI_Barrier(MPI_COMM_WORLD);
    snprintf(both, sizeof both, "program version: \"9.8.7\" in the file, \"%s\" now",
             dyson_version());
    assert_true(resume_fails(path, &good_run, DYSON_KERNEL_BASE, DYSON_BAD_DATA, both));
    path = copy_of_good("commit.h5");
    if (rank == 0)
        change_attribute(path, "git_commit", "abcdef0");
    MPI_Barrier(MPI_COMM_WORLD);
    assert_true(resume_fails(path, &good_run, DYSON_KERNEL_BASE, DYSON_BAD_DATA,
                             "git commit: \"abcdef0\" in the file"));
}

static void files_of_another_kind_are_refused(void **state)
{
    (void)state;
    const char *text = in_folder("text.h5");
    if (rank == 0) {
        FILE *file = fopen(text, "w");
        fputs("not HDF5 at all\n", file);
        fclose(file);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    assert_true(read_fails(in_folder("absent.h5"), DYSON_NO_INPUT, "No such file or directory"));
    assert_true(read_fails(folder, DYSON_NO_INPUT, "Is a directory"));
    assert_true(read_fails(text, DYSON_BAD_DATA, "not an HDF5 file"));
    assert_true(resume_fails(in_folder("absent.h5"), &good_run, DYSON_KERNEL_BASE, DYSON_NO_INPUT,
                             "No such file or directory"));
    assert_true(resume_fails(text, &good_run, DYSON_KERNEL_BASE, DYSON_BAD_DATA, "not an HDF5"));
}

static void a_failed_write_is_told(void **state)
{
    (void)state;
    const char *path = in_folder("limit.h5");
    dyson_archive *archive;
    dyson_error error = {0};
    dyson_archive_create(path, false, good_run.spec, good_run.system, DYSON_KERNEL_BASE,
                         MPI_COMM_WORLD, &archive, &error);
    assert_true(everywhere(error.code == DYSON_OK));
    /* The system refuses to write beyond this limit of a file's size, as on a full disk. */
    struct rlimit before, none;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    none = before;
    none.rlim_cur = 4096;
    MPI_Barrier(MPI_COMM_WORLD);
    setrlimit(RLIMIT_FSIZE, &none);
    write_extent(archive, &good_run, (dyson_extent){1, 0, 4}, &error);
    setrlimit(RLIMIT_FSIZE, &before);
    int told = error.code == DYSON_IO && strstr(error.text, "cannot write /") != NULL &&
               strstr(error.text, "File too large") != NULL;
    dyson_error closing = {0};
    dyson_archive_close(archive, &closing);
    assert_true(everywhere(told && closing.code == DYSON_OK));
    /* Nothing is marked done. */
    dyson_reader *reader;
    dyson_error reading = {0};
    int64_t counts[3] = {0};
    assert_true(everywhere(dyson_reader_open(path, &reader, &reading) == DYSON_OK));
    dyson_reader_count(reader, -1, counts, &reading);
    dyson_reader_close(reader);
    assert_true(everywhere(counts[0] == POINTS * REPLICAS));
}

static void a_deleted_file_is_noticed(void **state)
{
    (void)state;
    const char *path = in_folder("deleted.h5");
    dyson_archive *archive;
    dyson_error error = {0};
    dyson_archive_create(path, false, good_run.spec, good_run.system, DYSON_KERNEL_BASE,
                         MPI_COMM_WORLD, &archive, &error);
    assert_true(everywhere(error.code == DYSON_OK));
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 0)
        unlink(path);
    MPI_Barrier(MPI_COMM_WORLD);
    int told = dyson_archive_sync(archive, &error) == DYSON_IO &&
               strstr(error.text, "no longer there") != NULL;
    dyson_archive_close(archive, &error);
    assert_true(everywhere(told));
}

static void a_block_outside_is_refused(void **state)
{
    (void)state;
    const dyson_extent outside[] = {
        {POINTS, 0, 1}, {0, -1, 1}, {0, REPLICAS, 1}, {0, REPLICAS - 1, 2}};
    dyson_archive *archive;
    dyson_error error = {0};
    int refused = 0;
    dyson_archive_create(in_folder("outside.h5"), false, good_run.spec, good_run.system,
                         DYSON_KERNEL_BASE, MPI_COMM_WORLD, &archive, &error);
    assert_true(everywhere(error.code == DYSON_OK));
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        dyson_error each = {0};
        refused += write_extent(archive, &good_run, outside[i], &each) == DYSON_INTERNAL;
    }
    dyson_archive_close(archive, &error);
    assert_true(everywhere(refused == 4 && error.code == DYSON_OK));
}

int main(int argc, char **argv)
{
    start_case(&argc, &argv);
    make_good();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_existing_file_is_not_replaced),
        cmocka_unit_test(a_missing_folder_is_named),
        cmocka_unit_test(a_full_disk_shows_at_creation),
        cmocka_unit_test(overwriting_replaces),
        cmocka_unit_test(a_second_run_is_refused_at_once),
        cmocka_unit_test(a_folder_that_is_not_shared),
        cmocka_unit_test(a_partial_file_belongs_to_its_lock),
        cmocka_unit_test(other_parameters_are_refused_by_name),
        cmocka_unit_test(another_program_is_refused_by_version),
        cmocka_unit_test(files_of_another_kind_are_refused),
        cmocka_unit_test(a_failed_write_is_told),
        cmocka_unit_test(a_deleted_file_is_noticed),
        cmocka_unit_test(a_block_outside_is_refused),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    run_free(&good_run);
    return end_case(failed);
}
