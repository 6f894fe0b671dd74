/* linear.c: stationary law and potential of a level that is drawn to its target. */
#include "models/linear.h"

#include <math.h>

/* Of a deviation, in one step. */
static double kept(const linear_level *level)
{
    return fabs(1.0 - level->rate / level->substeps);
}

void linear_predict(const linear_level *level, dyson_prediction *prediction)
{
    *prediction = (dyson_prediction){NAN, NAN, sqrt(M_PI), NAN};
    if (!(kept(level) < 1.0))
        return;
    prediction->abscissa = sqrt(level->rate / level->batch) * level->noise;
    prediction->sigma = prediction->abscissa *
                        sqrt(level->accumulation / (1.0 - 0.5 * level->rate / level->substeps));
    prediction->relaxation = -1.0 / (level->substeps * log(kept(level)));
}

bool linear_mode(const linear_level *level, double target, double x, dyson_mode *mode)
{
    const double away = x - target, step = level->rate * level->noise;
    *mode = (dyson_mode){0.5 * level->rate * away * away, level->rate * away, level->rate,
                         step * step / level->batch * level->accumulation};
    return kept(level) < 1.0;
}
