/* modes.c: what theory says of a single mode. */
#include "models/rbm/modes.h"

#include <math.h>

/* sigma^2 = 2 alpha sigma_h^2 (mu^2 - kappa)/B (1 + rho)/(1 - rho) as alpha/B goes to 0: the noise
 * of an update is correlated with that of the t-th next by rho^t, rho = (x/mu^2)^(2k), because the
 * chains remember. With rho = 0, k going to infinity, <S> = sqrt(pi) sigma = sqrt(2 pi) times
 * sqrt((alpha/B) kappa^2 Omega), Omega = (mu^2 - kappa)/kappa^2, sigma_h absorbed: the slope. The
 * relaxation rate is 2 alpha sigma_h^2 Omega per update. */
void rbm_mode_predict(const rbm_parameters *p, double kappa, dyson_prediction *prediction)
{
    const double pi = 3.141592653589793238, x = p->mass2 - kappa;
    const double rho = p->steps > 0 ? pow(x / p->mass2, 2.0 * p->steps) : 0.0;
    const double rate = p->sigma_h * p->sigma_h * p->learning_rate;
    *prediction = (dyson_prediction){NAN, NAN, sqrt(2.0 * pi), NAN};
    if (!(x > 0.0))
        return;
    prediction->abscissa = sqrt(rate / p->batch * x);
    prediction->sigma = sqrt(2.0 * RBM_MODE_MEMORY(rho)) * prediction->abscissa;
    prediction->relaxation = kappa * kappa / (2.0 * rate * x);
}
