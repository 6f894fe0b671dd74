/* tables_bulk.c: rows, labels and columns of the tables of whole spectra. */
#include "statistics/bulk.h"

#include <math.h>

size_t dyson_bulk_ratio_rows(const dyson_analysis *a)
{
    return a->levels >= DYSON_LEAST_RATIOS ? dyson_bulk_snapshots(a) : 0;
}

size_t dyson_bulk_unfolded_rows(const dyson_analysis *a)
{
    return a->levels >= DYSON_LEAST_UNFOLDED ? dyson_bulk_snapshots(a) : 0;
}

size_t dyson_bulk_law_rows(const dyson_analysis *a)
{
    return a->lawful ? dyson_bulk_snapshots(a) : 0;
}

size_t dyson_bulk_spacing_bins(const dyson_analysis *a)
{
    (void)a;
    return DYSON_SPACING_BINS;
}

size_t dyson_bulk_lengths(const dyson_analysis *a)
{
    (void)a;
    return DYSON_LENGTHS;
}

size_t dyson_bulk_taus(const dyson_analysis *a)
{
    (void)a;
    return DYSON_TAUS;
}

size_t dyson_bulk_density_bins(const dyson_analysis *a)
{
    (void)a;
    return DYSON_DENSITY_BINS;
}

size_t dyson_bulk_spacing_rows(const dyson_analysis *a)
{
    return dyson_bulk_unfolded_rows(a) * DYSON_SPACING_BINS;
}

size_t dyson_bulk_number_rows(const dyson_analysis *a)
{
    return dyson_bulk_unfolded_rows(a) * DYSON_LENGTHS;
}

size_t dyson_bulk_form_rows(const dyson_analysis *a)
{
    return dyson_bulk_unfolded_rows(a) * DYSON_TAUS;
}

size_t dyson_bulk_density_rows(const dyson_analysis *a)
{
    return dyson_bulk_law_rows(a) * DYSON_DENSITY_BINS;
}

size_t dyson_bulk_largest_bins(const dyson_analysis *a)
{
    (void)a;
    return DYSON_LARGEST_BINS;
}

size_t dyson_bulk_largest_rows(const dyson_analysis *a)
{
    return dyson_bulk_law_rows(a) * DYSON_LARGEST_BINS;
}

static double update(const dyson_analysis *a, size_t row)
{
    return (double)dyson_bulk_update(a, row);
}

static double ratio_orthogonal(const dyson_analysis *a, size_t row)
{
    (void)row;
    return dyson_ratio_orthogonal(a->levels);
}

static double ratio_poisson(const dyson_analysis *a, size_t row)
{
    (void)a;
    (void)row;
    return dyson_ratio_poisson();
}

/* Moments of the law of the largest level, by parts: <x> = high - int F, <x^2> = high^2 - 2 int x F
 * from the lowest to the highest knot. */
static double edge_moment(const dyson_analysis *a, int power)
{
    enum { PARTS = 16 };
    const dyson_knotted *law = &a->edge_law;
    const double step = law->step / PARTS, high = law->low + law->step * (double)(law->knots - 1);
    double sum = pow(high, power);
    for (size_t i = 0; i < (law->knots - 1) * PARTS; i++) {
        const double x = law->low + step * ((double)i + 0.5);
        sum -= step * dyson_knotted_cumulative(law, x) * (power == 1 ? 1.0 : 2.0 * x);
    }
    return sum;
}

static double edge_mean(const dyson_analysis *a, size_t row)
{
    (void)row;
    return edge_moment(a, 1);
}

static double edge_std(const dyson_analysis *a, size_t row)
{
    (void)row;
    const double mean = edge_moment(a, 1);
    return sqrt(edge_moment(a, 2) - mean * mean);
}

static double spacing(const dyson_analysis *a, size_t row)
{
    (void)a;
    return DYSON_SPACING_WIDTH * ((double)(row % DYSON_SPACING_BINS) + 0.5);
}

static double spacing_orthogonal(const dyson_analysis *a, size_t row)
{
    const double half = 0.5 * DYSON_SPACING_WIDTH, s = spacing(a, row);
    return (dyson_knotted_cumulative(&a->spacing_law, s + half) -
            dyson_knotted_cumulative(&a->spacing_law, s - half)) /
           DYSON_SPACING_WIDTH;
}

