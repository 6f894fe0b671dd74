/* ensemble.c: `dyson run`, from options to exit code. */
#include "dyson/ensemble.h"

#include "ensemble/dry_run.h"
#include "ensemble/session.h"
#include "ensemble/setup.h"
#include "ensemble/stop.h"

int dyson_ensemble_run(const dyson_run_options *options, MPI_Comm comm, dyson_error *error)
{
    setup s;
    stop_watch();
    int code = setup_create(&s, options, comm, error);
    if (code == DYSON_OK && s.dry_run) {
        code = dry_run(&s, comm, error);
        int stopped = stop_signal() != 0;
        MPI_Allreduce(MPI_IN_PLACE, &stopped, 1, MPI_INT, MPI_MAX, comm);
        if (code == DYSON_OK && stopped)
            code = DYSON_STOPPED;
    } else if (code == DYSON_OK) {
        code = session_run(&s, comm, error);
    }
    setup_destroy(&s);
    stop_unwatch();
    return code;
}
