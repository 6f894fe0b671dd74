/* unfold.h: the law of whole spectra, where it is known, and levels in units of their mean spacing.
 *
 * The staircase of a spectrum is the number of its levels below x.  Unfolded levels are its mean
 * at the levels; the bulk is where that mean is between DYSON_BULK_EDGE N and (1 - DYSON_BULK_EDGE)
 * N.  Spectra are given as the archive has them, in descending order. */
#ifndef DYSON_STATISTICS_UNFOLD_H
#define DYSON_STATISTICS_UNFOLD_H

#include "dyson/statistics.h"

#define DYSON_BULK_EDGE 0.1
#define DYSON_CHEBYSHEV 4 /* the density is tested by the means of tr T_1 ... tr T_4 */
#define DYSON_DEGREE_MOST 30

typedef enum dyson_density_kind {
    DYSON_DENSITY_UNKNOWN,
    DYSON_DENSITY_SEMICIRCLE,
    DYSON_DENSITY_MARCHENKO_PASTUR
} dyson_density_kind;

/* The law of a spectrum of N levels as N goes to infinity, on [centre - half, centre + half], and
 * what is known of it at this N. */
typedef struct dyson_density {
    dyson_density_kind kind;
    size_t levels;
    double centre, half;
    dyson_marchenko_pastur marchenko_pastur;
    double edge, edge_scale; /* (largest level - edge)/edge_scale has Tracy and Widom's law F_1 */
    double chebyshev[DYSON_CHEBYSHEV]; /* means of tr T_k((X - centre)/half), k from 1, exact */
} dyson_density;

/* Of the GOE: centre, and the standard deviation of an element off the diagonal; kind UNKNOWN
 * where that is not above 0. */
dyson_density dyson_density_semicircle(size_t levels, const dyson_semicircle *law);
/* Of X = G^T G. */
dyson_density dyson_density_start(const dyson_gaussian_start *start);
double dyson_density_cumulative(const dyson_density *density, double x);
/* The mean staircase: N times the cumulative, and the term of order 1. */
double dyson_density_staircase(const dyson_density *density, double x);

/* The text that dyson_unfolding_parse reads. */
void dyson_unfolding_text(const dyson_unfolding *unfolding, size_t size, char *text);

/* How the spectra of one point and snapshot are unfolded. */
typedef struct dyson_unfolding_map {
    dyson_unfolding_kind kind; /* DYSON_UNFOLD_AUTO: not at all */
    size_t levels;
    int window;                                /* local */
    const dyson_density *density;              /* analytic; the caller's */
    double centre, half;                       /* polynomial: in t = (x - centre)/half */
    double coefficient[DYSON_DEGREE_MOST + 1]; /* of T_k(t) */
    double low, high;                          /* analytic and polynomial: the bulk */
} dyson_unfolding_map;

/* Decides: what `unfolding` asks for, or for AUTO analytic where the density is known and else
 * polynomial.  A polynomial has yet to be fitted. */
dyson_unfolding_map dyson_unfolding_choose(const dyson_unfolding *unfolding,
                                           const dyson_density *density, size_t levels);

/* The staircase averaged over an ensemble: count[b] of all levels of `spectra` spectra are in bin b
 * of [low, high].  Fits the polynomial by least squares where the staircase is between half
 * DYSON_BULK_EDGE and 1 minus that.  Where it does not rise throughout the bulk, or there are fewer
 * than its degree + 1 bins, the spectra are not unfolded at all.  Errors: DYSON_INTERNAL. */
int dyson_unfolding_fit(dyson_unfolding_map *map, int degree, size_t spectra, double low,
                        double high, size_t bins, const uint64_t *count, dyson_error *error);

/* Unfolded levels of one spectrum, less DYSON_BULK_EDGE N, ascending: y has room for N.  Of all
 * levels of the bulk, and the next one above if there is one; returns how many are in the bulk, and
 * *next tells whether there is that one.  Not for local unfolding. */
size_t dyson_unfold(const dyson_unfolding_map *map, const double *x, double *y, bool *next);
/* Locally unfolded spacings of one spectrum, ascending: over the mean of the 2 W + 1 of which each
 * is the middle one; max(W, N DYSON_BULK_EDGE) are left out at either end.  Returns how many. */
size_t dyson_unfold_locally(const dyson_unfolding_map *map, const double *x, double *spacing);

#endif
