/* linear.h: a level that is drawn to its target at a constant rate, with the same noise everywhere:
 * what students with infinite data and the linear eigenvalue process have in common.
 *
 * x' = x + (rate/substeps)(target - x) + noise in each of `substeps` steps per update, where the
 * matrix has elements of variance rate^2 noise^2/(batch substeps) off the diagonal, twice that on
 * it; accumulation: what the noises of successive updates add up to, 1 where they are
 * independent. */
#ifndef DYSON_MODELS_LINEAR_H
#define DYSON_MODELS_LINEAR_H

#include "dyson/model.h"

typedef struct linear_level {
    double rate, noise, batch, substeps, accumulation;
} linear_level;

/* sigma^2 = (rate noise^2/batch) accumulation/(1 - rate/(2 substeps)); no sigma and no relaxation
 * where a step does not bring the level closer. */
void linear_predict(const linear_level *level, dyson_prediction *prediction);

/* V = rate (x - target)^2/2; false where linear_predict gives no sigma. */
bool linear_mode(const linear_level *level, double target, double x, dyson_mode *mode);

#endif
