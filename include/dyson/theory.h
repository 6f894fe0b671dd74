/* theory.h: one mode by itself, as a Fokker-Planck equation on a grid.
 *
 * Were there no other levels, a level would do x' = x - V'(x) + sqrt(2) g(x) eta per update
 * (dyson_mode), and its law would obey, with time in updates,
 *   constant:  dP/dt = d/dx (g^2 d/dx + V') P,   P_s = exp(-V/g^2)/Z,   g at the fixed point x_s
 *   local:     dP/dt = d/dx (d/dx g^2 + V') P,   P_s = exp(-int V'/g^2)/(Z g^2),   g = g(x), Ito.
 * psi = P/sqrt(P_s) obeys dpsi/dt = -H psi, H = -d/dx g^2 d/dx + U, symmetric, H sqrt(P_s) = 0; with
 * constant g, U = V'^2/(4 g^2) - V''/2.  Levels E_n of H are decay rates per update; E_0 = 0.
 *
 * Grid: cells of equal width h, x_i = low + (i + 1/2) h.  Between neighbouring cells flows
 *   J = -g^2 P_s (P_{i+1}/P_s,i+1 - P_i/P_s,i)/h,  g^2 P_s at the edge between them,
 * so that P_s is stationary exactly, probability is conserved exactly, H is a symmetric tridiagonal
 * matrix without negative eigenvalues, and the rest is right to order h^2.  Through the two ends of
 * the grid nothing flows.  They are where P_s has fallen to e^-64 of its largest; but at the floor
 * (RBM: x = 0), where V is finite there and the noise does not vanish, that is, for constant g.
 *
 * Nothing here is collective.  Everything is dimensionless but for rates and times, which are per
 * update and in updates. */
#ifndef DYSON_THEORY_H
#define DYSON_THEORY_H

#include "dyson/error.h"
#include "dyson/model.h"

#include <stdbool.h>

typedef enum dyson_noise_form { DYSON_NOISE_CONSTANT, DYSON_NOISE_LOCAL } dyson_noise_form;

/* A mode on its grid; arrays of `cells` numbers, owned by it. */
typedef struct dyson_fokker_planck {
    int cells;
    double low, width;
    double centre;      /* the fixed point x_s */
    double curvature;   /* Omega = V''(x_s) */
    double noise;       /* g^2(x_s) */
    bool left_well;     /* whether V has its maximum at the floor, so that H has a well there too */
    double left_rate;   /* then |V''(floor)|: that well's states have E = (2m + 1) |V''(floor)| */
    double barrier;     /* then where V'' = 0: what lies below belongs to that well */
    double *x;          /* the cells' centres */
    double *potential;  /* V */
    double *well;       /* U of constant g, also where g is local */
    double *stationary; /* P_s, with sum h P_s = 1 */
    double *diagonal;   /* H_ii */
    double *beside;     /* H_i,i+1; the last is 0 */
} dyson_fokker_planck;

/* Whether there is such a mode: a fixed point inside the domain, a stationary state, noise. */
bool dyson_fokker_planck_exists(const dyson_model *model, const dyson_system *system, size_t point,
                                int level);

/* Errors: DYSON_BAD_DATA where there is no such mode, or P_s has no integral, or the cells are too few to follow P_s (the
 * text says how many are needed); DYSON_INTERNAL. */
int dyson_fokker_planck_create(const dyson_model *model, const dyson_system *system, size_t point,
                               int level, dyson_noise_form form, int cells,
                               dyson_fokker_planck **mode, dyson_error *error);
void dyson_fokker_planck_destroy(dyson_fokker_planck *mode);

/* The lowest `count` <= cells levels of H, ascending, into energy[count], and where states is not
 * NULL the wave functions into states[count x cells], with sum h psi^2 = 1 and the sign such that
 * the largest extremum is positive.  E_0 and psi_0 = sqrt(P_s) are exact.  LAPACK dstevr.
 * Errors: DYSON_INTERNAL. */
int dyson_fokker_planck_states(const dyson_fokker_planck *mode, int count, double *energy,
                               double *states, dyson_error *error);

/* The share of psi^2 below the barrier, 0 without one. */
double dyson_fokker_planck_left(const dyson_fokker_planck *mode, const double *state);

/* Eq. (44): P(x, t) = sum_n c_n psi_n sqrt(P_s) exp(-E_n t), c_n = sum h psi_n P(x, 0)/sqrt(P_s),
 * over all states that have not died out by e^-40 at t; density[count x cells] at times[count] >= 0
 * (at 0, `initial` itself), of initial[cells] with sum h P = 1.  The sum loses as many digits as
 * P_s has between its largest value and where P(x, 0) lies: DYSON_BAD_DATA where fewer than six
 * would be left.  Errors also: DYSON_INTERNAL. */
int dyson_fokker_planck_evolve(const dyson_fokker_planck *mode, const double *initial, int count,
                               const double *times, double *density, dyson_error *error);

/* ---- all modes of a run ---- */

typedef struct dyson_theory_options {
    dyson_noise_form form;
    int cells, states;
    int mode;            /* only this one, counted from 0 in the order of the levels; -1: all */
    const char *initial; /* the law at time 0: "X", "MEAN:WIDTH" (Gaussian) or "FILE.h5:/dataset"
                            (numbers of that law); NULL: no laws in time */
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
 * grid and its laws at fokker_planck[p * modes + k], NULL where nothing is predicted; of its states
 * state[(p * modes + k) * states ..], wave functions wave[(..) * states + n][cells], laws in time
 * density[(..) * times + t][cells]. */
typedef struct dyson_theory {
    dyson_theory_options options; /* as given to dyson_theory_create; not owned */
    size_t points, modes;
    int *level;
    dyson_fokker_planck **fokker_planck;
    dyson_theory_state *state;
    double *wave, *density;
} dyson_theory;

/* Errors: those of the functions above; DYSON_USAGE for a mode that the run does not have; DYSON_NO_INPUT and DYSON_BAD_DATA for `initial`. */
int dyson_theory_create(const dyson_spec *spec, const dyson_system *system,
                        const dyson_theory_options *options, dyson_theory **theory,
                        dyson_error *error);
void dyson_theory_destroy(dyson_theory *theory);

/* Writes it to path (docs/theory-file.md).  Errors: DYSON_CANNOT_CREATE, DYSON_IO,
 * DYSON_INTERNAL. */
int dyson_theory_write(const dyson_theory *theory, const dyson_spec *spec,
                       const dyson_system *system, const char *path, dyson_error *error);

#endif
