/* scan.h: what can be believed of the replicas in a file. Local. */
#ifndef DYSON_ARCHIVE_SCAN_H
#define DYSON_ARCHIVE_SCAN_H

#include "archive/layout.h"

/* Reads count replicas of a point from a part; the two ways to read a file each give one. */
typedef int archive_fetch(void *source, archive_part part, size_t point, int64_t first,
                          int64_t count, void *bytes, dyson_error *error);

/* Called for every replica of a scan, in ascending order.  Returns 0, or a code to end the scan
 * with. */
typedef int archive_visit(void *context, size_t point, int64_t replica, dyson_status verdict,
                          dyson_error *error);

/* Scans the replicas with numbers [from, to) on the axis point * R + replica, in bounded memory. */
int archive_scan(const archive_layout *layout, archive_fetch *fetch, void *source, int64_t from,
                 int64_t to, archive_visit *visit, void *context, dyson_error *error);

/* CRC-32 of size bytes. */
uint32_t archive_checksum(const void *bytes, size_t size);

/* CRC-32 of a whole dataset of count elements of a type of 8 bytes, as they are stored.  Returns
 * 0, or non-zero where it cannot be read. */
int archive_dataset_checksum(hid_t dataset, hid_t type, size_t count, uint32_t *sum);

#endif
