/* model.h: what a model gives to the ensemble, and the registry of models.
 *
 * A model is one folder under src/models/ and one line in src/models/registry.c.  Everything else
 * (run file, plan, archive, statistics, figures) works from this table of functions. Three objects:
 * a `model` is the table itself; a `system` is a model with one run's parameters; a `pack` is the
 * replicas of one point that are trained together, one per SIMD lane. */
#ifndef DYSON_MODEL_H
#define DYSON_MODEL_H

#include "dyson/error.h"
#include "dyson/kernel.h"
#include "dyson/spec.h"

#include <stdint.h>

typedef struct dyson_system dyson_system; /* each model defines its own */
typedef struct dyson_pack dyson_pack;     /* each model defines its own */

/* What the spectra of a run look like.  Owned by the system. */
typedef struct dyson_shape {
    int levels;      /* N: eigenvalues per spectrum */
    int weight_rows; /* W as archived is weight_rows x weight_columns, row-major; 0 x 0 if none */
    int weight_columns;
    const double
        *kappa;      /* levels: the target eigenvalue of each level (dimensionless); NULL if none */
    const double *x; /* levels: where the levels x of X would be at zero noise, descending */
    double ceiling;  /* the model exists only for x < ceiling (RBM: mu^2); INFINITY if always */
} dyson_shape;

/* Stationary law of one level as the rate goes to 0 (sigma^2 = g^2/Omega at the fixed point), and
 * the way to it.  NaN where the model predicts nothing.
 *   sigma       width of the level's Gaussian factor: a lone level's standard deviation, and <S> =
 *               sqrt(pi) sigma for a degenerate pair
 *   abscissa    what <S> and sqrt(pi) sigma are drawn against: RBM sqrt((alpha/B) kappa^2 Omega)
 *   slope       <S>/abscissa where successive mini-batches are independent: RBM sqrt(2 pi)
 *   relaxation  updates in which a small deviation falls to 1/e */
typedef struct dyson_prediction {
    double sigma, abscissa, slope, relaxation;
} dyson_prediction;

typedef struct dyson_model {
    const char *name; /* as in [ensemble] model = NAME */
    const char *text; /* one line for `dyson help models` */
    const dyson_key *keys;
    size_t key_count;

    /* Local.  Checks what single keys cannot (DYSON_BAD_DATA) and prepares the run: target,
     * predictions. */
    int (*system_create)(const dyson_spec *spec, dyson_system **system, dyson_error *error);
    void (*system_destroy)(dyson_system *system);
    const dyson_shape *(*shape)(const dyson_system *system);
    void (*predict)(const dyson_system *system, size_t point, int level,
                    dyson_prediction *prediction);
    /* Relative cost of one update of one replica at a point. */
    double (*cost)(const dyson_system *system, size_t point);

    /* Local.  A pack of up to dyson_kernel_lanes(kernel) replicas; may be started again and again.
     */
    int (*pack_create)(const dyson_system *system, dyson_kernel kernel, dyson_pack **pack,
                       dyson_error *error);
    void (*pack_destroy)(dyson_pack *pack);
    /* Initial state (update 0) of replicas replica[0..count) of a point. */
    void (*pack_start)(dyson_pack *pack, size_t point, const int64_t *replica, int count);
    /* Trains on to update number `update` (>= the present one). */
    void (*pack_advance)(dyson_pack *pack, int64_t update);
    /* The spectrum now: eigenvalues[i*stride .. +levels), descending, for replica[i]. */
    void (*pack_spectrum)(dyson_pack *pack, double *eigenvalues, size_t stride);
    /* W now, row-major, at weights[i*stride] for replica[i].  NULL for a model without weights. */
    void (*pack_weights)(dyson_pack *pack, double *weights, size_t stride);
    /* For each replica: the update at which it ran away, or -1. */
    void (*pack_diverged)(const dyson_pack *pack, int64_t *diverged_at);
} dyson_model;

/* The registry: the i-th model, or NULL past the last; and a model by name, or NULL. */
const dyson_model *dyson_model_at(size_t i);
const dyson_model *dyson_model_find(const char *name);

#endif
