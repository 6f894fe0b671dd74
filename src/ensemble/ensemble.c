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
    if (code == DYSON_OK)
        code = s.dry_run ? dry_run(&s, comm, error) : session_run(&s, comm, error);
    setup_destroy(&s);
    stop_unwatch();
    return code;
}
