/* edits.h: small ensemble files, edits of them, and all that reads them; for the fuzzers of this
 * folder.
 *
 * FUZZ_SEEDS names the folder of the files, seed0.h5 and so on. */
#ifndef DYSON_TESTS_FUZZ_EDITS_H
#define DYSON_TESTS_FUZZ_EDITS_H

#include "archive/scan.h"
#include "commands/commands.h"
#include "dyson/archive.h"
#include "dyson/statistics.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SEEDS_MAX = 16 };

static char fuzz_path[64];
static char *fuzz_seed[SEEDS_MAX];
static size_t fuzz_seed_size[SEEDS_MAX], fuzz_size;
static int fuzz_seeds;

/* The input, eaten from the front; zeros follow its end. */
typedef struct tape {
    const uint8_t *data;
    size_t size;
} tape;

static inline uint64_t take_wide(tape *input, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++) {
        value = value << 8 | (input->size > 0 ? *input->data : 0);
        if (input->size > 0) {
            input->data++;
            input->size--;
        }
    }
    return value;
}

static inline uint8_t take(tape *input)
{
    return (uint8_t)take_wide(input, 1);
}

/* ---- files ---- */

static inline void read_seed(const char *folder, int i)
{
    char path[512];
    snprintf(path, sizeof path, "%s/seed%d.h5", folder, i);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return;
    fseek(file, 0, SEEK_END);
    fuzz_seed_size[i] = (size_t)ftell(file);
    rewind(file);
    fuzz_seed[i] = malloc(fuzz_seed_size[i]);
    if (fuzz_seed[i] == NULL ||
        fread(fuzz_seed[i], 1, fuzz_seed_size[i], file) != fuzz_seed_size[i])
        abort();
    fclose(file);
    fuzz_seeds = i + 1;
}

static void remove_folder(void)
{
    unlink(fuzz_path);
    *strrchr(fuzz_path, '/') = '\0';
    rmdir(fuzz_path);
}

/* What the program prints goes nowhere; fuzzer and sanitizers have kept their own stderr. */
static inline void fuzz_begin(void)
{
    const char *folder = getenv("FUZZ_SEEDS");
    char work[] = "/dev/shm/dyson-fuzz-XXXXXX";
    for (int i = 0; folder != NULL && i < SEEDS_MAX && i == fuzz_seeds; i++)
        read_seed(folder, i);
    if (fuzz_seeds == 0 || mkdtemp(work) == NULL) {
        fprintf(stderr, "FUZZ_SEEDS must name a folder with seed0.h5\n");
        exit(1);
    }
    snprintf(fuzz_path, sizeof fuzz_path, "%s/run.h5", work);
    atexit(remove_folder);
    MPI_Init(NULL, NULL);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    stdout = fopen("/dev/null", "w");
    stderr = fopen("/dev/null", "w");
}

int LLVMFuzzerInitialize(int *argc, char ***argv);

/* NOLINTNEXTLINE(readability-non-const-parameter, misc-definitions-in-headers) */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_begin();
    return 0;
}

static inline void fuzz_fresh_file(int seed)
{
    seed %= fuzz_seeds;
    fuzz_size = fuzz_seed_size[seed];
    const int descriptor = open(fuzz_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (descriptor < 0 || write(descriptor, fuzz_seed[seed], fuzz_size) != (ssize_t)fuzz_size)
        abort();
    close(descriptor);
}

/* ---- edits ---- */

static const char *const edit_datasets[] = {"/eigenvalues",       "/status",
                                            "/diverged_at",       "/checksum",
                                            "/weights",           "/snapshots",
                                            "/session",           "/weights_checksum",
                                            "/diverged_checksum", "/points/learning_rate",
                                            "/target/x",          "/points/batch_size",
                                            "/target/kappa",      "/target/kernel",
                                            "/points/noise"};
static const char *const edit_attributes[] = {
    "format",   "format_version", "program_version", "git_commit", "build", "kernel", "model",
    "run_file", "seed",           "created",         "ranks",      "hosts"};

#define PICK(list, input) ((list)[take(input) % (sizeof(list) / sizeof *(list))])

static inline hid_t take_type(tape *input)
{
    const hid_t types[] = {H5T_STD_U8LE,   H5T_STD_I64LE,   H5T_STD_U32LE, H5T_IEEE_F64LE,
                           H5T_IEEE_F32BE, H5T_STD_REF_OBJ, H5T_STD_I32BE, H5T_NATIVE_LDOUBLE,
                           H5T_STD_B64LE,  H5T_UNIX_D32LE};
    const uint8_t choice = take(input) % 13;
    if (choice < 10)
        return H5Tcopy(types[choice]);
    if (choice == 10)
        return H5Tvlen_create(H5T_IEEE_F64LE);
    hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, choice == 11 ? H5T_VARIABLE : (size_t)take(input) + 1);
    return text;
}

