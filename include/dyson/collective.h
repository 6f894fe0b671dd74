/* collective.h: errors and text shared between ranks. */
#ifndef DYSON_COLLECTIVE_H
#define DYSON_COLLECTIVE_H

#include "dyson/error.h"

#include <mpi.h>
#include <stddef.h>

/* Collective over comm.  Each rank enters with the outcome of its own part; every rank leaves
 * with the same outcome: success if all succeeded, otherwise the failure of the lowest failing
 * rank, with " (rank r of n)" appended where not every rank failed.  Returns the code. */
int dyson_agree(dyson_error *error, MPI_Comm comm);

/* Collective over comm: rank 0's outcome becomes every rank's.  Returns the code. */
int dyson_share(dyson_error *error, MPI_Comm comm);

/* Collective over comm: rank 0's bytes reach every rank.  On rank 0, *data points to *size
 * bytes; on the others *data is set to a new allocation of *size bytes, which the caller frees. */
int dyson_broadcast(void **data, size_t *size, MPI_Comm comm, dyson_error *error);

#endif
