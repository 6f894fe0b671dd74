/* keys.c: the ensemble's keys, and what key may stand where.
 *
 * Replica numbers stay below 2^53 + 2^53 < DYSON_RANDOM_REPLICAS and updates below
 * DYSON_RANDOM_UPDATES, so that the table's ranges alone keep every random number at an address of
 * its own. */
#include "spec/spec_internal.h"

#include "dyson/random.h"
#include "spec/lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHOLE_MAX 0x1p53
#define RANKS_MAX 1000000
_Static_assert(((int64_t)1 << 54) <= DYSON_RANDOM_REPLICAS, "replica numbers have an address");

static int check_model(const char *value, char *allowed, size_t size)
{
    if (dyson_model_find(value) != NULL)
        return 0;
    size_t used = 0;
    for (size_t i = 0; dyson_model_at(i) != NULL && used < size; i++)
        used += (size_t)snprintf(allowed + used, size - used, "%s%s", i == 0 ? "" : " | ",
                                 dyson_model_at(i)->name);
    return 1;
}

static int check_ranks(const char *value, char *allowed, size_t size)
{
    char *end;
    const long ranks = *value >= '1' && *value <= '9' ? strtol(value, &end, 10) : 0;
    if (strcmp(value, "auto") == 0 || (ranks >= 1 && ranks <= RANKS_MAX && *end == '\0'))
        return 0;
    snprintf(allowed, size, "auto, or a whole number of ranks from 1 to %d", RANKS_MAX);
    return 1;
}

#define SECTION .section = "ensemble"

const dyson_key spec_ensemble_keys[] = {
    {SECTION, .name = "model", .type = DYSON_TEXT, .fallback = NULL, .form = "the name of a model",
     .unit = "dimensionless", .symbol = "",
     .text = "What is trained. The section of this name holds the model's own keys.",
     .check = check_model},
    {SECTION, .name = "replicas", .type = DYSON_INTEGER, .fallback = NULL, .low = 1,
     .high = WHOLE_MAX, .unit = "replicas", .symbol = "R",
     .text = "Independent replicas per point."},
    {SECTION, .name = "first_replica", .type = DYSON_INTEGER, .fallback = "0", .low = 0,
     .high = WHOLE_MAX, .unit = "replicas", .symbol = "",
     .text = "Number of the first replica. An earlier run's first_replica + replicas extends it "
             "without repeating a number."},
    {SECTION, .name = "seed", .type = DYSON_INTEGER, .fallback = NULL, .low = 0, .high = WHOLE_MAX,
     .unit = "dimensionless", .symbol = "",
     .text = "Random numbers depend on the seed, the point and the replica's number alone; runs of "
             "different seeds are independent."},
    {SECTION, .name = "updates", .type = DYSON_INTEGER, .fallback = NULL, .low = 1,
     .high = (double)(DYSON_RANDOM_UPDATES - 1), .unit = "updates", .symbol = "",
     .text = "Mini-batch updates of every replica."},
    {SECTION, .name = "snapshots", .type = DYSON_TEXT, .fallback = "1",
     .form = "N | U1 U2 ... | log:N", .unit = "updates", .symbol = "",
     .text =
         "When spectra are stored: N equal intervals, update 0 included (5 gives 6 snapshots); or "
         "a list of two or more update numbers; or log:N, update 0 and N updates from 1 to the "
         "last in equal ratios, rounded, each once.",
     .check = spec_snapshots_check},
    {SECTION, .name = "weights", .type = DYSON_CHOICE, .fallback = "none",
     .form = "none | last | all", .unit = "dimensionless", .symbol = "W",
     .text = "Whether the weights are stored too: not at all, at the last snapshot, or at all of "
             "them."},
    {SECTION, .name = "ranks_per_replica", .type = DYSON_TEXT, .fallback = "1", .form = "N | auto",
     .unit = "ranks", .symbol = "",
     .text = "How many ranks train a replica together, as teams; ranks that no team takes stay "
             "idle. auto: as many as its memory asks for and as end the run soonest. Results "
             "depend on it in their last digits alone; a run that has not 1 here may be gone on "
             "with by teams of any size.",
     .check = check_ranks},
    {SECTION, .name = "precision", .type = DYSON_CHOICE, .fallback = "double",
     .form = "double | single", .unit = "dimensionless", .symbol = "",
     .text = "Numbers that training works with: single is nearly twice as fast, and good where the "
             "noise of an update is far above the rounding of a weight, which is checked. Spectra "
             "are computed in double precision. Model rbm only, up to 64 nodes in a layer, by one "
             "rank each."},
};
const size_t spec_ensemble_key_count = sizeof spec_ensemble_keys / sizeof spec_ensemble_keys[0];