static inline hid_t take_space(tape *input, hsize_t *count)
{
    hsize_t dims[4] = {0};
    const int rank = take(input) % 5;
    *count = 1;
    for (int i = 0; i < rank; i++) {
        dims[i] = take(input) % 16;
        *count *= dims[i];
    }
    return rank == 0 ? H5Screate(take(input) % 4 == 0 ? H5S_NULL : H5S_SCALAR)
                     : H5Screate_simple(rank, dims, NULL);
}

/* Raw data of a dataset, wherever the edits before have left it. */
static inline void edit_raw(hid_t file, tape *input)
{
    hid_t dataset = H5Dopen2(file, PICK(edit_datasets, input), H5P_DEFAULT);
    if (dataset < 0)
        return;
    const haddr_t offset = H5Dget_offset(dataset);
    const hsize_t size = H5Dget_storage_size(dataset);
    const uint64_t place = take_wide(input, 2), value = take_wide(input, 8);
    const size_t length = 1 + take(input) % 8;
    H5Dclose(dataset);
    H5Fflush(file, H5F_SCOPE_GLOBAL);
    const int descriptor = open(fuzz_path, O_WRONLY);
    if (offset != HADDR_UNDEF && size >= length && descriptor >= 0 &&
        pwrite(descriptor, &value, length, (off_t)(offset + place % (size - length + 1))) < 0)
        abort();
    close(descriptor);
}

/* A scalar or not so scalar attribute with the next bytes of the input. */
static inline void edit_attribute(hid_t object, const char *name, tape *input)
{
    hsize_t count;
    char bytes[65536] = {0};
    hid_t type = take_type(input), space = take_space(input, &count);
    H5Adelete(object, name);
    hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    const size_t size = H5Tget_size(type) * count;
    const bool plain = H5Tget_class(type) != H5T_VLEN && H5Tis_variable_str(type) <= 0 &&
                       H5Tget_class(type) != H5T_REFERENCE;
    if (attribute >= 0 && plain && size < sizeof bytes) {
        for (size_t i = 0; i < size && input->size > 0; i++)
            bytes[i] = (char)take(input);
        H5Awrite(attribute, type, bytes);
    }
    if (attribute >= 0)
        H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
}

static inline void put_text(hid_t file, const char *name, const char *text)
{
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, *text != '\0' ? strlen(text) : 1);
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    H5Adelete(file, name);
    hid_t attribute = H5Acreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute >= 0) {
        H5Awrite(attribute, type, text);
        H5Aclose(attribute);
    }
    H5Sclose(space);
    H5Tclose(type);
}

/* The run file with one byte or one assignment changed. */
static inline void edit_run_file(hid_t file, tape *input)
{
    char text[4096] = {0}, assignment[64] = {0};
    hid_t attribute = H5Aopen(file, "run_file", H5P_DEFAULT);
    if (attribute < 0)
        return;
    hid_t type = H5Aget_type(attribute);
    if (H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0 &&
        H5Aget_storage_size(attribute) < sizeof text && H5Aget_storage_size(attribute) > 0)
        H5Aread(attribute, type, text);
    H5Tclose(type);
    H5Aclose(attribute);
    char *changed = strdup(text);
    dyson_error error = {0};
    if (take(input) % 2 == 0 && *text != '\0') {
        changed[take_wide(input, 2) % strlen(text)] = (char)take(input);
    } else {
        const size_t length = take(input) % sizeof assignment;
        for (size_t i = 0; i < length; i++)
            assignment[i] = (char)take(input);
        assignment[sizeof assignment - 1] = '\0';
        dyson_spec_override(&changed, assignment, &error);
    }
    put_text(file, "run_file", changed);
    free(changed);
}

/* Takes a link away and opens the file anew: HDF5 1.10.8 itself now and then crashes where it makes
 * a link in a group from which it has just deleted one. */
static inline void remove_link(hid_t *file, const char *name)
{
    H5Ldelete(*file, name, H5P_DEFAULT);
    H5Fclose(*file);
    *file = H5Fopen(fuzz_path, H5F_ACC_RDWR, H5P_DEFAULT);
}

/* Another dataset in the place of one that was there. */
static inline void edit_dataset(hid_t *file, tape *input)
{
    const char *name = PICK(edit_datasets, input);
    hsize_t count, chunk[4] = {2, 2, 2, 2};
    hid_t type = take_type(input), space = take_space(input, &count);
    hid_t plan = H5Pcreate(H5P_DATASET_CREATE);
    const uint8_t layout = take(input) % 6;
    const int rank = H5Sget_simple_extent_ndims(space);
    if (layout == 0)
        H5Pset_layout(plan, H5D_COMPACT);
    if ((layout == 1 || layout == 2) && rank > 0)
        H5Pset_chunk(plan, rank, chunk);
    if (layout == 2 && rank > 0)
        H5Pset_deflate(plan, 1);
    if (layout == 3)
        H5Pset_external(plan, "/dev/null", 0, H5F_UNLIMITED);
    if (layout == 4)
        H5Pset_alloc_time(plan, H5D_ALLOC_TIME_EARLY);
    remove_link(file, name);
    hid_t dataset = H5Dcreate2(*file, name, type, space, H5P_DEFAULT, plan, H5P_DEFAULT);
    if (dataset >= 0)
        H5Dclose(dataset);
    H5Pclose(plan);
    H5Sclose(space);
    H5Tclose(type);
}

