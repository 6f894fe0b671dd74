/* kernel_check.c: the lane kernels against plain scalar code.  Needs neither MPI nor HDF5 nor a
 * test library, so it runs wherever a kernel does, under emulation too.
 *
 *   kernel_check [KERNEL ...]     all that this processor runs where none is named
 *
 * Prints one line per check, "ok ..." or "FAILED ..."; ends with 1 where a check failed. */
#include "kernel_pack.h"
#include "larger.h"
#include "reference/symmetric_reference.h"

#include "dyson/spectrum.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST DYSON_KERNEL_LANES_MAX

static void report(subject *s, int good, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void report(subject *s, int good, const char *format, ...)
{
    va_list list;
    printf("%s %s%s: ", good ? "ok" : "FAILED", dyson_kernel_name(s->kernel),
           s->single ? ", single" : "");
    va_start(list, format);
    vprintf(format, list);
    va_end(list);
    printf("\n");
    fflush(stdout);
    s->failures += !good;
}

#include "kernel_normals.h"

/* ---- the RBM ---- */

static const char *const sampler_names[] = {"gibbs", "collapsed", "wishart"};

/* max |W - W_reference| over max |W_reference|. */
static double weights_error(const subject *s, const pack *k, int l, const rbm_reference *r)
{
    const rbm_parameters *const p = &k->parameters;
    double worst = 0.0, largest = 0.0;
    for (int a = 0; a < p->hidden; a++) {
        for (int i = 0; i < p->visible; i++) {
            const double expected = r->weights[a * p->visible + i];
            worst = larger(worst, fabs(weight(s, k, i, a, l) - expected));
            largest = fmax(largest, fabs(expected));
        }
    }
    return worst / largest;
}

/* The spectrum of lane l against eigenvalues of the reference's own Gram matrix, over the largest.
 */
static double spectrum_error(const subject *s, const pack *k, const double *eigenvalues, int l,
                             const rbm_reference *r)
{
    const rbm_parameters *const p = &k->parameters;
    const int of_visible = p->visible <= p->hidden;
    const int n = of_visible ? p->visible : p->hidden, depth = of_visible ? p->hidden : p->visible;
    const int row = of_visible ? 1 : p->visible, step = of_visible ? p->visible : 1;
    static double gram[64 * 64], expected[64];
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            double sum = 0.0;
            for (int d = 0; d < depth; d++)
                sum += r->weights[i * row + d * step] * r->weights[j * row + d * step];
            gram[i * n + j] = p->sigma_h * p->sigma_h * sum;
        }
    }
    symmetric_reference_eigenvalues(n, gram, expected);
    double worst = 0.0;
    for (int i = 0; i < n; i++) {
        worst = larger(worst, fabs(eigenvalues[i * s->lanes + l] - expected[i]));
    }
    return worst / expected[0];
}

/* Measured after 20 to 50 updates the two differ by 5e-16 to 2e-15 of the largest weight: each
 * update adds rounding errors of a few 2^-53 and carries the old ones along, which the drift
 * towards the fixed point damps and the multiplicative noise amplifies by no more than 1 +
 * O(alpha).  1e-12 leaves room for longer sums and another order of them, and is still far below
 * any error in a formula.  In single precision the two differ by up to 1.1e-6; spectra are not the
 * kernel's there. */
static void check_training(subject *s, const problem *q)
{
    const double tolerance = s->single ? 1e-5 : 1e-12;
    pack k;
    int64_t replica[MOST];
    rbm_reference *reference[MOST];
    double by_weights = 0.0, by_spectrum = 0.0;
    pack_create(s, q, &k);
    const int levels = q->visible < q->hidden ? q->visible : q->hidden;
    double *const gram = vectors(s, (size_t)(levels * levels));
    double *const eigenvalues = vectors(s, (size_t)levels);
    double *const scratch = vectors(s, dyson_spectrum_scratch(levels, s->kernel, 0));
    for (int l = 0; l < s->lanes; l++)
        replica[l] = (INT64_C(1) << 32) * l + 3 * l + 7;
    pack_start(s, &k, replica);
    for (int l = 0; l < s->lanes; l++)
        reference[l] = reference_create(&k, replica[l]);
    for (int update = 0; update <= q->updates; update++) {
        rbm_advance(s->kernel, &k.parameters, &k.state, update);
        for (int l = 0; l < s->lanes; l++) {
            if (update > 0)
                rbm_reference_advance(&k.parameters, reference[l]);
            by_weights = larger(by_weights, weights_error(s, &k, l, reference[l]));
        }
    }
    if (!s->single) {
        rbm_gram(s->kernel, &k.parameters, &k.state, gram);
        dyson_spectrum_lanes(levels, s->kernel, gram, eigenvalues, NULL, scratch);
    }
    for (int l = 0; l < s->lanes; l++) {
        if (!s->single)
            by_spectrum = larger(by_spectrum, spectrum_error(s, &k, eigenvalues, l, reference[l]));
        reference_destroy(reference[l]);
    }
    report(s, by_weights <= tolerance && by_spectrum <= tolerance,
           "%2d x %2d, B = %2d, k = %d, %s%s: W %.1e, spectrum %.1e after %d updates", q->visible,
           q->hidden, q->batch, q->steps, sampler_names[q->sampler],
           q->momentum > 0.0 ? ", momentum" : "", by_weights, by_spectrum, q->updates);
    free(gram);
    free(eigenvalues);
    free(scratch);
    pack_destroy(&k);
}

