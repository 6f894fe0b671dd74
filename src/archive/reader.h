/* reader.h: an ensemble file open for reading.  Local; no MPI. */
#ifndef DYSON_ARCHIVE_READER_H
#define DYSON_ARCHIVE_READER_H

#include "archive/layout.h"

struct dyson_reader {
    char *path;
    hid_t file;
    hid_t dataset[PART_COUNT]; /* -1 where absent */
    hid_t session;
    dyson_provenance provenance; /* its strings are freed with the reader */
    dyson_spec *spec;
    dyson_system *system;
    archive_layout layout;
};

/* Reads the texts and numbers at the root of the file.  Errors: DYSON_BAD_DATA. */
int reader_get_provenance(dyson_reader *reader, dyson_error *error);
void reader_free_provenance(dyson_provenance *provenance);

/* Whether a small dataset, of count elements of a type of 8 bytes, has the checksum that is stored
 * with it.  Files of format version 1 have none: true. */
bool reader_checksum_holds(const dyson_reader *reader, hid_t dataset, hid_t type, size_t count);

/* Compares the small datasets with what the spec says they hold.  Errors: DYSON_BAD_DATA. */
int reader_check_contents(dyson_reader *reader, dyson_error *error);

/* Reads count replicas of a part into the caller's bytes.  Errors: DYSON_IO. */
int reader_get(dyson_reader *reader, archive_part part, size_t point, int64_t first, int64_t count,
               void *bytes, dyson_error *error);

#endif
