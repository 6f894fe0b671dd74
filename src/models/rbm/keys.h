/* keys.h: run-file keys of the Gaussian RBM that other models share.
 *
 * Rows of a table of dyson_key, for the section named; `most` is how many nodes a layer may have,
 * `needed` the fallback of a key that the RBM cannot do without: NULL there, "" where a model
 * has other processes too. */
#ifndef DYSON_RBM_KEYS_H
#define DYSON_RBM_KEYS_H

#include "dyson/spec.h"

#include <float.h>

#define RBM_PLAIN "dimensionless"
#define RBM_POSITIVE .type = DYSON_REAL, .low = 0, .high = DBL_MAX, .above = true, .unit = RBM_PLAIN
#define RBM_NODES(most) .type = DYSON_INTEGER, .low = 1, .high = (most), .unit = "nodes"

/* It takes rows in a macro apart. */
/* clang-format off */
#define RBM_KEYS_LAYERS(name_of_section, most, needed)                                             \
    {.section = (name_of_section), .name = "visible", RBM_NODES(most), .fallback = (needed),       \
     .symbol = "N_v", .text = "Visible nodes."},                                                   \
    {.section = (name_of_section), .name = "hidden", RBM_NODES(most), .fallback = (needed),        \
     .symbol = "N_h", .text = "Hidden nodes. The spectrum has min(N_v, N_h) levels."},             \
    {.section = (name_of_section), .name = "mass2", RBM_POSITIVE, .fallback = (needed),            \
     .symbol = "mu^2",                                                                             \
     .text = "Mass squared of the visible layer; the model exists while every level x < mu^2."},   \
    {.section = (name_of_section), .name = "sigma_h", RBM_POSITIVE, .fallback = "1.0",             \
     .symbol = "sigma_h", .text = "Width of the hidden layer."}

#define RBM_KEYS_TARGET(name_of_section)                                                           \
    {.section = (name_of_section), .name = "target_mass2", RBM_POSITIVE, .fallback = "",           \
     .symbol = "m^2",                                                                              \
     .text = "Target: free scalar field of this mass squared on a periodic lattice of N_v sites, " \
             "kappa = m^2 + sum over its dimensions of 2 - 2 cos p. Either this or "               \
             "target_kernel."},                                                                    \
    {.section = (name_of_section), .name = "target_dimensions", .type = DYSON_INTEGER,             \
     .low = 1, .high = 2, .fallback = "1", .unit = "dimensions", .symbol = "d",                    \
     .text = "Of that lattice: a ring, p = 2 pi k/N_v, its levels in pairs; or a "                 \
             "square of N_v = L^2 sites, p = 2 pi k/L in both directions, with 4 or 8 levels at "  \
             "most kappa and 2 L - 2 at m^2 + 4 where L is even."},                                \
    {.section = (name_of_section), .name = "target_kernel", .type = DYSON_MATRIX, .fallback = "",  \
     .form = "FILE.h5:/dataset", .unit = RBM_PLAIN, .symbol = "K_target",                          \
     .text = "Target: a symmetric positive definite N_v x N_v kernel, the inverse of the "         \
             "data's two-point function."}
/* clang-format on */

#endif
