/* identity.c: what tells an ensemble file from others, whatever it is called. */
#include "archive/writer.h"
#include "base/hdf5.h"
#include "dyson/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Puts the text of an attribute, with its end, behind the others. */
static int append(FILE *texts, hid_t file, const char *name)
{
    char *text = NULL;
    const int absent = hdf5_get_text(file, name, &text);
    if (!absent)
        fwrite(text, 1, strlen(text) + 1, texts);
    free(text);
    return absent;
}

int archive_identify(hid_t file, const char *path, uint64_t *identity, dyson_error *error)
{
    static const char *const names[] = {"created",    "run_file", "program_version",
                                        "git_commit", "build",    "kernel"};
    char *bytes = NULL;
    size_t size = 0;
    FILE *const texts = open_memstream(&bytes, &size);
    if (texts == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (append(texts, file, names[i]))
            dyson_fail(error, DYSON_BAD_DATA, "%s is damaged: attribute %s is missing", path,
                       names[i]);
    if (fclose(texts) != 0)
        dyson_fail(error, DYSON_INTERNAL, "out of memory");
    if (error->code == DYSON_OK)
        *identity = dyson_random_digest(bytes, size);
    free(bytes);
    return error->code;
}

uint64_t dyson_archive_identity(const dyson_archive *archive)
{
    return archive->map.identity;
}
