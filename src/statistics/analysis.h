/* analysis.h: what an analysis consists of.  P points, N levels, K pairs, Q singles,
 * D splittings.
 *
 * Numbers stand in tables: at every point the same rows (levels, pairs, singles, splittings), one
 * column per statistic. The names below index columns, and columns.c says what each is called and
 * means; tables.c lists the tables, with their rows and what fills them.  The statistics file, the
 * JSON document and the exchange between ranks go by that list: who adds a table adds its columns,
 * and one entry there. */
#ifndef DYSON_STATISTICS_ANALYSIS_H
#define DYSON_STATISTICS_ANALYSIS_H

#include "dyson/statistics.h"
#include "statistics/bulk_laws.h"
#include "statistics/merge.h"
#include "statistics/task.h"

#define DYSON_MIXING_THRESHOLD 0.01
/* Errors beyond which a level's mean has moved: by chance once in 16000. */
#define DYSON_MOVED_THRESHOLD 4.0

enum { COUNT_DONE, COUNT_DIVERGED, COUNT_PENDING, COUNT_DAMAGED, COUNT_OUTSIDE, COUNT_COLUMNS };

enum {
    LEVEL_MEAN,
    LEVEL_MEAN_ERROR,
    LEVEL_STD,
    LEVEL_STD_ERROR,
    LEVEL_SKEWNESS,
    LEVEL_SKEWNESS_ERROR,
    LEVEL_BINDER,
    LEVEL_BINDER_ERROR,
    LEVEL_RATIO,
    LEVEL_RATIO_ERROR,
    LEVEL_DRIFT,
    LEVEL_DRIFT_ERROR,
    LEVEL_OVERLAP, /* with the next level; the last level has none */
    LEVEL_COLUMNS
};

enum {
    PAIR_SPACING,
    PAIR_SPACING_ERROR,
    PAIR_SURMISE_ML,
    PAIR_SURMISE_ML_ERROR,
    PAIR_SURMISE_FIT,
    PAIR_SURMISE_FIT_ERROR,
    PAIR_SURMISE_CHI2,
    PAIR_SURMISE_DOF,
    PAIR_SURMISE_KS,
    PAIR_SURMISE_AD,
    PAIR_CENTRE_ML,
    PAIR_CENTRE_ML_ERROR,
    PAIR_DENSITY_ML,
    PAIR_DENSITY_ML_ERROR,
    PAIR_CENTRE_FIT,
    PAIR_CENTRE_FIT_ERROR,
    PAIR_DENSITY_FIT,
    PAIR_DENSITY_FIT_ERROR,
    PAIR_DENSITY_CHI2,
    PAIR_DENSITY_DOF,
    PAIR_DENSITY_KS,
    PAIR_DENSITY_AD,
    PAIR_COVARIANCE,
    PAIR_BINDER,
    PAIR_BINDER_ERROR,
    PAIR_PREDICTED_SIGMA,
    PAIR_PREDICTED_SPACING,
    PAIR_ABSCISSA,
    PAIR_SLOPE,
    PAIR_OVERLAP,
    PAIR_COLUMNS
};

enum {
    SINGLE_MEAN,
    SINGLE_MEAN_ERROR,
    SINGLE_STD,
    SINGLE_STD_ERROR,
    SINGLE_BINDER,
    SINGLE_BINDER_ERROR,
    SINGLE_KS,
    SINGLE_AD,
    SINGLE_PREDICTED,
    SINGLE_COLUMNS
};

enum {
    SPLIT_SPACING,
    SPLIT_SPACING_ERROR,
    SPLIT_SPLITTING_ML,
    SPLIT_SPLITTING_ML_ERROR,
    SPLIT_SIGMA_ML,
    SPLIT_SIGMA_ML_ERROR,
    SPLIT_RICE_KS,
    SPLIT_PREDICTED_SIGMA,
    SPLIT_PREDICTED_RICE,
    SPLIT_PREDICTED_CLOSURE,
    SPLIT_ISOLATION,
    SPLIT_COLUMNS
};

