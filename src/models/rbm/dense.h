/* dense.h: one RBM of any size, by BLAS and LAPACK: what its pack holds (private to dense*.c).
 *
 * Matrices are column-major, N_v or N_h rows; symmetric ones that BLAS reads by one triangle are
 * kept in both only where said.  Doubles in all, with C = min(B - N_v, N_v) and B rounded up to
 * whole groups of chains:
 *   gibbs      2 N_v N_h + N_v^2 + (N_v + N_h) B
 *   collapsed  2 N_v N_h + 4 N_v^2 + 2 N_v B
 *   wishart    2 N_v N_h + 6 N_v^2 + N_v C; with k = infinity 2 N_v N_h + 4 N_v^2 + N_v min(B, N_v)
 */
#ifndef DYSON_RBM_DENSE_H
#define DYSON_RBM_DENSE_H

#include "models/dense.h"
#include "models/pack.h"
#include "models/rbm/rbm.h"

struct dyson_pack {
    model_pack base;
    rbm_parameters parameters; /* of the point being trained */
    int64_t replica, update, diverged_at;
    double *weights;  /* W, N_v x N_h */
    double *other;    /* the next W, or with momentum its moving average */
    double *gradient; /* A = (sigma_h^2/mu^2) W W^T, both triangles; then 1 + alpha D - alpha l2, or
                         D, the upper one */
    double *series;   /* 1 + A + ... + A^(k-1), both; then V^T V, the upper one */
    double *power;    /* A^k, both */
    double *noise;    /* L, the lower one */
    double *chains;   /* V^T, a chain in each column; wishart: C^T, the upper triangle */
    double *normals;  /* gibbs: h of all chains; collapsed: as chains; wishart: dense_chains.c */
};

/* Columns or rows of a product at a time, where part of it is not needed. */
static inline int rbm_dense_strip(int n)
{
    return n < 128 ? 32 : 64;
}

/* Arrays that the point's sampler has no use for are NULL.  Bytes. */
size_t rbm_dense_lay_out(dyson_pack *pack, const rbm_parameters *parameters, double *storage);

/* Chains, or what stands for them, at the start. */
void rbm_dense_start_chains(dyson_pack *pack);

/* Moves the chains to update number pack->update by the present W; wishart: V^T V into series. */
void rbm_dense_advance_chains(dyson_pack *pack);

/* wishart: C of the V^T V in series, for the next update. */
void rbm_dense_factor(dyson_pack *pack);

#endif
