/* store.h: an HDF5 file of results, made in memory and put on disk as a whole, with one sticky
 * failure.  HDF5 1.10 does not survive a disk that is full when it closes a file; and no reader
 * ever sees half of one. */
#ifndef DYSON_BASE_STORE_H
#define DYSON_BASE_STORE_H

#include "base/hdf5.h"

/* After a failure every call does nothing: what failed first is in error. */
typedef struct store {
    const char *path;
    hid_t file;
    dyson_error *error;
} store;

/* Starts an empty file in memory that is to be at path.  A file that is there already may be
 * replaced only where it has the integer attribute `mark`, which only a "KIND file" has.
 * Errors: DYSON_CANNOT_CREATE, DYSON_INTERNAL; after one there is nothing to publish. */
int store_create(store *writer, const char *path, const char *kind, const char *mark,
                 dyson_error *error);
/* Ends it, whether sound or not; if sound, it is written beside path, synced and renamed.  Errors:
 * what failed first, DYSON_CANNOT_CREATE, DYSON_IO. */
int store_publish(store *writer);

/* A group, with its parents; attributes of a group or, for "/", of the file. */
void store_group(store *writer, const char *name);
void store_text(store *writer, const char *object, const char *name, const char *text);
void store_texts(store *writer, const char *object, const char *name, size_t count,
                 const char *const *texts);
void store_integer(store *writer, const char *object, const char *name, int64_t number);
void store_real(store *writer, const char *object, const char *name, double number);

/* A dataset of rows x columns (columns 0: one-dimensional) of `type`, as H5T_NATIVE_*. */
void store_dataset(store *writer, const char *group, const char *name, hid_t type, size_t rows,
                   size_t columns, const void *data, const char *description, const char *units);
/* The same of any rank >= 1. */
void store_box(store *writer, const char *group, const char *name, hid_t type, int rank,
               const hsize_t *dims, const void *data, const char *description, const char *units);

#endif
