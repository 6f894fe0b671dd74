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
} dyson_merged;

/* Local.  Opens the files; snapshot as in dyson_analysis_create.  After a failure none is open. */
int dyson_merged_open(const char *const *paths, size_t files, int64_t snapshot,
                      dyson_merged *merged, dyson_error *error);

/* Collective: what each replica is, each rank reading its share of every file once.  From then on
 * that stands, also where a run goes on writing.  Refuses (DYSON_BAD_DATA) a replica that two
 * files hold the results of, and files in which none is done. */
int dyson_merged_judge(dyson_merged *merged, MPI_Comm comm, dyson_error *error);

void dyson_merged_close(dyson_merged *merged);

/* Levels [level, level + levels) of the replicas of a point that are done, at the snapshot that is
 * analysed: *x is *n x levels, the caller's to free.  counts (may be NULL): replicas per
 * dyson_status. */
int dyson_merged_levels(const dyson_merged *merged, size_t point, int level, int levels, double **x,
                        size_t *n, int64_t counts[DYSON_STATUSES], dyson_error *error);

/* The same at update number `update`, of which every file must have a snapshot. */
int dyson_merged_levels_at(const dyson_merged *merged, size_t point, int64_t update, int level,
                           int levels, double **x, size_t *n, int64_t counts[DYSON_STATUSES],
                           dyson_error *error);

/* Visits whole spectra of the replicas that are done, counted through the sources, from `first` to
 * before `last`: for each replica all snapshots that the files have in common, t from 0, or where
 * these differ the one that is analysed, as t = 0.  Holds a few spectra at a time. */
typedef void dyson_visit(void *context, size_t t, const double *x);
int dyson_merged_visit(const dyson_merged *merged, size_t point, size_t first, size_t last,
                       dyson_visit *visit, void *context, dyson_error *error);
/* Replicas of a point that are done. */
size_t dyson_merged_done(const dyson_merged *merged, size_t point);

/* Whether every file has a snapshot of an update; and, with its W, of all snapshots. */
bool dyson_merged_has(const dyson_merged *merged, int64_t update);
bool dyson_merged_has_weights(const dyson_merged *merged);

/* W at an update of replicas [first, first + count) of a source: count x rows x columns. */
int dyson_merged_weights(const dyson_merged *merged, const dyson_source *source, int64_t update,
                         int64_t first, int64_t count, double *weights, dyson_error *error);

/* What a model and a system predict for a level of a merged point. */
dyson_prediction dyson_merged_predict(const dyson_merged *merged, size_t point, int level);

#endif