/* Of the spectra at update 0. */
enum {
    INITIAL_TRACE,
    INITIAL_TRACE_ERROR,
    INITIAL_TRACE_EXACT,
    INITIAL_SQUARES,
    INITIAL_SQUARES_ERROR,
    INITIAL_SQUARES_EXACT,
    INITIAL_DISTANCE,
    INITIAL_P,
    INITIAL_SCALE,
    INITIAL_RATIO,
    INITIAL_LOW,
    INITIAL_HIGH,
    INITIAL_KS,
    INITIAL_KS_SYNTHETIC,
    INITIAL_COLUMNS
};

/* Of the elements (i, j) of one update's change of X. */
enum {
    INCREMENT_NOISE,
    INCREMENT_NOISE_ERROR,
    INCREMENT_PREDICTED,
    INCREMENT_PREDICTED_HERE,
    INCREMENT_COLUMNS
};

/* Of all elements off the diagonal together, and of those on it. */
enum {
    NOISE_OFF,
    NOISE_OFF_ERROR,
    NOISE_OFF_CHI2,
    NOISE_OFF_DOF,
    NOISE_DIAGONAL,
    NOISE_DIAGONAL_ERROR,
    NOISE_DIAGONAL_CHI2,
    NOISE_DIAGONAL_DOF,
    NOISE_COLUMNS
};

/* Of a mode and a snapshot; and of a mode. */
enum { CORRELATION_VALUE, CORRELATION_ERROR, CORRELATION_USED, CORRELATION_COLUMNS };
enum {
    RELAXATION_RATE,
    RELAXATION_RATE_ERROR,
    RELAXATION_PREDICTED,
    RELAXATION_LAGS,
    RELAXATION_COLUMNS
};

typedef struct dyson_column {
    const char *name, *text;
    bool but_last; /* the last row has none */
} dyson_column;

extern const dyson_column dyson_count_columns[COUNT_COLUMNS];
extern const dyson_column dyson_level_columns[LEVEL_COLUMNS];
extern const dyson_column dyson_pair_columns[PAIR_COLUMNS];
extern const dyson_column dyson_single_columns[SINGLE_COLUMNS];
extern const dyson_column dyson_split_columns[SPLIT_COLUMNS];
extern const dyson_column dyson_initial_columns[INITIAL_COLUMNS];
extern const dyson_column dyson_increment_columns[INCREMENT_COLUMNS];
extern const dyson_column dyson_noise_columns[NOISE_COLUMNS];
extern const dyson_column dyson_correlation_columns[CORRELATION_COLUMNS];
extern const dyson_column dyson_relaxation_columns[RELAXATION_COLUMNS];

/* One line of Fig. 6 kind: y against x through the origin, over (point, pair). */
typedef struct dyson_scaling {
    const char *name, *text;
    const dyson_key *by; /* over the points that vary this key alone; NULL: over all points */
    dyson_line line;
    double predicted;
    size_t count;
    double *x, *x_error, *y, *y_error; /* count each, one allocation owned by x */
    int64_t *point, *pair;             /* count each, one allocation owned by point */
} dyson_scaling;

enum {
    TABLE_LEVELS,
    TABLE_PAIRS,
    TABLE_SINGLES,
    TABLE_SPLITTINGS,
    TABLE_INITIAL,
    TABLE_INCREMENTS,
    TABLE_NOISE,
    TABLE_CORRELATIONS,
    TABLE_RELAXATION,
    TABLE_RATIOS,
    TABLE_UNFOLDED,
    TABLE_SPACINGS,
    TABLE_NUMBER,
    TABLE_FORM,
    TABLE_LAW,
    TABLE_DENSITY,
    TABLE_LARGEST,
    TABLES
};
enum {
    HISTOGRAM_SPACING,
    HISTOGRAM_DENSITY,
    HISTOGRAM_SINGLE,
    HISTOGRAM_SPLITTING,
    HISTOGRAM_SPECTRUM,
    HISTOGRAM_INITIAL,
    HISTOGRAM_SYNTHETIC,
    HISTOGRAMS
};

