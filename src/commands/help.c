/* help.c: `dyson help [TOPIC]`, and from the same tables the man page and docs/run-file.md. */
#include "commands/commands.h"

#include "dyson/error.h"
#include "dyson/kernel.h"
#include "dyson/model.h"
#include "dyson/spec.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct entry {
    const char *name, *synopsis, *text;
} entry;

typedef struct option {
    const char *command, *name, *text;
} option;

static const entry commands[] = {
    {"run", "dyson run RUNFILE [OPTIONS]",
     "Trains the ensemble that RUNFILE describes, on all ranks under mpirun or srun, on one "
     "without. "
     "Where the output exists, goes on with what is pending."},
    {"stats", "dyson stats [OPTIONS] FILE.h5...",
     "Statistics and fits of one or more ensemble files: writes FILE.stats.h5 and prints a table. "
     "Parallel under mpirun."},
    {"info", "dyson info [--json] FILE.h5",
     "What is in a file: points, replicas done, pending and diverged, provenance, time left."},
    {"verify", "dyson verify [--json] [--replay N] FILE.h5",
     "Checks structure and checksums of an ensemble file, and whether training gives it again."},
    {"theory", "dyson theory [OPTIONS] RUNFILE",
     "The analytic predictions of a run file's points, without training, and the Fokker-Planck "
     "spectrum of each mode."},
    {"help", "dyson help [TOPIC] [--markdown | --roff]",
     "Help on a command, on `run-file` (all keys), `models`, `kernels`, `exit-codes`, on a section "
     "of "
     "the run file or one KEY or SECTION.KEY of it."},
    {"version", "dyson --version",
     "Version, commit, compiler, libraries, and the CPU kernel chosen."},
};

static const option options[] = {
    {"run", "-o FILE.h5",
     "The output. Without it: the run file's name with .h5, in the current folder."},
    {"run", "--set SECTION.KEY=VALUE",
     "Replaces a value of the run file, or adds it; may be repeated. "
     "\"--set 'sweep batch-size.batch_size=4 8'\" works too."},
    {"run", "--overwrite",
     "Starts anew where the output exists; it is replaced once the new one is made."},
    {"run", "--dry-run",
     "Prints points, replicas per rank, memory, file size and core-hours from a short timed probe. "
     "Trains nothing, creates nothing."},
    {"run", "--max-time H:MM:SS",
     "Stops after this time (seconds may have decimals) with exit code 75. The signals INT, TERM, "
     "USR1 and USR2 do the same at "
     "once: what is in work is given up after the update under way (large replicas are kept in a "
     "checkpoint), what is complete stays. A second INT ends the program without more ado."},
    {"run", "--checkpoints H:MM:SS|never",
     "How often the state of a replica in work is kept, in the folder FILE.h5.checkpoints, so that "
     "the same command goes on inside it: of large replicas, that are trained one at a time. "
     "Without it: 0:10:00."},
    {"run", "--quiet", "No progress and no messages but errors."},
    {"stats", "-o FILE.stats.h5", "The output. Without it: the first file's name with .stats.h5."},
    {"stats", "--snapshot UPDATE", "The snapshot to analyse. Without it: the last."},
    {"stats", "--unfolding METHOD",
     "How whole spectra of 16 levels and more are unfolded: analytic (by the exact density, where "
     "it "
     "is known), polynomial[:D] (fitted to the ensemble's staircase, degree D = 9), local[:W] (by "
     "2 W + 1 neighbouring spacings, W = 10), or auto, analytic where possible and else "
     "polynomial. "
     "Without it: auto."},
    {"stats", "--json", "One JSON document on standard output in place of the table."},
    {"theory", "--set SECTION.KEY=VALUE", "Replaces a value of the run file, or adds it."},
    {"info", "--json", "One JSON document on standard output in place of the text."},
    {"verify", "--json", "One JSON document on standard output in place of the text."},
    {"verify", "--replay N",
     "Trains N of the finished replicas again, each alone on one rank, spread evenly over the "
     "file, "
     "and compares bit for bit. The same build and CPU kernel give the same bits; where teams may "
     "have trained them (ranks_per_replica), they must agree to 1e-10 of the largest level or "
     "weight."},
    {"theory", "-o FILE.theory.h5",
     "Writes potentials, stationary laws, wave functions and levels of each mode's Fokker-Planck "
     "equation (docs/theory-file.md). This, --states, --grid, --noise and --mode print the "
     "levels."},
    {"theory", "--states N", "Lowest states of each mode. Without it: 8."},
    {"theory", "--grid N", "Cells of each mode's grid. Without it: 2000."},
    {"theory", "--noise constant | local",
     "The noise of a mode: that at its fixed point everywhere, or that of each x. Without it: "
     "constant."},
    {"theory", "--mode K",
     "Only the K-th distinct target, counted from 0 in the order of the levels (largest x first)."},
    {"theory", "--initial X | MEAN:WIDTH | FILE.h5:/dataset",
     "The law of each mode's level at time 0: one value, a Gaussian, or all numbers of a dataset. "
     "Needs --times and -o."},
    {"theory", "--times T,T,...",
     "Updates after which the file holds the law that has come of it."},
    {"theory", "--json", "One JSON document on standard output in place of the table."},
};

