/* snapshots.c: from `snapshots = ...` to update numbers.
 *
 *   N          floor(i T / N), i = 0..N              (T updates; N <= T)
 *   U1 U2 ...  as given, ascending, at most T
 *   log:N      0 and round(T^(i / (N - 1))), i = 0..N-1, each once; log:1 is 0 and T */
#include "spec/spec_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct request {
    bool log;
    double *numbers; /* N alone, or the list */
    size_t count;
} request;

static const char separators[] = " \t\r\n\v\f,";

static bool whole(double number, double low)
{
    return number >= low && number <= 0x1p53 && number == floor(number);
}

/* 0, or 1 with what is allowed; -1 when out of memory. */
static int read_request(const char *value, request *r, char *allowed, size_t size)
{
    *r = (request){.log = strncmp(value, "log:", 4) == 0};
    const char *at = value + (r->log ? 4 : 0);
    while (*at != '\0') {
        const size_t length = strcspn(at, separators);
        double number;
        if (!spec_read_number(at, length, &number) || !whole(number, 0.0)) {
            snprintf(allowed, size, "N, U1 U2 ... or log:N in whole numbers, not '%.*s'",
                     (int)(length < 40 ? length : 40), at);
            return 1;
        }
        double *slot = spec_grow(&r->numbers, &r->count, sizeof *slot);
        if (slot == NULL)
            return -1;
        *slot = number;
        at += length;
        at += strspn(at, separators);
    }
    if (r->count == 0 || (r->log && r->count > 1)) {
        snprintf(allowed, size, "N, U1 U2 ... or log:N");
        return 1;
    }
    if (r->count == 1 && !(r->numbers[0] >= 1.0 && r->numbers[0] < SPEC_SNAPSHOTS)) {
        snprintf(allowed, size, "N or log:N with N from 1 to %d", SPEC_SNAPSHOTS - 1);
        return 1;
    }
    for (size_t i = 1; i < r->count; i++)
        if (!(r->numbers[i] > r->numbers[i - 1])) {
            snprintf(allowed, size, "a list of ascending update numbers, and %.0f follows %.0f",
                     r->numbers[i], r->numbers[i - 1]);
            return 1;
        }
    return 0;
}

int spec_snapshots_check(const char *value, char *allowed, size_t size)
{
    request r;
    const int wrong = read_request(value, &r, allowed, size);
    if (wrong < 0)
        snprintf(allowed, size, "shorter: out of memory");
    free(r.numbers);
    return wrong;
}

/* The i-th update asked for: i = 0..count of them, and repeated ones among them. */
static int64_t update_at(const request *r, int64_t updates, size_t i)
{
    if (r->count > 1)
        return (int64_t)r->numbers[i];
    const int64_t n = (int64_t)r->numbers[0];
    if (!r->log)
        return (int64_t)i * updates / n; /* below 2^20 2^32 */
    if (i == 0)
        return 0;
    if ((int64_t)i == n)
        return updates;
    return llround(pow((double)updates, (double)(i - 1) / (double)(n - 1)));
}

static int refuse(const dyson_spec *spec, const spec_value *value, int64_t beyond,
                  dyson_error *error)
{
    return dyson_fail(error, DYSON_BAD_DATA,
                      "%s:%d: [ensemble] snapshots = %.60s%s: must not exceed updates = %lld, and "
                      "%lld does",
                      spec->file, value->line, value->text, strlen(value->text) > 60 ? "..." : "",
                      (long long)dyson_spec_integer(spec, "ensemble", "updates"),
                      (long long)beyond);
}

static int fill(dyson_spec *spec, const request *r, const spec_value *value, dyson_error *error)
{
    const int64_t updates = dyson_spec_integer(spec, "ensemble", "updates");
    const int64_t most = (int64_t)r->numbers[r->count - 1];
    if (most > updates && !r->log)
        return refuse(spec, value, most, error);
    const size_t asked = r->count > 1 ? r->count : (size_t)most + 1;
    spec->snapshots = calloc(asked, sizeof *spec->snapshots);
    if (spec->snapshots == NULL)
        return spec_out_of_memory(error);
    for (size_t i = 0; i < asked; i++) {
        const int64_t update = update_at(r, updates, i);
        const size_t n = spec->snapshot_count;
        if (n == 0 || update > spec->snapshots[n - 1])
            spec->snapshots[spec->snapshot_count++] = update;
    }
    return DYSON_OK;
}

int spec_snapshots_fill(dyson_spec *spec, dyson_error *error)
{
    const spec_value *value = spec_value_of(spec, "ensemble", "snapshots");
    char allowed[SPEC_ALLOWED];
    request r;
    if (read_request(value->text, &r, allowed, sizeof allowed) != 0)
        spec_out_of_memory(error);
    else
        fill(spec, &r, value, error);
    free(r.numbers);
    return error->code;
}
