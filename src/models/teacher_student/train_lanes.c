/* train_lanes.c: one update of a pack of students,
 *   W_s' = W_s + alpha [(W_t - W_s) S + a],   S = (1/B) sum_b x_b x_b^T, x_b ~ N(0, 1),
 * a symmetric, off-diagonal standard deviation A/sqrt(B), diagonal sqrt(2) A/sqrt(B).
 *
 * The law of x, of the noise and of the start does not change under rotations, so the teacher is
 * taken diagonal without loss.  What a mini-batch brings is drawn in one piece, not sample by
 * sample: the mean of B noises is one noise of variance 1/B, and B S = T T^T with T lower
 * triangular (Bartlett; N x min(N, B), lower trapezoidal where B < N), T_jj a chi variate of B - j
 * degrees of freedom (j from 0), T_ij normal for i > j.  So the cost does not depend on B.
 *
 * Addresses (random.h), update t, or for M fixed mini-batches ((t - 1) mod M) + 1:
 *   noise  purpose NOISE, a_ij (j <= i) is normal number i(i+1)/2 + j
 *   T_ij   purpose DATA, counted row by row from (1, 0), columns below min(N, B)
 *   T_jj   purpose DATA, column j of chi_lanes.h */
#include "models/teacher_student/kernel.h"

#include "random/chi_lanes.h"

LANE_INLINE void begin(normal_source *source, const student_parameters *p,
                       const student_state *state, dyson_purpose purpose)
{
    normal_source_set(source, p->stream, purpose, state->replica);
}

/* S = T T^T/B. */
static void second_moments(const normal_source *source, const student_parameters *p,
                           student_state *state)
{
    const int n = p->size, columns = p->batch < n ? (int)p->batch : n;
    const int drawn = columns * (columns - 1) / 2 + (n - columns) * columns;
    lane *const factor = (lane *)state->factor, *const normal = (lane *)state->normals;
    lane *const second = (lane *)state->second;
    normals_fill(source, 0, (drawn + 3) / 4, normal);
    chi_columns(source, (double)p->batch, columns, factor, n + 1);
    for (int i = 0, next = 0; i < n; i++) {
        for (int j = 0; j < i && j < columns; j++)
            factor[i * n + j] = normal[next++];
    }
    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
            lane sum = {0};
            for (int k = 0; k <= j && k < columns; k++)
                sum += factor[i * n + k] * factor[j * n + k];
            second[i * n + j] = second[j * n + i] = sum * (1.0 / (double)p->batch);
        }
    }
}

/* (W_t - W_s) S, or without drawn data W_t - W_s. */
static void descend(const student_parameters *p, student_state *state)
{
    const int n = p->size;
    const lane *const weights = (const lane *)state->weights;
    const lane *const second = (const lane *)state->second;
    lane *const descent = (lane *)state->descent;
    if (p->data == STUDENT_INFINITE) {
        for (int i = 0; i < n * n; i++)
            descent[i] = (i % (n + 1) == 0 ? p->teacher[i / (n + 1)] : 0.0) - weights[i];
        return;
    }
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            lane sum = p->teacher[i] * second[i * n + j];
            for (int k = 0; k < n; k++)
                sum -= weights[i * n + k] * second[k * n + j];
            descent[i * n + j] = sum;
        }
    }
}

/* W_s' from descent and noise; where its norm leaves the bound, or is not a number, the replica has
 * run away. */
static void learn(const normal_source *source, const student_parameters *p, student_state *state)
{
    const int n = p->size;
    const double rate = p->learning_rate,
                 noise = rate * p->noise / __builtin_sqrt((double)p->batch);
    lane *const weights = (lane *)state->weights, *const normal = (lane *)state->normals;
    const lane *const descent = (const lane *)state->descent;
    normals_fill(source, 0, (n * (n + 1) / 2 + 3) / 4, normal);
    lane norm = {0};
    for (int i = 0, next = 0; i < n; i++) {
        for (int j = 0; j < i; j++, next++) {
            const lane a = noise * normal[next];
            const lane lower = weights[i * n + j] + (rate * descent[i * n + j] + a);
            const lane upper = weights[j * n + i] + (rate * descent[j * n + i] + a);
            weights[i * n + j] = lower;
            weights[j * n + i] = upper;
            norm += lower * lower + upper * upper;
        }
        const lane a = noise * __builtin_sqrt(2.0) * normal[next++];
        const lane diagonal = weights[i * n + i] + (rate * descent[i * n + i] + a);
        weights[i * n + i] = diagonal;
        norm += diagonal * diagonal;
    }
    const lane_mask sound = norm <= p->bound;
    if (lane_any(~sound)) {
        for (int l = 0; l < LANES; l++)
            if (sound[l] == 0 && state->diverged_at[l] < 0)
                state->diverged_at[l] = state->update;
    }
}

void DYSON_LANE(student_advance)(const student_parameters *p, student_state *state, int64_t update)
{
    normal_source noise, data;
    begin(&noise, p, state, DYSON_PURPOSE_NOISE);
    begin(&data, p, state, DYSON_PURPOSE_DATA);
    while (state->update < update) {
        const int64_t draw =
            p->data == STUDENT_FIXED ? state->update % p->batches + 1 : state->update + 1;
        state->update++;
        noise.c1 = data.c1 = (uint32_t)draw;
        if (p->data != STUDENT_INFINITE)
            second_moments(&data, p, state);
        descend(p, state);
        learn(&noise, p, state);
    }
}

/* W_ij = init_std z, z number i N + j of purpose WEIGHTS; the symmetric start is (W + W^T)/2. */
void DYSON_LANE(student_start)(const student_parameters *p, student_state *state)
{
    const int n = p->size;
    lane *const weights = (lane *)state->weights, *const normal = (lane *)state->normals;
    normal_source source;
    begin(&source, p, state, DYSON_PURPOSE_WEIGHTS);
    source.c1 = 0;
    normals_fill(&source, 0, (n * n + 3) / 4, normal);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            weights[i * n + j] = p->symmetric
                                     ? 0.5 * p->init_std * (normal[i * n + j] + normal[j * n + i])
                                     : p->init_std * normal[i * n + j];
}