/* What to do after each exit code. */
static const entry codes[] = {
    {"0", "all done",
     "Nothing is left to do: `dyson stats` is next. Diverged replicas are counted and reported, "
     "and "
     "do not change the code."},
    {"64", "wrong usage", "Compare the command line with `dyson help COMMAND`."},
    {"65", "bad run file or data",
     "Mend what the message names; where the output has other parameters than the run file, choose "
     "another output with -o or start anew with --overwrite."},
    {"66", "input missing", "Check the path that the message names, on the node of rank 0."},
    {"70", "internal error",
     "Out of memory: give each rank more (`dyson run --dry-run` says how much), or use fewer ranks "
     "per node. Else a defect of this program: report it with the message."},
    {"73", "cannot create output",
     "Check that the folder exists, may be written to and has room (`dyson run --dry-run` says how "
     "much is needed), and that no other run is writing the file."},
    {"74", "input or output failed",
     "Disk full or file system lost: make room, then run the same command; what was complete is "
     "kept. Where the file is not the same on all nodes, choose an output that they share."},
    {"75", "stopped early by a signal or --max-time",
     "Run the same command again, on any number of ranks, to go on; a job script requeues itself "
     "(jobs/README.md)."},
    {"any other", "ended from outside",
     "By a signal (128 and its number: 137 is KILL, often for want of memory), with a node, or by "
     "mpirun, which answers INT and TERM itself, with 1, and hands on the codes above. What was "
     "complete is kept: remove the cause and run the same command again."},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- output in three forms ---- */

static void put_roff(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\\')
            fputs("\\e", stdout);
        else if (*c == '-')
            fputs("\\-", stdout);
        else if (*c == '\'' || *c == '`' || *c == '^' || *c == '~')
            printf("\\(%s", *c == '\'' ? "aq" : *c == '`' ? "ga" : *c == '^' ? "ha" : "ti");
        else
            fputc(*c, stdout);
    }
}

/* Words of text, indented and broken before column 80. */
static void put_wrapped(const char *text, int indent)
{
    int column = 0;
    while (*text != '\0') {
        int length = (int)strcspn(text, " ");
        if (column > 0 && column + 1 + length > 80) {
            printf("\n");
            column = 0;
        }
        column += printf("%*s%.*s", column == 0 ? indent : 1, "", length, text);
        text += length;
        text += strspn(text, " ");
    }
    printf("\n");
}

static void put_heading(const char *title, dyson_help_form form)
{
    if (form == DYSON_HELP_ROFF)
        printf(".SH %s\n", title);
    else if (form == DYSON_HELP_MARKDOWN)
        printf("\n## %s\n\n", title);
    else
        printf("\n%s\n", title);
}

/* One term with its explanation. */
static void put_entry(const char *term, const char *text, dyson_help_form form)
{
    if (form == DYSON_HELP_ROFF) {
        printf(".TP\n.B ");
        put_roff(term);
        printf("\n");
        put_roff(text);
        printf("\n");
    } else if (form == DYSON_HELP_MARKDOWN) {
        printf("- `%s`: %s\n", term, text);
    } else {
        printf("  %s\n", term);
        put_wrapped(text, 6);
    }
}

static void put_codes(dyson_help_form form)
{
    put_heading("EXIT CODES", form);
    for (size_t i = 0; i < COUNT(codes); i++) {
        char term[80];
        snprintf(term, sizeof term, "%s  %s", codes[i].name, codes[i].synopsis);
        put_entry(term, codes[i].text, form);
    }
}

static void put_models(dyson_help_form form)
{
    put_heading("MODELS", form);
    for (size_t i = 0; dyson_model_at(i) != NULL; i++)
        put_entry(dyson_model_at(i)->name, dyson_model_at(i)->text, form);
}

static void put_kernels(dyson_help_form form)
{
    put_heading("CPU KERNELS", form);
    for (int k = 0; k < DYSON_KERNEL_COUNT; k++) {
        char text[96];
        snprintf(text, sizeof text, "%d replicas at a time; %s",
                 dyson_kernel_lanes((dyson_kernel)k),
                 dyson_kernel_runs((dyson_kernel)k) ? "runs on this processor"
                                                    : "does not run on this processor");
        put_entry(dyson_kernel_name((dyson_kernel)k), text, form);
    }
    if (form == DYSON_HELP_TEXT)
        printf(
            "\nThe widest that all ranks can run is taken. The environment variable DYSON_KERNEL "
            "names\nanother. Kernels differ in the last bits, so a file is gone on with by its "
            "own.\n");
}

