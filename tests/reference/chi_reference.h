/* chi_reference.h: one chi variate by plain code, at the addresses of src/random/chi_lanes.h. */
#ifndef DYSON_TEST_CHI_REFERENCE_H
#define DYSON_TEST_CHI_REFERENCE_H

#include "dyson/random.h"

/* Column `column` of update `draw`, of `degrees` >= 1 degrees of freedom. */
double chi_reference(uint64_t stream, dyson_purpose purpose, int64_t replica, int64_t draw,
                     double degrees, int column);

#endif
