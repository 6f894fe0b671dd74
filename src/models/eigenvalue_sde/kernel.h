/* kernel.h: what the lane kernels of the eigenvalue process work on.
 *
 * One pack: replica l of it sits in lane l.  Arrays hold vectors of L = dyson_kernel_lanes(kernel)
 * doubles; matrices are row-major, modes x modes. */
#ifndef DYSON_EIGENVALUE_SDE_KERNEL_H
#define DYSON_EIGENVALUE_SDE_KERNEL_H

#include "dyson/kernel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Drift and noise of the Gaussian RBM's modes, or a linear drift with the same noise everywhere. */
typedef enum sde_process { SDE_RBM, SDE_LINEAR } sde_process;

/* What is fixed for a run, and for a point. */
typedef struct sde_parameters {
    sde_process process;
    int modes;  /* RBM: N_v; where there are fewer levels, the others stay at 0 */
    bool ito;   /* RBM: with the second order of the matrix update */
    int memory; /* RBM: Gibbs steps k of the chains; 0 without memory */
    int substeps;
    const double
        *target;         /* modes: kappa, ascending (RBM), or the value of each level, descending */
    double mass2;        /* mu^2 (RBM) */
    double rate;         /* alpha sigma_h^2 (RBM), or alpha */
    double noise, batch; /* A (linear), B */
    double bound;        /* linear: on the sum of x^2; beyond it a replica has run away */
    uint64_t stream;
} sde_parameters;

/* The pack's present state; its arrays lie in one aligned allocation. */
typedef struct sde_state {
    int64_t replica[DYSON_KERNEL_LANES_MAX];
    int64_t diverged_at[DYSON_KERNEL_LANES_MAX]; /* -1: has not run away */
    int64_t update;
    double *x;       /* modes, descending */
    double *kept;    /* modes: (x/mu^2)^k */
    double *change;  /* M - 1, or the noise: modes x modes */
    double *matrix;  /* modes x modes */
    double *normals; /* sde_normal_vectors */
    double *solver;  /* scratch of the eigensolver */
} sde_state;

/* Vectors of normals for one step: whole blocks of four. */
size_t sde_normal_vectors(int modes);

typedef void sde_advance_function(const sde_parameters *parameters, sde_state *state,
                                  int64_t update);
sde_advance_function sde_advance_base, sde_advance_avx2, sde_advance_avx512;

/* From the levels at state->update on to `update`. */
void sde_advance(dyson_kernel kernel, const sde_parameters *parameters, sde_state *state,
                 int64_t update);

#endif
