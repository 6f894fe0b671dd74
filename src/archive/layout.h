/* layout.h: the shapes of an ensemble file's large datasets, one row per replica and point.
 *
 * All are contiguous and row-major over (point, replica, ...), so what one block of consecutive
 * replicas of a point holds is one stretch of bytes in each of them. */
#ifndef DYSON_ARCHIVE_LAYOUT_H
#define DYSON_ARCHIVE_LAYOUT_H

#include "dyson/archive.h"

#include <hdf5.h>

#define ARCHIVE_FORMAT "dyson-ensemble"
/* 1: checksums of eigenvalues and weights alone.  2: the small datasets, and where a replica ran
 * away, have checksums, too; sampler = auto takes wishart where it pays.  3: normals by polynomials
 * in all kernels but avx512, with other last digits; the same objects. */
#define ARCHIVE_FORMAT_VERSION 3

typedef enum archive_part {
    PART_EIGENVALUES,
    PART_STATUS,
    PART_DIVERGED_AT,
    PART_CHECKSUM,
    PART_DIVERGED_CHECKSUM, /* from format version 2 on */
    PART_WEIGHTS,           /* only where weights are stored */
    PART_WEIGHTS_CHECKSUM,  /* only where weights are stored */
    PART_COUNT
} archive_part;

/* Plain numbers, so that they can be sent from rank to rank. */
typedef struct archive_layout {
    int64_t points, replicas; /* P, R */
    int64_t snapshots;        /* T */
    int64_t levels;           /* N */
    int64_t weight_sets;      /* K: 0 no weights, 1 last, T all */
    int32_t weight_axis;      /* whether /weights has the axis K: weights = all */
    int32_t weight_rows, weight_columns;
    int32_t version; /* of the file's format */
} archive_layout;

/* One dataset.  type is one of HDF5's own, not to be closed. */
typedef struct archive_object {
    const char *path;
    hid_t type;
    int rank;
    hsize_t dims[H5S_MAX_RANK];
    size_t replica_bytes; /* bytes of one replica */
    const char *description, *units;
} archive_object;

/* Errors: DYSON_BAD_DATA where the file would be larger than a file can be. */
int archive_layout_of(const dyson_spec *spec, const dyson_system *system, archive_layout *layout,
                      dyson_error *error);

bool archive_has(const archive_layout *layout, archive_part part);
archive_object archive_object_of(const archive_layout *layout, archive_part part);

/* Bytes of one replica, and of the whole part. */
size_t archive_replica_bytes(const archive_layout *layout, archive_part part);
int64_t archive_part_bytes(const archive_layout *layout, archive_part part);

/* "target_kernel" is stored as /target/kernel. */
void archive_matrix_path(const dyson_key *key, char *path, size_t size);

#endif
