/* lattice.c: the free scalar field on a ring of n sites, or on a periodic square of n = L^2 sites
 * numbered x + L y, as a target. */
#include "models/rbm/machine.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int rbm_lattice_side(int n, int dimensions)
{
    return dimensions == 1 ? n : (int)lround(sqrt(n));
}

void rbm_free_scalar(int n, int dimensions, double mass2, double *kernel)
{
    const int side = rbm_lattice_side(n, dimensions);
    memset(kernel, 0, (size_t)n * (size_t)n * sizeof *kernel);
    for (int i = 0; i < n; i++) {
        kernel[i * n + i] += mass2 + 2.0 * dimensions;
        for (int d = 0, apart = 1; d < dimensions; d++, apart *= side) {
            const int x = i / apart % side;
            kernel[i * n + i + ((x + 1) % side - x) * apart] -= 1.0;
            kernel[i * n + i + ((x + side - 1) % side - x) * apart] -= 1.0;
        }
    }
}

/* kappa of mode k, and C_target between site 0 and site x, by the symmetry under reflections
 * (1/n) sum_k prod_d cos(p_d x_d)/kappa_k; on a ring the second factor is 1. */
static void transform(int n, int dimensions, double mass2, const double *cosine, double *kappa,
                      double *row)
{
    const int side = rbm_lattice_side(n, dimensions);
    for (int k = 0; k < n; k++) {
        kappa[k] = mass2 + 2.0 - 2.0 * cosine[k % side];
        if (dimensions == 2)
            kappa[k] += 2.0 - 2.0 * cosine[k / side];
    }
    for (int x = 0; x < n; x++) {
        double sum = 0.0;
        for (int k = 0; k < n; k++) {
            const int along = k % side * (x % side) % side; /* at most 2^30 before */
            const int across = k / side * (x / side) % side;
            sum += cosine[along] * cosine[across] / kappa[k];
        }
        row[x] = sum / n;
    }
}

int rbm_lattice_target(int n, int dimensions, double mass2, double *kappa, double *row)
{
    const int side = rbm_lattice_side(n, dimensions);
    double *const cosine = malloc((size_t)side * sizeof *cosine);
    if (cosine == NULL)
        return 1;
    for (int k = 0; k < side; k++)
        cosine[k] = cos(2.0 * M_PI * k / side);
    transform(n, dimensions, mass2, cosine, kappa, row);
    gsl_sort(kappa, 1, (size_t)n);
    free(cosine);
    return 0;
}

static int wrapped(int x, int side)
{
    return x < 0 ? x + side : x;
}

void rbm_target_row(const rbm_parameters *p, int i, int first, int count, double *out)
{
    const int side = p->target_side;
    if (side == 0) {
        memcpy(out, p->target + (size_t)i * (size_t)p->padded_visible + (size_t)first,
               (size_t)count * sizeof *out);
        return;
    }
    const int x_i = i % side, y_i = i / side;
    for (int k = 0, x = first % side, y = first / side; k < count; k++) {
        out[k] = p->target[wrapped(x - x_i, side) + side * wrapped(y - y_i, side)];
        x++;
        if (x == side) {
            x = 0;
            y++;
        }
    }
}
