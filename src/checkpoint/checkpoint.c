/* checkpoint.c: one state to a file, and back, by all ranks of a team.
 *
 * A file is its head, the eigenvalues and weights of the snapshots taken, and from the next page on
 * the records of the state's blocks (tiles.h).  While it is written its head is zeros; the head is
 * put in place once every rank's bytes are on stable storage. */
#include "checkpoint/folder.h"
#include "checkpoint/tiles.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static size_t eigenvalues_bytes(const dyson_checkpoint *state)
{
    return (size_t)state->snapshots * state->levels * sizeof(double);
}

static size_t weights_bytes(const dyson_checkpoint *state)
{
    return (size_t)state->snapshots * state->weight_size * sizeof(double);
}

static tile_records records_of(const dyson_checkpoint *state, const dyson_team *team,
                               int descriptor)
{
    const int64_t before =
        (int64_t)(sizeof(checkpoint_head) + eigenvalues_bytes(state) + weights_bytes(state));
    return (tile_records){
        .descriptor = descriptor,
        .offset = (before + TILE_PAGE - 1) / TILE_PAGE * TILE_PAGE,
        .update = state->update,
        .block = team != NULL ? team->block : DYSON_TEAM_BLOCK,
        .parts = state->parts,
        .part = state->part,
    };
}

double dyson_checkpoint_bytes(const dyson_checkpoint *state)
{
    const tile_records records = records_of(state, NULL, -1);
    return CHECKPOINT_GENERATIONS * (double)(records.offset + tile_records_bytes(&records));
}

static uint32_t checksum(const double *numbers, size_t bytes)
{
    return (uint32_t)crc32_z(0, (const unsigned char *)numbers, bytes);
}

static checkpoint_head head_of(const dyson_checkpoints *c, const dyson_checkpoint *state,
                               const dyson_team *team)
{
    checkpoint_head head = {
        .magic = CHECKPOINT_MAGIC,
        .identity = c->identity,
        .point = state->point,
        .replica = state->replica,
        .update = state->update,
        .snapshots = state->snapshots,
        .levels = (int64_t)state->levels,
        .weight_size = (int64_t)state->weight_size,
        .block = team != NULL ? team->block : DYSON_TEAM_BLOCK,
        .parts = state->parts,
    };
    for (int i = 0; i < state->parts; i++) {
        head.rows[i] = state->part[i].rows;
        head.columns[i] = state->part[i].columns;
        head.lower[i] = state->part[i].lower;
    }
    return head;
}

/* ---- saving ---- */

/* The root: a void file, with its folder. */
static int begin(const dyson_checkpoints *c, const char *name)
{
    static const checkpoint_head none;
    if (mkdir(c->folder, 0777) != 0 && errno != EEXIST)
        return errno;
    const int descriptor = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    int cause = descriptor < 0 ? errno : file_write_at(descriptor, &none, sizeof none, 0);
    if (cause == 0 && fsync(descriptor) != 0)
        cause = errno;
    if (descriptor >= 0)
        close(descriptor);
    if (cause == 0)
        cause = file_sync_folder(name);
    return cause != 0 ? cause : file_sync_folder(c->folder);
}

/* What this rank has of it. */
static int put_own(const dyson_checkpoint *state, const dyson_team *team, int descriptor)
{
    const tile_records records = records_of(state, team, descriptor);
    const int64_t offset = (int64_t)sizeof(checkpoint_head);
    int cause = tile_records_write(&records);
    if (cause == 0 && dyson_team_root(team))
        cause = file_write_at(descriptor, state->eigenvalues, eigenvalues_bytes(state), offset);
    if (cause == 0 && dyson_team_root(team) && state->weight_size > 0)
        cause = file_write_at(descriptor, state->weights, weights_bytes(state),
                              offset + (int64_t)eigenvalues_bytes(state));
    return cause == 0 && fsync(descriptor) != 0 ? errno : cause;
}

