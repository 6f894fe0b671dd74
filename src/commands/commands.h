/* commands.h: the commands of the program, one file each, dispatched by main.c.
 *
 * Each takes its own arguments, argv[0] being the command's name, and returns the exit code of the
 * program (enum dyson_code).  Errors have been printed when it returns.  `run` and `stats` start
 * and end MPI themselves; the others work without it. */
#ifndef DYSON_COMMANDS_H
#define DYSON_COMMANDS_H

#include "dyson/error.h"

#include <stdio.h>

int dyson_command_run(int argc, char **argv);
int dyson_command_stats(int argc, char **argv);
int dyson_command_info(int argc, char **argv);
int dyson_command_verify(int argc, char **argv);
int dyson_command_theory(int argc, char **argv);
int dyson_command_help(int argc, char **argv);
int dyson_command_version(int argc, char **argv);

/* What getopt_long ('?', or ':' where a value is missing) has refused of a command's options, of
 * which `known` are all there are.  Errors: DYSON_USAGE. */
int command_refuse_option(int option, char **argv, const char *command, const char *known,
                          dyson_error *error);

#endif
