/* teams.h: one RBM that a team of ranks trains: what its pack holds (private to teams*.c).
 *
 * Matrices are block-cyclic (team/matrix.h), and each sampler has only those that it needs; docs/
 * models.md has their bytes.  Symmetric ones count by their lower triangle but where said.  C =
 * min(B - N_v, N_v), or with k = infinity min(B, N_v). */
#ifndef DYSON_RBM_TEAMS_H
#define DYSON_RBM_TEAMS_H

#include "models/rbm/rbm.h"
#include "team/matrix.h"

struct dyson_pack {
    const dyson_system *system;
    dyson_kernel kernel;
    const dyson_team *team;
    rbm_parameters parameters; /* of the point being trained */
    int64_t replica, update, diverged_at;
    team_matrix weights; /* W, N_v x N_h */
    team_matrix other;   /* the next W, or with momentum its moving average */
    team_matrix
        gradient; /* A = (sigma_h^2/mu^2) W W^T, both triangles; then 1 + alpha D - alpha l2,
                             or D */
    team_matrix spectrum; /* X, in the gradient's place */
    team_matrix series;   /* 1 + A + ... + A^(k-1), both triangles; then V^T V */
    team_matrix power;    /* A^k, both triangles; wishart: then A^k C */
    team_matrix noise;    /* L */
    team_matrix chains;   /* V, B x N_v: a chain in each row; wishart: C, N_v x N_v */
    team_matrix normals; /* gibbs: h of all chains, B x N_h; collapsed: the next V; wishart: Z, then
                             M, N_v x N_v */
    team_matrix rest;    /* wishart: T, then L T, N_v x C */
    team_solver *solver;
    double *storage; /* this rank's parts of all of these */
    double *normal;  /* of one row or column of a block; or C_target there */
    double *part;    /* of a sum, one of each rank */
};

/* Chains, or what stands for them, at the start.  Local; storage is all zeros. */
void rbm_teams_start_chains(dyson_pack *pack);

/* Collective over the team, as all below.  Moves the chains to update number pack->update by the
 * present W; wishart: V^T V into series. */
void rbm_teams_advance_chains(dyson_pack *pack);

/* wishart: C of the V^T V in series, for the next update. */
void rbm_teams_factor(dyson_pack *pack);

#endif
