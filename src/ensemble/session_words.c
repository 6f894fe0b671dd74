/* session_words.c: what a session says of itself. */
#include "ensemble/session_state.h"
#include "ensemble/stop.h"

#include <stdio.h>
#include <string.h>

/* " in 2 teams of 3, 1 rank idle", or nothing. */
static void describe_teams(const session *n, char text[96])
{
    const setup *s = n->setup;
    const int idle = n->ranks - s->workers * s->team_ranks;
    text[0] = '\0';
    if (s->team_ranks > 1)
        snprintf(text, 96, " in %d team%s of %d", s->workers, s->workers == 1 ? "" : "s",
                 s->team_ranks);
    if (idle > 0)
        snprintf(text + strlen(text), 96 - strlen(text), ", %d rank%s idle", idle,
                 idle == 1 ? "" : "s");
}

static const char *update_range(int64_t least, int64_t most, char text[64])
{
    if (least == most)
        snprintf(text, 64, " %lld", (long long)least);
    else
        snprintf(text, 64, "s %lld to %lld", (long long)least, (long long)most);
    return text;
}

void session_say_start(session *n)
{
    const setup *s = n->setup;
    const progress *p = &n->progress;
    char earlier[64] = "", teams[96], updates[64];
    describe_teams(n, teams);
    if (p->earlier > 0)
        snprintf(earlier, sizeof earlier, " (%lld done before)", (long long)p->earlier);
    progress_say(&n->progress,
                 "%s: %lld replicas%s of %zu point%s, %.0f updates each, on %d rank%s%s (%s)",
                 s->output, (long long)p->replicas, earlier, dyson_spec_points(s->spec),
                 dyson_spec_points(s->spec) == 1 ? "" : "s", n->updates, n->ranks,
                 n->ranks == 1 ? "" : "s", teams, dyson_kernel_name(s->kernel));
    int64_t least, most, kept = 0;
    if (s->checkpoint_seconds > 0 && n->rank == 0)
        kept = dyson_checkpoints_count(n->checkpoints, &least, &most);
    if (kept > 0)
        progress_say(&n->progress, "%s.checkpoints: %lld replica%s kept at update%s", s->output,
                     (long long)kept, kept == 1 ? " is" : "s are",
                     update_range(least, most, updates));
}

void session_say_end(session *n, const double sum[END_COUNT], int number, bool complete)
{
    char clock[32], why[64] = "", diverged[96] = "", resumed[96] = "";
    double share = 100 / sum[END_ELAPSED];
    if (!complete && number != 0)
        snprintf(why, sizeof why, "stopped by signal %s, ", stop_signal_name(number));
    else if (!complete)
        snprintf(why, sizeof why, "stopped by --max-time, ");
    if (sum[END_DIVERGED] > 0)
        snprintf(diverged, sizeof diverged, " (%.0f of these %.0f diverged)", sum[END_DIVERGED],
                 sum[END_REPLICAS]);
    if (sum[END_RESUMED_REPLICAS] > 0)
        snprintf(resumed, sizeof resumed, ", %.0f updates of %.0f from checkpoints",
                 sum[END_RESUMED_UPDATES], sum[END_RESUMED_REPLICAS]);
    progress_say(&n->progress,
                 "%s: %s%.0f of %lld replicas done%s%s; %s at %.2e replica-updates/s; training "
                 "%.1f %%, files %.1f %%, waiting %.1f %%",
                 n->setup->output, why, (double)n->progress.earlier + sum[END_REPLICAS],
                 (long long)n->progress.replicas, diverged, resumed,
                 progress_clock(session_elapsed(n), clock), sum[END_UPDATES] / session_elapsed(n),
                 share * sum[END_TRAINING], share * sum[END_WRITING], share * sum[END_WAITING]);
    if (sum[END_SAVED_REPLICAS] > 0)
        progress_say(&n->progress, "%s.checkpoints: %.0f replica%s kept", n->setup->output,
                     sum[END_SAVED_REPLICAS], sum[END_SAVED_REPLICAS] == 1 ? " is" : "s are");
    if (!complete)
        progress_say(&n->progress, "run the same command to go on");
}
