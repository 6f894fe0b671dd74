/* stop.h: signals that ask a run to stop: INT, TERM, USR1, USR2.  Local. */
#ifndef DYSON_ENSEMBLE_STOP_H
#define DYSON_ENSEMBLE_STOP_H

/* From stop_watch to stop_unwatch these signals are only noted; a second INT ends the process at
 * once. A closed terminal or a file size limit (PIPE, XFSZ) then shows as a failed write.  Calling
 * stop_watch again keeps what has been noted. */
void stop_watch(void);
void stop_unwatch(void);

/* The first of these signals that this rank has seen since stop_watch, or 0. */
int stop_signal(void);

/* "USR1" for SIGUSR1. */
const char *stop_signal_name(int number);

#endif
