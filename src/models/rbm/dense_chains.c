/* dense_chains.c: the chains of one update of a large RBM, one step after the other or all k at
 * once, or their second moments alone.
 *
 * Formulas, random numbers and their addresses are those of chains_lanes.h and moments_lanes.h.
 * The moments' rows G^T, (N_v + C) x N_v, lie in `normals`: M^T above, (L T)^T below, so that
 * S' = G G^T; (L T)^T is upper trapezoidal, and its products go by strips that leave out zeros. */
#include "models/rbm/dense.h"

#include "random/normals.h"

#include <math.h>
#include <string.h>

static const double one = 1.0, zero = 0.0;

static size_t padded_batch(const rbm_parameters *p)
{
    return (size_t)(p->batch + RBM_GROUP - 1) / RBM_GROUP * RBM_GROUP;
}

size_t rbm_dense_lay_out(dyson_pack *pack, const rbm_parameters *p, double *storage)
{
    const size_t v = (size_t)p->visible, h = (size_t)p->hidden, square = v * v;
    const size_t powers = p->sampler == RBM_GIBBS ? 0 : square;
    size_t chains = v * padded_batch(p), normals = chains;
    if (p->sampler == RBM_GIBBS) {
        normals = h * padded_batch(p);
    } else if (p->sampler == RBM_WISHART) {
        chains = v * (size_t)rbm_remembered(p);
        normals = v * (size_t)(rbm_remembered(p) + rbm_rest_columns(p));
    }
    const model_array arrays[] = {
        {&pack->weights, v * h}, {&pack->other, v * h},     {&pack->gradient, square},
        {&pack->series, powers}, {&pack->power, powers},    {&pack->noise, powers},
        {&pack->chains, chains}, {&pack->normals, normals},
    };
    return model_arrays_lay_out(arrays, sizeof arrays / sizeof arrays[0], 1, storage);
}

static dense_source source_of(const dyson_pack *pack)
{
    return (dense_source){pack->base.kernel, pack->parameters.stream, DYSON_PURPOSE_CHAINS,
                          pack->replica, pack->update};
}

static void swap(double **a, double **b)
{
    double *const other = *a;
    *a = *b;
    *b = other;
}

/* The upper triangle from the lower one, by blocks that stay in the cache. */
static void mirror(int n, double *a)
{
    enum { BLOCK = 32 };
    const size_t size = (size_t)n;
    for (size_t j0 = 0; j0 < size; j0 += BLOCK)
        for (size_t i0 = j0; i0 < size; i0 += BLOCK)
            for (size_t j = j0; j < j0 + BLOCK && j < size; j++)
                for (size_t i = i0 > j ? i0 : j + 1; i < i0 + BLOCK && i < size; i++)
                    a[i * size + j] = a[j * size + i];
}

/* c = scale a b + weight add + diagonal 1, where a b is known to be symmetric; both triangles of
 * all.  add may be NULL. */
typedef struct symmetric_sum {
    double scale, weight, diagonal;
    const double *add;
} symmetric_sum;

static void multiply_symmetric(int n, const double *a, const double *b, symmetric_sum sum,
                               double *c)
{
    const size_t size = (size_t)n;
    const double *const weight = sum.add != NULL ? &sum.weight : &zero;
    const int wide = rbm_dense_strip(n);
    for (int j0 = 0; j0 < n; j0 += wide) {
        const int rows = n - j0, columns = rows < wide ? rows : wide;
        const size_t at = (size_t)j0 * (size + 1);
        for (size_t j = 0; sum.add != NULL && j < (size_t)columns; j++)
            memcpy(c + at + j * size, sum.add + at + j * size, (size_t)rows * sizeof *c);
        dgemm_("N", "N", &rows, &columns, &n, &sum.scale, a + j0, &n, b + (size_t)j0 * size, &n,
               weight, c + at, &n, 1, 1);
    }
    for (size_t i = 0; i < size; i++)
        c[i * (size + 1)] += sum.diagonal;
    mirror(n, c);
}

/* A = (sigma_h^2/mu^2) W W^T. */
static void scale_weights(dyson_pack *pack)
{
    const rbm_parameters *const p = &pack->parameters;
    const double scale = p->sigma_h * p->sigma_h / p->mass2;
    dsyrk_("L", "N", &p->visible, &p->hidden, &scale, pack->weights, &p->visible, &zero,
           pack->gradient, &p->visible, 1, 1);
    mirror(p->visible, pack->gradient);
}

