/* rbm_reference.h: one Gaussian RBM trained one number at a time, in plain loops: what the kernels
 * are checked against. */
#ifndef DYSON_TEST_RBM_REFERENCE_H
#define DYSON_TEST_RBM_REFERENCE_H

#include "models/rbm/kernel.h"

/* W (hidden x visible, W_ia at [a * visible + i]) and the chains (batch x visible) of one replica.
 */
typedef struct rbm_reference {
    double weights[64 * 64], velocity[64 * 64];
    double *chains; /* of the caller: batch x visible; wishart: of V^T V a factor C, visible^2 */
    int64_t replica, update;
} rbm_reference;

/* parameters->target is read with its padding, as the kernels read it. */
void rbm_reference_start(const rbm_parameters *parameters, rbm_reference *reference);
void rbm_reference_advance(const rbm_parameters *parameters, rbm_reference *reference);

#endif
