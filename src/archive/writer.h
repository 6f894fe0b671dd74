/* writer.h: an ensemble file open for writing, on every rank.
 *
 * HDF5 makes the file, on rank 0, and is then closed for good: a dataset that is contiguous and
 * allocated lies at one fixed offset (H5Dget_offset), and each rank writes its replicas there
 * with pwrite(2). So nothing of the file's structure is ever rewritten, whenever a rank is
 * killed, no rank but 0 reads HDF5 metadata, and every failure of a write is seen with its
 * cause.  (MPI-IO was tried: with Open MPI 4.1's ompio a write to a full disk returns
 * MPI_SUCCESS with a smaller count; HDF5 then fails, without saying why.) */
#ifndef DYSON_ARCHIVE_WRITER_H
#define DYSON_ARCHIVE_WRITER_H

#include "archive/layout.h"

/* Where the datasets are. Plain numbers, sent from rank 0 to all. */
typedef struct archive_map {
    archive_layout layout;
    int64_t offset[PART_COUNT]; /* bytes from the start of the file; -1 where absent */
    int64_t session;            /* of /session */
    int64_t size;               /* of the file */
    uint64_t inode;
    uint64_t identity; /* dyson_archive_identity */
    double token;      /* in /session while the archive is being attached */
} archive_map;

struct dyson_archive {
    MPI_Comm comm; /* a duplicate */
    int rank;
    char *path;     /* as the user gave it */
    char *location; /* the same for this process wherever it works */
    double looked;  /* when the file was last seen there, in seconds */
    int descriptor; /* for data, each rank its own */
    int lock;       /* rank 0: the descriptor that holds the lock; -1 elsewhere */
    archive_map map;
};

/* Collective.  Makes the archive of what rank 0 has prepared: its outcome so far in error, its map
 * and lock.  Every rank opens path, or where partial is true the partial file that is to get that
 * name, and sees to it that it is the same file: with the same number, and a random number that
 * rank 0 has just written into it (two local disks may well hold copies of one file under one file
 * number).  Takes over lock. */
int archive_attach(const char *path, bool partial, int lock, const archive_map *map, MPI_Comm comm,
                   dyson_archive **archive, dyson_error *error);

/* Local.  Whether the file is still under its name: one that was deleted, or whose file system was
 * unmounted, takes all writes and keeps none.  Errors: DYSON_IO. */
int archive_look(dyson_archive *archive, dyson_error *error);

/* Collective where archive is not NULL.  Closes without a word. */
void archive_destroy(dyson_archive *archive);

/* Local.  Finds the parts' offsets and the identity; file is open with HDF5.  Errors:
 * DYSON_BAD_DATA where a part is not contiguous and allocated (a file rewritten by other tools), or
 * an attribute is missing. */
int archive_map_of(hid_t file, const char *path, const archive_layout *layout, archive_map *map,
                   dyson_error *error);

/* Local.  dyson_archive_identity of a file open with HDF5.  Errors: DYSON_BAD_DATA. */
int archive_identify(hid_t file, const char *path, uint64_t *identity, dyson_error *error);

/* Local.  Makes the file at path (an existing one is emptied) with all objects and attributes,
 * pending everywhere. */
int archive_build(const char *path, const dyson_spec *spec, const dyson_system *system,
                  const char *kernel, int ranks, const char *hosts, archive_map *map,
                  dyson_error *error);

/* Collective.  The distinct names of the nodes, separated by blanks: a new string on rank 0,
 * NULL on the others. */
int archive_hosts(MPI_Comm comm, char **hosts, dyson_error *error);

#endif
