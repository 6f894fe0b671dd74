/* modes.c: what theory says of a single mode. */
#include "models/rbm/modes.h"

#include <math.h>

/* (1 + rho)/(1 - rho): the noise of an update is correlated with that of the t-th next by rho^t,
 * rho = (x/mu^2)^(2k), because the chains remember; those of k = infinity do not. */
static double memory(const rbm_parameters *p, double x)
{
    const double rho = p->steps != RBM_INFINITE ? pow(x / p->mass2, 2.0 * p->steps) : 0.0;
    return RBM_MODE_MEMORY(rho);
}

double rbm_fixed_point(const rbm_parameters *p, double kappa)
{
    const double x = p->mass2 - kappa;
    return x > 1e-12 * p->mass2 ? x : 0.0;
}

/* Whether there is a stationary state: x > 0, and an update multiplies a small deviation by
 * 1 - 2 alpha sigma_h^2 Omega > -1. */
static bool stationary(const rbm_parameters *p, double kappa)
{
    const double rate = p->sigma_h * p->sigma_h * p->learning_rate;
    const double x = rbm_fixed_point(p, kappa);
    return x > 0.0 && rate * x / (kappa * kappa) < 1.0;
}

bool rbm_mode_at(const rbm_parameters *p, double kappa, double x, dyson_mode *mode)
{
    const double rate = 2.0 * p->learning_rate * p->sigma_h * p->sigma_h, mass2 = p->mass2;
    const double lambda = mass2 - x;
    mode->potential = rate * (-0.5 * x * x / kappa - x - mass2 * log1p(-x / mass2));
    mode->slope = -rbm_mode_drift(p, kappa, x);
    mode->curvature = rate * (x / (lambda * lambda) - RBM_MODE_PULL(kappa, mass2, x));
    mode->noise = rbm_mode_noise(p, x, x) * memory(p, x);
    return stationary(p, kappa);
}

/* sigma^2 = 2 alpha sigma_h^2 (mu^2 - kappa)/B as alpha/B goes to 0, times the memory. Without it,
 * k going to infinity, <S> = sqrt(pi) sigma = sqrt(2 pi) times sqrt((alpha/B) kappa^2 Omega), Omega
 * = (mu^2 - kappa)/kappa^2, sigma_h absorbed: the slope. The relaxation rate is 2 alpha sigma_h^2
 * Omega per update. */
void rbm_mode_predict(const rbm_parameters *p, double kappa, dyson_prediction *prediction)
{
    const double x = rbm_fixed_point(p, kappa);
    const double rate = p->sigma_h * p->sigma_h * p->learning_rate;
    *prediction = (dyson_prediction){NAN, NAN, sqrt(2.0 * M_PI), NAN};
    if (!stationary(p, kappa))
        return;
    prediction->abscissa = sqrt(rate / p->batch * x);
    prediction->sigma = sqrt(2.0 * memory(p, x)) * prediction->abscissa;
    prediction->relaxation = kappa * kappa / (2.0 * rate * x);
}
