/* rbm_lattice_test.c: the free scalar on a square lattice as the RBM's target. */
#include "rbm_dense_machine.h"

#include "dyson/spectrum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void lattice_keys(char *keys, size_t size, int visible, int dimensions)
{
    snprintf(keys, size,
             "visible = %d\nhidden = %d\ntarget_dimensions = %d\nlearning_rate = 0.1\n"
             "batch_size = 4\n",
             visible, visible, dimensions);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* kappa = m^2 + sum over d of 2 - 2 cos(2 pi k_d/L), ascending. */
static void modes(int side, double *kappa)
{
    for (int k = 0; k < side; k++)
        for (int l = 0; l < side; l++)
            kappa[k * side + l] = 4.0 + 2.0 - 2.0 * cos(2.0 * M_PI * k / side) + 2.0 -
                                  2.0 * cos(2.0 * M_PI * l / side);
    qsort(kappa, (size_t)side * (size_t)side, sizeof *kappa, ascending);
}

/* C_target K_target = 1, K_target by neighbours: m^2 + 4 on the site, -1 to each of four. */
static void check_inverse(const machine *m, int side)
{
    const rbm_parameters *const p = &m->system->parameters;
    for (int i = 0; i < side * side; i++) {
        double row[100];
        const int some = side * side / 3; /* in two goes */
        rbm_target_row(p, i, 0, some, row);
        rbm_target_row(p, i, some, side * side - some, row + some);
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                const double product = 8.0 * row[side * y + x] - row[side * y + (x + 1) % side] -
                                       row[side * y + (x + side - 1) % side] -
                                       row[(y + 1) % side * side + x] -
                                       row[(y + side - 1) % side * side + x];
                assert_true(fabs(product - (i == side * y + x)) < 1e-13);
            }
        }
    }
}

/* The levels' kappa are the eigenvalues of the matrix that the lattice makes; those of N_v = 100
 * come from their closed form, as C_target does. */
static void square_lattice_has_its_modes(void **unused)
{
    static const int sides[] = {1, 2, 3, 4, 5, 6, 8, 10}; /* 6: some kappa are mu^2 */
    static double matrix[100 * 100];
    (void)unused;
    for (size_t s = 0; s < sizeof sides / sizeof sides[0]; s++) {
        const int side = sides[s], n = side * side;
        double expected[100], solved[100];
        char keys[256];
        machine m;
        dyson_error error = {0};
        lattice_keys(keys, sizeof keys, n, 2);
        machine_open(&m, NULL, keys);
        const dyson_shape *const shape = &m.system->shape;
        assert_int_equal(shape->levels, n);
        modes(side, expected);
        rbm_free_scalar(n, 2, 4.0, matrix);
        assert_int_equal(dyson_spectrum_dense(n, matrix, solved, &error), DYSON_OK);
        for (int i = 0; i < n; i++) {
            assert_true(fabs(shape->kappa[i] - expected[i]) < 1e-13 * 12.0);
            assert_true(fabs(shape->kappa[i] - solved[n - 1 - i]) < 1e-13 * 12.0);
            /* kappa = mu^2 to rounding: nothing is learnt. */
            const double x = 9.0 - shape->kappa[i];
            assert_true(shape->x[i] == (x > 1e-12 ? x : 0.0));
        }
        check_inverse(&m, side);
        machine_close(&m);
    }
}

/* A large ring's too: kappa are the matrix's eigenvalues, and C_target its inverse by LAPACK. */
static void large_ring_has_its_modes(void **unused)
{
    enum { N = 70 };
    static double matrix[N * N], inverse[N * N];
    double solved[N], row[N];
    char keys[256];
    machine m;
    dyson_error error = {0};
    (void)unused;
    lattice_keys(keys, sizeof keys, N, 1);
    machine_open(&m, NULL, keys);
    rbm_free_scalar(N, 1, 4.0, matrix);
    assert_int_equal(rbm_invert(N, matrix, inverse), 0);
    assert_int_equal(dyson_spectrum_dense(N, matrix, solved, &error), DYSON_OK);
    for (int i = 0; i < N; i++) {
        assert_true(fabs(m.system->shape.kappa[i] - solved[N - 1 - i]) < 1e-13 * 8.0);
        rbm_target_row(&m.system->parameters, i, 0, N, row);
        for (int j = 0; j < N; j++)
            assert_true(fabs(row[j] - inverse[i * N + j]) < 1e-15);
    }
    rbm_free_scalar(N, 1, 4.0, matrix);
    matrix[N * N - 1] = -1.0;
    assert_int_not_equal(rbm_invert(N, matrix, inverse), 0);
    machine_close(&m);
}

/* Levels of one kappa make one group: (k_1, k_2), its reflections and its exchange are 8, or 4 on a
 * diagonal or an axis; and where L is even cos p_1 + cos p_2 = 0 has 2 L - 2 solutions. */
static void levels_fall_into_groups(void **unused)
{
    static const struct {
        int side, sizes[24];
    } cases[] = {{3, {1, 4, 4}},
                 {4, {1, 4, 6, 4, 1}},
                 {5, {1, 4, 4, 4, 8, 4}},
                 {10, {1, 4, 4, 4, 8, 4, 4, 8, 4, 18, 4, 8, 4, 4, 8, 4, 4, 4, 1}}};
    (void)unused;
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        char keys[256];
        machine m;
        dyson_error error = {0};
        int *first = NULL;
        size_t groups = 0;
        lattice_keys(keys, sizeof keys, cases[c].side * cases[c].side, 2);
        machine_open(&m, NULL, keys);
        assert_int_equal(dyson_groups(&m.system->shape, &first, &groups, &error), DYSON_OK);
        assert_true(groups == 24 || cases[c].sizes[groups] == 0);
        for (size_t g = 0; g < groups; g++)
            assert_int_equal(first[g + 1] - first[g], cases[c].sizes[g]);
        free(first);
        machine_close(&m);
    }
}

static void refuse(const char *keys, const char *words)
{
    char text[512];
    dyson_spec *spec = NULL;
    dyson_system *system = NULL;
    dyson_error error = {0};
    snprintf(text, sizeof text,
             "[ensemble]\nmodel = rbm\nreplicas = 1\nseed = 9\nupdates = 1\n[rbm]\nhidden = 4\n"
             "mass2 = 9\nlearning_rate = 0.1\nbatch_size = 4\n%s",
             keys);
    if (dyson_spec_parse(text, "run", &spec, &error) == DYSON_OK)
        rbm_system_create(spec, &system, &error);
    assert_int_equal(error.code, DYSON_BAD_DATA);
    if (strstr(error.text, words) == NULL)
        fail_msg("'%s' does not say '%s'", error.text, words);
    dyson_spec_destroy(spec);
}

static void what_is_no_lattice_is_refused(void **unused)
{
    (void)unused;
    refuse("visible = 12\ntarget_mass2 = 4\ntarget_dimensions = 2\n",
           "visible = 12: must be a square");
    refuse("visible = 9\ntarget_mass2 = 4\ntarget_dimensions = 3\n", "from 1 to 2");
    refuse("visible = 9\ntarget_kernel = k.h5:/k\ntarget_dimensions = 2\n", "is for target_mass2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(square_lattice_has_its_modes),
        cmocka_unit_test(large_ring_has_its_modes),
        cmocka_unit_test(levels_fall_into_groups),
        cmocka_unit_test(what_is_no_lattice_is_refused),
    };
    return cmocka_run_group_tests_name("square lattice", tests, NULL, NULL);
}
