/* bulk.h: statistics of whole spectra, gathered one spectrum at a time.
 *
 * The replicas of a point are divided into at most DYSON_BLOCKS blocks of neighbours, by their
 * number alone. A block's sums are made by one rank, in the order of its replicas; all that is
 * published is a function of the sums of all blocks, and its error the delete-one-block jackknife.
 * So nothing depends on the number of ranks, and memory not on that of replicas. */
#ifndef DYSON_STATISTICS_BULK_H
#define DYSON_STATISTICS_BULK_H

#include "statistics/analysis.h"
#include "statistics/bulk_laws.h"
#include "statistics/unfold.h"

#define DYSON_BLOCKS 32
#define DYSON_LEAST_RATIOS 3    /* levels from which on there are ratios of spacings */
#define DYSON_LEAST_UNFOLDED 16 /* and unfolded spectra */
#define DYSON_LEAST_LAW 2       /* and comparisons with the law of whole spectra */

#define DYSON_SPACING_BINS 64 /* in the file, of width 1/16 */
#define DYSON_SPACING_WIDTH 0.0625
#define DYSON_SPACING_SUMS 129 /* gathered: up to 8, and all above */
#define DYSON_SPACING_FINE 16  /* parts of a bin, for distances */
#define DYSON_LENGTHS 18
#define DYSON_TAUS 40
#define DYSON_TAU_STEP 0.05
#define DYSON_DENSITY_BINS 48 /* from centre - 1.2 half to centre + 1.2 half */
#define DYSON_EDGE_BINS 2304  /* from -10 to 8, of width 1/128 */
#define DYSON_EDGE_LOW (-10.0)
#define DYSON_EDGE_WIDTH 0.0078125
#define DYSON_LARGEST_BINS 40 /* in the file: from -6 to 4, of width 1/4 */
#define DYSON_LARGEST_LOW (-6.0)
#define DYSON_LARGEST_WIDTH 0.25
#define DYSON_THINNING 4 /* of the spacings, one in so many is tested */

/* Columns of the tables.  At each snapshot: ratios of spacings; unfolded spacings; the law. */
enum { RATIO_MEAN, RATIO_MEAN_ERROR, RATIO_COLUMNS };
enum {
    UNFOLDED_METHOD,
    UNFOLDED_SPACING,
    UNFOLDED_SPACING_ERROR,
    UNFOLDED_VARIANCE,
    UNFOLDED_VARIANCE_ERROR,
    UNFOLDED_KS,
    UNFOLDED_P,
    UNFOLDED_KS_POISSON,
    UNFOLDED_P_POISSON,
    UNFOLDED_BRODY,
    UNFOLDED_BRODY_ERROR,
    UNFOLDED_BRODY_ORTHOGONAL,
    UNFOLDED_COLUMNS
};
enum {
    LAW_KIND,
    LAW_LOW,
    LAW_HIGH,
    LAW_KS,
    LAW_CHI2,
    LAW_P,
    LAW_EDGE,
    LAW_EDGE_ERROR,
    LAW_EDGE_STD,
    LAW_EDGE_STD_ERROR,
    LAW_EDGE_KS,
    LAW_EDGE_P,
    LAW_COLUMNS
};
/* Of a snapshot and a bin, a length L, a time tau. */
enum { BIN_DENSITY, BIN_DENSITY_ERROR, BIN_COLUMNS };
enum {
    NUMBER_VARIANCE,
    NUMBER_VARIANCE_ERROR,
    NUMBER_RIGIDITY,
    NUMBER_RIGIDITY_ERROR,
    NUMBER_COLUMNS
};
enum { FORM_VALUE, FORM_ERROR, FORM_COLUMNS };
enum { PLACE_X, PLACE_DENSITY, PLACE_DENSITY_ERROR, PLACE_LAW, PLACE_COLUMNS };

extern const dyson_column dyson_ratio_columns[RATIO_COLUMNS];
extern const dyson_column dyson_unfolded_columns[UNFOLDED_COLUMNS];
extern const dyson_column dyson_law_columns[LAW_COLUMNS];
extern const dyson_column dyson_bin_columns[BIN_COLUMNS];
extern const dyson_column dyson_number_columns[NUMBER_COLUMNS];
extern const dyson_column dyson_form_columns[FORM_COLUMNS];
extern const dyson_column dyson_place_columns[PLACE_COLUMNS];

extern const double dyson_lengths[DYSON_LENGTHS]; /* L, multiples of 1/2, ascending */