struct dyson_analysis {
    dyson_merged merged;
    const dyson_shape *shape; /* owned by the first reader */
    size_t points, levels, groups, pairs, singles, splittings;
    int *first;                 /* groups + 1: first level of each group */
    int *pair_level;            /* pairs: the upper level; the lower one is the next */
    int *single_level;          /* singles */
    int *split_level;           /* splittings: the upper level of two neighbouring singles */
    size_t swept;               /* point parameters that vary */
    const dyson_key **key;      /* swept */
    double *value;              /* swept x points */
    double *rate;               /* points: alpha/B, or NaN */
    int64_t *count;             /* points x COUNT_COLUMNS */
    double *table[TABLES];      /* points x rows x columns, as in dyson_tables */
    dyson_histogram *histogram; /* points x dyson_histograms(a) */
    dyson_scaling *scaling;     /* 3 x (1 + swept) */
    size_t scalings;
    dyson_unfolding unfolding;           /* of whole spectra (bulk.h) */
    bool lawful;                         /* whether the law of some of them is known */
    dyson_knotted spacing_law, edge_law; /* rank 0, where there are tables of them */
    dyson_line *repulsion;               /* levels */
    uint8_t *repulsion_used;             /* points */
};

/* A number of each row that is the same at all points; where rows are a matrix, of its columns. */
typedef struct dyson_label {
    const char *name, *text, *units;
    double (*value)(const dyson_analysis *a, size_t row);
} dyson_label;

/* What is yes or no for each row, from its numbers. */
typedef struct dyson_flag {
    const char *name, *text;
    bool (*holds)(const dyson_analysis *a, size_t p, size_t row);
} dyson_flag;

/* A table; name, column, columns and rows must be given. */
typedef struct dyson_table {
    const char *name; /* group of the statistics file, array of a point in the JSON document */
    const dyson_column *column;
    size_t columns;
    size_t (*rows)(const dyson_analysis *a); /* at each point */
    bool lone;                               /* the only row: datasets have no axis for it */
    bool optional; /* without rows, there is no group in the statistics file */
    /* Rows that are the elements of a matrix, row-major: its columns.  NULL: rows are a list. */
    size_t (*inner)(const dyson_analysis *a);
    /* Where rows speak of levels: the level of a row, the upper one of `span`, whose targets kappa
     * and x label the row.  levels_text: what the row's levels are; NULL where rows are levels. */
    size_t (*level)(const dyson_analysis *a, size_t row);
    size_t span;
    const char *levels_text;
    const dyson_label *label; /* labels of its own */
    size_t labels;
    const dyson_flag *flag; /* NULL: none */
    /* Tasks that fill the table at a point; any rank may do any of them (local).  They may also
     * fill others, which then have no tasks of their own. */
    size_t (*tasks)(const dyson_analysis *a);
    int (*begin)(dyson_analysis *a, const dyson_null *null, size_t p, size_t index,
                 dyson_task *task, dyson_error *error);
} dyson_table;

extern const dyson_table dyson_tables[TABLES];

static inline double *dyson_row(const dyson_analysis *a, int table, size_t p, size_t row)
{
    const dyson_table *t = &dyson_tables[table];
    return a->table[table] + (p * t->rows(a) + row) * t->columns;
}

static inline double *dyson_level_row(const dyson_analysis *a, size_t p, size_t level)
{
    return dyson_row(a, TABLE_LEVELS, p, level);
}

static inline double *dyson_pair_row(const dyson_analysis *a, size_t p, size_t pair)
{
    return dyson_row(a, TABLE_PAIRS, p, pair);
}

static inline double *dyson_single_row(const dyson_analysis *a, size_t p, size_t single)
{
    return dyson_row(a, TABLE_SINGLES, p, single);
}

static inline int64_t *dyson_count_row(const dyson_analysis *a, size_t p)
{
    return a->count + p * COUNT_COLUMNS;
}

