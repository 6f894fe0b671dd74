/* merge.h: the points of several ensemble files as one list. */
#ifndef DYSON_STATISTICS_MERGE_H
#define DYSON_STATISTICS_MERGE_H

#include "dyson/archive.h"

/* Replicas of a point that stand in one file. */
typedef struct dyson_source {
    size_t file, point;    /* where */
    uint64_t stream;       /* with the replica number, what a replica is */
    int64_t first_replica; /* number of the first */
    int64_t replicas;
} dyson_source;

typedef struct dyson_merged_point {
    dyson_source *source; /* ascending (stream as first met, first_replica) */
    size_t sources;
} dyson_merged_point;

typedef struct dyson_merged {
    dyson_reader **reader; /* files */
    uint8_t **status;      /* files: P x R, a dyson_status each, as they were when judged */
    size_t *snapshot;      /* files: index of the snapshot that is analysed */
    size_t files;
    int64_t update; /* its update number */
    int64_t
        previous; /* that of the snapshot before it; -1 where it is the start, or not the same */
    /* The snapshot from which means should not have moved: the latest that is before by the longest
     * predicted relaxation time at least, or where there is none the earliest; not the start; -1
     * where there is none, or not the same in all files. */
    int64_t earlier;
    dyson_merged_point *point;
    size_t points;
    const int64_t *updates; /* snapshots: update numbers, owned by the first reader */
    size_t snapshots;       /* 0 where the files do not have the same */
    int64_t *visited;       /* visits: those that every file has, ascending */
    size_t visits;
} dyson_merged;

/* Local.  Opens the files; snapshot as in dyson_analysis_create.  After a failure none is open. */
int dyson_merged_open(const char *const *paths, size_t files, int64_t snapshot,
                      dyson_merged *merged, dyson_error *error);

/* Collective: what each replica is, each rank reading its share of every file once.  From then on
 * that stands, also where a run goes on writing.  Refuses (DYSON_BAD_DATA) a replica that two
 * files hold the results of, and files in which none is done. */
int dyson_merged_judge(dyson_merged *merged, MPI_Comm comm, dyson_error *error);

void dyson_merged_close(dyson_merged *merged);

/* Whole spectra of replicas that are done, at the updates that are visited. */
typedef struct dyson_chunk {
    size_t count, snapshots, levels;
    const double *x; /* count x snapshots x levels, levels descending */
} dyson_chunk;

/* Index of an update among a file's snapshots, or SIZE_MAX. */
size_t dyson_snapshot_of(const dyson_merged *merged, size_t file, int64_t update);

/* Place of an update among those visited; their number where it is none of them. */
size_t dyson_merged_place(const dyson_merged *merged, int64_t update);

/* Visits the replicas that are done, in order, counted through the sources, from `first` to before
 * `last`, a chunk of some of them at a time: half a megabyte, or one replica.  Ends where a visit
 * fails. */
typedef int dyson_visit(void *context, const dyson_chunk *chunk, dyson_error *error);
int dyson_merged_visit(const dyson_merged *merged, size_t point, size_t first, size_t last,
                       dyson_visit *visit, void *context, dyson_error *error);

/* Replicas of a point per dyson_status. */
void dyson_merged_count(const dyson_merged *merged, size_t point, int64_t counts[DYSON_STATUSES]);
/* Replicas of a point that are done. */
size_t dyson_merged_done(const dyson_merged *merged, size_t point);

/* Whether every file has W of all its snapshots. */
bool dyson_merged_has_weights(const dyson_merged *merged);

/* W at an update of replicas [first, first + count) of a source: count x rows x columns. */
int dyson_merged_weights(const dyson_merged *merged, const dyson_source *source, int64_t update,
                         int64_t first, int64_t count, double *weights, dyson_error *error);

/* What a model and a system predict for a level of a merged point. */
dyson_prediction dyson_merged_predict(const dyson_merged *merged, size_t point, int level);

#endif
