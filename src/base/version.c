/* version.c: the Makefile gives the values to this file alone, so that a commit recompiles
 * nothing else. */
#include "base/version.h"

#ifndef DYSON_VERSION
#define DYSON_VERSION "0.0.0"
#endif
#ifndef DYSON_GIT_COMMIT
#define DYSON_GIT_COMMIT "unknown"
#endif
#ifndef DYSON_BUILD
#define DYSON_BUILD "cc " __VERSION__
#endif
#ifndef DYSON_SCALAPACK
#define DYSON_SCALAPACK "unknown"
#endif

const char *dyson_version(void)
{
    return DYSON_VERSION;
}

const char *dyson_git_commit(void)
{
    return DYSON_GIT_COMMIT;
}

const char *dyson_build(void)
{
    return DYSON_BUILD;
}

const char *dyson_scalapack(void)
{
    return DYSON_SCALAPACK;
}
