/* heartbeat.c: a sequence of nonblocking sums.
 *
 * A beat begins on a rank when the one before is complete there and BEAT_SECONDS have passed, or at
 * once when the rank has something urgent to say; it completes when all ranks have begun it.  So a
 * notice takes at most BEAT_SECONDS plus the time the slowest rank needs between two polls, times
 * the depth of the sum's tree. */
#include "ensemble/heartbeat.h"

#include "base/clock.h"

#include <string.h>

#define BEAT_SECONDS 0.1

void heartbeat_begin(heartbeat *h, MPI_Comm comm)
{
    memset(h, 0, sizeof *h);
    h->comm = comm;
    h->request = MPI_REQUEST_NULL;
    MPI_Comm_size(comm, &h->ranks);
    h->began = clock_seconds();
}

static bool verdict(const heartbeat *h)
{
    return h->all[BEAT_SIGNAL] > 0 || h->all[BEAT_TIME] > 0 || h->all[BEAT_FAILED] > 0 ||
           h->all[BEAT_FINISHED] >= h->ranks;
}

static bool urgent(const double state[BEAT_COUNT])
{
    return state[BEAT_SIGNAL] > 0 || state[BEAT_TIME] > 0 || state[BEAT_FAILED] > 0 ||
           state[BEAT_FINISHED] > 0;
}

bool heartbeat_poll(heartbeat *h, const double state[BEAT_COUNT])
{
    if (h->over)
        return true;
    if (h->request != MPI_REQUEST_NULL) {
        int complete = 0;
        MPI_Test(&h->request, &complete, MPI_STATUS_IGNORE);
        if (!complete)
            return false;
        memcpy(h->all, h->sum, sizeof h->all);
        h->over = verdict(h);
    }
    if (!h->over && (urgent(state) || clock_seconds() - h->began >= BEAT_SECONDS)) {
        memcpy(h->own, state, sizeof h->own);
        h->began = clock_seconds();
        MPI_Iallreduce(h->own, h->sum, BEAT_COUNT, MPI_DOUBLE, MPI_SUM, h->comm, &h->request);
    }
    return h->over; /* the request is waited for in later calls: NOLINT(*-MPI-Checker) */
}

double heartbeat_silence(const heartbeat *h)
{
    return h->over || h->request == MPI_REQUEST_NULL ? 0 : clock_seconds() - h->began;
}