/* series = 1 + A + ... + A^(k-1), by the binary digits of k; k > 1. */
static void sum_powers(dyson_pack *pack)
{
    const rbm_parameters *const p = &pack->parameters;
    const int n = p->visible;
    const size_t size = (size_t)n;
    const double *const a = pack->gradient;
    int digit = 1, reached = 1;
    while (digit * 2 <= p->steps)
        digit *= 2;
    for (digit /= 2; digit > 0; digit /= 2) {
        const int odd = (p->steps & digit) != 0;
        if (reached == 1 && odd) {
            multiply_symmetric(n, a, a, (symmetric_sum){1, 1, 1, a}, pack->series);
        } else if (reached == 1) {
            memcpy(pack->series, a, size * size * sizeof *a);
            for (size_t i = 0; i < size; i++)
                pack->series[i * (size + 1)] += 1.0;
        } else {
            multiply_symmetric(n, a, pack->series, (symmetric_sum){1, -1, 1, pack->series},
                               pack->power);
            multiply_symmetric(n, pack->power, pack->series, (symmetric_sum){1, 1, 0, pack->series},
                               pack->noise);
            swap(&pack->series, &pack->noise);
            if (odd) {
                multiply_symmetric(n, a, pack->series, (symmetric_sum){1, 0, 1, NULL}, pack->noise);
                swap(&pack->series, &pack->noise);
            }
        }
        reached = 2 * reached + odd;
    }
}

/* The factor of a symmetric matrix, in either triangle; NaN, as in the lanes, where it is not
 * positive definite. */
static void factor(const char *triangle, int n, double *a)
{
    int info = 0;
    dpotrf_(triangle, &n, a, &n, &info, 1);
    for (size_t i = 0; info != 0 && i < (size_t)n * (size_t)n; i++)
        a[i] = NAN;
}

/* Of k = infinity: L L^T = K^-1, K = mu^2 (1 - A); NaN where there is no such model. */
static void equilibrium(dyson_pack *pack)
{
    const rbm_parameters *const p = &pack->parameters;
    const int n = p->visible;
    const size_t size = (size_t)n;
    int info = 0;
    scale_weights(pack);
    for (size_t i = 0; i < size * size; i++)
        pack->noise[i] = p->mass2 * ((i % (size + 1) == 0 ? 1.0 : 0.0) - pack->gradient[i]);
    factor("L", n, pack->noise);
    dpotri_("L", &n, pack->noise, &n, &info, 1);
    factor("L", n, pack->noise);
}

/* A^k and L. */
static void collapse(dyson_pack *pack)
{
    const rbm_parameters *const p = &pack->parameters;
    const int n = p->visible;
    const size_t size = (size_t)n;
    const double *const a = pack->gradient;
    const double scale = 1.0 / p->mass2;
    scale_weights(pack);
    if (p->steps == 1) {
        memcpy(pack->power, a, size * size * sizeof *a);
        for (size_t i = 0; i < size * size; i++)
            pack->noise[i] = scale * a[i];
        for (size_t i = 0; i < size; i++)
            pack->noise[i * (size + 1)] += scale;
    } else {
        sum_powers(pack);
        const double *const series = pack->series;
        multiply_symmetric(n, a, series, (symmetric_sum){1, -1, 1, series}, pack->power);
        multiply_symmetric(n, pack->power, series, (symmetric_sum){scale, scale, 0, series},
                           pack->noise);
    }
    factor("L", n, pack->noise);
}

/* Normals of all groups of chains, `blocks` blocks to each, `apart` blocks from one to the next. */
static void draw_groups(const dyson_pack *pack, uint32_t first, uint32_t apart, int blocks,
                        double *out)
{
    const rbm_parameters *const p = &pack->parameters;
    const size_t groups = padded_batch(p) / RBM_GROUP;
    for (size_t g = 0; g < groups; g++)
        dyson_normals_along(pack->base.kernel, p->stream, DYSON_PURPOSE_CHAINS, pack->replica,
                            pack->update, first + (uint32_t)g * apart, blocks,
                            out + g * (size_t)RBM_GROUP * (size_t)blocks);
}

/* h = sigma_h^2 W^T v + sigma_h z, v = W h/mu^2 + z'/mu. */
static void advance_gibbs(dyson_pack *pack)
{
    const rbm_parameters *const p = &pack->parameters;
    const int v = p->visible, h = p->hidden, b = p->batch;
    const double of_hidden = p->sigma_h * p->sigma_h, of_visible = 1.0 / p->mass2;
    const double visible_noise = 1.0 / sqrt(p->mass2);
    const uint32_t of_chain = (uint32_t)p->steps * (uint32_t)(v + h);
    for (int s = 0; s < p->steps; s++) {
        const uint32_t first = (uint32_t)s * (uint32_t)(v + h);
        draw_groups(pack, first, of_chain, h, pack->normals);
        dgemm_("T", "N", &h, &b, &v, &of_hidden, pack->weights, &v, pack->chains, &v, &p->sigma_h,
               pack->normals, &h, 1, 1);
        draw_groups(pack, first + (uint32_t)h, of_chain, v, pack->chains);
        dgemm_("N", "N", &v, &b, &h, &of_visible, pack->weights, &v, pack->normals, &h,
               &visible_noise, pack->chains, &v, 1, 1);
    }
}

