/* theory.h: one mode by itself, as a Fokker-Planck equation on a grid.
 *
 * Were there no other levels, a level would do x' = x - V'(x) + sqrt(2) g(x) eta per update
 * (dyson_mode), and its law would obey, with time in updates,
 *   constant:  dP/dt = d/dx (g^2 d/dx + V') P,   P_s = exp(-V/g^2)/Z,   g at the fixed point x_s
 *   local:     dP/dt = d/dx (d/dx g^2 + V') P,   P_s = exp(-int V'/g^2)/(Z g^2),   g = g(x), Ito.
 * psi = P/sqrt(P_s) obeys dpsi/dt = -H psi with H symmetric, >= 0 and H sqrt(P_s) = 0; with
 * constant g, H = -g^2 d^2/dx^2 + V'^2/(4 g^2) - V''/2.  Levels E_n of H are decay rates per
 * update; E_0 = 0.
 *
 * Grid: cells of equal width h in y, dy = dx/g, where the noise is 1 everywhere; the cell with
 * centre x_i has the width w_i = g(x_i) h in x.  With q_i = w_i P_s(x_i)/h, between neighbouring
 * cells flows
 *   J = -q (P_{i+1}/P_s,i+1 - P_i/P_s,i)/h,   q at the edge between them,
 * so that P_s is stationary exactly and probability conserved exactly, H is a tridiagonal matrix
 * without negative eigenvalues, and the rest is right to order h^2.  Through the two ends of the
 * grid nothing flows.  They are where q has fallen to e^-64 of its largest on that side; with
 * constant g, the floor (RBM: x = 0) itself, where V is finite.
 *
 * Nothing here is collective.  Everything is dimensionless but for rates and times, which are per
 * update and in updates. */
#ifndef DYSON_THEORY_H
#define DYSON_THEORY_H

#include "dyson/error.h"
#include "dyson/model.h"

#include <stdbool.h>

#define DYSON_THEORY_CELLS_LEAST 50

typedef enum dyson_noise_form { DYSON_NOISE_CONSTANT, DYSON_NOISE_LOCAL } dyson_noise_form;

/* A mode on its grid; arrays of `cells` numbers, owned by it. */
typedef struct dyson_fokker_planck {
    int cells;
    double step;        /* h */
    double centre;      /* the fixed point x_s */
    double curvature;   /* Omega = V''(x_s) */
    double noise;       /* g^2(x_s) */
    bool left_well;     /* whether V has its maximum at the floor, so that H has a well there too */
    double left_rate;   /* then |V''(floor)|: that well's states have E = (2m + 1) |V''(floor)| */
    double barrier;     /* then where V'' = 0: what lies below belongs to that well */
    double *x;          /* the cells' centres, ascending */
    double *width;      /* w */
    double *potential;  /* V */
    double *well;       /* V'^2/(4 g^2) - V''/2 with g at x_s */
    double *stationary; /* P_s, with sum w P_s = 1 */
    double *up,
        *down;    /* rates of flow from cell i to the next and to the one before; 0 at the ends */
    double *edge; /* cells + 1 of them: cell i lies between edge[i] and edge[i + 1] */
} dyson_fokker_planck;

/* *result is NULL where there is no such mode: nothing is predicted for the level, or its fixed
 * point is at the floor, or there is no noise, or so much that P_s cannot be normalised.  Errors:
 * DYSON_BAD_DATA for fewer than DYSON_THEORY_CELLS_LEAST cells, or too few to follow P_s (the text
 * says how many are needed); DYSON_INTERNAL. */
int dyson_fokker_planck_create(const dyson_model *model, const dyson_system *system, size_t point,
                               int level, dyson_noise_form form, int cells,
                               dyson_fokker_planck **result, dyson_error *error);
void dyson_fokker_planck_destroy(dyson_fokker_planck *mode);

/* Mean, standard deviation and skewness of P_s. */
typedef struct dyson_moments {
    double mean, std, skewness;
} dyson_moments;
dyson_moments dyson_fokker_planck_moments(const dyson_fokker_planck *mode);

/* The lowest `count` <= cells levels of H, ascending, into energy[count], and where states is not
 * NULL the wave functions into states[count x cells], with sum w psi^2 = 1 and the sign such that
 * the largest extremum is positive.  E_0 and psi_0 = sqrt(P_s) are exact.  LAPACK dstevr.
 * Errors: DYSON_INTERNAL. */
