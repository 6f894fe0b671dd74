/* file.h: what is asked of the file system.  Local. */
#ifndef DYSON_BASE_FILE_H
#define DYSON_BASE_FILE_H

#include "dyson/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes the write lock that goes with this open file until it is closed, also by a kill.  An
 * open-file (OFD) lock: advisory, between runs of this program; readers take none and HDF5's
 * own, by flock, does not meet it.  False where another holds it; a file system without locks
 * counts as free. */
bool file_lock(int descriptor);

/* Whether path names this open file. */
bool file_is(int descriptor, const char *path);

/* Reserves blocks for bytes [0, size), so that later writes into them find room.  Where the file
 * system cannot, the free space is compared.  Errors: code, with needed and free bytes. */
int file_reserve(int descriptor, int64_t size, const char *path, int code, dyson_error *error);

/* Writes or reads all of size bytes at offset.  Return 0, or errno (EIO for an early end of
 * file). */
int file_write_at(int descriptor, const void *bytes, size_t size, int64_t offset);
int file_read_at(int descriptor, void *bytes, size_t size, int64_t offset);

/* Forces the entry of path in its folder to stable storage.  Returns 0, or errno. */
int file_sync_folder(const char *path);

/* Renames without replacing an existing file, or replacing it.  Returns 0, or errno. */
int file_rename(const char *from, const char *to, bool replace);

/* The path without symbolic links or a working folder before its last part, a new string, or NULL
 * with errno set. */
char *file_absolute_name(const char *path);

/* "FOLDER/.NAME.partial" of "FOLDER/NAME", a new string, or NULL. */
char *file_partial_name(const char *path);

/* Opens for writing by several ranks, nodes included; waits a few seconds for a file that
 * another node has just made.  Returns a descriptor, or -1 with errno set. */
int file_open_shared(const char *path);

#endif