/* alpha = 0.1, mu^2 = 9, sigma_h = 1 and a constant rate where nothing else is said. */
#define PLAIN .rate = 0.1, .mass2 = 9.0, .sigma_h = 1.0

static void check_trainings(subject *s)
{
    static const problem problems[] = {
        /* visible, hidden, batch, steps, updates */
        {10, 10, 16, 3, 30, RBM_COLLAPSED, PLAIN},
        {10, 10, 16, 3, 30, RBM_GIBBS, PLAIN},
        {10, 10, 5, 2, 20, RBM_COLLAPSED, PLAIN, .momentum = 0.9, .l2 = 0.05},
        {10, 10, 3, 4, 20, RBM_GIBBS, PLAIN, .momentum = 0.5},
        {1, 1, 1, 1, 30, RBM_COLLAPSED, PLAIN},
        {1, 1, 2, 3, 30, RBM_GIBBS, PLAIN},
        {2, 3, 4, 5, 20, RBM_COLLAPSED, PLAIN, .l2 = 0.3},
        {3, 2, 7, 7, 20, RBM_GIBBS, PLAIN, .schedule = {RBM_EXPONENTIAL, 7.5, 1.0}},
        {4, 7, 9, 8, 20, RBM_COLLAPSED, PLAIN, .schedule = {RBM_STEP, 3.0, 0.5}},
        {7, 4, 11, 6, 20, RBM_COLLAPSED, PLAIN, .schedule = {RBM_INVERSE, 11.0, 1.0}},
        {5, 3, 12, 1, 20, RBM_GIBBS, PLAIN, .momentum = 0.25, .l2 = 0.1},
        {6, 13, 13, 9, 20, RBM_COLLAPSED, .rate = 0.03, .mass2 = 2.5, .sigma_h = 1.7},
        {13, 6, 17, 2, 20, RBM_GIBBS, .rate = 0.2, .mass2 = 20.0, .sigma_h = 0.6},
        {11, 12, 8, 3, 20, RBM_COLLAPSED, .rate = 0.05, .mass2 = 4.0, .sigma_h = 1.3,
         .momentum = 0.7, .l2 = 0.02, .schedule = {RBM_STEP, 4.0, 0.8}},
        {12, 11, 6, 12, 20, RBM_GIBBS, .rate = 0.05, .mass2 = 4.0, .sigma_h = 1.3},
        {9, 15, 10, 16, 20, RBM_COLLAPSED, PLAIN},
        {15, 10, 14, 15, 20, RBM_COLLAPSED, PLAIN},
        {16, 16, 15, 4, 10, RBM_COLLAPSED, PLAIN},
        {25, 20, 4, 5, 10, RBM_COLLAPSED, PLAIN},
        {31, 33, 5, 2, 8, RBM_GIBBS, PLAIN},
        {10, 10, 11, 3, 30, RBM_WISHART, PLAIN},
        {10, 10, 19, 3, 30, RBM_WISHART, PLAIN},
        {10, 10, 4096, 3, 30, RBM_WISHART, PLAIN},
        {10, 10, 32, 5, 20, RBM_WISHART, PLAIN, .momentum = 0.9, .l2 = 0.05},
        {10, 10, 5, RBM_INFINITE, 20, RBM_COLLAPSED, PLAIN, .momentum = 0.5},
        {6, 13, 7, RBM_INFINITE, 20, RBM_COLLAPSED, .rate = 0.03, .mass2 = 2.5, .sigma_h = 1.7},
        {10, 10, 16, RBM_INFINITE, 20, RBM_WISHART, PLAIN},
        {7, 4, 30, RBM_INFINITE, 20, RBM_WISHART, PLAIN},
        {1, 1, 2, 3, 20, RBM_WISHART, PLAIN},
        {1, 2, 1000000000, 3, 20, RBM_WISHART, PLAIN},
        {2, 1, 3, 4, 20, RBM_WISHART, PLAIN},
        {6, 13, 9, 9, 20, RBM_WISHART, .rate = 0.03, .mass2 = 2.5, .sigma_h = 1.7},
        {7, 4, 16, 1, 20, RBM_WISHART, PLAIN, .schedule = {RBM_INVERSE, 11.0, 1.0}},
        {15, 10, 200, 15, 10, RBM_WISHART, PLAIN},
        {16, 16, 31, 4, 10, RBM_WISHART, PLAIN},
        {33, 20, 40, 2, 6, RBM_WISHART, PLAIN},
        {64, 64, 65, 3, 4, RBM_WISHART, PLAIN},
        {64, 64, 200, 3, 4, RBM_WISHART, PLAIN},
        {64, 64, 3, 3, 4, RBM_COLLAPSED, PLAIN},
        {64, 64, 6, 2, 4, RBM_GIBBS, PLAIN, .momentum = 0.5},
        {64, 3, 2, 2, 5, RBM_COLLAPSED, PLAIN},
        {2, 64, 9, 3, 5, RBM_GIBBS, PLAIN},
    };
    /* The source is the same: a third in single precision, which takes time under emulation. */
    for (size_t i = 0; i < sizeof problems / sizeof problems[0]; i += s->single ? 3 : 1)
        check_training(s, &problems[i]);
}

