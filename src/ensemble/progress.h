/* progress.h: what the user sees of a run, on stderr of rank 0.  Local. */
#ifndef DYSON_ENSEMBLE_PROGRESS_H
#define DYSON_ENSEMBLE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct progress {
    bool silent;      /* --quiet, or another rank than 0 */
    bool terminal;    /* one redrawn line, otherwise lines for a log */
    bool drawn;       /* a line stands on the terminal, without a newline */
    double next;      /* seconds since the start when the next line is due */
    int64_t replicas; /* of the whole file */
    int64_t earlier;  /* of those, done before this session */
    double cost;      /* of the whole file, any unit */
    double earlier_cost;
} progress;

/* Where this session stands. */
typedef struct progress_state {
    double seconds;  /* since its start */
    double replicas; /* done */
    double diverged; /* of those */
    double cost;     /* done, blocks in work in part; unit of progress.cost */
    double resumed;  /* cost of what checkpoints of earlier sessions held of these blocks */
    double updates;  /* replica-updates */
} progress_state;

void progress_begin(progress *p, bool silent);

/* Shows where the run stands, as often as is becoming: ten times a second on a terminal; in a log
 * after two seconds, then every 30. */
void progress_show(progress *p, const progress_state *state);

/* A message of its own line. */
void progress_say(progress *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "0:01:12"; "?" where not finite. */
const char *progress_clock(double seconds, char text[32]);

#endif
