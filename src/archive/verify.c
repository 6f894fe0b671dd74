/* verify.c: every checksum of a file, through HDF5, so that any tool's copy of it can be
 * verified. */
#include "archive/reader.h"
#include "archive/scan.h"

#include <string.h>

typedef struct verification {
    int64_t *checked, *bad;
    void (*report)(void *context, size_t p, int64_t r);
    void *context;
} verification;

static int fetch(void *source, archive_part part, size_t point, int64_t first, int64_t count,
                 void *bytes, dyson_error *error)
{
    return reader_get(source, part, point, first, count, bytes, error);
}

static int visit(void *context, size_t point, int64_t replica, dyson_status verdict,
                 dyson_error *error)
{
    verification *v = context;
    *v->checked += verdict != DYSON_PENDING;
    *v->bad += verdict == DYSON_DAMAGED;
    if (verdict == DYSON_DAMAGED && v->report != NULL)
        v->report(v->context, point, replica);
    return error->code;
}

int dyson_reader_verify(dyson_reader *reader, int64_t *checked, int64_t *bad,
                        void (*report)(void *context, size_t p, int64_t r), void *context,
                        dyson_error *error)
{
    const archive_layout *layout = &reader->layout;
    verification v = {checked, bad, report, context};
    *checked = *bad = 0;
    return archive_scan(layout, fetch, reader, 0, layout->points * layout->replicas, visit, &v,
                        error);
}

typedef struct judgement {
    int64_t replicas, from;
    uint8_t *status;
} judgement;

static int note(void *context, size_t point, int64_t replica, dyson_status verdict,
                dyson_error *error)
{
    const judgement *j = context;
    j->status[(int64_t)point * j->replicas + replica - j->from] = (uint8_t)verdict;
    return error->code;
}

int dyson_reader_judge(dyson_reader *reader, int64_t from, int64_t to, uint8_t *status,
                       dyson_error *error)
{
    judgement j = {reader->layout.replicas, from, status};
    memset(status, DYSON_PENDING, (size_t)(to - from));
    return archive_scan(&reader->layout, fetch, reader, from, to, note, &j, error);
}