/* v' = A^k v + L z; without the first where nothing is remembered. */
static void advance_collapsed(dyson_pack *pack)
{
    const rbm_parameters *const p = &pack->parameters;
    const int v = p->visible, b = p->batch;
    draw_groups(pack, 0, (uint32_t)v, v, pack->normals);
    dtrmm_("L", "L", "N", "N", &v, &b, &one, pack->noise, &v, pack->normals, &v, 1, 1, 1, 1);
    if (rbm_remembered(p) > 0)
        dgemm_("N", "N", &v, &b, &v, &one, pack->power, &v, pack->chains, &v, &one, pack->normals,
               &v, 1, 1);
    swap(&pack->chains, &pack->normals);
}

/* Z^T above, T^T below, in the columns of G^T. */
static void draw_rows(dyson_pack *pack, int columns)
{
    const rbm_parameters *const p = &pack->parameters;
    const size_t v = (size_t)p->visible, c = (size_t)columns, above = (size_t)rbm_remembered(p);
    const dense_source source = source_of(pack);
    dense_normals z, t;
    dense_normals_begin(&z, &source, 0);
    dense_normals_begin(&t, &source, (uint32_t)((v * v + 3) / 4));
    for (size_t i = 0; i < v; i++) {
        double *const column = pack->normals + i * (above + c);
        const size_t below = i < c ? i : c;
        dense_normals_take(&z, above, column);
        dense_normals_take(&t, below, column + above);
        memset(column + above + below, 0, (c - below) * sizeof *column);
        if (i < c)
            column[above + i] = dense_chi(&source, (int)i, (double)(p->batch - (int)(above + i)));
    }
}

/* M M^T into series, M = A^k C + L Z; 0 where nothing is remembered. */
static void advance_remembered(dyson_pack *pack, int rows)
{
    const rbm_parameters *const p = &pack->parameters;
    const int v = p->visible;
    const size_t size = (size_t)v, stride = (size_t)rows;
    double *const g = pack->normals;
    if (rbm_remembered(p) == 0) {
        memset(pack->series, 0, size * size * sizeof *pack->series);
        return;
    }
    dtrmm_("R", "L", "T", "N", &v, &v, &one, pack->noise, &v, g, &rows, 1, 1, 1, 1);
    dtrmm_("L", "U", "N", "N", &v, &v, &one, pack->chains, &v, pack->power, &v, 1, 1, 1, 1);
    for (size_t i = 0; i < size; i++)
        for (size_t j = 0; j < size; j++)
            g[i * stride + j] += pack->power[i * size + j];
    dsyrk_("U", "T", &v, &v, &one, g, &rows, &zero, pack->series, &v, 1, 1);
}

/* S' = M M^T + (L T)(L T)^T. */
static void advance_moments(dyson_pack *pack)
{
    const rbm_parameters *const p = &pack->parameters;
    const int v = p->visible, c = rbm_rest_columns(p), above = rbm_remembered(p), rows = above + c;
    const size_t size = (size_t)v, stride = (size_t)rows;
    draw_rows(pack, c);
    advance_remembered(pack, rows);
    for (int j0 = 0, high = rbm_dense_strip(v); j0 < c; j0 += high) {
        const int strip = c - j0 < high ? c - j0 : high, within = v - j0;
        const size_t corner = (size_t)j0 * (size + 1);
        double *const at = pack->normals + above + (size_t)j0 * (stride + 1);
        dtrmm_("R", "L", "T", "N", &strip, &within, &one, pack->noise + corner, &v, at, &rows, 1, 1,
               1, 1);
        dsyrk_("U", "T", &within, &strip, &one, at, &rows, &one, pack->series + corner, &v, 1, 1);
    }
}

void rbm_dense_start_chains(dyson_pack *pack)
{
    const rbm_parameters *const p = &pack->parameters;
    const size_t v = (size_t)p->visible;
    if (p->sampler != RBM_WISHART) {
        for (size_t i = 0; i < v * (size_t)p->batch; i++)
            pack->chains[i] = 1.0;
        return;
    }
    for (size_t i = 0; i < v && rbm_remembered(p) > 0; i++)
        for (size_t j = 0; j < v; j++)
            pack->chains[i * v + j] = j == 0 ? sqrt((double)p->batch) : 0.0;
}

void rbm_dense_advance_chains(dyson_pack *pack)
{
    const rbm_sampler sampler = pack->parameters.sampler;
    if (sampler == RBM_GIBBS) {
        advance_gibbs(pack);
        return;
    }
    if (rbm_remembered(&pack->parameters) > 0)
        collapse(pack);
    else
        equilibrium(pack);
    if (sampler == RBM_WISHART)
        advance_moments(pack);
    else
        advance_collapsed(pack);
}

void rbm_dense_factor(dyson_pack *pack)
{
    if (rbm_remembered(&pack->parameters) == 0)
        return;
    factor("U", pack->parameters.visible, pack->series);
    swap(&pack->series, &pack->chains);
}
