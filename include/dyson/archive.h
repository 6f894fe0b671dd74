/* archive.h: the ensemble file (HDF5): created whole, then filled by all ranks.
 *
 * Layout: docs/output-file.md.  A file is created under a temporary name with every dataset
 * contiguous, allocated early and never filled (zeros, by the file system), flushed, synced and
 * renamed: a file under its own name is always complete in structure.  Afterwards only raw data
 * are written, independently by each rank (pwrite at the datasets' offsets; HDF5 has closed the
 * file), a replica's /status last; so a killed run leaves a file that opens, in which /status
 * tells the truth. */
#ifndef DYSON_ARCHIVE_H
#define DYSON_ARCHIVE_H

#include "dyson/error.h"
#include "dyson/model.h"
#include "dyson/plan.h"
#include "dyson/spec.h"
#include "dyson/train.h"

#include <mpi.h>

/* What a replica is: the first three as in /status. */
typedef enum dyson_status {
    DYSON_PENDING = 0,
    DYSON_DONE = 1,
    DYSON_DIVERGED = 2,
    DYSON_DAMAGED = 3, /* marked done or diverged, but not with the data its checksum speaks of */
    DYSON_STATUSES
} dyson_status;

typedef struct dyson_archive dyson_archive;

/* Bytes of the file of a run, but for a few thousand of HDF5's own.  Errors: DYSON_BAD_DATA where
 * no file can be so large. */
int dyson_archive_bytes(const dyson_spec *spec, const dyson_system *system, int64_t *bytes,
                        dyson_error *error);

/* ---- writing: by all ranks of a communicator ---- */

/* Collective; all arguments agree.  Creates path, which must not exist unless overwrite is true
 * (then the old file is replaced only once the new one is complete).  Space is reserved on disk,
 * so that a full disk shows here.  Errors: DYSON_CANNOT_CREATE. */
int dyson_archive_create(const char *path, bool overwrite, const dyson_spec *spec,
                         const dyson_system *system, dyson_kernel kernel, MPI_Comm comm,
                         dyson_archive **archive, dyson_error *error);

/* Collective.  Opens an existing ensemble file to go on with it.  Refuses (DYSON_BAD_DATA,
 * naming each difference) a file that is not one, or was made with other parameters, another
 * program version or CPU kernel, than spec and kernel say.  Refuses (DYSON_CANNOT_CREATE) a
 * file that another run holds open. */
int dyson_archive_resume(const char *path, const dyson_spec *spec, dyson_kernel kernel,
                         MPI_Comm comm, dyson_archive **archive, dyson_error *error);

/* Collective.  The replicas still to be trained, as extents in ascending order of (point,
 * first), the same on every rank; the caller frees *pending.  Replicas marked done whose
 * checksum does not hold (after the loss of a node) are pending again, and marked so in the file at
 * once; *damaged counts them. */
int dyson_archive_pending(dyson_archive *archive, dyson_extent **pending, size_t *count,
                          int64_t *damaged, dyson_error *error);

/* Local.  Writes one block: data first, then /status.  Errors: DYSON_IO, now and then also where
 * the file is no longer under its name. */
int dyson_archive_write(dyson_archive *archive, const dyson_block *block, dyson_error *error);

/* Local.  Forces what this rank has written to stable storage.  Called when its share of a point
 * is complete.  Errors: DYSON_IO, also where the file is no longer under its name (deleted,
 * unmounted). */
int dyson_archive_sync(dyson_archive *archive, dyson_error *error);

/* Local, the same on all ranks.  A digest of what the file says of its making: parameters, program,
 * time.  A copy or a renamed file has the same, a new file another one. */
uint64_t dyson_archive_identity(const dyson_archive *archive);

/* Local, rank 0.  Overwrites /session: this session's seconds so far, the cost it has done on
 * all ranks (the model's cost(point) of each replica, of those in work in part), ranks; what `info`
 * derives the time left from.  Not part of the reproducible data.  Errors: DYSON_IO, also where the
 * file is no longer under its name. */
int dyson_archive_session(dyson_archive *archive, double seconds, double cost, dyson_error *error);

/* Collective.  fsync and close; frees the archive also where it fails.  Errors: DYSON_IO. */
int dyson_archive_close(dyson_archive *archive, dyson_error *error);

/* ---- reading: one process, no MPI needed ---- */

/* What a file says of itself. Strings are owned by the reader. */
typedef struct dyson_provenance {
    const char *program_version, *git_commit, *build, *kernel, *run_file, *model, *created, *hosts;
    int64_t format_version, seed, ranks;
    uint64_t identity; /* as dyson_archive_identity has it */
} dyson_provenance;

typedef struct dyson_reader dyson_reader;

/* Opens a file for reading and parses its run file.  Errors: DYSON_NO_INPUT, DYSON_BAD_DATA (not an
 * ensemble file, a newer format version, a dataset missing or of another shape). */
int dyson_reader_open(const char *path, dyson_reader **reader, dyson_error *error);
void dyson_reader_close(dyson_reader *reader);

const char *dyson_reader_path(const dyson_reader *reader);
const dyson_provenance *dyson_reader_provenance(const dyson_reader *reader);
const dyson_spec *
dyson_reader_spec(const dyson_reader *reader); /* with the target matrix attached */
const dyson_system *dyson_reader_system(const dyson_reader *reader); /* made from that spec */
int64_t dyson_reader_replicas(const dyson_reader *reader);           /* R, the replica axis */

/* Reads count replicas from index first of point p into the caller's arrays.
 * spectra: at snapshots [t, t + snapshots), count x snapshots x levels. */
int dyson_reader_spectra(dyson_reader *reader, size_t p, int64_t first, int64_t count, size_t t,
                         size_t snapshots, double *spectra, dyson_error *error);
/* weights: W at snapshot t, count x rows x columns; only of files with weights = all. */
int dyson_reader_weights(dyson_reader *reader, size_t p, int64_t first, int64_t count, size_t t,
                         double *weights, dyson_error *error);
int dyson_reader_status(dyson_reader *reader, size_t p, int64_t first, int64_t count,
                        uint8_t *status, dyson_error *error);
int dyson_reader_diverged_at(dyson_reader *reader, size_t p, int64_t first, int64_t count,
                             int64_t *diverged_at, dyson_error *error);
int dyson_reader_session(dyson_reader *reader, double *seconds, double *cost, double *ranks,
                         dyson_error *error);

/* Counts of /status per value, over all points (p < 0) or one. */
int dyson_reader_count(dyson_reader *reader, int64_t p, int64_t counts[3], dyson_error *error);

/* What replicas are by all that the file holds of them, not by /status alone: status[i] is that of
 * index from + i of the axis p R + r, to the end `to`.  Reads all their data. */
int dyson_reader_judge(dyson_reader *reader, int64_t from, int64_t to, uint8_t *status,
                       dyson_error *error);

/* Whether the file holds what training gave: eigenvalues, /diverged_at, status, and weights where
 * it has them, of the replicas of the block.  tolerance 0: bit for bit; otherwise eigenvalues and
 * weights may differ by so much of the largest of them, and what is not a number must not be one in
 * both. */
int dyson_reader_compare(dyson_reader *reader, const dyson_block *block, double tolerance,
                         bool *same, dyson_error *error);

/* Checks structure and every checksum: *bad replicas are marked done or diverged without holding
 * the data their checksum speaks of.  report (may be NULL) is called with each. */
int dyson_reader_verify(dyson_reader *reader, int64_t *checked, int64_t *bad,
                        void (*report)(void *context, size_t p, int64_t r), void *context,
                        dyson_error *error);

#endif
