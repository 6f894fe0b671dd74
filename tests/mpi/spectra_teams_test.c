/* spectra_teams_test.c: eigenvalues of symmetric matrices that a team shares are those of one rank,
 * whatever the grid and the blocks.  Built twice: as the program is, and (make elpa) with ELPA from
 * any size on. */
#include "dyson/spectrum.h"
#include "team/elpa.h"
#include "team/matrix.h"
#include "teams_case.h"

/* Symmetric matrices by their elements. */
typedef double (*elements)(int n, int i, int j);

/* Any number in (-1, 1), of a pair of indices in either order. */
static double scattered(int n, int i, int j)
{
    const double low = i < j ? i : j, high = i < j ? j : i;
    (void)n;
    return sin(1.0 + 12.9898 * low + 78.233 * high + 0.618 * low * high);
}

static double degenerate(int n, int i, int j)
{
    (void)n;
    return i == j ? 3.0 : 0.0;
}

static double zero(int n, int i, int j)
{
    return 0.0 * (n + i + j);
}

/* 1 next to the diagonal: 2 cos(pi k/(n + 1)). */
static double chain(int n, int i, int j)
{
    (void)n;
    return abs(i - j) == 1 ? 1.0 : 0.0;
}

static double graded(int n, int i, int j)
{
    return ldexp(scattered(n, i, j), -(i + j) / 4);
}

/* NaN where a triangle is not to be looked at. */
static void fill(team_matrix *m, elements of)
{
    for (int64_t t = 0; t < team_matrix_tiles(m); t++) {
        const team_tile tile = team_matrix_tile(m, t);
        for (int j = tile.column; j < tile.column + tile.columns; j++)
            for (int i = tile.row; i < tile.row + tile.rows; i++)
                *team_tile_element(&tile, i, j) = i >= j ? of(m->rows, i, j) : NAN;
    }
}

static void expect(int n, elements of, double *values)
{
    double *const a = malloc((size_t)n * (size_t)n * sizeof *a);
    dyson_error error = {0};
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            a[(size_t)i * (size_t)n + (size_t)j] = of(n, i, j);
    if (dyson_spectrum_dense(n, a, values, &error) != DYSON_OK)
        fail_msg("%s", error.text);
    free(a);
}

/* Both are right to some N epsilon of the largest level. */
static bool solves(const dyson_team *team, int n, elements of)
{
    team_matrix m;
    team_solver *solver = NULL;
    dyson_error error = {0};
    double *const found = malloc(2 * (size_t)n * sizeof *found), *const expected = found + n;
    if (team_matrix_create(&m, team, n, n, &error) != DYSON_OK ||
        team_solver_create(&m, true, &solver, &error) != DYSON_OK)
        fail_msg("%s", error.text);
    expect(n, of, expected);
    bool good = true;
    for (int again = 0; again < 2; again++) { /* a solver serves many spectra */
        fill(&m, of);
        if (team_spectrum(solver, &m, found, &error) != DYSON_OK)
            fail_msg("%s", error.text);
        const double scale = fmax(fabs(expected[0]), fabs(expected[n - 1]));
        good = good && largest_difference(found, expected, (size_t)n) <= 1e-15 * n * scale;
    }
    team_solver_destroy(solver);
    team_matrix_destroy(&m);
    free(found);
    return good;
}

static void eigenvalues_are_those_of_one_rank(void **unused)
{
    static const elements of[] = {scattered, degenerate, zero, chain, graded};
    static const int size[] = {1, 2, 37, 64, 150}, block[] = {5, 16, DYSON_TEAM_BLOCK};
    (void)unused;
    for (int b = 0; b < 3; b++) {
        dyson_team *const team = world_team(world_size(), block[b]);
        for (int s = 0; s < 5; s++)
            for (int k = 0; k < 5; k++)
                if (!everywhere(team, solves(team, size[s], of[k])))
                    fail_msg("matrix %d, N = %d, blocks of %d", k, size[s], block[b]);
        dyson_team_destroy(team);
    }
}

/* Where the build says so, and a block is there for every rank. */
static void the_library_is_the_one_meant(void **unused)
{
#ifdef DYSON_ELPA
    const bool meant = true;
#else
    const bool meant = false;
#endif
    (void)unused;
    assert_true(team_elpa_suits(world_size(), 5, 150) == meant);
    assert_true(team_elpa_suits(world_size(), DYSON_TEAM_BLOCK, 10000) == meant);
    assert_false(team_elpa_suits(4, DYSON_TEAM_BLOCK, 64));
}

static void what_is_not_finite_has_no_levels(void **unused)
{
    dyson_team *const team = world_team(world_size(), 16);
    team_matrix m;
    team_solver *solver = NULL;
    dyson_error error = {0};
    double found[150];
    (void)unused;
    if (team_matrix_create(&m, team, 150, 150, &error) != DYSON_OK ||
        team_solver_create(&m, true, &solver, &error) != DYSON_OK)
        fail_msg("%s", error.text);
    fill(&m, scattered);
    for (int64_t t = 0; t < team_matrix_tiles(&m); t++) {
        const team_tile tile = team_matrix_tile(&m, t);
        if (tile.row == 96 && tile.column == 32)
            *team_tile_element(&tile, 100, 40) = INFINITY;
    }
    assert_int_equal(team_spectrum(solver, &m, found, &error), DYSON_OK);
    bool nothing = true;
    for (int i = 0; i < 150; i++)
        nothing = nothing && isnan(found[i]);
    assert_true(everywhere(team, nothing));
    team_solver_destroy(solver);
    team_matrix_destroy(&m);
    dyson_team_destroy(team);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eigenvalues_are_those_of_one_rank),
        cmocka_unit_test(the_library_is_the_one_meant),
        cmocka_unit_test(what_is_not_finite_has_no_levels),
    };
    MPI_Init(NULL, NULL);
    const int failed = cmocka_run_group_tests_name("spectra of teams", tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