static inline void edit_link(hid_t *reopened, tape *input)
{
    const char *name = PICK(edit_datasets, input), *other = PICK(edit_datasets, input);
    remove_link(reopened, name);
    const hid_t file = *reopened;
    switch (take(input) % 5) {
    case 0:
        break;
    case 1:
        H5Lcreate_soft(other, file, name, H5P_DEFAULT, H5P_DEFAULT);
        break;
    case 2:
        H5Lcreate_hard(file, other, file, name, H5P_DEFAULT, H5P_DEFAULT);
        break;
    case 3:
        H5Lcreate_hard(file, "/", file, name, H5P_DEFAULT, H5P_DEFAULT);
        break;
    default:
        H5Lcreate_external("/nowhere.h5", "/x", file, name, H5P_DEFAULT, H5P_DEFAULT);
    }
}

/* Makes the checksum of the first replicas hold again, so that odd numbers get as far as the
 * statistics; of files without gaps in their layout. */
static inline void edit_checksums(hid_t file)
{
    hid_t data = H5Dopen2(file, "/eigenvalues", H5P_DEFAULT);
    hid_t sums = H5Dopen2(file, "/checksum", H5P_DEFAULT);
    double x[4096];
    uint32_t sum[256];
    if (data >= 0 && sums >= 0) {
        hid_t space = H5Dget_space(data), sum_space = H5Dget_space(sums);
        const hssize_t numbers = H5Sget_simple_extent_npoints(space);
        const hssize_t replicas = H5Sget_simple_extent_npoints(sum_space);
        const bool fits = numbers > 0 && numbers <= 4096 && replicas > 0 && replicas <= 256 &&
                          numbers % replicas == 0 &&
                          H5Dread(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, x) >= 0;
        const size_t each = fits ? (size_t)(numbers / replicas) : 0;
        for (size_t i = 0; fits && i < (size_t)replicas; i++)
            sum[i] = archive_checksum(x + i * each, each * sizeof *x);
        if (fits)
            H5Dwrite(sums, H5T_NATIVE_UINT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, sum);
        H5Sclose(space);
        H5Sclose(sum_space);
    }
    if (data >= 0)
        H5Dclose(data);
    if (sums >= 0)
        H5Dclose(sums);
}

/* May leave file negative. */
static inline void edit(hid_t *opened, tape *input)
{
    const hid_t file = *opened;
    hid_t dataset;
    switch (take(input) % 8) {
    case 0:
        edit_raw(file, input);
        break;
    case 1:
        edit_attribute(file, PICK(edit_attributes, input), input);
        break;
    case 2:
        dataset = H5Dopen2(file, PICK(edit_datasets, input), H5P_DEFAULT);
        if (dataset >= 0) {
            edit_attribute(dataset, take(input) % 2 == 0 ? "checksum" : "units", input);
            H5Dclose(dataset);
        }
        break;
    case 3:
        edit_dataset(opened, input);
        break;
    case 4:
        edit_link(opened, input);
        break;
    case 5:
        edit_run_file(file, input);
        break;
    default:
        edit_raw(file, input);
        edit_checksums(file);
    }
}

/* ---- reading ---- */

/* In the place of the null distributions, which take a second and do not depend on the file. */
int __wrap_dyson_null_create(MPI_Comm comm, dyson_null **null, dyson_error *error);

int __wrap_dyson_null_create(MPI_Comm comm, dyson_null **null, dyson_error *error)
{
    (void)comm;
    *null = malloc(sizeof **null);
    if (*null == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory");
    for (int law = 0; law < DYSON_LAWS; law++)
        for (int i = 0; i < DYSON_NULLS; i++)
            (*null)->ks[law][i] = (*null)->ad[law][i] = 1e-3 * i;
    return DYSON_OK;
}

static inline void expect_code(int code)
{
    if (code != DYSON_OK && code != DYSON_BAD_DATA && code != DYSON_IO && code != DYSON_NO_INPUT)
        abort();
}

static inline void analyse(void)
{
    const char *paths[] = {fuzz_path};
    dyson_analysis *analysis = NULL;
    dyson_error error = {0};
    if (dyson_analysis_create(paths, 1, -1, NULL, MPI_COMM_WORLD, &analysis, &error) == DYSON_OK) {
        dyson_analysis_table(analysis, stdout);
        dyson_analysis_json(analysis, stdout);
    }
    expect_code(error.code);
    dyson_analysis_destroy(analysis);
}

static inline void fuzz_read_file(void)
{
    expect_code(dyson_command_info(2, (char *[]){"info", fuzz_path, NULL}));
    expect_code(dyson_command_info(3, (char *[]){"info", "--json", fuzz_path, NULL}));
    expect_code(dyson_command_verify(2, (char *[]){"verify", fuzz_path, NULL}));
    analyse();
    if (H5Fget_obj_count(H5F_OBJ_ALL, H5F_OBJ_ALL) != 0)
        abort();
}

#endif
