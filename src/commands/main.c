/* main.c: finds the command and makes sure that what it printed has arrived. */
#include "commands/commands.h"

#include "dyson/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"run", dyson_command_run},         {"stats", dyson_command_stats},
    {"info", dyson_command_info},       {"verify", dyson_command_verify},
    {"theory", dyson_command_theory},   {"help", dyson_command_help},
    {"--help", dyson_command_help},     {"-h", dyson_command_help},
    {"version", dyson_command_version}, {"--version", dyson_command_version},
};

/* BLAS is called on small matrices from many ranks: threads of its own would only get in their way.
 * Weak, since not every BLAS has it. */
extern void openblas_set_num_threads(int threads) __attribute__((weak));

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "dyson: a command is missing: run, stats, info, verify, theory or help\n");
        return DYSON_USAGE;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    fprintf(stderr, "dyson: '%s' is no command; there are run, stats, info, verify, theory, help\n",
            argv[1]);
    return DYSON_USAGE;
}

int main(int argc, char **argv)
{
    if (openblas_set_num_threads != NULL)
        openblas_set_num_threads(1);
    int code = dispatch(argc, argv);
    int failed = ferror(stdout);
    if ((fclose(stdout) != 0 || failed) && code == DYSON_OK) {
        fprintf(stderr, "dyson: standard output: %s\n", strerror(errno));
        code = DYSON_IO;
    }
    return code;
}