const dyson_key *spec_keys(const char *section, size_t *count)
{
    if (strcmp(section, "ensemble") == 0) {
        *count = spec_ensemble_key_count;
        return spec_ensemble_keys;
    }
    const dyson_model *model = dyson_model_find(section);
    *count = model == NULL ? 0 : model->key_count;
    return model == NULL ? NULL : model->keys;
}

const dyson_key *spec_key_find(const dyson_key *keys, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

const char *spec_sweep_name(const char *section)
{
    if (strncmp(section, "sweep", 5) != 0 || !line_blank(section[5]))
        return NULL;
    const char *name = section + 5;
    while (line_blank(*name))
        name++;
    return *name == '\0' ? NULL : name;
}

/* ---- nearest names ---- */

/* Insertions, deletions, replacements and swaps of neighbours that turn a into b; names beyond 40
 * characters are far from everything. */
static int distance(const char *a, const char *b)
{
    enum { LONGEST = 40 };
    const size_t m = strlen(a), n = strlen(b);
    if (m > LONGEST || n > LONGEST)
        return LONGEST;
    int d[LONGEST + 1][LONGEST + 1];
    for (size_t i = 0; i <= m; i++)
        d[i][0] = (int)i;
    for (size_t j = 0; j <= n; j++)
        d[0][j] = (int)j;
    for (size_t i = 1; i <= m; i++) {
        for (size_t j = 1; j <= n; j++) {
            int best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            if (d[i - 1][j] + 1 < best)
                best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best)
                best = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    }
    return d[m][n];
}

/* Keeps the nearer of *best and a candidate; far names are no help. */
static void consider(const char *name, const char *candidate, const char **best, int *least)
{
    int d = distance(name, candidate);
    int most = 1 + (int)strlen(candidate) / 3;
    if (d <= most && d < *least) {
        *least = d;
        *best = candidate;
    }
}

void spec_suggest_section(const char *name, char *out, size_t size)
{
    const char *best = NULL;
    int least = 1000;
    consider(name, "ensemble", &best, &least);
    for (size_t i = 0; dyson_model_at(i) != NULL; i++)
        consider(name, dyson_model_at(i)->name, &best, &least);
    if (best == NULL && strncmp(name, "sweep", 5) == 0)
        best = "sweep NAME";
    if (best == NULL)
        out[0] = '\0';
    else
        snprintf(out, size, ", did you mean [%s]?", best);
}

static size_t append(char *out, size_t size, size_t used, const char *text)
{
    if (used < size)
        used += (size_t)snprintf(out + used, size - used, "%s", text);
    return used;
}

/* Where else a key of this name belongs, or what it may have meant. */
static void explain_unknown(const dyson_key *keys, size_t count, bool sweep, const char *name,
                            char *why, size_t size)
{
    const char *best = NULL;
    int least = 1000;
    for (size_t i = 0; i < count; i++)
        if (keys[i].point || !sweep)
            consider(name, keys[i].name, &best, &least);
    if (best != NULL) {
        snprintf(why, size, "unknown key, did you mean %s?", best);
        return;
    }
    if (!sweep && spec_key_find(spec_ensemble_keys, spec_ensemble_key_count, name) != NULL) {
        snprintf(why, size, "must stand in [ensemble]");
        return;
    }
    for (size_t m = 0; dyson_model_at(m) != NULL; m++) {
        const dyson_model *model = dyson_model_at(m);
        if (model->keys != keys && spec_key_find(model->keys, model->key_count, name) != NULL) {
            snprintf(why, size, "must stand in [%s]", model->name);
            return;
        }
    }
    size_t used = append(why, size, 0, "unknown key, must be one of");
    for (size_t i = 0; i < count; i++) {
        if (!keys[i].point && sweep)
            continue;
        used = append(why, size, used, " ");
        used = append(why, size, used, keys[i].name);
    }
}

const dyson_key *spec_key_in_section(const char *section, const char *name,
                                     const dyson_model *model, char *why, size_t size)
{
    const bool sweep = spec_sweep_name(section) != NULL;
    size_t count = model == NULL ? 0 : model->key_count;
    const dyson_key *keys =
        sweep ? (model == NULL ? NULL : model->keys) : spec_keys(section, &count);
    const dyson_key *key = spec_key_find(keys, count, name);
    if (key != NULL && (key->point || !sweep))
        return key;
    if (key != NULL) {
        size_t used = append(why, size, 0, "cannot be swept, must be one of");
        for (size_t i = 0; i < count; i++) {
            if (!keys[i].point)
                continue;
            used = append(why, size, used, " ");
            used = append(why, size, used, keys[i].name);
        }
        return NULL;
    }
    explain_unknown(keys, count, sweep, name, why, size);
    return NULL;
}
