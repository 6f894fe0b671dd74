/* progress.c: one redrawn line on a terminal, sparse lines in a log.
 *
 * Replicas are counted when they are done, the bar and the time left by cost, in which replicas in
 * work count in part and dear points more than cheap ones. */
#include "ensemble/progress.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TERMINAL_SECONDS 0.1
#define LOG_FIRST_SECONDS 2.0
#define LOG_SECONDS 30.0

enum { LINE = 512, BAR_MAX = 40, WIDTH_FALLBACK = 80 };

void progress_begin(progress *p, bool silent)
{
    memset(p, 0, sizeof *p);
    p->silent = silent;
    p->terminal = !silent && isatty(STDERR_FILENO);
    p->next = p->terminal ? 0 : LOG_FIRST_SECONDS;
}

const char *progress_clock(double seconds, char text[32])
{
    if (!(seconds >= 0) || seconds > 1e9) {
        snprintf(text, 32, "?");
    } else {
        long whole = (long)ceil(seconds);
        snprintf(text, 32, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
    }
    return text;
}

static int terminal_width(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return WIDTH_FALLBACK;
}

static void draw_bar(char *bar, int width, double fraction)
{
    int full = (int)(fraction * width);
    bar[0] = '[';
    for (int i = 0; i < width; i++)
        bar[1 + i] = (char)(i < full ? '=' : i == full ? '>' : ' ');
    bar[1 + width] = ']';
    bar[2 + width] = ' ';
    bar[3 + width] = '\0';
}

void progress_show(progress *p, const progress_state *state)
{
    if (p->silent || state->seconds < p->next)
        return;
    p->next = state->seconds + (p->terminal ? TERMINAL_SECONDS : LOG_SECONDS);
    double done = p->earlier_cost + state->resumed + state->cost;
    double fraction = p->cost > 0 ? fmin(done / p->cost, 1) : 1;
    double left =
        state->cost > 0 ? fmax(p->cost - done, 0) / state->cost * state->seconds : INFINITY;
    char facts[LINE], eta[32], diverged[48] = "", bar[BAR_MAX + 4] = "";
    if (state->diverged > 0)
        snprintf(diverged, sizeof diverged, "  %.0f diverged", state->diverged);
    int length =
        snprintf(facts, sizeof facts, "%5.1f %%  %.0f/%lld replicas  %.2e updates/s  ETA %s%s",
                 100 * fraction, (double)p->earlier + state->replicas, (long long)p->replicas,
                 state->updates / state->seconds, progress_clock(left, eta), diverged);
    if (!p->terminal) {
        fprintf(stderr, "dyson: %s\n", facts + strspn(facts, " "));
        return;
    }
    int width = terminal_width(), room = width - 1 - length - 3;
    if (room >= 8)
        draw_bar(bar, room < BAR_MAX ? room : BAR_MAX, fraction);
    char line[LINE + BAR_MAX + 4];
    snprintf(line, sizeof line, "%s%s", bar, facts);
    fprintf(stderr, "\r%.*s\033[K", width - 1, line);
    fflush(stderr);
    p->drawn = true;
}

void progress_say(progress *p, const char *format, ...)
{
    if (p->silent)
        return;
    char text[2 * LINE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(stderr, "%sdyson: %s\n", p->drawn ? "\r\033[K" : "", text);
    p->drawn = false;
}