/* Of a block; doubles alone, so that it is added, and gathered, as an array of them. */
typedef struct dyson_bulk_sums {
    double replicas;
    double ratio, ratios;                          /* sum and number */
    double spacing[DYSON_SPACING_SUMS];            /* numbers */
    double spacings, spacing_sum, spacing_squares; /* number, sum s, sum s^2 */
    double number[DYSON_LENGTHS], number_squares[DYSON_LENGTHS], windows[DYSON_LENGTHS];
    double rigidity[DYSON_LENGTHS], intervals[DYSON_LENGTHS];
    double form[DYSON_TAUS], weight;                  /* |sum w e^(2 pi i tau y)|^2, sum w^2 */
    double density[DYSON_DENSITY_BINS], below, above; /* numbers of levels */
    double chebyshev[DYSON_CHEBYSHEV], chebyshev_squares[DYSON_CHEBYSHEV];
    double edge, edge_squares;
} dyson_bulk_sums;
#define DYSON_BULK_SUMS (sizeof(dyson_bulk_sums) / sizeof(double))

/* Of all replicas; whole numbers alone, the same in any order. */
typedef struct dyson_bulk_counts {
    uint64_t spacing[(DYSON_SPACING_SUMS - 1) * DYSON_SPACING_FINE + 1];
    uint64_t thinned[(DYSON_SPACING_SUMS - 1) * DYSON_SPACING_FINE + 1];
    uint64_t edge[DYSON_EDGE_BINS + 2]; /* the first below, the last above all bins */
} dyson_bulk_counts;
#define DYSON_BULK_COUNTS (sizeof(dyson_bulk_counts) / sizeof(uint64_t))

/* What is known of the spectra of one point and snapshot. */
typedef struct dyson_bulk_view {
    size_t levels;
    dyson_density density;
    dyson_unfolding_map map; /* its density points to that above */
} dyson_bulk_view;

/* Length of the pieces of the bulk through which the form factor is seen: at least 80 where the
 * bulk has them.  It is resolved to about 2 over that, and given for tau from 4 over that on. */
double dyson_form_length(size_t levels);

/* Adds one spectrum, descending; room: 2 N + 4 numbers; cells: 2 N + 2. */
void dyson_bulk_add(const dyson_bulk_view *view, const double *x, double *room, uint32_t *cells,
                    dyson_bulk_sums *sums, dyson_bulk_counts *counts);

/* Rank 0: the rows of point p and snapshot t from the sums of `blocks` blocks. */
void dyson_bulk_results(dyson_analysis *a, size_t p, size_t t, const dyson_bulk_view *view,
                        size_t blocks, const dyson_bulk_sums *sums,
                        const dyson_bulk_counts *counts);

/* Snapshots that are analysed; the density of one point's spectra at an update; whether that is
 * known at any point and snapshot, which is what dyson_analysis keeps as `lawful`. */
size_t dyson_bulk_snapshots(const dyson_analysis *a);
int64_t dyson_bulk_update(const dyson_analysis *a, size_t t);
bool dyson_bulk_has_law(const dyson_analysis *a);
dyson_density dyson_bulk_density(const dyson_analysis *a, size_t p, int64_t update);

/* Collective: all tables of whole spectra, on rank 0. */
int dyson_analyse_bulk(dyson_analysis *a, MPI_Comm comm, dyson_error *error);

/* Numbers of rows, and their labels, for tables.c. */
size_t dyson_bulk_ratio_rows(const dyson_analysis *a);
size_t dyson_bulk_unfolded_rows(const dyson_analysis *a);
size_t dyson_bulk_law_rows(const dyson_analysis *a);
size_t dyson_bulk_spacing_rows(const dyson_analysis *a);
size_t dyson_bulk_number_rows(const dyson_analysis *a);
size_t dyson_bulk_form_rows(const dyson_analysis *a);
size_t dyson_bulk_density_rows(const dyson_analysis *a);
size_t dyson_bulk_spacing_bins(const dyson_analysis *a);
size_t dyson_bulk_lengths(const dyson_analysis *a);
size_t dyson_bulk_taus(const dyson_analysis *a);
size_t dyson_bulk_density_bins(const dyson_analysis *a);
size_t dyson_bulk_largest_rows(const dyson_analysis *a);
size_t dyson_bulk_largest_bins(const dyson_analysis *a);
extern const dyson_label dyson_ratio_labels[3], dyson_unfolded_labels[1], dyson_law_labels[3],
    dyson_spacing_labels[3], dyson_number_labels[5], dyson_form_labels[3], dyson_largest_labels[2];

#endif
