/* sde_reference.c: see sde_reference.h. */
#include "reference/sde_reference.h"

#include "dyson/random.h"
#include "models/rbm/modes.h"
#include "reference/symmetric_reference.h"

#include <math.h>
#include <string.h>

/* The RBM whose modes these are, for the formulas of modes.h: sigma_h is within the rate. */
static rbm_parameters machine_of(const sde_parameters *p)
{
    return (rbm_parameters){
        .mass2 = p->mass2, .sigma_h = 1.0, .learning_rate = p->rate, .batch = (int)p->batch};
}

static double drift(const sde_parameters *p, const double *x, int i)
{
    const rbm_parameters machine = machine_of(p);
    return p->process == SDE_RBM ? rbm_mode_drift(&machine, p->target[i], x[i])
                                 : p->rate * (p->target[i] - x[i]);
}

/* g_ij^2 */
static double noise(const sde_parameters *p, const double *x, int i, int j)
{
    const rbm_parameters machine = machine_of(p);
    const double g = p->rate * p->noise;
    return p->process == SDE_RBM ? rbm_mode_noise(&machine, x[i], x[j]) : g * g / p->batch;
}

static double memory(const sde_parameters *p, const double *x, int i, int j)
{
    const double rho = p->memory > 0 ? pow(x[i] * x[j] / (p->mass2 * p->mass2), p->memory) : 0.0;
    return (1.0 + rho) / (1.0 - rho);
}

/* The matrix of one step, to first order: drift on the diagonal, and noise. */
static void first_order(const sde_parameters *p, const double *x, const double *z, double *y)
{
    const int n = p->modes;
    const double h = 1.0 / p->substeps;
    for (int i = 0, next = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
            const double variance =
                h * (i == j ? 2.0 : 1.0) * noise(p, x, i, j) * memory(p, x, i, j);
            y[i * n + j] = y[j * n + i] = sqrt(variance) * z[next++];
        }
        y[i * n + i] += x[i] + h * drift(p, x, i);
    }
}

/* M diag(x) M, M = 1 + (alpha sigma_h^2) (C_target - C_model). */
static void whole_update(const sde_parameters *p, const double *x, const double *z, double *y)
{
    static double m[64 * 64];
    const int n = p->modes;
    const double h = 1.0 / p->substeps;
    for (int i = 0, next = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
            const double scatter = 1.0 / (p->batch * (p->mass2 - x[i]) * (p->mass2 - x[j]));
            const double variance = h * (i == j ? 2.0 : 1.0) * scatter * memory(p, x, i, j);
            m[i * n + j] = m[j * n + i] = p->rate * sqrt(variance) * z[next++];
        }
        m[i * n + i] += 1.0 + p->rate * h * (1.0 / p->target[i] - 1.0 / (p->mass2 - x[i]));
    }
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            double sum = 0.0;
            for (int k = 0; k < n; k++)
                sum += m[i * n + k] * x[k] * m[k * n + j];
            y[i * n + j] = sum;
        }
    }
}

void sde_reference_advance(const sde_parameters *p, sde_reference *r)
{
    static double y[64 * 64], z[64 * 65 / 2];
    const size_t elements = (size_t)(p->modes * (p->modes + 1) / 2);
    r->update++;
    for (int s = 0; s < p->substeps; s++) {
        const uint32_t first = (uint32_t)s * (uint32_t)((elements + 3) / 4);
        dyson_random_normals(p->stream, DYSON_PURPOSE_NOISE, r->replica, r->update, first, elements,
                             z);
        (p->ito ? whole_update : first_order)(p, r->x, z, y);
        symmetric_reference_eigenvalues(p->modes, y, r->x);
        for (int i = 0; i < p->modes && p->process == SDE_RBM; i++)
            r->x[i] = fmax(r->x[i], 0.0);
    }
}

void sde_reference_advance_literally(const sde_parameters *p, sde_reference *r)
{
    double old[64], z[64];
    const double h = 1.0 / p->substeps;
    const int n = p->modes;
    r->update++;
    for (int s = 0; s < p->substeps; s++) {
        dyson_random_normals(p->stream, DYSON_PURPOSE_DATA, r->replica, r->update,
                             (uint32_t)(s * 16), (size_t)n, z);
        memcpy(old, r->x, sizeof old);
        for (int i = 0; i < n; i++) {
            double x = old[i] + h * drift(p, old, i) + sqrt(2.0 * h * noise(p, old, i, i)) * z[i];
            for (int j = 0; j < n; j++)
                if (j != i)
                    x += h * noise(p, old, i, j) / (old[i] - old[j]);
            int at = i;
            for (; at > 0 && r->x[at - 1] < x; at--)
                r->x[at] = r->x[at - 1];
            r->x[at] = x;
        }
    }
}