/* ---- bits ---- */

/* Trains replica `own` in lane l, among others; the other lanes' weights are multiplied by spoil at
 * the start.  The updates are made in pieces of chunks[0], chunks[1], ...; out: its weights after
 * them. */
static void train_in_company(const subject *s, const problem *q, int64_t own, int l, double spoil,
                             const int *chunks, double *out)
{
    pack k;
    int64_t replica[MOST];
    pack_create(s, q, &k);
    for (int m = 0; m < s->lanes; m++)
        replica[m] = m == l ? own : own + 100 * l + m + 1;
    pack_start(s, &k, replica);
    for (int m = 0; m < s->lanes; m++)
        for (int i = 0; i < q->visible && m != l; i++)
            for (int a = 0; a < q->hidden; a++)
                weight_set(s, &k, i, a, m, spoil * weight(s, &k, i, a, m));
    for (int c = 0, update = 0; update < q->updates; c++) {
        update += chunks[c] < q->updates - update ? chunks[c] : q->updates - update;
        rbm_advance(s->kernel, &k.parameters, &k.state, update);
    }
    for (int i = 0; i < q->visible; i++)
        for (int a = 0; a < q->hidden; a++)
            out[i * q->hidden + a] = weight(s, &k, i, a, l);
    pack_destroy(&k);
}

/* A replica's bits are the same in every lane, beside any replicas, beside ones that have run away,
 * and however its updates are cut up. */
static void check_bits(subject *s, const problem *q)
{
    static const int whole[] = {1000000}, ones[1000] = {[0 ... 999] = 1};
    static const int uneven[1000] = {[0] = 2, [1] = 1, [2] = 5, [3 ... 999] = 3};
    static const double spoils[] = {1.0, 1e200, NAN, 0.0};
    const size_t bytes = (size_t)(q->visible * q->hidden) * sizeof(double);
    double *const alone = malloc(bytes), *const other = malloc(bytes);
    int differ = 0, ways = 0;
    for (int64_t own = 5; own < 5 + (INT64_C(3) << 32); own += INT64_C(1) << 32) {
        train_in_company(s, q, own, 0, 1.0, whole, alone);
        for (int l = 0; l < s->lanes; l++) {
            for (int way = 0; way < 4; way++) {
                const int *chunks = (way + l) % 3 == 0 ? whole : (way + l) % 3 == 1 ? ones : uneven;
                train_in_company(s, q, own, l, spoils[way], chunks, other);
                differ += memcmp(alone, other, bytes) != 0;
                ways++;
            }
        }
    }
    report(s, differ == 0, "bits of %d x %d, B = %d, %s%s: %d of %d arrangements differ",
           q->visible, q->hidden, q->batch, sampler_names[q->sampler],
           q->momentum > 0.0 ? ", momentum" : "", differ, ways);
    free(alone);
    free(other);
}

/* ---- running away ---- */