static void put_commands(dyson_help_form form)
{
    put_heading("COMMANDS", form);
    for (size_t i = 0; i < COUNT(commands); i++)
        put_entry(commands[i].synopsis, commands[i].text, form);
}

static void put_options(const char *command, dyson_help_form form)
{
    char title[32];
    bool any = false;
    snprintf(title, sizeof title, "OPTIONS OF %s", command);
    for (char *c = title; *c != '\0'; c++)
        *c = (char)toupper((unsigned char)*c);
    for (size_t i = 0; i < COUNT(options); i++) {
        if (strcmp(options[i].command, command) != 0)
            continue;
        if (!any)
            put_heading(title, form);
        any = true;
        put_entry(options[i].name, options[i].text, form);
    }
}

/* Keys of the run file; whether there were any. */
static bool put_keys(const char *section, const char *name, dyson_help_form form)
{
    char *text = NULL;
    int count = dyson_spec_help(section, name, form, &text);
    if (count > 0 && text != NULL)
        fputs(text, stdout);
    free(text);
    return count > 0;
}

/* ---- topics ---- */

static void put_man_page(void)
{
    printf(".TH DYSON 1\n.SH NAME\ndyson \\- ensembles of stochastically trained models and their "
           "spectra\n.SH SYNOPSIS\n");
    for (size_t i = 0; i < COUNT(commands); i++) {
        put_roff(commands[i].synopsis);
        printf("\n.br\n");
    }
    put_commands(DYSON_HELP_ROFF);
    for (size_t i = 0; i < COUNT(commands); i++)
        put_options(commands[i].name, DYSON_HELP_ROFF);
    printf(".SH RUN FILE\n");
    put_keys(NULL, NULL, DYSON_HELP_ROFF);
    put_models(DYSON_HELP_ROFF);
    put_codes(DYSON_HELP_ROFF);
}

static void put_overview(dyson_help_form form)
{
    if (form == DYSON_HELP_ROFF) {
        put_man_page();
        return;
    }
    printf("dyson trains ensembles of models by stochastic gradients and studies their spectra.\n");
    put_commands(form);
    put_models(form);
    printf(
        "\nTopics of `dyson help`: the commands, run-file, models, kernels, exit-codes, a section "
        "or\na key of the run file.\n");
}

static bool put_command(const char *topic, dyson_help_form form)
{
    for (size_t i = 0; i < COUNT(commands); i++) {
        if (strcmp(topic, commands[i].name) != 0)
            continue;
        put_entry(commands[i].synopsis, commands[i].text, form);
        put_options(topic, form);
        put_codes(form);
        return true;
    }
    return false;
}

static bool put_topic(const char *topic, dyson_help_form form)
{
    const struct {
        const char *name;
        void (*put)(dyson_help_form form);
    } topics[] = {{"models", put_models}, {"kernels", put_kernels}, {"exit-codes", put_codes}};
    for (size_t i = 0; i < COUNT(topics); i++) {
        if (strcmp(topic, topics[i].name) == 0) {
            topics[i].put(form);
            return true;
        }
    }
    if (strcmp(topic, "run-file") == 0)
        return put_keys(NULL, NULL, form);
    if (put_command(topic, form) || put_keys(topic, NULL, form) || put_keys(NULL, topic, form))
        return true;
    const char *dot = strrchr(topic, '.');
    if (dot == NULL)
        return false;
    char section[64];
    snprintf(section, sizeof section, "%.*s", (int)(dot - topic), topic);
    return put_keys(section, dot + 1, form);
}

int dyson_command_help(int argc, char **argv)
{
    dyson_help_form form = DYSON_HELP_TEXT;
    const char *topic = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--markdown") == 0) {
            form = DYSON_HELP_MARKDOWN;
        } else if (strcmp(argv[i], "--roff") == 0) {
            form = DYSON_HELP_ROFF;
        } else if (topic == NULL && argv[i][0] != '-') {
            topic = argv[i];
        } else {
            fprintf(stderr, "dyson: help takes one topic, and --markdown or --roff; not '%s'\n",
                    argv[i]);
            return DYSON_USAGE;
        }
    }
    if (topic == NULL) {
        put_overview(form);
    } else if (!put_topic(topic, form)) {
        fprintf(stderr,
                "dyson: there is no help on '%s'; topics are the commands, run-file, models, "
                "kernels, exit-codes, sections and keys of the run file\n",
                topic);
        return DYSON_USAGE;
    }
    return DYSON_OK;
}
