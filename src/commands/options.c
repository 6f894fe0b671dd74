/* options.c: options that a command does not have. */
#include "commands/commands.h"

#include <ctype.h>
#include <getopt.h>

int command_refuse_option(int option, char **argv, const char *command, const char *known,
                          dyson_error *error)
{
    const char letter[] = {'-', (char)optopt, '\0'};
    /* Of a long option that it does not know getopt tells nothing but where it stood. */
    const char *const name =
        optopt > 0 && optopt < 256 && isgraph(optopt) ? letter : argv[optind - 1];
    if (option == ':')
        return dyson_fail(error, DYSON_USAGE, "%s needs a value", name);
    return dyson_fail(error, DYSON_USAGE, "%s is no option of %s; there are %s", name, command,
                      known);
}