static double spacing_poisson(const dyson_analysis *a, size_t row)
{
    const double half = 0.5 * DYSON_SPACING_WIDTH, s = spacing(a, row);
    return exp(-s) * 2.0 * sinh(half) / DYSON_SPACING_WIDTH;
}

static double length(const dyson_analysis *a, size_t row)
{
    (void)a;
    return dyson_lengths[row % DYSON_LENGTHS];
}

static double number_orthogonal(const dyson_analysis *a, size_t row)
{
    return dyson_number_variance(length(a, row));
}

static double rigidity_orthogonal(const dyson_analysis *a, size_t row)
{
    return dyson_rigidity(length(a, row));
}

static double rigidity_poisson(const dyson_analysis *a, size_t row)
{
    return length(a, row) / 15.0;
}

static double tau(const dyson_analysis *a, size_t row)
{
    (void)a;
    return DYSON_TAU_STEP * (double)(row % DYSON_TAUS + 1);
}

static double form_orthogonal(const dyson_analysis *a, size_t row)
{
    return dyson_form_factor(tau(a, row));
}

static double form_poisson(const dyson_analysis *a, size_t row)
{
    (void)a;
    (void)row;
    return 1.0;
}

static double largest(const dyson_analysis *a, size_t row)
{
    (void)a;
    return DYSON_LARGEST_LOW + DYSON_LARGEST_WIDTH * ((double)(row % DYSON_LARGEST_BINS) + 0.5);
}

static double largest_orthogonal(const dyson_analysis *a, size_t row)
{
    const double half = 0.5 * DYSON_LARGEST_WIDTH, x = largest(a, row);
    return (dyson_knotted_cumulative(&a->edge_law, x + half) -
            dyson_knotted_cumulative(&a->edge_law, x - half)) /
           DYSON_LARGEST_WIDTH;
}

#define PLAIN "dimensionless"
#define SPACINGS "mean level spacings"
#define UPDATE                                                       \
    {                                                                \
        "update", "update number of the snapshot", "updates", update \
    }

const dyson_label dyson_ratio_labels[3] = {
    UPDATE,
    {"orthogonal", "what ratio is in the GOE: exact for N = 3, else that of N to infinity", PLAIN,
     ratio_orthogonal},
    {"poisson", "what ratio is where levels do not see each other", PLAIN, ratio_poisson}};

const dyson_label dyson_unfolded_labels[1] = {UPDATE};

const dyson_label dyson_law_labels[3] = {
    UPDATE,
    {"edge_mean_orthogonal", "mean of Tracy and Widom's law F_1", PLAIN, edge_mean},
    {"edge_std_orthogonal", "standard deviation of that law", PLAIN, edge_std}};

const dyson_label dyson_spacing_labels[3] = {
    {"s", "spacing: middle of the bin", SPACINGS, spacing},
    {"orthogonal", "density of the GOE, mean over the bin", PLAIN, spacing_orthogonal},
    {"poisson", "exp(-s), mean over the bin", PLAIN, spacing_poisson}};

const dyson_label dyson_number_labels[5] = {
    {"length", "length L of the interval", SPACINGS, length},
    {"variance_orthogonal", "Sigma^2(L) of the GOE", PLAIN, number_orthogonal},
    {"variance_poisson", "L", PLAIN, length},
    {"rigidity_orthogonal", "Delta_3(L) of the GOE", PLAIN, rigidity_orthogonal},
    {"rigidity_poisson", "L/15", PLAIN, rigidity_poisson}};

const dyson_label dyson_form_labels[3] = {
    {"tau", "time in units of the Heisenberg time: 1 over the mean spacing", PLAIN, tau},
    {"orthogonal", "K(tau) of the GOE", PLAIN, form_orthogonal},
    {"poisson", "1", PLAIN, form_poisson}};

const dyson_label dyson_largest_labels[2] = {
    {"x", "largest level, centred and scaled: middle of the bin", PLAIN, largest},
    {"orthogonal", "density of Tracy and Widom's law F_1, mean over the bin", PLAIN,
     largest_orthogonal}};

const dyson_column dyson_ratio_columns[RATIO_COLUMNS] = {
    [RATIO_MEAN] = {"ratio", "mean of min(s_i, s_i+1)/max(s_i, s_i+1), s_i the spacings of "
                             "neighbouring levels; a tenth of the levels left out at either end"},
    [RATIO_MEAN_ERROR] = {"ratio_error", "standard error of ratio"},
};

