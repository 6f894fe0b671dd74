/* collective.c: the root and collective paths of failures, and bytes from rank 0 to all. */
#include "dyson/collective.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A broadcast counts in int; longer data go in pieces. */
#define PIECE ((size_t)1 << 30)

int dyson_agree(dyson_error *error, MPI_Comm comm)
{
    int rank, ranks;
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &ranks);
    /* Most calls end after this one reduction. */
    int failed = error->code != DYSON_OK, lowest = failed ? rank : ranks, count = failed;
    MPI_Allreduce(MPI_IN_PLACE, &count, 1, MPI_INT, MPI_SUM, comm);
    if (count == 0)
        return DYSON_OK;
    MPI_Allreduce(MPI_IN_PLACE, &lowest, 1, MPI_INT, MPI_MIN, comm);
    MPI_Bcast(error, (int)sizeof *error, MPI_BYTE, lowest, comm);
    if (count < ranks) {
        char where[64];
        int size = snprintf(where, sizeof where, " (rank %d of %d)", lowest, ranks);
        size_t room = sizeof error->text - (size_t)size - 1, length = strlen(error->text);
        strcpy(error->text + (length < room ? length : room), where);
    }
    return error->code;
}

int dyson_share(dyson_error *error, MPI_Comm comm)
{
    MPI_Bcast(&error->code, 1, MPI_INT, 0, comm);
    if (error->code != DYSON_OK)
        MPI_Bcast(error->text, (int)sizeof error->text, MPI_CHAR, 0, comm);
    return error->code;
}

int dyson_broadcast(void **data, size_t *size, MPI_Comm comm, dyson_error *error)
{
    int rank;
    uint64_t bytes = *size;
    MPI_Comm_rank(comm, &rank);
    MPI_Bcast(&bytes, 1, MPI_UINT64_T, 0, comm);
    if (rank != 0) {
        *size = (size_t)bytes;
        *data = malloc(*size > 0 ? *size : 1);
        if (*data == NULL)
            dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu bytes from rank 0", *size);
    }
    if (dyson_agree(error, comm) != DYSON_OK) {
        if (rank != 0) {
            free(*data);
            *data = NULL;
        }
        return error->code;
    }
    for (size_t done = 0; done < *size; done += PIECE) {
        size_t piece = *size - done < PIECE ? *size - done : PIECE;
        MPI_Bcast((char *)*data + done, (int)piece, MPI_BYTE, 0, comm);
    }
    return DYSON_OK;
}
