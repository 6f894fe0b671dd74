/* statistics.h: `dyson stats`: estimators, laws, fits and tests, and the analysis of ensemble
 * files.
 *
 * Everything is dimensionless, as eigenvalues x of X are.  A level is one rank of the ordered
 * spectrum; a pair is two levels whose targets agree, a single is a level whose target is alone.
 * Unless a comment says otherwise nothing here is collective, and arrays belong to the caller.
 * Definitions and formulae of all that is written: docs/statistics-file.md. */
#ifndef DYSON_STATISTICS_H
#define DYSON_STATISTICS_H

#include "dyson/error.h"
#include "dyson/model.h"

#include <mpi.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A number and its standard error; NaN where the data do not give it. */
typedef struct dyson_estimate {
    double value, error;
} dyson_estimate;

/* ---- laws ---- */

/* Laws of position `centre` and scale `sigma`.
 *   surmise    S >= 0:  S/(2 sigma^2) exp(-S^2/(4 sigma^2)); has no centre, which is ignored
 *   two-level  the density of two levels of the Gaussian orthogonal ensemble (N = 2 semicircle)
 *   Gaussian   mean `centre`, standard deviation `sigma` */
typedef enum dyson_law { DYSON_SURMISE, DYSON_TWO_LEVEL, DYSON_GAUSSIAN } dyson_law;
#define DYSON_LAWS 3

/* Values that one replica gives: 1 spacing, 2 levels, 1 level. */
size_t dyson_law_values(dyson_law law);

double dyson_law_density(dyson_law law, double x, double centre, double sigma);
double dyson_law_cumulative(dyson_law law, double x, double centre, double sigma);
double dyson_law_survival(dyson_law law, double x, double centre,
                          double sigma); /* 1 - cumulative */
/* Both at once. */
void dyson_law_sides(dyson_law law, double x, double centre, double sigma, double *cumulative,
                     double *survival);

/* The Rice law: the spacing S >= 0 of two levels whose targets differ by `splitting` Delta >= 0,
 * each of width sigma > 0,
 *   S/(2 sigma^2) exp(-(S^2 + Delta^2)/(4 sigma^2)) I_0(S Delta/(2 sigma^2)):
 * the surmise for Delta = 0, a Gaussian of standard deviation sqrt(2) sigma for Delta >> sigma.
 * cumulative: to 1e-14 absolutely (1e-8 for Delta > 10^4 sigma). */
double dyson_rice_density(double spacing, double splitting, double sigma);
double dyson_rice_cumulative(double spacing, double splitting, double sigma);
/* <S> = sqrt(pi) sigma L_1/2(-Delta^2/(4 sigma^2)). */
double dyson_rice_mean(double splitting, double sigma);
/* Eq. (60), (Delta + sqrt(Delta^2 + 4 pi sigma^2))/2: exact only for Delta = 0 and as sigma -> 0.
 * It closes <S> = <Delta cos(2 theta)> + 2 sigma^2 <1/S> by theta = 0 (the student's eigenvectors
 * are the teacher's) and by the surmise's <1/S> = pi/(2 <S>). */
double dyson_closure_mean(double splitting, double sigma);

/* The Marchenko-Pastur law: the spectrum of X = G^T G for large G at a fixed ratio N/M <= 1 of its
 * two sizes, entries of variance scale/M; on [low, high]. */
typedef struct dyson_marchenko_pastur {
    double ratio, scale, low, high;
} dyson_marchenko_pastur;

dyson_marchenko_pastur dyson_marchenko_pastur_of(const dyson_gaussian_start *start);
double dyson_marchenko_pastur_density(const dyson_marchenko_pastur *law, double x);
double dyson_marchenko_pastur_cumulative(const dyson_marchenko_pastur *law, double x);
double dyson_marchenko_pastur_moment(const dyson_marchenko_pastur *law, int k); /* <x^k> */

/* The means of tr X/N and of tr X^2/N, exact at every size. */
double dyson_start_trace(const dyson_gaussian_start *start);
double dyson_start_trace_squares(const dyson_gaussian_start *start);

