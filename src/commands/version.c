/* version.c: `dyson --version`: what this build is made of and which kernel it would run here. */
#include "commands/commands.h"

#include "base/version.h"
#include "dyson/error.h"
#include "dyson/kernel.h"

#include <gsl/gsl_version.h>
#include <hdf5.h>
#include <mpi.h>
#include <string.h>

/* OpenBLAS says what it is; another BLAS does not. */
extern char *openblas_get_config(void) __attribute__((weak));

static void print_kernels(void)
{
    dyson_kernel chosen;
    dyson_error error = {0};
    printf("CPU kernels   ");
    for (int k = 0; k < DYSON_KERNEL_COUNT; k++)
        if (dyson_kernel_runs((dyson_kernel)k))
            printf("%s ", dyson_kernel_name((dyson_kernel)k));
    if (dyson_kernel_choose(&chosen, &error) == DYSON_OK)
        printf("(%s is chosen here)\n", dyson_kernel_name(chosen));
    else
        printf("(none is chosen: %s)\n", error.text);
}

int dyson_command_version(int argc, char **argv)
{
    if (argc > 1) {
        fprintf(stderr, "dyson: %s takes no arguments, and here is '%s'\n", argv[0], argv[1]);
        return DYSON_USAGE;
    }
    char mpi[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int length;
    unsigned major = 0, minor = 0, release = 0;
    MPI_Get_library_version(mpi, &length); /* may be called before MPI_Init */
    mpi[strcspn(mpi, ",\n")] = '\0';
    H5get_libversion(&major, &minor, &release);
    printf("dyson %s\n", dyson_version());
    printf("commit        %s\n", dyson_git_commit());
    printf("build         %s\n", dyson_build());
    printf("MPI           %s\n", mpi);
    printf("HDF5          %u.%u.%u\n", major, minor, release);
    printf("GSL           %s\n", gsl_version);
    printf("BLAS          %s\n", openblas_get_config != NULL ? openblas_get_config() : "unknown");
    printf("ScaLAPACK     %s\n", dyson_scalapack());
    print_kernels();
    return DYSON_OK;
}