/* Whether a level has a place in the model: its target lies within the ceiling. */
static inline bool dyson_can_be_learnt(const dyson_analysis *a, size_t level)
{
    return a->shape->kappa == NULL || a->shape->kappa[level] < a->shape->ceiling;
}

/* Whether a pair mixes with a neighbouring mode. */
static inline bool dyson_pair_mixes(const dyson_analysis *a, size_t p, size_t pair)
{
    return dyson_pair_row(a, p, pair)[PAIR_OVERLAP] > DYSON_MIXING_THRESHOLD;
}

/* Whether a level's mean still moves; false where that is not known. */
static inline bool dyson_level_moves(const dyson_analysis *a, size_t p, size_t level)
{
    const double *row = dyson_level_row(a, p, level);
    return row[LEVEL_DRIFT] > DYSON_MOVED_THRESHOLD * row[LEVEL_DRIFT_ERROR] ||
           -row[LEVEL_DRIFT] > DYSON_MOVED_THRESHOLD * row[LEVEL_DRIFT_ERROR];
}

/* <lambda>/kappa of a level at zero noise: 1 for a mode that can be learnt. */
static inline double dyson_ratio_at_zero(const dyson_analysis *a, size_t level)
{
    return dyson_can_be_learnt(a, level)
               ? 1.0
               : (a->shape->ceiling - a->shape->x[level]) / a->shape->kappa[level];
}

/* Histograms of a kind: one for each row of something, named by point, letter and row. */
typedef struct dyson_histogram_kind {
    const char *name; /* group histograms/<name> of the statistics file */
    char letter;      /* 0: one for each point */
    size_t (*rows)(const dyson_analysis *a);
} dyson_histogram_kind;

extern const dyson_histogram_kind dyson_histogram_kinds[HISTOGRAMS];

/* Histograms of a point, of the kinds before `kind`: of all with HISTOGRAMS. */
static inline size_t dyson_histograms_before(const dyson_analysis *a, int kind)
{
    size_t count = 0;
    for (int i = 0; i < kind; i++)
        count += dyson_histogram_kinds[i].rows(a);
    return count;
}

/* The i-th histogram of a kind at a point. */
static inline dyson_histogram *dyson_histogram_at(const dyson_analysis *a, size_t p, int kind,
                                                  size_t i)
{
    return a->histogram + p * dyson_histograms_before(a, HISTOGRAMS) +
           dyson_histograms_before(a, kind) + i;
}

/* Local.  Tasks at one point, which fill rows and histograms: one group of levels, with its pair or
 * single; two neighbouring singles; spectra at update 0; what one update does to X; how the mean of
 * one group at other snapshots goes with that at the one that is analysed; the spectrum as a whole.
 * Begun tasks are to be cleared, also where `begin` fails. */
int dyson_begin_group(dyson_analysis *a, const dyson_null *null, size_t p, size_t index,
                      dyson_task *task, dyson_error *error);
int dyson_begin_splitting(dyson_analysis *a, const dyson_null *null, size_t p, size_t row,
                          dyson_task *task, dyson_error *error);
int dyson_begin_initial(dyson_analysis *a, const dyson_null *null, size_t p, size_t index,
                        dyson_task *task, dyson_error *error);
int dyson_begin_increments(dyson_analysis *a, const dyson_null *null, size_t p, size_t index,
                           dyson_task *task, dyson_error *error);
int dyson_begin_correlations(dyson_analysis *a, const dyson_null *null, size_t p, size_t group,
                             dyson_task *task, dyson_error *error);
int dyson_begin_spectrum(dyson_analysis *a, size_t p, dyson_task *task, dyson_error *error);

double dyson_target_splitting(const dyson_analysis *a, size_t row);
/* Whether the model has no other level and predicts the same sigma for the two. */
bool dyson_splitting_is_alone(const dyson_analysis *a, size_t p, size_t row);

bool dyson_has_initial(const dyson_analysis *a);
bool dyson_has_increments(const dyson_analysis *a);

/* Rank 0: what relates points to each other, from the rows. */
int dyson_analyse_scaling(dyson_analysis *a, dyson_error *error);

#endif
