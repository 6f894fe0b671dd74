/* version.h: what this build is.  Local; the strings are constant. */
#ifndef DYSON_BASE_VERSION_H
#define DYSON_BASE_VERSION_H

const char *dyson_version(void); /* "1.0.0" */
const char *
dyson_git_commit(void);        /* hash, "+changes" appended where the tree differs; or "unknown" */
const char *dyson_build(void); /* compiler and flags */
const char *dyson_scalapack(void); /* "2.2.1", or "unknown": the library itself does not say */

#endif
