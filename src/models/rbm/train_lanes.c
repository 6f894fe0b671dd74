/* train_lanes.c: one PCD update of a pack of Gaussian RBMs.
 *
 * With A = (sigma_h^2/mu^2) W W^T (visible x visible), one update is
 *   chains    k Gibbs steps, h = sigma_h^2 W^T v + sigma_h z, v = W h/mu^2 + z'/mu,
 *             or the k steps at once ("collapsed"): v' = A^k v + L z,
 *             L L^T = (1 + A + ... + A^(2k-1))/mu^2  (chains_lanes.h),
 *             or V^T V of all chains in one draw ("wishart", moments_lanes.h); with k = infinity
 *             v' = L z, L L^T = 1/(mu^2 (1 - A))
 *   gradient  D = sigma_h^2 (C_target - V^T V/B)
 *   weights   W' = (1 + alpha D - alpha l2) W; with momentum beta, m' = beta m + (1 - beta) D W and
 *             W' = (1 - alpha l2) W + alpha m'
 *
 * Storage: kernel.h.
 */
#include "models/rbm/kernel.h"

#include "models/rbm/moments_lanes.h"

/* Where weights and chains are at present, and where the other of their two places is. */
LANE_INLINE lane *weights_of(const rbm_parameters *p, const rbm_state *state, int low)
{
    return (lane *)state->weights + (low ? 0 : p->tile * p->padded_visible);
}

LANE_INLINE lane *chains_of(const rbm_parameters *p, const rbm_state *state, int low)
{
    return (lane *)state->chains + (low ? 0 : RBM_GROUP * p->padded_visible);
}

/* A from W, and its trace against the bound. */
LANE_INLINE void refresh(const extent e, const rbm_parameters *p, rbm_state *state, int64_t update)
{
    const tile_operand w = {weights_of(p, state, state->low), 1, e.padded_visible};
    lane *a = (lane *)state->scaled;
    const real scale = (real)(p->sigma_h * p->sigma_h / p->mass2);
    tile_symmetric(e.tile, e.padded_visible, e.hidden, w, w, (tile_sum){.scale = scale}, a);
    lane trace = {0};
    for (int i = 0; i < e.visible; i++)
        trace += a[i * e.padded_visible + i];
    /* Also false for a trace that is not a number. */
    const lane_mask sound = trace <= (real)(p->trace_bound / p->mass2);
    if (lane_any(~sound)) {
        for (int l = 0; l < LANES; l++)
            if (sound[l] == 0 && state->diverged_at[l] < 0)
                state->diverged_at[l] = update;
    }
}

/* C_target in the kernel's precision. */
LANE_INLINE const real *target_of(const rbm_parameters *p)
{
#if defined(DYSON_LANE_SINGLE)
    return p->target_single;
#else
    return p->target;
#endif
}

/* identity * diagonal + rate * sigma_h^2 (C_target - V^T V/B), with the padding kept at zero; V^T V
 * from the chains, or already in out. */
LANE_INLINE void gradient(const extent e, const rbm_parameters *p, const lane *chains, double rate,
                          double diagonal, lane *out)
{
    const int n = e.padded_visible;
    const double full = rate * p->sigma_h * p->sigma_h;
    const real strength = (real)full, share = (real)(full / p->batch);
    const real *const target = target_of(p);
    const tile_operand v = {chains, 1, n};
    if (p->sampler == RBM_WISHART) {
        for (int i = 0; i < n * n; i++)
            out[i] = strength * target[i] - share * out[i];
        for (int i = 0; i < n; i++)
            out[i * n + i] += (real)diagonal;
    } else {
        tile_symmetric(
            e.tile, n, p->batch, v, v,
            (tile_sum){
                .scale = -share, .weight = strength, .diagonal = (real)diagonal, .add = target},
            out);
    }
    for (int i = 0; i < n; i++)
        for (int j = i < e.visible ? e.visible : 0; j < n; j++)
            out[i * n + j] = out[j * n + i] = (lane){0};
}

