/* sde_reference.h: one replica of the eigenvalue process, one number at a time: what the kernels
 * are checked against; and Eq. (9) as it stands, with the repulsion as a term. */
#ifndef DYSON_TEST_SDE_REFERENCE_H
#define DYSON_TEST_SDE_REFERENCE_H

#include "models/eigenvalue_sde/kernel.h"

/* Levels, descending. */
typedef struct sde_reference {
    double x[64];
    int64_t replica, update;
} sde_reference;

/* The kernels' numbers, to rounding. */
void sde_reference_advance(const sde_parameters *parameters, sde_reference *reference);

/* x_i' = x_i + K_i + sum_{j != i} g_ij^2/(x_i - x_j) + sqrt(2) g_ii eta_i, sorted; other numbers
 * (leading order, chains without memory). */
void sde_reference_advance_literally(const sde_parameters *parameters, sde_reference *reference);

#endif
