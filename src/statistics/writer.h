/* writer.h: datasets and attributes of the statistics file, with one sticky failure. */
#ifndef DYSON_STATISTICS_WRITER_H
#define DYSON_STATISTICS_WRITER_H

#include "base/hdf5.h"

/* After a failure every call does nothing: what failed first is in error. */
typedef struct stats_writer {
    const char *path;
    hid_t file;
    dyson_error *error;
} stats_writer;

/* A group, with its parents; attributes of a group or, for "/", of the file. */
void stats_group(stats_writer *writer, const char *name);
void stats_text(stats_writer *writer, const char *object, const char *name, const char *text);
void stats_texts(stats_writer *writer, const char *object, const char *name, size_t count,
                 const char *const *texts);
void stats_integer(stats_writer *writer, const char *object, const char *name, int64_t number);
void stats_real(stats_writer *writer, const char *object, const char *name, double number);

/* A dataset of rows x columns (columns 0: one-dimensional) of `type`, as H5T_NATIVE_*; units are
 * those of everything here, dimensionless, but for counts. */
void stats_dataset(stats_writer *writer, const char *group, const char *name, hid_t type,
                   size_t rows, size_t columns, const void *data, const char *description,
                   const char *units);
/* The same of any rank >= 1. */
void stats_box(stats_writer *writer, const char *group, const char *name, hid_t type, int rank,
               const hsize_t *dims, const void *data, const char *description, const char *units);

#endif
