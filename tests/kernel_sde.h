/* kernel_sde.h: the eigenvalue process's part of kernel_check.c, which includes it. */
#include "reference/sde_reference.h"

/* ---- the eigenvalue process ---- */

typedef struct levels {
    sde_parameters parameters;
    sde_state state;
    double target[64];
} levels;

/* Targets 4, 4.3, 4.3, 4.9, 4.9, ... (linear: 2, 1.7, 1.7, ...): pairs among them.  Levels start at
 * nine tenths of their targets, so that pairs start as one; behind `filled` of them at 0. */
static levels *levels_create(const subject *s, const sde_parameters *p, int filled,
                             const int64_t *replica)
{
    levels *const k = calloc(1, sizeof *k);
    const size_t n = (size_t)p->modes;
    k->parameters = *p;
    k->parameters.target = k->target;
    k->parameters.stream = 0x13579bdf02468ace;
    k->parameters.bound = 1e6;
    k->state = (sde_state){.x = vectors(s, n),
                           .kept = vectors(s, n),
                           .change = vectors(s, n * n),
                           .matrix = vectors(s, n * n),
                           .normals = vectors(s, sde_normal_vectors(p->modes)),
                           .solver = vectors(s, dyson_spectrum_scratch(p->modes, s->kernel, 0))};
    for (int i = 0; i < p->modes; i++) {
        const int mode = (i + 1) / 2;
        const double step = 0.6 * mode / (1.0 + 0.1 * p->modes);
        k->target[i] = p->process == SDE_RBM ? 4.0 + step : 2.0 - step;
        const double x = p->process == SDE_RBM ? p->mass2 - k->target[i] : k->target[i];
        for (int l = 0; l < s->lanes; l++)
            k->state.x[i * s->lanes + l] = i < filled ? 0.9 * x : 0.0;
    }
    for (int l = 0; l < s->lanes; l++) {
        k->state.replica[l] = replica[l];
        k->state.diverged_at[l] = -1;
    }
    return k;
}

static void levels_destroy(levels *k)
{
    free(k->state.x);
    free(k->state.kept);
    free(k->state.change);
    free(k->state.matrix);
    free(k->state.normals);
    free(k->state.solver);
    free(k);
}

/* Lane by lane against the reference; and each replica the same bits in another lane, beside other
 * replicas, its updates cut up otherwise.  A step moves no level by more than the largest change
 * of the matrix, so rounding errors add up and are not amplified. */
static void check_process(subject *s, const sde_parameters *p, int filled)
{
    const int updates = 20;
    int64_t replica[MOST], other[MOST];
    double worst = 0.0;
    int bits = 0;
    for (int l = 0; l < s->lanes; l++) {
        replica[l] = (INT64_C(1) << 33) * l + l;
        other[l] = 1000 + l;
    }
    other[0] = replica[s->lanes - 1];
    levels *const k = levels_create(s, p, filled, replica);
    levels *const alone = levels_create(s, p, filled, other);
    sde_reference r[MOST] = {{.update = 0}};
    for (int l = 0; l < s->lanes; l++) {
        r[l].replica = replica[l];
        for (int i = 0; i < p->modes; i++)
            r[l].x[i] = k->state.x[i * s->lanes + l];
        while (r[l].update < updates)
            sde_reference_advance(&k->parameters, &r[l]);
    }
    sde_advance(s->kernel, &k->parameters, &k->state, 7);
    sde_advance(s->kernel, &k->parameters, &k->state, updates);
    sde_advance(s->kernel, &alone->parameters, &alone->state, updates);
    for (int i = 0; i < p->modes; i++) {
        for (int l = 0; l < s->lanes; l++) {
            const double error = fabs(k->state.x[i * s->lanes + l] - r[l].x[i]);
            worst = error <= worst ? worst : error;
        }
        bits += memcmp(&k->state.x[i * s->lanes + s->lanes - 1], &alone->state.x[i * s->lanes],
                       sizeof(double)) != 0;
    }
    report(s, worst <= 1e-11 && bits == 0,
           "levels, N = %d, %s%s, k = %d, %d substeps: largest error %.1e, %d numbers that depend "
           "on the pack",
           p->modes, p->process == SDE_RBM ? "rbm" : "linear", p->ito ? ", ito" : "", p->memory,
           p->substeps, worst, bits);
    levels_destroy(k);
    levels_destroy(alone);
}

static void check_processes(subject *s)
{
    static const struct {
        sde_parameters parameters;
        int filled;
    } cases[] = {
        {{.process = SDE_RBM, .modes = 10}, 10},
        {{.process = SDE_RBM, .modes = 10, .memory = 3}, 10},
        {{.process = SDE_RBM, .modes = 10, .ito = true}, 10},
        {{.process = SDE_RBM, .modes = 5, .ito = true, .memory = 1, .substeps = 3}, 5},
        {{.process = SDE_RBM, .modes = 5, .ito = true}, 3},
        {{.process = SDE_RBM, .modes = 4}, 3},
        {{.process = SDE_RBM, .modes = 1, .memory = 6, .substeps = 2}, 1},
        {{.process = SDE_RBM, .modes = 64, .ito = true}, 64},
        {{.process = SDE_LINEAR, .modes = 2}, 2},
        {{.process = SDE_LINEAR, .modes = 7, .substeps = 4}, 7},
        {{.process = SDE_LINEAR, .modes = 64}, 64},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sde_parameters p = cases[i].parameters;
        p.substeps = p.substeps > 0 ? p.substeps : 1;
        p.mass2 = 9.0;
        p.rate = 0.1;
        p.batch = 64.0; /* fewer drive levels to mu^2, where rounding errors grow */
        p.noise = p.process == SDE_LINEAR ? 0.5 : 0.0;
        check_process(s, &p, cases[i].filled);
    }
}
