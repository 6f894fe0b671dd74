/* provenance.c: the attributes at the root of an ensemble file. */
#include "archive/reader.h"
#include "archive/writer.h"
#include "base/hdf5.h"

#include <stdlib.h>
#include <string.h>

static int missing(const dyson_reader *reader, const char *name, dyson_error *error)
{
    return dyson_fail(error, DYSON_BAD_DATA, "%s is damaged: attribute %s is missing or not sound",
                      reader->path, name);
}

static int check_format(const dyson_reader *reader, dyson_error *error)
{
    char *format = NULL;
    int absent = hdf5_get_text(reader->file, "format", &format);
    int other = absent || strcmp(format, ARCHIVE_FORMAT) != 0;
    free(format);
    if (other)
        dyson_fail(error, DYSON_BAD_DATA, "%s is not an ensemble file of dyson", reader->path);
    return error->code;
}

int reader_get_provenance(dyson_reader *reader, dyson_error *error)
{
    dyson_provenance *p = &reader->provenance;
    const struct {
        const char *name;
        const char **text;
    } texts[] = {{"program_version", &p->program_version},
                 {"git_commit", &p->git_commit},
                 {"build", &p->build},
                 {"kernel", &p->kernel},
                 {"run_file", &p->run_file},
                 {"model", &p->model},
                 {"created", &p->created},
                 {"hosts", &p->hosts}};
    const struct {
        const char *name;
        int64_t *number;
    } numbers[] = {
        {"format_version", &p->format_version}, {"seed", &p->seed}, {"ranks", &p->ranks}};
    if (check_format(reader, error) != DYSON_OK)
        return error->code;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (hdf5_get_integer(reader->file, numbers[i].name, numbers[i].number))
            return missing(reader, numbers[i].name, error);
        if (i == 0 && (p->format_version < 1 || p->format_version > ARCHIVE_FORMAT_VERSION))
            return dyson_fail(error, DYSON_BAD_DATA,
                              "%s has format version %lld; this program reads versions 1 to %d",
                              reader->path, (long long)p->format_version, ARCHIVE_FORMAT_VERSION);
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *text;
        if (hdf5_get_text(reader->file, texts[i].name, &text))
            return missing(reader, texts[i].name, error);
        *texts[i].text = text;
    }
    return archive_identify(reader->file, reader->path, &p->identity, error);
}

void reader_free_provenance(dyson_provenance *provenance)
{
    free((char *)provenance->program_version);
    free((char *)provenance->git_commit);
    free((char *)provenance->build);
    free((char *)provenance->kernel);
    free((char *)provenance->run_file);
    free((char *)provenance->model);
    free((char *)provenance->created);
    free((char *)provenance->hosts);
}
