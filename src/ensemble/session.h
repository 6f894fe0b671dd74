/* session.h: trains what is pending in one ensemble file. */
#ifndef DYSON_ENSEMBLE_SESSION_H
#define DYSON_ENSEMBLE_SESSION_H

#include "ensemble/setup.h"

/* Collective.  Creates the output or goes on with it.  Returns as dyson_ensemble_run. */
int session_run(const setup *s, MPI_Comm comm, dyson_error *error);

#endif
