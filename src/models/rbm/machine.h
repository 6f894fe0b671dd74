/* machine.h: the machine and its target as a run file gives them, in the section of any model that
 * has the keys of keys.h and init_std. */
#ifndef DYSON_RBM_MACHINE_H
#define DYSON_RBM_MACHINE_H

#include "dyson/spec.h"
#include "models/rbm/kernel.h"

/* What is to be learnt.  Fixed points: x = mu^2 - kappa for the lowest kappa, 0 where that is
 * negative (such a mode is too heavy for the machine to learn). */
typedef struct rbm_target {
    double *kappa, *x; /* of the N_v modes; kappa ascends */
    int side;          /* L of a large lattice, N_v of a large ring; else 0 */
    double *inverse;   /* C_target = K_target^-1, padded as the kernels want it; of a large lattice,
                          where it depends on the distance alone, its first row */
} rbm_target;

/* Sizes, mu^2, sigma_h, init_std; the padding of the arrays. */
void rbm_read_machine(const dyson_spec *spec, const char *section, rbm_parameters *p);

/* The target of such a machine, from either key of the section (DYSON_BAD_DATA where there is not
 * exactly one, or it does not fit). */
int rbm_target_create(const dyson_spec *spec, const char *section, const rbm_parameters *p,
                      rbm_target *target, dyson_error *error);
void rbm_target_destroy(rbm_target *target);

/* C_target of sites i and first ... first + count - 1. */
void rbm_target_row(const rbm_parameters *p, int i, int first, int count, double *out);

/* The free scalar field of mass^2 on a ring of n sites, or on a periodic square of n = L^2 sites
 * numbered x + L y, L = rbm_lattice_side: K_target, row-major; and by their closed forms kappa,
 * ascending, and the first row of C_target (non-zero: no memory). */
int rbm_lattice_side(int n, int dimensions);
void rbm_free_scalar(int n, int dimensions, double mass2, double *kernel);
int rbm_lattice_target(int n, int dimensions, double mass2, double *kappa, double *row);

/* inverse = matrix^-1 for a symmetric positive definite n x n matrix; non-zero where it is not. */
int rbm_invert(int n, const double *matrix, double *inverse);

#endif