/* ---- passes ----
 *
 * What is estimated from the replicas of a point is summed over them in at most three passes, some
 * thousand replicas at a time, so that memory does not depend on how many they are: all of them are
 * added in pass 0, then all again, in the same order, in pass 1, and in pass 2.  Sums are zero at
 * first.  How many passes an estimate needs is said with it; it is valid after the last. */
#define DYSON_PASSES 3

/* Mean of numbers y, one of each replica; passes 0 and 1. */
typedef struct dyson_mean_sums {
    double count, sum;    /* of pass 0 */
    double rest, squares; /* about sum/count */
} dyson_mean_sums;

void dyson_mean_add(dyson_mean_sums *sums, int pass, size_t n, const double *y);
dyson_estimate dyson_mean_of(const dyson_mean_sums *sums);

/* Pooled over replicas of `values` numbers each, y[n x values]; the same `values` throughout.
 * Passes 0 to 2.  Errors: delete-one-replica jackknife. */
typedef struct dyson_moments {
    dyson_estimate mean, std, skewness, binder; /* binder: 1 - <u^4>/(3 <u^2>^2), u = y - <y> */
} dyson_moments;
typedef struct dyson_moment_sums {
    size_t values;
    dyson_mean_sums mean;
    double power[5];                           /* about mean.sum/mean.count; of pass 1 */
    double first[4], deviation[4], squares[4]; /* of the estimates that lack a replica; pass 2 */
    double replicas;                           /* of pass 2 */
} dyson_moment_sums;

void dyson_moments_add(dyson_moment_sums *sums, int pass, size_t n, size_t values, const double *y);
dyson_moments dyson_moments_of(const dyson_moment_sums *sums);
/* The standard deviation alone after pass 1; its error to leading order in 1/n, values = 1. */
dyson_estimate dyson_moments_std(const dyson_moment_sums *sums);

/* ---- samples ---- */

/* Numbers in ascending order, each with how often it stands there. */
typedef struct dyson_marks {
    size_t marks;
    double total;         /* of the weights */
    double low, high;     /* of all numbers, exactly */
    const double *value;  /* marks, ascending */
    const double *weight; /* marks; NULL: 1 each */
} dyson_marks;

static inline double dyson_weight(const dyson_marks *marks, size_t i)
{
    return marks->weight != NULL ? marks->weight[i] : 1.0;
}

/* A set of finite numbers in bounded memory.  Up to `limit` they are kept as they are.  Beyond,
 * they are counted in 4 `limit` cells, whose width near the median of the first is (8/limit)
 * interquartile ranges and grows outwards, (1 + |u|/16)^2 at u ranges from it; a mark is then the
 * middle of a cell.  limit: from 1 to 2^28.  Below 2^32 numbers fit into a cell. */
#define DYSON_SAMPLE_LIMIT 65536
typedef struct dyson_sample {
    size_t limit, count, room;
    double *value;  /* room: the numbers, while they are kept; then those of marks */
    uint32_t *cell; /* 4 limit, or NULL */
    double low, high, centre, range;
    dyson_marks marks; /* after dyson_sample_sort, until dyson_sample_clear */
} dyson_sample;

dyson_sample dyson_sample_of(size_t limit);
/* Errors: DYSON_INTERNAL (memory). */
int dyson_sample_add(dyson_sample *sample, size_t n, const double *y, dyson_error *error);
/* After the last number.  Errors: DYSON_INTERNAL (memory, or a cell that is too full). */
int dyson_sample_sort(dyson_sample *sample, dyson_error *error);
void dyson_sample_clear(dyson_sample *sample);

/* Mean, and standard deviation (n - 1). */
void dyson_marks_width(const dyson_marks *marks, double *mean, double *std);

/* Kolmogorov-Smirnov: sup |F_n - F|, of a continuous law's F = cumulative(context, x), smooth over
 * what one mark stands for; NaN without a mark. */
double dyson_marks_distance(const dyson_marks *marks,
                            double (*cumulative)(const void *context, double x),
                            const void *context);

/* Mann-Whitney: the probability that a value of `upper` lies below a value of `lower` of another
 * replica; both of the same replicas, in which upper is above lower. */
double dyson_overlap(const dyson_marks *upper, const dyson_marks *lower);

