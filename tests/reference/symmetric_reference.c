/* symmetric_reference.c: cyclic Jacobi.  A rotation by theta in the plane (p, q) with
 * tan 2 theta = 2 a_pq/(a_qq - a_pp), |theta| <= pi/4, makes a_pq zero; sweeps over all pairs
 * converge quadratically. */
#include "reference/symmetric_reference.h"

#include <float.h>
#include <math.h>

static void rotate(int n, double *a, int p, int q)
{
    const double theta = (a[q * n + q] - a[p * n + p]) / (2.0 * a[p * n + q]);
    const double t = copysign(1.0, theta) / (fabs(theta) + sqrt(theta * theta + 1.0));
    const double c = 1.0 / sqrt(t * t + 1.0), s = t * c;
    for (int k = 0; k < n; k++) {
        const double kp = a[k * n + p], kq = a[k * n + q];
        a[k * n + p] = c * kp - s * kq;
        a[k * n + q] = s * kp + c * kq;
    }
    for (int k = 0; k < n; k++) {
        const double pk = a[p * n + k], qk = a[q * n + k];
        a[p * n + k] = c * pk - s * qk;
        a[q * n + k] = s * pk + c * qk;
    }
    a[p * n + q] = a[q * n + p] = 0.0;
}

void symmetric_reference_eigenvalues(int n, double *a, double *eigenvalues)
{
    double norm = 0.0, off = 0.0;
    for (int i = 0; i < n * n; i++)
        norm += a[i] * a[i];
    for (int sweep = 0; sweep < 60; sweep++) {
        off = 0.0;
        for (int p = 0; p < n; p++) {
            for (int q = p + 1; q < n; q++) {
                off += a[p * n + q] * a[p * n + q];
                if (a[p * n + q] != 0.0)
                    rotate(n, a, p, q);
            }
        }
        if (!(off > DBL_EPSILON * DBL_EPSILON * 1e-2 * norm))
            break;
    }
    for (int i = 0; i < n; i++) {
        int at = i;
        for (; at > 0 && eigenvalues[at - 1] < a[i * n + i]; at--)
            eigenvalues[at] = eigenvalues[at - 1];
        eigenvalues[at] = a[i * n + i];
    }
}
