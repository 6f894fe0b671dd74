/* tables.c: the tables of an analysis and its histograms.
 *
 * A table that is listed here is spread over the ranks, gathered, written to the statistics file and
 * put into the JSON document. */
#include "statistics/analysis.h"

static size_t one(const dyson_analysis *a)
{
    (void)a;
    return 1;
}

static size_t groups(const dyson_analysis *a)
{
    return a->groups;
}

static size_t levels(const dyson_analysis *a)
{
    return a->levels;
}

static size_t pairs(const dyson_analysis *a)
{
    return a->pairs;
}

static size_t singles(const dyson_analysis *a)
{
    return a->singles;
}

static size_t level_itself(const dyson_analysis *a, size_t row)
{
    (void)a;
    return row;
}

static size_t level_of_pair(const dyson_analysis *a, size_t row)
{
    return (size_t)a->pair_level[row];
}

static size_t level_of_single(const dyson_analysis *a, size_t row)
{
    return (size_t)a->single_level[row];
}

static const dyson_flag moves = {
    "moves", "1 where drift is beyond 4 errors: the level is not stationary", dyson_level_moves};

static const dyson_flag mixing = {
    "mixing", "1 where overlap is above mixing_threshold: the pair mixes with a neighbour",
    dyson_pair_mixes};

const dyson_table dyson_tables[TABLES] = {
    [TABLE_LEVELS] = {.name = "levels",
                      .column = dyson_level_columns,
                      .columns = LEVEL_COLUMNS,
                      .rows = levels,
                      .level = level_itself,
                      .span = 1,
                      .flag = &moves,
                      .tasks = groups, /* fill pairs and singles too */
                      .run = dyson_analyse_group},
    [TABLE_PAIRS] = {.name = "pairs",
                     .column = dyson_pair_columns,
                     .columns = PAIR_COLUMNS,
                     .rows = pairs,
                     .level = level_of_pair,
                     .span = 2,
                     .levels_text = "upper and lower level of each degenerate pair: rank in "
                                    "descending x, from 0",
                     .flag = &mixing},
    [TABLE_SINGLES] = {.name = "singles",
                       .column = dyson_single_columns,
                       .columns = SINGLE_COLUMNS,
                       .rows = singles,
                       .level = level_of_single,
                       .span = 1,
                       .levels_text = "level of each single: rank in descending x, from 0"},
};

const dyson_histogram_kind dyson_histogram_kinds[HISTOGRAMS] = {
    [HISTOGRAM_SPACING] = {"spacing", 'k', pairs},
    [HISTOGRAM_DENSITY] = {"density", 'k', pairs},
    [HISTOGRAM_SINGLE] = {"single", 'q', singles},
    [HISTOGRAM_SPECTRUM] = {"spectrum", 0, one},
};
