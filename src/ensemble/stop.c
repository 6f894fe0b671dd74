/* stop.c: a flag that a signal sets. */
#include "ensemble/stop.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

static const struct {
    int number;
    const char *name;
} watched[] = {{SIGINT, "INT"}, {SIGTERM, "TERM"}, {SIGUSR1, "USR1"}, {SIGUSR2, "USR2"}};

static const int ignored[] = {SIGPIPE, SIGXFSZ};

/* What was there before. */
static struct sigaction
    before[sizeof watched / sizeof watched[0] + sizeof ignored / sizeof ignored[0]];
static bool watching;

#define WATCHED (sizeof watched / sizeof watched[0])
#define IGNORED (sizeof ignored / sizeof ignored[0])

/* A handler can reach nothing but a global. */
static volatile sig_atomic_t seen;

static void note(int number)
{
    if (seen == 0)
        seen = number;
    if (number == SIGINT)
        signal(SIGINT, SIG_DFL); /* the next one is not for us any more */
}

static void set(int number, void (*handler)(int), struct sigaction *old)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, old);
}

void stop_watch(void)
{
    for (size_t i = 0; i < WATCHED; i++)
        set(watched[i].number, note, watching ? NULL : &before[i]);
    for (size_t i = 0; i < IGNORED; i++)
        set(ignored[i], SIG_IGN, watching ? NULL : &before[WATCHED + i]);
    watching = true;
}

void stop_unwatch(void)
{
    if (!watching)
        return;
    for (size_t i = 0; i < WATCHED; i++)
        sigaction(watched[i].number, &before[i], NULL);
    for (size_t i = 0; i < IGNORED; i++)
        sigaction(ignored[i], &before[WATCHED + i], NULL);
    watching = false;
    seen = 0;
}

int stop_signal(void)
{
    return seen;
}

const char *stop_signal_name(int number)
{
    for (size_t i = 0; i < WATCHED; i++)
        if (watched[i].number == number)
            return watched[i].name;
    return "?";
}
