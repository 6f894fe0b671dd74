/* start.c: spectra at update 0: synthetic ones, and a test that two sets of spectra have one law.
 *
 * The levels of a spectrum repel each other, and at finite N their density is not that of Marchenko
 * and Pastur: the textbook p-value of a distance from that law would reject every correct start.
 * So the spectra are compared with synthetic ones of the same size, drawn as G^T G, and the
 * distance of the two pooled densities is judged by permuting whole spectra between the two sets:
 * under the hypothesis all (n + m)!/(n! m!) divisions are equally likely. */
#include "statistics/start.h"
#include "dyson/random.h"
#include "dyson/spectrum.h"
#include "random/normals.h"
#include "statistics/sorting.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_REPLICAS = 8 };

/* What the streams of synthetic starts and of permutations are called. */
static const char start_name[] = "dyson statistics: synthetic starts, 20240723";
static const char permutation_name[] = "dyson statistics: permutations, 20240723";

/* BLAS; trailing arguments are the lengths of the strings. */
void dsyrk_(const char *triangle, const char *transpose, const int *n, const int *inner,
            const double *alpha, const double *a, const int *a_stride, const double *beta,
            double *c, const int *c_stride, size_t triangle_length, size_t transpose_length);

int dyson_start_sample(const dyson_gaussian_start *start, int64_t stream, size_t n, double *x,
                       dyson_error *error)
{
    const int large = start->rows > start->columns ? start->rows : start->columns;
    const int small = start->rows + start->columns - large;
    const size_t entries = (size_t)large * (size_t)small;
    const double one = 1.0, zero = 0.0;
    const uint64_t key = dyson_random_digest(start_name, sizeof start_name - 1);
    double *g = malloc((2 * entries + 4) * sizeof *g); /* normals come by fours */
    if (g == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for a synthetic start");
    for (size_t r = 0; r < n && error->code == DYSON_OK; r++) {
        double *eigenvalues = x + r * (size_t)small;
        dyson_normals_along(DYSON_KERNEL_BASE, key, DYSON_PURPOSE_WEIGHTS, (int64_t)r, stream, 0,
                            (int64_t)(entries + 3) / 4, g);
        dsyrk_("U", "T", &small, &large, &one, g, &large, &zero, g + entries, &small, 1, 1);
        if (dyson_spectrum_dense(small, g + entries, eigenvalues, error) == DYSON_OK)
            for (int i = 0; i < small; i++)
                eigenvalues[i] *= start->variance;
    }
    free(g);
    return error->code;
}

int dyson_start_add(dyson_sample *levels, size_t n, double *x, dyson_error *error)
{
    for (size_t i = 0; i < n; i++)
        x[i] = sqrt(fmax(x[i], 0.0));
    return dyson_sample_add(levels, n, x, error);
}

int dyson_start_sort(dyson_sample *levels, dyson_error *error)
{
    if (dyson_sample_sort(levels, error) != DYSON_OK)
        return error->code;
    for (size_t i = 0; i < levels->marks.marks; i++)
        levels->value[i] *= levels->value[i];
    levels->marks.low *= levels->marks.low;
    levels->marks.high *= levels->marks.high;
    return DYSON_OK;
}

static double cumulative(const void *context, double x)
{
    return dyson_marchenko_pastur_cumulative(context, x);
}

double dyson_start_distance(const dyson_marchenko_pastur *law, const dyson_marks *marks)
{
    return dyson_marks_distance(marks, cumulative, law);
}

/* A level of all spectra together.  The smaller of the two sets comes first in their numbering. */
typedef struct mark {
    double x;
    uint32_t spectrum;
} mark;

static int ascending(const void *a, const void *b)
{
    const mark *one = a, *other = b;
    return (one->x > other->x) - (one->x < other->x);
}

/* All levels in ascending order, in blocks of some 64, no two equal ones in different blocks. */
enum { BLOCK = 64 };
typedef struct ladder {
    size_t levels, spectra, first; /* of a spectrum; of both sets; of the first set */
    mark *marks;                   /* spectra x levels */
    size_t blocks;
    size_t *end;        /* blocks: number of marks up to the end of each */
    uint32_t *block_of; /* spectra x levels: blocks of the levels of each spectrum, in any order */
    uint32_t *count;    /* blocks: marks of the first set, of one division */
    uint32_t *order;    /* spectra: of a division, the first set first */
    uint8_t *member;    /* spectra */
} ladder;

static void free_ladder(ladder *l)
{
    void *owned[] = {l->marks, l->end, l->block_of, l->count, l->order, l->member};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
}

static int create_ladder(ladder *l, dyson_error *error)
{
    const size_t count = l->spectra * l->levels, most = count / BLOCK + 1;
    l->marks = malloc(count * sizeof *l->marks);
    l->end = malloc(most * sizeof *l->end);
    l->block_of = malloc(count * sizeof *l->block_of);
    l->count = malloc(most * sizeof *l->count);
    l->order = malloc(l->spectra * sizeof *l->order);
    l->member = malloc(l->spectra);
    if (l->marks == NULL || l->end == NULL || l->block_of == NULL || l->count == NULL ||
        l->order == NULL || l->member == NULL)
        return dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu spectra", l->spectra);
    return DYSON_OK;
}

/* When the marks are there. */
static void sort_ladder(ladder *l)
{
    const size_t count = l->spectra * l->levels;
    qsort(l->marks, count, sizeof *l->marks, ascending);
    for (size_t i = 0, from = 0; i < count; i++)
        if (i + 1 == count || (i + 1 >= from + BLOCK && l->marks[i + 1].x > l->marks[i].x))
            l->end[l->blocks++] = from = i + 1;
    uint32_t *seen = l->order; /* levels of each spectrum so far */
    memset(seen, 0, l->spectra * sizeof *seen);
    for (size_t i = 0, b = 0; i < count; i++) {
        const uint32_t r = l->marks[i].spectrum;
        b += i == l->end[b];
        l->block_of[r * l->levels + seen[r]++] = (uint32_t)b;
    }
    for (size_t r = 0; r < l->spectra; r++)
        l->order[r] = (uint32_t)r;
}

/* The next division, from the one before: which spectra are the first set is drawn anew
 * (Fisher-Yates). */
static void permute(ladder *l, uint64_t key, int64_t stream, int64_t k)
{
    uint32_t word[4] = {0};
    for (size_t i = 0; i < l->first && i + 1 < l->spectra; i++) {
        if (i % 4 == 0)
            dyson_random_block(key, DYSON_PURPOSE_DATA, k, stream, (uint32_t)(i / 4), word);
        const size_t j = i + (size_t)(((uint64_t)word[i % 4] * (l->spectra - i)) >> 32);
        const uint32_t other = l->order[i];
        l->order[i] = l->order[j];
        l->order[j] = other;
    }
}

static void count_division(ladder *l)
{
    memset(l->count, 0, l->blocks * sizeof *l->count);
    for (size_t i = 0; i < l->first; i++) {
        const uint32_t *const block = l->block_of + l->order[i] * l->levels;
        for (size_t j = 0; j < l->levels; j++)
            l->count[block[j]]++;
    }
}

static void mark_members(ladder *l)
{
    memset(l->member, 0, l->spectra);
    for (size_t i = 0; i < l->first; i++)
        l->member[l->order[i]] = 1;
}

/* sup |F_first - F_others| times the levels of both sets is the largest of |c levels - i first|,
 * where c of the first i marks are of the first set: whole numbers, so that equal divisions are
 * seen to be equal. */
static int64_t away(const ladder *l, size_t c, size_t i)
{
    const int64_t all = (int64_t)(l->spectra * l->levels), first = (int64_t)(l->first * l->levels);
    const int64_t d = (int64_t)c * all - (int64_t)i * first;
    return d < 0 ? -d : d;
}

/* The largest within a block, of which `below` marks of the first set are below. */
static int64_t most_within(const ladder *l, size_t from, size_t to, size_t below)
{
    int64_t most = 0;
    for (size_t i = from, c = below; i < to; i++) {
        c += l->member[l->marks[i].spectrum];
        if (i + 1 == to || l->marks[i + 1].x > l->marks[i].x) {
            const int64_t here = away(l, c, i + 1);
            most = here > most ? here : most;
        }
    }
    return most;
}

static int64_t distance_of(ladder *l)
{
    int64_t most = 0;
    mark_members(l);
    count_division(l);
    for (size_t b = 0, from = 0, c = 0; b < l->blocks; from = l->end[b], c += l->count[b], b++) {
        const int64_t here = most_within(l, from, l->end[b], c);
        most = here > most ? here : most;
    }
    return most;
}

/* Whether a division is at least `least` apart.  It is enough to look at the ends of blocks, and
 * into those in which it could be: c and i only grow in a block. */
static bool is_as_far(ladder *l, int64_t least)
{
    bool marked = false;
    count_division(l);
    for (size_t b = 0, c = 0; b < l->blocks; c += l->count[b], b++)
        if (away(l, c + l->count[b], l->end[b]) >= least)
            return true;
    const int64_t all = (int64_t)(l->spectra * l->levels), first = (int64_t)(l->first * l->levels);
    for (size_t b = 0, from = 0, c = 0; b < l->blocks; from = l->end[b], c += l->count[b], b++) {
        const int64_t highest = (int64_t)(c + l->count[b]) * all - (int64_t)from * first;
        const int64_t lowest = (int64_t)c * all - (int64_t)l->end[b] * first;
        if (highest < least && -lowest < least)
            continue;
        if (!marked)
            mark_members(l);
        marked = true;
        if (most_within(l, from, l->end[b], c) >= least)
            return true;
    }
    return false;
}

int dyson_start_compare(size_t levels, size_t n, const double *a, size_t m, const double *b,
                        int64_t stream, double *distance, double *p, dyson_error *error)
{
    *distance = *p = NAN;
    if (n < LEAST_REPLICAS || m < LEAST_REPLICAS)
        return DYSON_OK;
    const size_t first = n <= m ? n : m, most = DYSON_MOST_LARGER * first;
    const size_t all = n + m < first + most ? n + m : first + most, count = all * levels;
    const double *const smaller = n <= m ? a : b, *const larger = n <= m ? b : a;
    const uint64_t key = dyson_random_digest(permutation_name, sizeof permutation_name - 1);
    ladder l = {.levels = levels, .spectra = all, .first = first};
    if (create_ladder(&l, error) == DYSON_OK) {
        for (size_t i = 0; i < count; i++)
            l.marks[i] = (mark){i < first * levels ? smaller[i] : larger[i - first * levels],
                                (uint32_t)(i / levels)};
        sort_ladder(&l);
        const int64_t found = distance_of(&l);
        int as_far = 0;
        for (int64_t k = 0; k < DYSON_PERMUTATIONS; k++) {
            permute(&l, key, stream, k);
            as_far += is_as_far(&l, found);
        }
        *distance = (double)found / ((double)(first * levels) * (double)((all - first) * levels));
        *p = (1.0 + as_far) / (1.0 + DYSON_PERMUTATIONS);
    }
    free_ladder(&l);
    return error->code;
}