/* Rows [a0, a0 + tile) of W^T times a symmetric matrix, and plus W^T where `added`. */
LANE_INLINE void multiply_rows(const extent e, int a0, const bool added, const lane *weights,
                               const lane *matrix, lane *out)
{
    const int n = e.padded_visible;
    for (int j0 = 0; j0 < n; j0 += e.tile) {
        LANE_UNROLL(3)
        for (int from = 0; from < e.tile; from += TILE_STRIP) {
            const int width = tile_width(e.tile, from), j = j0 + from;
            lane acc[TILE_MAX][TILE_MAX];
            tile_clear(e.tile, width, acc);
            tile_multiply(e.tile, width, 0, e.visible, (tile_operand){weights + a0 * n, n, 1},
                          (tile_operand){matrix + j, 1, n}, acc);
            if (added) {
                LANE_UNROLL(5)
                for (int r = 0; r < e.tile; r++) {
                    LANE_UNROLL(5)
                    for (int c = 0; c < width; c++)
                        acc[r][c] += weights[(a0 + r) * n + j + c];
                }
            }
            tile_store(e.tile, width, n, a0, j, acc, out);
        }
    }
}

/* Whether W' is W + (alpha D - alpha l2) W, rounded once where noise is added, rather than
 * (1 + alpha D - alpha l2) W, which saves the sum.  In single precision that is felt: numbers just
 * below 1 are spaced half as far as those just above, so that rounding 1 + alpha D to them has a
 * mean. */
enum { BY_INCREMENTS = sizeof(real) == 4 };

/* The weights' update, from their present place to the other one. */
LANE_INLINE void learn(const extent e, const rbm_parameters *p, rbm_state *state, double rate,
                       const workspace *w)
{
    const lane *const weights = weights_of(p, state, state->low);
    lane *const next = weights_of(p, state, !state->low);
    const lane *const chains = chains_of(p, state, !state->low);
    const int rows = e.padded_hidden, count = e.padded_hidden * e.padded_visible;
    if (state->velocity == NULL) {
        gradient(e, p, chains, rate, (BY_INCREMENTS ? 0.0 : 1.0) - rate * p->l2, w->series);
        for (int done = 0; done < rows; done += e.tile)
            multiply_rows(e, state->low ? rows - e.tile - done : done, BY_INCREMENTS, weights,
                          w->series, next);
        return;
    }
    lane *const velocity = (lane *)state->velocity;
    const real kept = (real)p->momentum, gained = (real)(1.0 - p->momentum);
    const real left = (real)((BY_INCREMENTS ? 0.0 : 1.0) - rate * p->l2), step = (real)rate;
    lane *const ascent = velocity + count;
    gradient(e, p, chains, 1.0, 0.0, w->series);
    for (int a0 = 0; a0 < rows; a0 += e.tile)
        multiply_rows(e, a0, false, weights, w->series, ascent);
    for (int done = 0; done < count; done++) {
        const int i = state->low ? count - 1 - done : done;
        velocity[i] = kept * velocity[i] + gained * ascent[i];
        next[i] = left * weights[i] + step * velocity[i];
        if (BY_INCREMENTS)
            next[i] += weights[i];
    }
}

LANE_INLINE void advance_chains(const extent e, const rbm_parameters *p, rbm_state *state,
                                const normal_source *source, workspace *w)
{
    const lane *const chains = chains_of(p, state, state->low);
    lane *const next = chains_of(p, state, !state->low);
    const int groups = (p->batch + RBM_GROUP - 1) / RBM_GROUP;
    const uint32_t blocks = (uint32_t)p->steps * (uint32_t)(e.visible + e.hidden); /* of normals */
    const bool remembered = p->steps != RBM_INFINITE;
    if (!remembered)
        equilibrium(e, p, (const lane *)state->scaled, w);
    else if (p->sampler != RBM_GIBBS)
        collapse(e, p, (const lane *)state->scaled, w);
    if (p->sampler == RBM_WISHART) {
        advance_moments(e, p, source, w, (lane *)state->chains);
        return;
    }
    for (int done = 0; done < groups; done++) {
        const int g = state->low ? groups - 1 - done : done;
        const int row = g * RBM_GROUP * e.padded_visible;
        if (p->sampler == RBM_COLLAPSED) {
            normals_fill(source, (uint32_t)(g * e.visible), e.visible, w->normals);
            advance_collapsed(e, w, remembered ? chains + row : NULL, next + row);
        } else {
            advance_gibbs(e, p, source, (uint32_t)g * blocks, w, weights_of(p, state, state->low),
                          chains + row, next + row);
        }
    }
}

