/* hdf5.h: what every user of HDF5 in this program needs.  Local; no MPI. */
#ifndef DYSON_BASE_HDF5_H
#define DYSON_BASE_HDF5_H

#include "dyson/error.h"

#include <hdf5.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HDF5_CAUSE 160

/* Keeps HDF5 from printing its error stack. Call once before other uses of the library; cheap. */
void hdf5_silence(void);

/* The innermost cause of the last failure, for a one-line message; returns cause. */
const char *hdf5_cause(char cause[HDF5_CAUSE]);

/* Opens a file for reading, without HDF5's file lock, so that a running program's file can be read.
 * Errors: DYSON_NO_INPUT, DYSON_BAD_DATA (not an HDF5 file, or damaged). */
int hdf5_open(const char *path, hid_t *file, dyson_error *error);

/* Writers.  Each returns 0, or non-zero with the cause left to hdf5_cause.  Text is UTF-8, of
 * variable length (h5py gives str), or of fixed length (h5py gives bytes) where this program
 * reads it again: then it lies in the object's header, which has a checksum, and not in a heap
 * that has none and damage to which HDF5 1.10 does not always survive. */
int hdf5_put_text(hid_t object, const char *name, const char *text);
int hdf5_put_fixed_text(hid_t object, const char *name, const char *text);
int hdf5_put_integer(hid_t object, const char *name, int64_t number); /* int64 */
int hdf5_describe(hid_t dataset, const char *description, const char *units);

/* Readers of attributes of any file, sound or not.  Text (of fixed length) is a new string,
 * which the caller frees.  Each returns 0, or non-zero where there is no such attribute of a
 * fitting type. */
int hdf5_get_text(hid_t object, const char *name, char **text);
int hdf5_get_integer(hid_t object, const char *name, int64_t *number);

/* Whether a dataset has exactly this type (as stored) and this shape. */
bool hdf5_has_shape(hid_t dataset, hid_t type, int rank, const hsize_t *dims);

#endif