/* The root: the file is good. */
static int finish(const dyson_checkpoints *c, const dyson_checkpoint *state, const dyson_team *team,
                  int descriptor)
{
    checkpoint_head head = head_of(c, state, team);
    head.eigenvalues_checksum = checksum(state->eigenvalues, eigenvalues_bytes(state));
    if (state->weight_size > 0)
        head.weights_checksum = checksum(state->weights, weights_bytes(state));
    head.checksum = checkpoint_head_checksum(&head);
    const int cause = file_write_at(descriptor, &head, sizeof head, 0);
    return cause == 0 && fsync(descriptor) != 0 ? errno : cause;
}

/* Collective: this rank's outcome becomes everyone's. */
static int agree(const char *name, int cause, const dyson_team *team, dyson_error *error)
{
    if (cause != 0)
        dyson_fail(error, DYSON_IO, "cannot write the checkpoint %s: %s", name, strerror(cause));
    return dyson_team_agree(team, error);
}

int dyson_checkpoint_save(dyson_checkpoints *checkpoints, const dyson_checkpoint *state,
                          const dyson_team *team, dyson_error *error)
{
    const dyson_checkpoints *const c = checkpoints;
    char *const name = checkpoint_name(c, state->point, state->replica, c->next);
    int descriptor = -1, cause = name == NULL ? ENOMEM : 0;
    if (cause == 0 && dyson_team_root(team))
        cause = begin(c, name);
    if (agree(name, cause, team, error) == DYSON_OK) {
        descriptor = file_open_shared(name);
        cause = descriptor < 0 ? errno : put_own(state, team, descriptor);
        agree(name, cause, team, error);
    }
    if (error->code == DYSON_OK) {
        cause = dyson_team_root(team) ? finish(c, state, team, descriptor) : 0;
        agree(name, cause, team, error);
    }
    if (error->code == DYSON_OK)
        checkpoints->next = (c->next + 1) % CHECKPOINT_GENERATIONS;
    if (descriptor >= 0)
        close(descriptor);
    free(name);
    return error->code;
}

/* ---- loading ---- */

static int fail_reading(const char *name, int cause, dyson_error *error)
{
    return dyson_fail(error, DYSON_IO, "cannot read the checkpoint %s: %s",
                      name != NULL ? name : "", strerror(cause));
}

static void tell_damage(const char *name, const char *what)
{
    fprintf(stderr, "dyson: the checkpoint %s is damaged (%s); it is not used\n",
            name != NULL ? name : "", what);
}

/* Whether a head speaks of such a state, cut into such blocks. */
static bool fits(const dyson_checkpoints *c, const dyson_checkpoint *state, const dyson_team *team,
                 const checkpoint_head *found)
{
    checkpoint_head expected = head_of(c, state, team);
    expected.update = found->update;
    expected.snapshots = found->snapshots;
    expected.eigenvalues_checksum = found->eigenvalues_checksum;
    expected.weights_checksum = found->weights_checksum;
    expected.checksum = found->checksum;
    return memcmp(&expected, found, sizeof expected) == 0;
}

/* What this rank needs of it. */
static int get_own(dyson_checkpoint *state, const dyson_team *team, const checkpoint_head *head,
                   int descriptor)
{
    const tile_records records = records_of(state, team, descriptor);
    const int64_t offset = (int64_t)sizeof(checkpoint_head);
    int cause = tile_records_read(&records);
    if (cause != 0 || !dyson_team_root(team))
        return cause;
    cause = file_read_at(descriptor, state->eigenvalues, eigenvalues_bytes(state), offset);
    if (cause == 0 &&
        checksum(state->eigenvalues, eigenvalues_bytes(state)) != head->eigenvalues_checksum)
        return EILSEQ;
    if (cause != 0 || state->weight_size == 0)
        return cause;
    cause = file_read_at(descriptor, state->weights, weights_bytes(state),
                         offset + (int64_t)eigenvalues_bytes(state));
    if (cause == 0 && checksum(state->weights, weights_bytes(state)) != head->weights_checksum)
        return EILSEQ;
    return cause;
}

