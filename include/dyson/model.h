/* model.h: what a model gives to the ensemble, and the registry of models.
 *
 * A model is one folder under src/models/ and one line in src/models/registry.c.  Everything else
 * (run file, plan, archive, statistics, figures) works from this table of functions. Four objects:
 * a `model` is the table itself; a `system` is a model with one run's parameters; a `regime` is a
 * way of training its replicas, chosen by their size; a `pack` is the replicas of one point that
 * are trained together. */
#ifndef DYSON_MODEL_H
#define DYSON_MODEL_H

#include "dyson/error.h"
#include "dyson/kernel.h"
#include "dyson/spec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct dyson_system dyson_system; /* each model defines its own */
typedef struct dyson_pack dyson_pack;     /* each regime defines its own */
typedef struct dyson_team dyson_team;     /* team.h */

/* What the spectra of a run look like.  Owned by the system. */
typedef struct dyson_shape {
    int levels;      /* N: eigenvalues per spectrum */
    int weight_rows; /* W as archived is weight_rows x weight_columns, row-major; 0 x 0 if none */
    int weight_columns;
    const double
        *kappa;      /* levels: the target eigenvalue of each level (dimensionless); NULL if none */
    const double *x; /* levels: where the levels x of X would be at zero noise, descending */
    double floor, ceiling; /* levels lie in floor <= x < ceiling (RBM: 0 and mu^2), or infinite */
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

/* One mode as a process of its own, x' = x - V'(x) + sqrt(2) g(x) eta per update, at one x; x is
 * dimensionless, all four are per update. */
typedef struct dyson_mode {
    double potential, slope, curvature; /* V, V', V'' */
    double noise;                       /* g^2 */
} dyson_mode;

/* kappa of a level, NaN in a model without. */
double dyson_shape_kappa(const dyson_shape *shape, int level);

/* Degenerate groups of a model's levels, those whose targets x and kappa agree: group g holds
 * levels first[g] .. first[g + 1] - 1.  *first has *groups + 1 elements and is the caller's to
 * free. Errors: DYSON_INTERNAL. */
int dyson_groups(const dyson_shape *shape, int **first, size_t *groups, dyson_error *error);

/* How X begins where W does with independent normals: X = G^T G or G G^T, whichever is smaller,
 * with G of rows x columns such numbers of mean 0 and this variance. */
typedef struct dyson_gaussian_start {
    int rows, columns;
    double variance;
} dyson_gaussian_start;

/* The Gaussian orthogonal ensemble: X is `centre` on the diagonal, plus independent normals, of
 * standard deviation `sigma` off it and sqrt(2) sigma on it. */
typedef struct dyson_semicircle {
    double centre, sigma;
} dyson_semicircle;

#define DYSON_STATE_PARTS 4 /* at most */

/* One matrix of a replica's state: with its numbers in this rank's memory, or as the blocks of it
 * that this rank of a team has (team/matrix.h).  Owned by the pack. */
typedef struct dyson_state_part {
    int rows, columns;
    bool lower;      /* of a square matrix: only the lower triangle counts */
    double *element; /* element (i, j) at element[i * row_step + j * column_step]; NULL: */
    size_t row_step, column_step;
    const struct team_matrix *shared;
} dyson_state_part;

/* Small replicas are trained one per SIMD lane, large ones one at a time; the random numbers are
 * the same, so that regimes agree to rounding.  Everything here is local. */
typedef struct dyson_regime {
    const char *name; /* "lanes", "dense", "teams" */

    /* Replicas that a pack holds, at most DYSON_KERNEL_LANES_MAX. */
    int (*replicas)(dyson_kernel kernel);
    /* A pack of up to so many replicas; may be started again and again. */
    int (*create)(const dyson_system *system, dyson_kernel kernel, dyson_pack **pack,
                  dyson_error *error);
    void (*destroy)(dyson_pack *pack);
    /* Initial state (update 0) of replicas replica[0..count) of a point. */
    void (*start)(dyson_pack *pack, size_t point, const int64_t *replica, int count);
    /* Trains on to update number `update` (>= the present one). */
    void (*advance)(dyson_pack *pack, int64_t update);
    /* The spectrum now: eigenvalues[i*stride .. +levels), descending, for replica[i].  Errors:
     * DYSON_INTERNAL. */
    int (*spectrum)(dyson_pack *pack, double *eigenvalues, size_t stride, dyson_error *error);
    /* W now, row-major, at weights[i*stride] for replica[i]. */
    void (*weights)(dyson_pack *pack, double *weights, size_t stride);
    /* For each replica: the update at which it ran away, or -1. */
    void (*diverged)(const dyson_pack *pack, int64_t *diverged_at);

    /* Of packs of one replica; NULL in others.  All that later updates need of the present one, in
     * the same order, shapes and triangles whichever regime of the model it is; valid until the
     * next advance. Returns the number of parts. */
    int (*state)(dyson_pack *pack, dyson_state_part part[DYSON_STATE_PARTS]);
    /* After start: the parts have been given the state after update number `update`. */
    void (*resume)(dyson_pack *pack, int64_t update);
} dyson_regime;

/* How the ranks of a team train one replica together (team.h), with the random numbers of the
 * other regimes, so that it agrees with them to rounding, whatever the team's grid.  Here
 * everything but destroy, diverged, state and resume is collective over the team: all its ranks
 * make the same calls with the same arguments.  spectrum yields the same bits on all of them and
 * fails on all or none; weights are the root's, and NULL on the others. */
typedef struct dyson_team_regime {
    dyson_regime regime; /* `create` is NULL: */
    int (*create)(const dyson_system *system, dyson_kernel kernel, const dyson_team *team,
                  dyson_pack **pack, dyson_error *error); /* fails on all ranks or none */
    /* Bytes that a replica takes on each rank of a team of so many ranks, at most. */
    double (*memory)(const dyson_system *system, int ranks);
    /* The size below which a team of any number of ranks is no faster than one rank, by
     * measurement; as many levels. */
    int crossover;
} dyson_team_regime;

typedef struct dyson_model {
    const char *name; /* as in [ensemble] model = NAME */
    const char *text; /* one line for `dyson help models` */
    const dyson_key *keys;
    size_t key_count;
    bool single;     /* [ensemble] precision = single is understood */
    bool weightless; /* there is no W: [ensemble] weights = none only, and no regime.weights */

    /* Local.  Checks what single keys cannot (DYSON_BAD_DATA) and prepares the run: target,
     * predictions. */
    int (*system_create)(const dyson_spec *spec, dyson_system **system, dyson_error *error);
    void (*system_destroy)(dyson_system *system);
    const dyson_shape *(*shape)(const dyson_system *system);
    void (*predict)(const dyson_system *system, size_t point, int level,
                    dyson_prediction *prediction);
    /* A level by itself, were there no others, as the rate goes to 0, at floor <= x < ceiling.
     * False, whatever x is, where nothing is predicted: where predict gives no sigma.  V has one
     * minimum, and its maximum, if any, at the floor (theory.h). */
    bool (*mode)(const dyson_system *system, size_t point, int level, double x, dyson_mode *mode);
    /* The law of update 0; NULL in a model without one. */
    void (*start)(const dyson_system *system, dyson_gaussian_start *start);
    /* Whether X at an update is exactly of the Gaussian orthogonal ensemble, and of which; NULL in
     * a model in which it never is. */
    bool (*orthogonal)(const dyson_system *system, size_t point, int64_t update,
                       dyson_semicircle *law);
    /* X, levels x levels, from W as archived; false where the levels are not the eigenvalues of a
     * symmetric matrix.  With weights NULL nothing is written: it only tells.  NULL in a model
     * in which they never are. */
    bool (*matrix)(const dyson_system *system, const double *weights, double *matrix);
    /* g_ij^2 per update of a matrix X with eigenvalues x_i and x_j, in the basis of its
     * eigenvectors: the variance of an element off the diagonal, and (x_i = x_j) half that of one
     * on it, to leading order; NaN where nothing is predicted.  NULL where matrix is. */
    double (*noise)(const dyson_system *system, size_t point, double x_i, double x_j);
    /* Relative cost of one update of one replica at a point. */
    double (*cost)(const dyson_system *system, size_t point);
    /* How the replicas of this run are trained. */
    const dyson_regime *(*regime)(const dyson_system *system);
    const dyson_team_regime *teams; /* NULL: only by one rank each */
} dyson_model;

/* The regime that trains replicas in the team, or with team NULL on a rank by itself; and a pack of
 * it (collective over the team). */
const dyson_regime *dyson_model_regime(const dyson_model *model, const dyson_system *system,
                                       const dyson_team *team);
int dyson_model_pack(const dyson_model *model, const dyson_system *system, dyson_kernel kernel,
                     const dyson_team *team, dyson_pack **pack, dyson_error *error);

/* The registry: the i-th model, or NULL past the last; and a model by name, or NULL. */
const dyson_model *dyson_model_at(size_t i);
const dyson_model *dyson_model_find(const char *name);

#endif
