/* kernel_pack.h: a pack of RBMs for the lane kernels, without the run file and the model around it.
 */
#ifndef DYSON_TEST_KERNEL_PACK_H
#define DYSON_TEST_KERNEL_PACK_H

#include "reference/rbm_reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The kernel under test, in one precision; its lanes of that precision. */
typedef struct subject {
    dyson_kernel kernel;
    bool single;
    int lanes, failures;
} subject;

/* Zeroed vectors of lanes, as the kernels want them. */
static double *vectors(const subject *s, size_t count)
{
    const size_t bytes = (count * (size_t)s->lanes * sizeof(double) + 63) / 64 * 64;
    double *const result = aligned_alloc(64, bytes);
    if (result == NULL) {
        fprintf(stderr, "kernel_check: out of memory\n");
        exit(70);
    }
    memset(result, 0, bytes);
    return result;
}

typedef struct problem {
    int visible, hidden, batch, steps, updates;
    rbm_sampler sampler;
    double rate, mass2, sigma_h, momentum, l2;
    rbm_schedule schedule;
} problem;

typedef struct pack {
    rbm_parameters parameters;
    rbm_state state;
    double *target;
    float *target_single;
} pack;

static int padded(int n, int tile)
{
    return (n + tile - 1) / tile * tile;
}

/* A target that is no circulant: C_ij = d_i d_j (1/n) sum_q cos(2 pi q (i - j)/n)/kappa_q, kappa_q
 * the free scalar's at m^2 = mass2/2, d_i in [1, 1.1). */
static double target_element(const problem *q, int i, int j)
{
    double sum = 0.0;
    for (int k = 0; k < q->visible; k++) {
        const double angle = 6.283185307179586477 * k / q->visible;
        sum += cos(angle * (i - j)) / (0.5 * q->mass2 + 2.0 - 2.0 * cos(angle));
    }
    return (1.0 + 0.1 * i / q->visible) * (1.0 + 0.1 * j / q->visible) * sum / q->visible;
}

/* W starts with its largest level at about mu^2/2, where all terms of an update matter. */
static void pack_create(const subject *s, const problem *q, pack *k)
{
    rbm_parameters *const p = &k->parameters;
    const int by_five = padded(q->visible, 5) + padded(q->hidden, 5);
    const int by_four = padded(q->visible, 4) + padded(q->hidden, 4);
    *p = (rbm_parameters){.visible = q->visible,
                          .hidden = q->hidden,
                          .batch = q->batch,
                          .steps = q->steps,
                          .sampler = q->sampler,
                          .schedule = q->schedule,
                          .mass2 = q->mass2,
                          .sigma_h = q->sigma_h,
                          .learning_rate = q->rate,
                          .momentum = q->momentum,
                          .l2 = q->l2,
                          .single = s->single,
                          .stream = 0xfeedfacecafebeef};
    p->tile = by_five <= by_four ? 5 : 4;
    p->padded_visible = padded(q->visible, p->tile);
    p->padded_hidden = padded(q->hidden, p->tile);
    p->init_std = sqrt(0.5 * q->mass2) / (q->sigma_h * (sqrt(q->visible) + sqrt(q->hidden)));
    p->trace_bound = 10.0 * fmin(q->visible, q->hidden) * q->mass2;
    const size_t n = (size_t)p->padded_visible;
    const size_t moving = q->momentum > 0.0 ? 2 * n * (size_t)p->padded_hidden : 0;
    k->target = calloc(n * n, sizeof *k->target);
    k->target_single = calloc(n * n, sizeof *k->target_single);
    for (int i = 0; i < q->visible; i++)
        for (int j = 0; j < q->visible; j++)
            k->target[i * p->padded_visible + j] = target_element(q, i, j);
    for (size_t i = 0; i < n * n; i++)
        k->target_single[i] = (float)k->target[i];
    p->target = k->target;
    p->target_single = k->target_single;
    k->state = (rbm_state){.weights = vectors(s, rbm_weight_vectors(p)),
                           .velocity = moving != 0 ? vectors(s, moving) : NULL,
                           .chains = vectors(s, rbm_chain_vectors(p)),
                           .scaled = vectors(s, n * n),
                           .scratch = vectors(s, rbm_scratch_vectors(p))};
}

static void pack_destroy(pack *k)
{
    free(k->target);
    free(k->target_single);
    free(k->state.weights);
    free(k->state.velocity);
    free(k->state.chains);
    free(k->state.scaled);
    free(k->state.scratch);
}

static void pack_start(const subject *s, pack *k, const int64_t *replica)
{
    for (int l = 0; l < s->lanes; l++) {
        k->state.replica[l] = replica[l];
        k->state.diverged_at[l] = -1;
    }
    rbm_start(s->kernel, &k->parameters, &k->state);
}

/* Where W_ia of lane l is among the weights. */
static int weight_at(const subject *s, const pack *k, int i, int a, int l)
{
    const rbm_parameters *const p = &k->parameters;
    return (rbm_weight_offset(p, &k->state) + a * p->padded_visible + i) * s->lanes + l;
}

static double weight(const subject *s, const pack *k, int i, int a, int l)
{
    const int at = weight_at(s, k, i, a, l);
    return s->single ? (double)((const float *)k->state.weights)[at] : k->state.weights[at];
}

static void weight_set(const subject *s, const pack *k, int i, int a, int l, double value)
{
    const int at = weight_at(s, k, i, a, l);
    if (s->single)
        ((float *)k->state.weights)[at] = (float)value;
    else
        k->state.weights[at] = value;
}

/* The same replica by the reference. */
static rbm_reference *reference_create(const pack *k, int64_t replica)
{
    const rbm_parameters *const p = &k->parameters;
    rbm_reference *const r = calloc(1, sizeof *r);
    r->chains = calloc((size_t)(p->batch * p->visible), sizeof *r->chains);
    r->replica = replica;
    rbm_reference_start(p, r);
    return r;
}

static void reference_destroy(rbm_reference *r)
{
    free(r->chains);
    free(r);
}

#endif