/* ---- histograms ---- */

typedef struct dyson_histogram {
    size_t bins;       /* bin b is [low + b width, low + (b + 1) width); the last one is closed */
    size_t total;      /* number of values */
    double low, width; /* units of the values */
    double *count;     /* bins; freed by dyson_histogram_clear */
} dyson_histogram;

/* The Freedman-Diaconis width 2 IQR M^(-1/3) of M values, at most 1024 bins; 1 where there are none
 * or all agree. */
double dyson_freedman_diaconis(const dyson_marks *marks);
/* Empty, for values from `low`, where the first bin begins, to `high`; one bin from 0 on where
 * there are none, high < low.  Errors: DYSON_INTERNAL. */
int dyson_histogram_create(double low, double high, double width, dyson_histogram *histogram,
                           dyson_error *error);
void dyson_histogram_add(dyson_histogram *histogram, size_t count, const double *values);
void dyson_histogram_clear(dyson_histogram *histogram);

static inline size_t dyson_bin_of(const dyson_histogram *histogram, double value)
{
    const double b = (value - histogram->low) / histogram->width;
    const double last = (double)(histogram->bins - 1);
    return b > 0.0 ? (size_t)(b < last ? b : last) : 0;
}

/* ---- fits ---- */

typedef struct dyson_fit {
    dyson_estimate centre, sigma;
    double chi2, dof; /* of a histogram fit; NaN for maximum likelihood */
} dyson_fit;

/* Maximum likelihood.  Errors come from the scatter of the replicas' scores (sandwich), so neither
 * a wrong law nor correlated levels of a replica falsify them; of the two-level law both levels of
 * each replica must be added, once, for it, while one value's scores are those of the marks.  NaN
 * where n < 2 or the values do not vary. */
typedef struct dyson_likelihood {
    dyson_fit fit;                 /* without the errors of the two-level law */
    double mean, std, a, b;        /* two-level: the solution, u = a (x - mean)/std - b */
    double curvature[3], score[3]; /* symmetric 2 x 2 */
} dyson_likelihood;

dyson_likelihood dyson_likelihood_solve(dyson_law law, const dyson_marks *marks);
/* values: n x 2, of the two-level law. */
void dyson_likelihood_add(dyson_likelihood *likelihood, size_t n, const double *values);
dyson_fit dyson_likelihood_fit(const dyson_likelihood *likelihood);

/* Maximum likelihood for the Rice law, errors likewise.  Where the likelihood is largest at
 * splitting 0, sigma is that of the surmise, and neither has an error: none holds at the edge.  NaN
 * where n < 3 or the spacings do not vary. */
typedef struct dyson_rice_fit {
    dyson_estimate splitting, sigma;
} dyson_rice_fit;
dyson_rice_fit dyson_fit_rice(const dyson_marks *spacing);

/* Binned likelihood of the law for a histogram (GSL), from the maximum-likelihood estimate `start`;
 * then, for its errors, all replicas are added once.  NaN where too few bins are filled or the fit
 * does not converge. */
typedef struct dyson_binned_fit {
    dyson_law law;
    dyson_fit fit;
    const dyson_histogram *histogram;
    double *influence; /* 2 x bins: of one value in a bin on sigma, and on the centre; or NULL */
    double replicas, squares[2];
} dyson_binned_fit;

/* The histogram stays the caller's, and must live as long.  Errors: DYSON_INTERNAL. */
int dyson_binned_solve(dyson_law law, const dyson_fit *start, const dyson_histogram *histogram,
                       dyson_binned_fit *fit, dyson_error *error);
/* values: n x dyson_law_values(law).  influence: NULL, or n numbers psi_i with sigma_fit - sigma =
 * mean(psi) to leading order. */
void dyson_binned_add(dyson_binned_fit *fit, size_t n, const double *values, double *influence);
dyson_fit dyson_binned_result(const dyson_binned_fit *binned);
void dyson_binned_clear(dyson_binned_fit *fit);

/* y = slope x and y = intercept + slope x, weighted by 1/y_error^2; needs 1 and 2 points, else NaN.
 */
