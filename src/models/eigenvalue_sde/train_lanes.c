/* train_lanes.c: one update of the eigenvalue process of a pack of replicas,
 *   x_i' = x_i + K_i + sum_{j != i} g_ij^2/(x_i - x_j) + sqrt(2) g_ii eta_i              Eq. (9).
 *
 * The repulsion is never evaluated.  It is what the eigenvalues of a matrix do to second order in
 * its elements, so each step makes that matrix and takes its eigenvalues: with time step h,
 *   Y = diag(x + h K) + sqrt(h) G,  G symmetric, <G_ij^2> = (1 + delta_ij) g_ij^2,
 * and x' are the eigenvalues of Y, whatever the distances between the levels are.
 *
 * linear   K_i = alpha (v_i - x_i), g = alpha A/sqrt(B): Y - v = (1 - alpha)(x - v) + noise that
 *          has the same law in every basis, so with equal v a step has no error but that of h.
 * RBM      X' = M X M, M = 1 + alpha sigma_h^2 (C_target - C_model) (update of the weights), with
 *          C_target diagonal in the basis of X and normal noise: m = M - 1,
 *            m_ii = a h (1/kappa_i - 1/lambda_i) + sqrt(2 h) a s_ii z_ii,
 *            m_ij = a sqrt(h) s_ij z_ij,  s_ij^2 = 1/(B lambda_i lambda_j) (1 + rho)/(1 - rho),
 *          a = alpha sigma_h^2, lambda = mu^2 - x, rho = (x_i x_j/mu^4)^k, 0 without memory.
 *          To first order in m, Y_ij = x_i delta_ij + (x_i + x_j) m_ij is the above with
 *          K_i = 2 a x_i (1/kappa_i - 1/lambda_i) and g_ij = a (x_i + x_j) s_ij (leading);
 *          Y = M diag(x) M is that and sum_k m_ik x_k m_kj (ito).
 *          A level below 0, where X has none, is put to 0; with `ito` only rounding leads there.
 *
 * Addresses (random.h): purpose NOISE, update t, substep s, z_ij (j <= i) is normal number
 * i(i+1)/2 + j after block s ceil(N(N+1)/8). */
#include "models/eigenvalue_sde/kernel.h"
#include "models/rbm/modes.h"

#include "random/normals_lanes.h"
#include "spectrum/spectrum_lanes.h"

/* (x/mu^2)^k of each level, by repeated squaring. */
static void remember(const sde_parameters *p, sde_state *state)
{
    const lane *const x = (const lane *)state->x;
    lane *const kept = (lane *)state->kept;
    for (int i = 0; i < p->modes; i++) {
        lane power = lane_all(1.0), square = x[i] * (1.0 / p->mass2);
        for (int k = p->memory; k > 0; k /= 2) {
            if (k % 2 == 1)
                power *= square;
            square *= square;
        }
        kept[i] = power;
    }
}

/* m, both triangles. */
static void rbm_change(const sde_parameters *p, double h, sde_state *state)
{
    const int n = p->modes;
    const lane *const x = (const lane *)state->x, *const normal = (const lane *)state->normals;
    const lane *const kept = (const lane *)state->kept;
    lane *const m = (lane *)state->change;
    if (p->memory > 0)
        remember(p, state);
    for (int i = 0, next = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
            lane variance = h * RBM_MODE_SCATTER(p->batch, p->mass2, x[i], x[j]);
            if (p->memory > 0)
                variance *= RBM_MODE_MEMORY(kept[i] * kept[j]);
            const double scale = i == j ? __builtin_sqrt(2.0) * p->rate : p->rate;
            m[i * n + j] = m[j * n + i] = scale * lane_sqrt(variance) * normal[next++];
        }
        m[i * n + i] += p->rate * h * RBM_MODE_PULL(p->target[i], p->mass2, x[i]);
    }
}

static void rbm_matrix(const sde_parameters *p, sde_state *state)
{
    const int n = p->modes;
    const lane *const x = (const lane *)state->x, *const m = (const lane *)state->change;
    lane *const y = (lane *)state->matrix;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
            lane sum = (x[i] + x[j]) * m[i * n + j];
            if (i == j)
                sum += x[i];
            for (int k = 0; p->ito && k < n; k++)
                sum += m[i * n + k] * x[k] * m[j * n + k];
            y[i * n + j] = sum;
        }
    }
}

static void linear_matrix(const sde_parameters *p, double h, sde_state *state)
{
    const int n = p->modes;
    const double noise = p->rate * p->noise * __builtin_sqrt(h / p->batch);
    const lane *const x = (const lane *)state->x, *const normal = (const lane *)state->normals;
    lane *const y = (lane *)state->matrix;
    for (int i = 0, next = 0; i < n; i++) {
        for (int j = 0; j < i; j++)
            y[i * n + j] = noise * normal[next++];
        y[i * n + i] = x[i] + p->rate * h * (p->target[i] - x[i]) +
                       __builtin_sqrt(2.0) * noise * normal[next++];
    }
}

/* Levels within the process's domain; a replica outside it, or not finite, has run away. */
static void look(const sde_parameters *p, sde_state *state)
{
    lane *const x = (lane *)state->x;
    lane_mask sound;
    if (p->process == SDE_RBM) {
        sound = x[0] < p->mass2;
        for (int i = 0; i < p->modes; i++)
            x[i] = lane_select(x[i] < 0.0, lane_all(0.0), x[i]);
    } else {
        lane sum = {0};
        for (int i = 0; i < p->modes; i++)
            sum += x[i] * x[i];
        sound = sum <= p->bound;
    }
    if (lane_any(~sound)) {
        for (int l = 0; l < LANES; l++)
            if (sound[l] == 0 && state->diverged_at[l] < 0)
                state->diverged_at[l] = state->update;
    }
}

void DYSON_LANE(sde_advance)(const sde_parameters *p, sde_state *state, int64_t update)
{
    const double h = 1.0 / p->substeps;
    const int blocks = (p->modes * (p->modes + 1) / 2 + 3) / 4;
    normal_source source;
    normal_source_set(&source, p->stream, DYSON_PURPOSE_NOISE, state->replica);
    while (state->update < update) {
        source.c1 = (uint32_t)++state->update;
        for (int s = 0; s < p->substeps; s++) {
            normals_fill(&source, (uint32_t)(s * blocks), blocks, (lane *)state->normals);
            if (p->process == SDE_RBM) {
                rbm_change(p, h, state);
                rbm_matrix(p, state);
            } else {
                linear_matrix(p, h, state);
            }
            DYSON_LANE(dyson_spectrum_lanes)
            (p->modes, state->matrix, state->x, NULL, state->solver);
            look(p, state);
        }
    }
}
