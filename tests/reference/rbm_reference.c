/* rbm_reference.c: the formulas of persistent contrastive divergence, written out.
 *
 * k Gibbs steps h = sigma_h^2 W^T v + sigma_h z, v = W h/mu^2 + z'/mu; or at once: v' = A^k v + L z
 * with A = sigma_h^2 W W^T/mu^2 and L L^T = (1 + A)(1 + A^2 + ... + A^(2(k-1)))/mu^2; or V^T V =
 * C C^T of all chains: C C^T' = M M^T + L T T^T L^T, M = A^k C + L Z (moments_lanes.h). */
#include "reference/rbm_reference.h"

#include "dyson/random.h"
#include "reference/chi_reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void rbm_reference_start(const rbm_parameters *p, rbm_reference *r)
{
    const size_t count = (size_t)p->hidden * (size_t)p->visible;
    r->update = 0;
    memset(r->velocity, 0, sizeof r->velocity);
    dyson_random_normals(p->stream, DYSON_PURPOSE_WEIGHTS, r->replica, 0, 0, count, r->weights);
    for (size_t i = 0; i < count; i++)
        r->weights[i] *= p->init_std;
    for (int i = 0; p->sampler != RBM_WISHART && i < p->batch * p->visible; i++)
        r->chains[i] = 1.0;
    for (int i = 0; p->sampler == RBM_WISHART && i < p->visible * p->visible; i++)
        r->chains[i] = i % p->visible == 0 ? sqrt(p->batch) : 0.0;
}

/* c = a b for n x n matrices. */
static void multiply(int n, const double *a, const double *b, double *c)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            double sum = 0.0;
            for (int k = 0; k < n; k++)
                sum += a[i * n + k] * b[k * n + j];
            c[i * n + j] = sum;
        }
    }
}

static void lower_factor(int n, double *a)
{
    for (int j = 0; j < n; j++) {
        for (int i = j; i < n; i++) {
            double sum = a[i * n + j];
            for (int k = 0; k < j; k++)
                sum -= a[i * n + k] * a[j * n + k];
            a[i * n + j] = i == j ? sqrt(sum) : sum / a[j * n + j];
        }
        for (int i = 0; i < j; i++)
            a[i * n + j] = 0.0;
    }
}

/* Of k = infinity: L L^T = K^-1, K = mu^2 (1 - A), by Gauss and Jordan. */
static void equilibrium(const rbm_parameters *p, const double *a, double *factor)
{
    const int n = p->visible;
    static double kernel[64 * 64];
    for (int i = 0; i < n * n; i++) {
        factor[i] = i % (n + 1) == 0 ? 1.0 : 0.0;
        kernel[i] = p->mass2 * (factor[i] - a[i]);
    }
    for (int c = 0; c < n; c++) {
        const double pivot = kernel[c * n + c];
        for (int j = 0; j < n; j++) {
            kernel[c * n + j] /= pivot;
            factor[c * n + j] /= pivot;
        }
        for (int i = 0; i < n; i++) {
            const double multiple = i == c ? 0.0 : kernel[i * n + c];
            for (int j = 0; j < n; j++) {
                kernel[i * n + j] -= multiple * kernel[c * n + j];
                factor[i * n + j] -= multiple * factor[c * n + j];
            }
        }
    }
    lower_factor(n, factor);
}

/* A^k and L. */
static void transition(const rbm_parameters *p, const rbm_reference *r, double *power,
                       double *factor)
{
    const int n = p->visible;
    static double a[64 * 64], square[64 * 64], even[64 * 64], next[64 * 64];
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            double sum = 0.0;
            for (int h = 0; h < p->hidden; h++)
                sum += r->weights[h * n + i] * r->weights[h * n + j];
            a[i * n + j] = sum * p->sigma_h * p->sigma_h / p->mass2;
            even[i * n + j] = power[i * n + j] = i == j ? 1.0 : 0.0;
        }
    }
    if (p->steps == RBM_INFINITE) {
        memset(power, 0, (size_t)(n * n) * sizeof *power);
        equilibrium(p, a, factor);
        return;
    }
    /* even = 1 + A^2 + ... + A^(2(k-1)), by Horner; power = A^k. */
    multiply(n, a, a, square);
    for (int s = 1; s < p->steps; s++) {
        multiply(n, square, even, next);
        for (int i = 0; i < n * n; i++)
            even[i] = next[i] + (i % (n + 1) == 0 ? 1.0 : 0.0);
    }
    for (int s = 0; s < p->steps; s++) {
        multiply(n, a, power, next);
        memcpy(power, next, sizeof next);
    }
    multiply(n, a, even, factor);
    for (int i = 0; i < n * n; i++)
        factor[i] = (factor[i] + even[i]) / p->mass2;
    lower_factor(n, factor);
}

static void collapsed(const rbm_parameters *p, rbm_reference *r)
{
    const int n = p->visible;
    static double power[64 * 64], factor[64 * 64];
    transition(p, r, power, factor);
    for (int b = 0; b < p->batch; b++) {
        const int group = b / RBM_GROUP, chain = b % RBM_GROUP;
        double z[RBM_GROUP * 64], v[64];
        dyson_random_normals(p->stream, DYSON_PURPOSE_CHAINS, r->replica, r->update,
                             (uint32_t)(group * n), (size_t)(RBM_GROUP * n), z);
        for (int i = 0; i < n; i++) {
            v[i] = 0.0;
            for (int j = 0; j < n; j++)
                v[i] +=
                    power[i * n + j] * r->chains[b * n + j] + factor[i * n + j] * z[chain * n + j];
        }
        memcpy(r->chains + b * n, v, (size_t)n * sizeof *v);
    }
}

