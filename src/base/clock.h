/* clock.h: how long something takes.  Local. */
#ifndef DYSON_BASE_CLOCK_H
#define DYSON_BASE_CLOCK_H

/* Seconds since some moment in the past, by the clock that nobody sets: MPI_Wtime may be the wall
 * clock, which jumps. */
double clock_seconds(void);

#endif
