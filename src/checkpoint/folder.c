/* folder.c: names, heads and the end of checkpoint files. */
#include "checkpoint/folder.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

int dyson_checkpoints_create(const char *output, uint64_t identity, double seconds,
                             dyson_checkpoints **checkpoints, dyson_error *error)
{
    dyson_checkpoints *const new = calloc(1, sizeof *new);
    *checkpoints = NULL;
    if (new == NULL || asprintf(&new->folder, "%s.checkpoints", output) < 0) {
        free(new);
        return dyson_fail(error, DYSON_INTERNAL, "out of memory");
    }
    new->identity = identity;
    new->seconds = seconds;
    *checkpoints = new;
    return DYSON_OK;
}

void dyson_checkpoints_destroy(dyson_checkpoints *checkpoints)
{
    if (checkpoints == NULL)
        return;
    free(checkpoints->folder);
    free(checkpoints);
}

double dyson_checkpoints_seconds(const dyson_checkpoints *checkpoints)
{
    return checkpoints->seconds;
}

char *checkpoint_name(const dyson_checkpoints *checkpoints, int64_t point, int64_t replica,
                      int generation)
{
    char *name;
    return asprintf(&name, "%s/%016" PRIx64 "-point-%" PRId64 "-replica-%" PRId64 ".%d.checkpoint",
                    checkpoints->folder, checkpoints->identity, point, replica, generation) < 0
               ? NULL
               : name;
}

uint32_t checkpoint_head_checksum(const checkpoint_head *head)
{
    return (uint32_t)crc32_z(0, (const unsigned char *)head, offsetof(checkpoint_head, checksum));
}

static bool is_zero(const checkpoint_head *head)
{
    static const checkpoint_head none;
    return memcmp(head, &none, sizeof none) == 0;
}

checkpoint_find checkpoint_head_read(const dyson_checkpoints *checkpoints, const char *path,
                                     checkpoint_head *head)
{
    struct stat file = {0};
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    checkpoint_find found = CHECKPOINT_DAMAGED;
    if (descriptor < 0)
        return errno == ENOENT || errno == ENOTDIR ? CHECKPOINT_NONE : CHECKPOINT_UNREADABLE;
    int cause = fstat(descriptor, &file) != 0 ? errno : 0;
    if (cause == 0 && file.st_size == 0)
        found = CHECKPOINT_NONE;
    else if (cause == 0 && file.st_size >= (off_t)sizeof *head &&
             (cause = file_read_at(descriptor, head, sizeof *head, 0)) == 0)
        found = is_zero(head) ? CHECKPOINT_NONE
                : memcmp(head->magic, CHECKPOINT_MAGIC, sizeof head->magic) == 0 &&
                        head->checksum == checkpoint_head_checksum(head) &&
                        head->identity == checkpoints->identity
                    ? CHECKPOINT_SOUND
                    : CHECKPOINT_DAMAGED;
    close(descriptor);
    errno = cause;
    return cause != 0 ? CHECKPOINT_UNREADABLE : found;
}

void dyson_checkpoint_drop(const dyson_checkpoints *checkpoints, int64_t point, int64_t replica)
{
    for (int g = 0; g < CHECKPOINT_GENERATIONS; g++) {
        char *const name = checkpoint_name(checkpoints, point, replica, g);
        if (name != NULL)
            unlink(name); /* mostly there is none; one that stays is never read again */
        free(name);
    }
}

/* The next file of the folder that has a checkpoint's name. */
typedef struct checkpoint_file {
    uint64_t identity;
    int64_t point, replica;
    int generation;
} checkpoint_file;

static bool next_file(DIR *folder, checkpoint_file *file)
{
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        int length = 0;
        sscanf(entry->d_name, "%16" SCNx64 "-point-%" SCNd64 "-replica-%" SCNd64 ".%d.checkpoint%n",
               &file->identity, &file->point, &file->replica, &file->generation, &length);
        if (length > 0 && entry->d_name[length] == '\0')
            return true;
    }
    return false;
}

/* The update of the latest sound head of a replica, or -1; *first: of its first generation that has
 * one. */
static int64_t latest_update(const dyson_checkpoints *checkpoints, int64_t point, int64_t replica,
                             int *first)
{
    int64_t latest = -1;
    *first = -1;
    for (int g = CHECKPOINT_GENERATIONS - 1; g >= 0; g--) {
        checkpoint_head head;
        char *const name = checkpoint_name(checkpoints, point, replica, g);
        if (name != NULL && checkpoint_head_read(checkpoints, name, &head) == CHECKPOINT_SOUND) {
            latest = head.update > latest ? head.update : latest;
            *first = g;
        }
        free(name);
    }
    return latest;
}

int64_t dyson_checkpoints_count(const dyson_checkpoints *checkpoints, int64_t *least, int64_t *most)
{
    DIR *const folder = opendir(checkpoints->folder);
    checkpoint_file file;
    int64_t count = 0;
    int first;
    *least = INT64_MAX;
    *most = -1;
    while (folder != NULL && next_file(folder, &file)) {
        if (file.identity != checkpoints->identity)
            continue;
        const int64_t update = latest_update(checkpoints, file.point, file.replica, &first);
        if (file.generation != first) /* each replica once */
            continue;
        *least = update < *least ? update : *least;
        *most = update > *most ? update : *most;
        count++;
    }
    if (folder != NULL)
        closedir(folder);
    return count;
}

void dyson_checkpoints_clear(const dyson_checkpoints *checkpoints, bool all)
{
    DIR *const folder = opendir(checkpoints->folder);
    dyson_checkpoints of = *checkpoints;
    checkpoint_file file;
    while (folder != NULL && next_file(folder, &file)) {
        of.identity = file.identity;
        if (all || file.identity == checkpoints->identity)
            dyson_checkpoint_drop(&of, file.point, file.replica);
    }
    if (folder != NULL)
        closedir(folder);
    rmdir(checkpoints->folder); /* unless there is something in it */
}