/* Collective: the head of each generation, as the root finds it; update -1 where there is none.
 * *damaged: there is one that is not sound. */
static int find(const dyson_checkpoints *c, const dyson_checkpoint *state, const dyson_team *team,
                checkpoint_head heads[CHECKPOINT_GENERATIONS], bool *damaged, dyson_error *error)
{
    int bad = 0;
    for (int g = 0; g < CHECKPOINT_GENERATIONS && dyson_team_root(team); g++) {
        char *const name = checkpoint_name(c, state->point, state->replica, g);
        const checkpoint_find found =
            name == NULL ? CHECKPOINT_UNREADABLE : checkpoint_head_read(c, name, &heads[g]);
        if (found == CHECKPOINT_UNREADABLE)
            fail_reading(name, errno, error);
        if (found == CHECKPOINT_DAMAGED ||
            (found == CHECKPOINT_SOUND && !fits(c, state, team, &heads[g]))) {
            tell_damage(name, "it does not begin as it should");
            bad = 1;
        } else if (found == CHECKPOINT_SOUND) {
            free(name);
            continue;
        }
        heads[g].update = -1;
        free(name);
    }
    if (dyson_team_agree(team, error) == DYSON_OK && team != NULL) {
        MPI_Bcast(heads, CHECKPOINT_GENERATIONS * (int)sizeof *heads, MPI_BYTE, 0, team->comm);
        MPI_Bcast(&bad, 1, MPI_INT, 0, team->comm);
    }
    *damaged = bad != 0;
    return error->code;
}

/* Collective: reads one generation; *good: every rank has what it needs of it.  Damage is a wrong
 * checksum, or EIO: an early end, or a disk that cannot read it. */
static int load(const dyson_checkpoints *c, dyson_checkpoint *state, const dyson_team *team,
                const checkpoint_head *head, int generation, bool *good, dyson_error *error)
{
    char *const name = checkpoint_name(c, state->point, state->replica, generation);
    const int descriptor = name == NULL ? -1 : open(name, O_RDONLY | O_CLOEXEC);
    state->update = head->update;
    state->snapshots = head->snapshots;
    const int cause = descriptor < 0 ? errno : get_own(state, team, head, descriptor);
    const bool damaged = cause == EILSEQ || (descriptor >= 0 && cause == EIO);
    if (damaged)
        tell_damage(name, cause == EILSEQ ? "wrong checksum" : strerror(cause));
    else if (cause != 0)
        fail_reading(name, cause, error);
    if (descriptor >= 0)
        close(descriptor);
    free(name);
    *good = !dyson_team_any(team, damaged);
    return dyson_team_agree(team, error);
}

int dyson_checkpoint_load(dyson_checkpoints *checkpoints, dyson_checkpoint *state,
                          const dyson_team *team, dyson_checkpoint_outcome *outcome,
                          dyson_error *error)
{
    dyson_checkpoints *const c = checkpoints;
    checkpoint_head heads[CHECKPOINT_GENERATIONS] = {0};
    bool damaged = false;
    c->next = 0;
    *outcome = DYSON_CHECKPOINT_NONE;
    if (find(c, state, team, heads, &damaged, error) != DYSON_OK)
        return error->code;
    for (int tries = 0; tries < CHECKPOINT_GENERATIONS; tries++) {
        const int latest = heads[1].update > heads[0].update;
        if (heads[latest].update < 0)
            break;
        c->next = (latest + 1) % CHECKPOINT_GENERATIONS;
        bool good;
        if (load(c, state, team, &heads[latest], latest, &good, error) != DYSON_OK)
            return error->code;
        if (good) {
            *outcome = DYSON_CHECKPOINT_GOOD;
            return DYSON_OK;
        }
        damaged = true;
        heads[latest].update = -1;
    }
    *outcome = damaged ? DYSON_CHECKPOINT_DAMAGED : DYSON_CHECKPOINT_NONE;
    return DYSON_OK;
}