typedef struct dyson_line {
    dyson_estimate intercept, slope;
    double chi2, dof;
} dyson_line;
dyson_line dyson_line_through_origin(size_t n, const double *x, const double *y,
                                     const double *y_error);
dyson_line dyson_line_straight(size_t n, const double *x, const double *y, const double *y_error);

/* ---- goodness of fit ---- */

typedef struct dyson_distance {
    double ks, ad; /* Kolmogorov-Smirnov and Anderson-Darling, scaled so that their law under the
                      hypothesis does not depend on n */
} dyson_distance;

/* Distance between the values of replicas, dyson_law_values(law) of each, and the law with its
 * parameters fitted (surmise by <S^2>/4, the others by mean and variance).  NaN for fewer than 8
 * replicas. */
dyson_distance dyson_goodness_distance(dyson_law law, const dyson_marks *marks);

/* The distances' null distributions: DYSON_NULLS synthetic ensembles per law, from a fixed seed. */
#define DYSON_NULLS 4999
typedef struct dyson_null {
    double ks[DYSON_LAWS][DYSON_NULLS], ad[DYSON_LAWS][DYSON_NULLS]; /* ascending */
} dyson_null;

/* Collective over comm: the ranks share the work and all get the same bits; the caller frees *null.
 * Errors: DYSON_INTERNAL. */
int dyson_null_create(MPI_Comm comm, dyson_null **null, dyson_error *error);

/* The probability that the Kolmogorov-Smirnov distance sup|F_n - F| of n >= 8 values to a law of
 * which nothing was fitted is at least `distance`: Kolmogorov's law with Stephens' correction. */
double dyson_kolmogorov_p(size_t n, double distance);

/* (1 + number of null distances >= distance)/(1 + DYSON_NULLS). */
double dyson_null_p(const double null[DYSON_NULLS], double distance);

/* ---- analysis ---- */

/* How levels of whole spectra are put into units of their mean spacing: by the exact density where
 * it is known (analytic); by a polynomial of degree `parameter` fitted to the staircase of the
 * ensemble (polynomial); by the mean of 2 `parameter` + 1 neighbouring spacings of the same
 * spectrum (local); or analytic where that is possible, else polynomial (auto). */
typedef enum dyson_unfolding_kind {
    DYSON_UNFOLD_AUTO,
    DYSON_UNFOLD_ANALYTIC,
    DYSON_UNFOLD_POLYNOMIAL,
    DYSON_UNFOLD_LOCAL
} dyson_unfolding_kind;
typedef struct dyson_unfolding {
    dyson_unfolding_kind kind;
    int parameter;
} dyson_unfolding;

/* From "auto", "analytic", "polynomial[:D]" (D from 1 to 30) or "local[:W]" (W from 1 to 1000).
 * Errors: DYSON_USAGE. */
int dyson_unfolding_parse(const char *text, dyson_unfolding *unfolding, dyson_error *error);

typedef struct dyson_analysis dyson_analysis;

/* Collective; all arguments agree.  Merges the points of the files, spreads points and groups over
 * the ranks and gathers the results on rank 0.  snapshot: an update number, or -1 for the last.
 * unfolding: NULL for auto.  On other ranks than 0 *analysis is NULL.  Errors: DYSON_NO_INPUT,
 * DYSON_BAD_DATA (files of different models or parameters, a replica that stands in two files, no
 * replica done), DYSON_USAGE (no such snapshot), DYSON_IO. */
int dyson_analysis_create(const char *const *paths, size_t files, int64_t snapshot,
                          const dyson_unfolding *unfolding, MPI_Comm comm,
                          dyson_analysis **analysis, dyson_error *error);
void dyson_analysis_destroy(dyson_analysis *analysis);

/* Writes the statistics file: under a temporary name, then renamed.  Errors: DYSON_CANNOT_CREATE,
 * DYSON_IO. */
int dyson_analysis_write(const dyson_analysis *analysis, const char *path, dyson_error *error);
/* The same for people, and as one JSON document. */
void dyson_analysis_table(const dyson_analysis *analysis, FILE *stream);
void dyson_analysis_json(const dyson_analysis *analysis, FILE *stream);

#endif
