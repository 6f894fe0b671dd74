/* pack.h: what the packs of all models have in common (private to the models).
 *
 * A model's `struct dyson_pack` begins with a model_pack, says how its arrays lie in one aligned
 * allocation, and keeps for each lane the replica's number and the update at which it ran away. */
#ifndef DYSON_MODELS_PACK_H
#define DYSON_MODELS_PACK_H

#include "dyson/model.h"

/* One of a pack's arrays. */
typedef struct model_array {
    double **array; /* set to where it begins, a multiple of 64 bytes */
    size_t vectors; /* of `lanes` doubles each */
} model_array;

typedef struct model_pack {
    const dyson_system *system;
    dyson_kernel kernel;
    int lanes; /* of double */
    int count;
    const int64_t *diverged_at; /* of the lanes */
    size_t bytes;
    double *storage; /* one aligned allocation, which all arrays of the pack point into */
} model_pack;

/* Lays the arrays out in storage, one after the other; with storage NULL sets nothing.  Returns the
 * bytes they need. */
size_t model_arrays_lay_out(const model_array *arrays, size_t count, int lanes, double *storage);

/* Vectors of scratch that the eigensolver needs for n levels. */
size_t model_solver_vectors(const model_pack *pack, int n);

/* A zeroed pack of `size` bytes with its arrays: lay_out lists them by model_arrays_lay_out, from
 * pack->system, kernel and lanes. */
int model_pack_create(size_t size, size_t (*lay_out)(dyson_pack *pack, double *storage),
                      const dyson_system *system, dyson_kernel kernel, dyson_pack **result,
                      dyson_error *error);
void model_pack_destroy(dyson_pack *pack);

/* Zeroes the arrays and gives each lane l, of either precision, its replica: lane_replica[l], and
 * diverged_at[l] = -1.  Lanes without a replica of their own repeat the first; nobody looks at
 * them. */
void model_pack_start(model_pack *pack, const int64_t *replica, int count, int64_t *lane_replica,
                      int64_t *diverged_at);

/* The first `levels` of n vectors of levels, replica by replica, of `count` replicas. */
void model_pack_copy(const model_pack *pack, const double *vectors, int levels, int count,
                     double *eigenvalues, size_t stride);

/* As dyson_model wants it. */
void model_pack_diverged(const dyson_pack *pack, int64_t *diverged_at);

#endif
