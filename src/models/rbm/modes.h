/* modes.h: the eigenvalues of X as stochastic variables of their own, to leading order in alpha/B.
 *
 * To that order one update moves level i by drift and noise, x_i' = x_i + K_i + sum_{j != i}
 * g_ij^2/(x_i - x_j) + sqrt(2) g_ii eta_i, where X' = X + K + noise with elements of variance
 * g_ij^2 off the diagonal and 2 g_ii^2 on it, in the basis of X's eigenvectors.  Per update, all
 * dimensionless. */
#ifndef DYSON_RBM_MODES_H
#define DYSON_RBM_MODES_H

#include "dyson/model.h"
#include "models/rbm/kernel.h"

/* The formulas, for numbers and for lanes.  PULL = 1/kappa - 1/(mu^2 - x): what a mode's two-point
 * function lacks.  SCATTER = 1/(B lambda_i lambda_j), lambda = mu^2 - x: the variance of the
 * mini-batch's second moment, twice that for i = j.  MEMORY = (1 + rho)/(1 - rho): what noise
 * correlated by rho^t over t updates adds up to. */
#define RBM_MODE_PULL(kappa, mass2, x) (1.0 / (kappa)-1.0 / ((mass2) - (x)))
#define RBM_MODE_SCATTER(batch, mass2, x_i, x_j) \
    (1.0 / ((batch) * ((mass2) - (x_i)) * ((mass2) - (x_j))))
#define RBM_MODE_MEMORY(rho) ((1.0 + (rho)) / (1.0 - (rho)))

/* K(x) = 2 alpha sigma_h^2 x (1/kappa - 1/(mu^2 - x)), x < mu^2. */
static inline double rbm_mode_drift(const rbm_parameters *p, double kappa, double x)
{
    const double rate = p->learning_rate * p->sigma_h * p->sigma_h;
    return 2.0 * rate * x * RBM_MODE_PULL(kappa, p->mass2, x);
}

/* g_ij^2 = alpha^2 sigma_h^4 (x_i + x_j)^2/(B (mu^2 - x_i)(mu^2 - x_j)): the mini-batch's second
 * moments scatter by 1/(B lambda_i lambda_j) off the diagonal. */
static inline double rbm_mode_noise(const rbm_parameters *p, double x_i, double x_j)
{
    const double rate = p->learning_rate * p->sigma_h * p->sigma_h, sum = x_i + x_j;
    return rate * rate * sum * sum * RBM_MODE_SCATTER((double)p->batch, p->mass2, x_i, x_j);
}

/* Where a mode with this kappa ends without noise, x = mu^2 - kappa; 0 where that is none or no
 * more than rounding. */
double rbm_fixed_point(const rbm_parameters *p, double kappa);

/* A mode by itself: V = 2 alpha sigma_h^2 (-x^2/(2 kappa) - x - mu^2 ln(1 - x/mu^2)), so that
 * -V' = K, and g_ii^2 with the memory of the chains, as in rbm_mode_predict.  False where that
 * gives no sigma. */
bool rbm_mode_at(const rbm_parameters *p, double kappa, double x, dyson_mode *mode);

/* The stationary law of a mode as alpha/B goes to 0, chains with a memory of p->steps Gibbs steps.
 * NaN where kappa >= mu^2: such a mode is not learnt; and where an update
 * does not bring it closer. */
void rbm_mode_predict(const rbm_parameters *p, double kappa, dyson_prediction *prediction);

#endif