LANE_INLINE void advance(const extent e, const rbm_parameters *p, rbm_state *state, int64_t update)
{
    normal_source source;
    normal_source_set(&source, p->stream, DYSON_PURPOSE_CHAINS, state->replica);
    while (state->update < update) {
        workspace w = workspace_of(p, state);
        const double rate = rbm_learning_rate(p, state->update);
        state->update++;
        source.c1 = (uint32_t)state->update;
        advance_chains(e, p, state, &source, &w);
        learn(e, p, state, rate, &w);
        state->low = !state->low;
        refresh(e, p, state, state->update);
    }
}

static extent extent_of(const rbm_parameters *p)
{
    return (extent){p->tile, p->visible, p->hidden, p->padded_visible, p->padded_hidden};
}

/* Machines of N_v = N_h = n for which the compiler makes code of their own (make SIZES="4 10"):
 * OWN_SIZE(n) for each.  The same numbers to rounding: SIZES is part of the build's name. */
#ifndef DYSON_SIZES
#define DYSON_SIZES OWN_SIZE(10)
#endif
#define PADDED(n, tile) (((n) + (tile)-1) / (tile) * (tile))
#define TILE(n) (PADDED(n, 5) <= PADDED(n, 4) ? 5 : 4) /* as in machine.c */
#define OWN_SIZE(n)                                                                        \
    if (e.visible == (n) && e.hidden == (n)) {                                             \
        advance((extent){TILE(n), n, n, PADDED(n, TILE(n)), PADDED(n, TILE(n))}, p, state, \
                update);                                                                   \
        return;                                                                            \
    }

void DYSON_LANE(rbm_advance)(const rbm_parameters *p, rbm_state *state, int64_t update)
{
    extent e = extent_of(p);
    DYSON_SIZES
    if (e.tile == 5)
        advance((extent){5, e.visible, e.hidden, e.padded_visible, e.padded_hidden}, p, state,
                update);
    else
        advance((extent){4, e.visible, e.hidden, e.padded_visible, e.padded_hidden}, p, state,
                update);
}

/* W ~ N(0, init_std^2), normal number a N_v + i for W_ia. */
void DYSON_LANE(rbm_draw_weights)(const rbm_parameters *p, const rbm_state *state)
{
    lane *const weights = weights_of(p, state, state->low);
    normal_source source;
    normal_source_set(&source, p->stream, DYSON_PURPOSE_WEIGHTS, state->replica);
    source.c1 = 0;
    const int count = p->hidden * p->visible;
    for (int n = 0; n < count; n += 4) {
        lane normal[4];
        normals_fill(&source, (uint32_t)(n / 4), 1, normal);
        for (int i = n; i < n + 4 && i < count; i++)
            weights[i / p->visible * p->padded_visible + i % p->visible] =
                (real)p->init_std * normal[i - n];
    }
}

/* Chains, or what stands for them, start at 1. */
void DYSON_LANE(rbm_start)(const rbm_parameters *p, rbm_state *state)
{
    const extent e = extent_of(p);
    DYSON_LANE(rbm_draw_weights)(p, state);
    lane *const chains = chains_of(p, state, state->low);
    for (int b = 0; p->sampler != RBM_WISHART && b < p->batch; b++)
        for (int i = 0; i < e.visible; i++)
            chains[b * e.padded_visible + i] = lane_all(1.0);
    if (p->sampler == RBM_WISHART)
        start_moments(e, p, (lane *)state->chains);
    if (e.tile == 5)
        refresh((extent){5, e.visible, e.hidden, e.padded_visible, e.padded_hidden}, p, state, 0);
    else
        refresh((extent){4, e.visible, e.hidden, e.padded_visible, e.padded_hidden}, p, state, 0);
}

#if !defined(DYSON_LANE_SINGLE)
void DYSON_LANE(rbm_gram)(const rbm_parameters *p, const rbm_state *state, double *gram)
{
    const int levels = p->visible < p->hidden ? p->visible : p->hidden;
    const int depth = p->visible < p->hidden ? p->hidden : p->visible;
    /* Element (i, k): the level's own index times `row`, the summed one times `step`. */
    const int row = p->visible <= p->hidden ? 1 : p->padded_visible;
    const int step = p->visible <= p->hidden ? p->padded_visible : 1;
    const lane *const weights = weights_of(p, state, state->low);
    lane *const out = (lane *)gram;
    for (int i = 0; i < levels; i++) {
        for (int j = 0; j <= i; j++) {
            lane sum = {0};
            for (int k = 0; k < depth; k++)
                sum += weights[i * row + k * step] * weights[j * row + k * step];
            out[i * levels + j] = out[j * levels + i] = sum * (p->sigma_h * p->sigma_h);
        }
    }
}
#endif