int dyson_fokker_planck_states(const dyson_fokker_planck *mode, int count, double *energy,
                               double *states, dyson_error *error);

/* The share of psi^2 below the barrier, 0 without one. */
double dyson_fokker_planck_left(const dyson_fokker_planck *mode, const double *state);

/* A law of x: a Gaussian, or with width 0 all probability at the mean; or, where count > 0, that of
 * numbers[count], equally likely, not owned. */
typedef struct dyson_law_of_x {
    double mean, width;
    size_t count;
    const double *numbers;
} dyson_law_of_x;

/* A law on the mode's grid: density[cells], sum w P = 1.  A value lies between the centres of two
 * cells, linear in both shares.  Errors: DYSON_BAD_DATA where more than a thousandth of it is
 * outside the grid. */
int dyson_fokker_planck_law(const dyson_fokker_planck *mode, const dyson_law_of_x *law,
                            double *density, dyson_error *error);

/* Eq. (44): P(x, t) = sum_n c_n psi_n sqrt(P_s) exp(-E_n t), c_n = sum w psi_n P(x, 0)/sqrt(P_s),
 * over all states that have not died out by e^-40 at t; density[count x cells] at times[count] >= 0
 * (at 0, `initial` itself), of initial[cells] with sum w P = 1.  The terms are larger than the sum
 * by sqrt(P_s) at its largest over that where P(x, 0) lies, and where this eats up all digits P
 * comes out negative, which it never is.  Where it does by more than 10^-6 of its largest value,
 * *by_steps is set and the law is found by implicit steps instead, which lose nothing: of equal
 * length, Euler's, extrapolated to none, as many as change it by less than 10^-5 of its largest
 * value when doubled.  Errors: DYSON_INTERNAL, also where 2^17 steps do not suffice. */
int dyson_fokker_planck_evolve(const dyson_fokker_planck *mode, const double *initial, int count,
                               const double *times, double *density, bool *by_steps,
                               dyson_error *error);

/* ---- all modes of a run ---- */

typedef struct dyson_theory_options {
    dyson_noise_form form;
    int cells, states; /* DYSON_THEORY_CELLS_LEAST <= cells, 1 <= states <= cells */
    int mode;          /* only this one, counted from 0 in the order of the levels; -1: all */
    const dyson_law_of_x *initial; /* the law at time 0; NULL: no laws in time */
    int time_count;
    const double *times; /* updates, >= 0 */
} dyson_theory_options;

/* One state of a mode.  harmonic: what the well it lives in would have were it a parabola, n Omega
 * on the right, (2 n + 1) |V''(floor)| on the left, n counting the states of that well from 0. */
typedef struct dyson_theory_state {
    double energy, energy_error; /* the error of the grid, from one of half as many cells */
    double left;                 /* share of psi^2 in the left well */
    double harmonic;
    int rung; /* n */
} dyson_theory_state;

/* The modes of a run, one for each distinct target: levels level[modes].  At point p, mode k: the
 * grid and its laws at fokker_planck[p * modes + k], NULL where there is no such mode; of its
 * states state[(p * modes + k) * states ..], wave functions wave[(..) * states + n][cells], laws in
 * time density[(..) * times + t][cells]. */
typedef struct dyson_theory {
    dyson_theory_options options; /* as given to dyson_theory_create; not owned */
    size_t points, modes;
    int *level;
    dyson_fokker_planck **fokker_planck;
    dyson_theory_state *state;
    double *wave, *density;
    bool *by_steps; /* how density was found: see dyson_fokker_planck_evolve */
} dyson_theory;

/* Errors: DYSON_USAGE for a mode that the run does not have or options out of their ranges;
 * DYSON_BAD_DATA where no mode of the run is predicted; those of the functions above. */
int dyson_theory_create(const dyson_spec *spec, const dyson_system *system,
                        const dyson_theory_options *options, dyson_theory **result,
                        dyson_error *error);
void dyson_theory_destroy(dyson_theory *theory);

/* Writes it to path (docs/theory-file.md).  Errors: DYSON_CANNOT_CREATE, DYSON_IO,
 * DYSON_INTERNAL. */
int dyson_theory_write(const dyson_theory *theory, const dyson_spec *spec,
                       const dyson_system *system, const char *path, dyson_error *error);

#endif