/* Rows of V that are drawn anew. */
static int rows_besides(const rbm_parameters *p)
{
    return p->steps == RBM_INFINITE ? p->batch : p->batch - p->visible;
}

/* T: chi variates on the diagonal, normals below it, of the rows that are not Z's. */
static void bartlett(const rbm_parameters *p, const rbm_reference *r, int columns,
                     const double *normal, double *rest)
{
    const int n = p->visible;
    memset(rest, 0, (size_t)(n * n) * sizeof *rest);
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < i && j < columns; j++)
            rest[i * n + j] = *normal++;
        if (i < columns)
            rest[i * n + i] = chi_reference(p->stream, DYSON_PURPOSE_CHAINS, r->replica, r->update,
                                            (double)(rows_besides(p) - i), i);
    }
}

static void wishart(const rbm_parameters *p, rbm_reference *r)
{
    const int n = p->visible, others = rows_besides(p), columns = others < n ? others : n;
    static double power[64 * 64], factor[64 * 64], moved[64 * 64], normal[2 * 64 * 64 + 8];
    static double rest[64 * 64], mixed[64 * 64];
    transition(p, r, power, factor);
    dyson_random_normals(p->stream, DYSON_PURPOSE_CHAINS, r->replica, r->update, 0,
                         (size_t)(2 * n * n + 8), normal);
    if (p->steps == RBM_INFINITE) /* nothing stands for the rows of the last update */
        memset(normal, 0, (size_t)(n * n) * sizeof *normal);
    bartlett(p, r, columns, normal + (n * n + 3) / 4 * 4, rest);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double sum = 0.0;
            for (int k = 0; k < n; k++)
                sum +=
                    power[i * n + k] * r->chains[k * n + j] + factor[i * n + k] * normal[k * n + j];
            moved[i * n + j] = sum;
        }
    multiply(n, factor, rest, mixed);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double sum = 0.0;
            for (int k = 0; k < n; k++)
                sum += moved[i * n + k] * moved[j * n + k] + mixed[i * n + k] * mixed[j * n + k];
            r->chains[i * n + j] = sum;
        }
    lower_factor(n, r->chains);
}

static void gibbs(const rbm_parameters *p, rbm_reference *r)
{
    const int n = p->visible, m = p->hidden;
    for (int b = 0; b < p->batch; b++) {
        const int group = b / RBM_GROUP, chain = b % RBM_GROUP;
        double *const v = r->chains + b * n;
        for (int s = 0; s < p->steps; s++) {
            const uint32_t block = (uint32_t)((group * p->steps + s) * (n + m));
            double z[RBM_GROUP * 64], h[64];
            dyson_random_normals(p->stream, DYSON_PURPOSE_CHAINS, r->replica, r->update, block,
                                 (size_t)(RBM_GROUP * m), z);
            for (int a = 0; a < m; a++) {
                double sum = 0.0;
                for (int i = 0; i < n; i++)
                    sum += r->weights[a * n + i] * v[i];
                h[a] = p->sigma_h * p->sigma_h * sum + p->sigma_h * z[chain * m + a];
            }
            dyson_random_normals(p->stream, DYSON_PURPOSE_CHAINS, r->replica, r->update,
                                 block + (uint32_t)m, (size_t)(RBM_GROUP * n), z);
            for (int i = 0; i < n; i++) {
                double sum = 0.0;
                for (int a = 0; a < m; a++)
                    sum += r->weights[a * n + i] * h[a];
                v[i] = sum / p->mass2 + z[chain * n + i] / sqrt(p->mass2);
            }
        }
    }
}

static void learn(const rbm_parameters *p, rbm_reference *r, double rate)
{
    const int n = p->visible;
    static double gradient[64 * 64];
    double row[64];
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            double model = 0.0;
            for (int b = 0; p->sampler != RBM_WISHART && b < p->batch; b++)
                model += r->chains[b * n + i] * r->chains[b * n + j];
            for (int k = 0; p->sampler == RBM_WISHART && k < n; k++)
                model += r->chains[i * n + k] * r->chains[j * n + k];
            gradient[i * n + j] =
                p->sigma_h * p->sigma_h * (p->target[i * p->padded_visible + j] - model / p->batch);
        }
    }
    for (int a = 0; a < p->hidden; a++) {
        double *const w = r->weights + a * n, *const velocity = r->velocity + a * n;
        for (int i = 0; i < n; i++) {
            row[i] = 0.0;
            for (int j = 0; j < n; j++)
                row[i] += w[j] * gradient[j * n + i];
        }
        for (int i = 0; i < n; i++) {
            velocity[i] = p->momentum * velocity[i] + (1.0 - p->momentum) * row[i];
            w[i] = w[i] + rate * velocity[i] - rate * p->l2 * w[i];
        }
    }
}

void rbm_reference_advance(const rbm_parameters *p, rbm_reference *r)
{
    const double rate = rbm_learning_rate(p, r->update);
    r->update++;
    if (p->sampler == RBM_COLLAPSED)
        collapsed(p, r);
    else if (p->sampler == RBM_WISHART)
        wishart(p, r);
    else
        gibbs(p, r);
    learn(p, r, rate);
}
