/* tables.c: the tables of an analysis and its histograms.
 *
 * A table that is listed here is spread over the ranks, gathered, written to the statistics file
 * and put into the JSON document. */
#include "statistics/analysis.h"
#include "statistics/bulk.h"

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

static size_t splittings(const dyson_analysis *a)
{
    return a->splittings;
}

static size_t initial(const dyson_analysis *a)
{
    return dyson_has_initial(a) ? 1 : 0;
}

static size_t increments(const dyson_analysis *a)
{
    return dyson_has_increments(a) ? a->levels * a->levels : 0;
}

static size_t noise(const dyson_analysis *a)
{
    return dyson_has_increments(a) ? 1 : 0;
}

/* Without another snapshot there is nothing to correlate with. */
static size_t relaxation(const dyson_analysis *a)
{
    return a->merged.snapshots > 1 ? a->groups : 0;
}

static size_t snapshots(const dyson_analysis *a)
{
    return a->merged.snapshots;
}

static size_t correlations(const dyson_analysis *a)
{
    return relaxation(a) * snapshots(a);
}

static double update_of_snapshot(const dyson_analysis *a, size_t snapshot)
{
    return (double)a->merged.updates[snapshot % a->merged.snapshots];
}

static size_t level_of_group(const dyson_analysis *a, size_t row)
{
    return (size_t)a->first[row];
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

static size_t level_of_splitting(const dyson_analysis *a, size_t row)
{
    return (size_t)a->split_level[row];
}

static const dyson_flag moves = {
    "moves", "1 where drift is beyond 4 errors: the level is not stationary", dyson_level_moves};

static const dyson_flag mixing = {
    "mixing", "1 where overlap is above mixing_threshold: the pair mixes with a neighbour",
    dyson_pair_mixes};

static const dyson_flag alone = {
    "alone",
    "1 where the model has these two levels only, of equal predicted sigma: the Rice law is "
    "then that of the model",
    dyson_splitting_is_alone};

static const dyson_label target_splitting = {"target_splitting",
                                             "Delta: difference of the two levels' targets",
                                             "dimensionless", dyson_target_splitting};

static const dyson_label update = {"update", "update number of the snapshot", "updates",
                                   update_of_snapshot};

const dyson_table dyson_tables[TABLES] = {
    [TABLE_LEVELS] = {.name = "levels",
                      .column = dyson_level_columns,
                      .columns = LEVEL_COLUMNS,
                      .rows = levels,
                      .level = level_itself,
                      .span = 1,
                      .flag = &moves,
                      .tasks = groups, /* fill pairs and singles too */
                      .begin = dyson_begin_group},
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
    [TABLE_SPLITTINGS] = {.name = "splittings",
                          .column = dyson_split_columns,
                          .columns = SPLIT_COLUMNS,
                          .rows = splittings,
                          .level = level_of_splitting,
                          .span = 2,
                          .levels_text = "two neighbouring levels whose targets are alone: rank in "
                                         "descending x, from 0",
                          .label = &target_splitting,
                          .labels = 1,
                          .flag = &alone,
                          .tasks = splittings,
                          .begin = dyson_begin_splitting},
    [TABLE_INITIAL] = {.name = "initial",
                       .column = dyson_initial_columns,
                       .columns = INITIAL_COLUMNS,
                       .rows = initial,
                       .lone = true,
                       .optional = true,
                       .tasks = initial,
                       .begin = dyson_begin_initial},
    [TABLE_INCREMENTS] = {.name = "increments",
                          .column = dyson_increment_columns,
                          .columns = INCREMENT_COLUMNS,
                          .rows = increments,
                          .inner = levels,
                          .optional = true,
                          .tasks = noise, /* fills the means too */
                          .begin = dyson_begin_increments},
    [TABLE_NOISE] = {.name = "noise",
                     .column = dyson_noise_columns,
                     .columns = NOISE_COLUMNS,
                     .rows = noise,
                     .lone = true,
                     .optional = true},
    [TABLE_CORRELATIONS] = {.name = "correlations",
                            .column = dyson_correlation_columns,
                            .columns = CORRELATION_COLUMNS,
                            .rows = correlations,
                            .inner = snapshots,
                            .label = &update,
                            .labels = 1,
                            .optional = true,
                            .tasks = relaxation, /* fill the rates too */
                            .begin = dyson_begin_correlations},
    [TABLE_RELAXATION] = {.name = "relaxation",
                          .column = dyson_relaxation_columns,
                          .columns = RELAXATION_COLUMNS,
                          .rows = relaxation,
                          .level = level_of_group,
                          .span = 1,
                          .levels_text = "first level of each mode: rank in descending x, from 0",
                          .optional = true},
    [TABLE_RATIOS] = {.name = "ratios",
                      .column = dyson_ratio_columns,
                      .columns = RATIO_COLUMNS,
                      .rows = dyson_bulk_ratio_rows,
                      .label = dyson_ratio_labels,
                      .labels = 3,
                      .optional = true},
    [TABLE_UNFOLDED] = {.name = "unfolded",
                        .column = dyson_unfolded_columns,
                        .columns = UNFOLDED_COLUMNS,
                        .rows = dyson_bulk_unfolded_rows,
                        .label = dyson_unfolded_labels,
                        .labels = 1,
                        .optional = true},
    [TABLE_SPACINGS] = {.name = "unfolded_spacings",
                        .column = dyson_bin_columns,
                        .columns = BIN_COLUMNS,
                        .rows = dyson_bulk_spacing_rows,
                        .inner = dyson_bulk_spacing_bins,
                        .label = dyson_spacing_labels,
                        .labels = 3,
                        .optional = true},
    [TABLE_NUMBER] = {.name = "number_statistics",
                      .column = dyson_number_columns,
                      .columns = NUMBER_COLUMNS,
                      .rows = dyson_bulk_number_rows,
                      .inner = dyson_bulk_lengths,
                      .label = dyson_number_labels,
                      .labels = 5,
                      .optional = true},
    [TABLE_FORM] = {.name = "form_factor",
                    .column = dyson_form_columns,
                    .columns = FORM_COLUMNS,
                    .rows = dyson_bulk_form_rows,
                    .inner = dyson_bulk_taus,
                    .label = dyson_form_labels,
                    .labels = 3,
                    .optional = true},
    [TABLE_LAW] = {.name = "spectral_law",
                   .column = dyson_law_columns,
                   .columns = LAW_COLUMNS,
                   .rows = dyson_bulk_law_rows,
                   .label = dyson_law_labels,
                   .labels = 3,
                   .optional = true},
    [TABLE_DENSITY] = {.name = "spectral_density",
                       .column = dyson_place_columns,
                       .columns = PLACE_COLUMNS,
                       .rows = dyson_bulk_density_rows,
                       .inner = dyson_bulk_density_bins,
                       .optional = true},
    [TABLE_LARGEST] = {.name = "largest_level",
                       .column = dyson_bin_columns,
                       .columns = BIN_COLUMNS,
                       .rows = dyson_bulk_largest_rows,
                       .inner = dyson_bulk_largest_bins,
                       .label = dyson_largest_labels,
                       .labels = 2,
                       .optional = true},
};

const dyson_histogram_kind dyson_histogram_kinds[HISTOGRAMS] = {
    [HISTOGRAM_SPACING] = {"spacing", 'k', pairs},
    [HISTOGRAM_DENSITY] = {"density", 'k', pairs},
    [HISTOGRAM_SINGLE] = {"single", 'q', singles},
    [HISTOGRAM_SPLITTING] = {"splitting", 'd', splittings},
    [HISTOGRAM_SPECTRUM] = {"spectrum", 0, one},
    [HISTOGRAM_INITIAL] = {"initial", 0, initial},
    [HISTOGRAM_SYNTHETIC] = {"initial_synthetic", 0, initial},
};