static int64_t reference_diverged_at(const pack *k, rbm_reference *r, int updates)
{
    const rbm_parameters *const p = &k->parameters;
    for (int update = 1; update <= updates; update++) {
        double trace = 0.0;
        rbm_reference_advance(p, r);
        for (int i = 0; i < p->visible * p->hidden; i++)
            trace += r->weights[i] * r->weights[i];
        if (!(p->sigma_h * p->sigma_h * trace <= p->trace_bound))
            return update;
    }
    return -1;
}

/* Replicas are marked at the first update after which tr X is beyond the bound or no number, and
 * neither earlier nor later, and the mark stays.  At this rate some run away and some do not. */
static void check_runaway(subject *s, const problem *q)
{
    int wrong = 0, away = 0, all = 0;
    for (int block = 0; block < 48 / s->lanes; block++) {
        int64_t replica[MOST];
        for (int l = 0; l < s->lanes; l++)
            replica[l] = block * s->lanes + l;
        pack fresh;
        pack_create(s, q, &fresh);
        pack_start(s, &fresh, replica);
        rbm_advance(s->kernel, &fresh.parameters, &fresh.state, q->updates / 2);
        rbm_advance(s->kernel, &fresh.parameters, &fresh.state, q->updates);
        for (int l = 0; l < s->lanes; l++, all++) {
            rbm_reference *const r = reference_create(&fresh, replica[l]);
            const int64_t expected = reference_diverged_at(&fresh, r, q->updates);
            wrong += fresh.state.diverged_at[l] != expected;
            away += expected >= 0;
            reference_destroy(r);
        }
        pack_destroy(&fresh);
    }
    report(s, wrong == 0 && away > 0 && away < all,
           "%s: %d of %d replicas ran away, %d marked at another update than the reference's",
           sampler_names[q->sampler], away, all, wrong);
}

#include "kernel_sde.h"
#include "kernel_spectrum.h"
#include "kernel_student.h"

static int check_kernel(dyson_kernel kernel, bool single)
{
    static const problem bits[] = {
        {10, 10, 16, 3, 12, RBM_COLLAPSED, PLAIN},
        {10, 10, 6, 2, 12, RBM_GIBBS, PLAIN, .momentum = 0.5, .l2 = 0.1},
        {7, 4, 5, 5, 13, RBM_COLLAPSED, PLAIN, .momentum = 0.8},
        {7, 4, 9, 5, 13, RBM_WISHART, PLAIN},
        {10, 10, 64, 3, 12, RBM_WISHART, PLAIN, .momentum = 0.5},
        {3, 11, 3, 2, 13, RBM_GIBBS, PLAIN, .schedule = {RBM_EXPONENTIAL, 5.0, 1.0}},
    };
    static const problem runaways[] = {
        {4, 4, 1, 3, 40, RBM_COLLAPSED, .rate = 0.8, .mass2 = 9.0, .sigma_h = 1.0},
        {5, 3, 2, 2, 40, RBM_GIBBS, .rate = 1.2, .mass2 = 9.0, .sigma_h = 1.0},
    };
    subject s = {.kernel = kernel,
                 .single = single,
                 .lanes = single ? dyson_kernel_lanes_single(kernel) : dyson_kernel_lanes(kernel)};
    check_normals(&s);
    check_extreme_normals(&s);
    check_trainings(&s);
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i += single ? 3 : 1)
        check_bits(&s, &bits[i]);
    for (size_t i = 0; i < sizeof runaways / sizeof runaways[0]; i++)
        check_runaway(&s, &runaways[i]);
    if (single)
        return s.failures;
    check_students(&s);
    check_processes(&s);
    for (int n = 1; n <= 64; n = 3 * n / 2 + 1)
        check_eigenvalues(&s, n);
    return s.failures;
}

int main(int argc, char **argv)
{
    int failures = 0;
    for (int i = 1; i < argc; i++) {
        dyson_kernel kernel;
        dyson_error error = {0};
        if (dyson_kernel_find(argv[i], &kernel, &error) != DYSON_OK || !dyson_kernel_runs(kernel)) {
            printf("FAILED %s: no kernel that runs here\n", argv[i]);
            return 1;
        }
        failures += check_kernel(kernel, false) + check_kernel(kernel, true);
    }
    for (int k = 0; argc == 1 && k < DYSON_KERNEL_COUNT; k++)
        if (dyson_kernel_runs((dyson_kernel)k))
            failures += check_kernel((dyson_kernel)k, false) + check_kernel((dyson_kernel)k, true);
    return failures != 0;
}
