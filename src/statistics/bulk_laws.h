/* bulk_laws.h: what whole spectra do as N goes to infinity: the Gaussian orthogonal ensemble (GOE)
 * in its bulk and at its edge, beside levels that do not see each other (Poisson).
 *
 * Lengths are in units of the mean spacing of unfolded levels. */
#ifndef DYSON_STATISTICS_BULK_LAWS_H
#define DYSON_STATISTICS_BULK_LAWS_H

#include "dyson/error.h"

#include <stddef.h>

/* A law on [low, low + (knots - 1) step], by cubic Hermite interpolation. */
typedef struct dyson_knotted {
    size_t knots;
    double low, step;
    double *cumulative, *density; /* knots each; one allocation, owned by cumulative */
} dyson_knotted;

/* The spacing of neighbouring levels of the GOE in its bulk, on [0, 8]: to 1e-7 absolutely; and
 * Tracy and Widom's law F_1 of its largest level, on [-10, 8]: to 1e-5.  Errors: DYSON_INTERNAL. */
int dyson_spacing_law_create(dyson_knotted *law, dyson_error *error);
int dyson_edge_law_create(dyson_knotted *law, dyson_error *error);
void dyson_knotted_clear(dyson_knotted *law);
/* 0 below the knots and 1 above. */
double dyson_knotted_cumulative(const dyson_knotted *law, double x);

/* Number variance Sigma^2(L), rigidity Delta_3(L) and form factor K(tau) of the GOE. */
double dyson_number_variance(double length);
double dyson_rigidity(double length);
double dyson_form_factor(double tau);

/* Brody's law (q + 1) b s^q exp(-b s^(q+1)), b = Gamma((q + 2)/(q + 1))^(q + 1), of mean 1: q = 0
 * is Poisson's, q = 1 the Wigner surmise. */
double dyson_brody_cumulative(double s, double q);
/* The q of largest likelihood of numbers in bins [i width, (i + 1) width), the last of which has no
 * upper end; in (-0.9, 4).  NaN where all are 0. */
double dyson_brody_fit(size_t bins, double width, const double *count);

/* <min(s_i, s_i+1)/max(s_i, s_i+1)> of N levels of the GOE, of levels that do not see each other:
 * 4 - 2 sqrt(3) for N = 3, 0.5307(1) as N goes to infinity (Atas et al., Phys. Rev. Lett. 110,
 * 084101), which is given for all N > 3 (within 0.0013 of what sampling gives); and 2 ln 2 - 1. */
double dyson_ratio_orthogonal(size_t levels);
double dyson_ratio_poisson(void);

#endif