const dyson_column dyson_unfolded_columns[UNFOLDED_COLUMNS] = {
    [UNFOLDED_METHOD] = {"method", "how levels were unfolded: 1 analytic, 2 polynomial, 3 local; 0 "
                                   "not at all"},
    [UNFOLDED_SPACING] = {"spacing_mean", "mean spacing of unfolded levels"},
    [UNFOLDED_SPACING_ERROR] = {"spacing_mean_error", "standard error of spacing_mean"},
    [UNFOLDED_VARIANCE] = {"spacing_variance", "variance of the spacings"},
    [UNFOLDED_VARIANCE_ERROR] = {"spacing_variance_error", "standard error of spacing_variance"},
    [UNFOLDED_KS] = {"ks", "Kolmogorov-Smirnov distance of the spacings from the GOE's law"},
    [UNFOLDED_P] = {"p", "p-value of that distance, of every fourth spacing"},
    [UNFOLDED_KS_POISSON] = {"ks_poisson", "the same distance from exp(-s)"},
    [UNFOLDED_P_POISSON] = {"p_poisson", "p-value of that distance, of every fourth spacing"},
    [UNFOLDED_BRODY] = {"brody", "Brody's parameter, maximum likelihood: 0 for exp(-s), 1 for the "
                                 "Wigner surmise"},
    [UNFOLDED_BRODY_ERROR] = {"brody_error", "standard error of brody"},
    [UNFOLDED_BRODY_ORTHOGONAL] = {"brody_orthogonal", "what brody is for the GOE's law"},
};

const dyson_column dyson_bin_columns[BIN_COLUMNS] = {
    [BIN_DENSITY] = {"density", "probability density, mean over the bin"},
    [BIN_DENSITY_ERROR] = {"density_error", "standard error of density"},
};

const dyson_column dyson_number_columns[NUMBER_COLUMNS] = {
    [NUMBER_VARIANCE] = {"variance", "Sigma^2(L): variance of the number of levels"},
    [NUMBER_VARIANCE_ERROR] = {"variance_error", "standard error of variance"},
    [NUMBER_RIGIDITY] = {"rigidity", "Delta_3(L): mean squared deviation of the staircase from the "
                                     "best straight line"},
    [NUMBER_RIGIDITY_ERROR] = {"rigidity_error", "standard error of rigidity"},
};

const dyson_column dyson_form_columns[FORM_COLUMNS] = {
    [FORM_VALUE] = {"form_factor", "two-point form factor K(tau)"},
    [FORM_ERROR] = {"form_factor_error", "standard error of form_factor"},
};

const dyson_column dyson_law_columns[LAW_COLUMNS] = {
    [LAW_KIND] = {"kind", "the law of the density: 1 semicircle, 2 Marchenko-Pastur; 0 not known"},
    [LAW_LOW] = {"edge_low", "lower edge of the law"},
    [LAW_HIGH] = {"edge_high", "upper edge of the law"},
    [LAW_KS] = {"density_ks", "largest difference of the staircase from the law's, at the bins of "
                              "spectral_density"},
    [LAW_CHI2] = {"density_chi2", "chi^2 of the means of tr T_1 ... tr T_4, 4 degrees of freedom"},
    [LAW_P] = {"density_p", "p-value of density_chi2"},
    [LAW_EDGE] = {"edge_mean", "mean of the largest level, centred and scaled as theory has it"},
    [LAW_EDGE_ERROR] = {"edge_mean_error", "standard error of edge_mean"},
    [LAW_EDGE_STD] = {"edge_std", "standard deviation of the scaled largest level"},
    [LAW_EDGE_STD_ERROR] = {"edge_std_error", "standard error of edge_std"},
    [LAW_EDGE_KS] = {"edge_ks", "Kolmogorov-Smirnov distance of the scaled largest level from "
                                "Tracy and Widom's law F_1"},
    [LAW_EDGE_P] = {"edge_p", "p-value of edge_ks"},
};

const dyson_column dyson_place_columns[PLACE_COLUMNS] = {
    [PLACE_X] = {"x", "middle of the bin"},
    [PLACE_DENSITY] = {"density", "probability density of all levels"},
    [PLACE_DENSITY_ERROR] = {"density_error", "standard error of density"},
    [PLACE_LAW] = {"law", "the law's density, mean over the bin"},
};
