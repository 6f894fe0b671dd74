/* teams_test.c: students that a team of ranks trains together are those that one rank trains: the
 * same random numbers, whatever the grid and the blocks, so the same spectra and weights to
 * rounding. */
#include "ensemble/teams.h"
#include "models/teacher_student/teacher_student.h"

#include <malloc.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const dyson_kernel kernel = DYSON_KERNEL_BASE; /* which any machine has */

/* What one replica comes to. */
typedef struct outcome {
    int n;
    double *x;       /* N */
    double *weights; /* N x N; of a team on its root alone */
    int64_t diverged_at;
} outcome;

static void outcome_free(outcome *o)
{
    free(o->x);
    free(o->weights);
}

static dyson_team *world_team(int ranks, int block)
{
    dyson_team *team = NULL;
    dyson_error error = {0};
    if (dyson_team_create(MPI_COMM_WORLD, ranks, block, &team, &error) != DYSON_OK)
        fail_msg("%s", error.text);
    return team;
}

/* An assertion that fails on one rank alone would leave the others waiting. */
static bool everywhere(const dyson_team *team, bool holds)
{
    return !dyson_team_any(team, !holds);
}

static int world_size(void)
{
    int size;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    return size;
}

static void student(const char *keys, dyson_spec **spec, dyson_system **system)
{
    char text[1024];
    dyson_error error = {0};
    snprintf(text, sizeof text,
             "[ensemble]\nmodel = teacher-student\nreplicas = 1\nseed = 9\nupdates = 10000\n"
             "[teacher-student]\n%s",
             keys);
    if (dyson_spec_parse(text, "run", spec, &error) != DYSON_OK ||
        student_system_create(*spec, system, &error) != DYSON_OK)
        fail_msg("%s", error.text);
}

/* Replica 7 after some updates, in two goes; in the team, or with team NULL by this rank alone in
 * the dense regime. */
static outcome learnt(const char *keys, int64_t updates, const dyson_team *team)
{
    dyson_error error = {0};
    dyson_spec *spec = NULL;
    dyson_system *system = NULL;
    dyson_pack *pack = NULL;
    outcome o = {0};
    const dyson_regime *const regime = team != NULL ? &student_teams.regime : &student_dense;
    student(keys, &spec, &system);
    if ((team != NULL ? student_teams.create(system, kernel, team, &pack, &error)
                      : regime->create(system, kernel, &pack, &error)) != DYSON_OK)
        fail_msg("%s", error.text);
    const size_t n = (size_t)system->parameters.size;
    o.n = (int)n;
    o.x = malloc(n * sizeof *o.x);
    o.weights = dyson_team_root(team) ? malloc(n * n * sizeof *o.weights) : NULL;
    regime->start(pack, 0, (int64_t[]){7}, 1);
    regime->advance(pack, 1);
    regime->advance(pack, updates);
    if (regime->spectrum(pack, o.x, 0, &error) != DYSON_OK)
        fail_msg("%s", error.text);
    regime->weights(pack, o.weights, 0);
    regime->diverged(pack, &o.diverged_at);
    regime->destroy(pack);
    student_system_destroy(system);
    dyson_spec_destroy(spec);
    return o;
}

static double largest_difference(const double *a, const double *b, size_t count)
{
    double worst = 0.0;
    for (size_t i = 0; i < count; i++)
        worst = fabs(a[i] - b[i]) <= worst ? worst : fabs(a[i] - b[i]); /* takes NaN */
    return worst;
}

static void compare(const char *keys, const outcome *alone, const dyson_team *team)
{
    outcome together = learnt(keys, 12, team);
    const size_t n = (size_t)alone->n;
    double scale = 0.0, weights = 0.0;
    for (size_t i = 0; i < n; i++)
        scale = fmax(scale, fabs(alone->x[i]));
    const double levels = largest_difference(together.x, alone->x, n);
    if (dyson_team_root(team))
        weights = largest_difference(together.weights, alone->weights, n * n);
    print_message("%d x %d grid, blocks of %d: levels %.1e, weights %.1e of %.2g: %.30s...\n",
                  team->rows, team->columns, team->block, levels, weights, scale, keys);
    assert_true(everywhere(team, scale > 0.1 && levels <= 1e-13 * scale));
    assert_true(everywhere(team, weights <= 1e-13 * scale));
    assert_true(everywhere(team, together.diverged_at == -1 && alone->diverged_at == -1));
    outcome_free(&together);
}

/* Rounding of 1e-16 in 12 updates, each of which multiplies an error by at most |1 - alpha S|, and
 * in a sum of N products, comes to no more than 1e-13 of the largest level.  Blocks of 5 and 16
 * divide none of the sizes; with blocks of 64 most ranks have nothing of the small ones. */
static void teams_agree_with_one_rank(void **unused)
{
    static const char *const cases[] = {
        "size = 130\nlearning_rate = 0.3\nbatch_size = 4\nnoise = 0.2\n",
        "teacher = 3 2 -1\nlearning_rate = 0.3\nbatch_size = 4\nnoise = 0.2\n",
        "size = 37\nstart = asymmetric\nlearning_rate = 0.1\nbatch_size = 16\nnoise = 0.2\n",
        "size = 1\ndata = fresh\nlearning_rate = 0.1\nbatch_size = 1\nnoise = 0.2\n",
        "size = 70\ndata = fresh\nlearning_rate = 0.02\nbatch_size = 23\nnoise = 0.1\n",
        "size = 37\ndata = fresh\nlearning_rate = 0.05\nbatch_size = 37\nnoise = 0.1\n",
        "size = 37\ndata = fixed:3\nlearning_rate = 0.05\nbatch_size = 100\nnoise = 0.1\n",
    };
    static const int block[] = {5, 16, DYSON_TEAM_BLOCK};
    dyson_team *team[3];
    (void)unused;
    for (int b = 0; b < 3; b++)
        team[b] = world_team(world_size(), block[b]);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        outcome alone = learnt(cases[i], 12, NULL);
        for (int b = 0; b < 3; b++)
            compare(cases[i], &alone, team[b]);
        outcome_free(&alone);
    }
    for (int b = 0; b < 3; b++)
        dyson_team_destroy(team[b]);
}

/* Levels that are all alike, and a matrix of zeros. */
static void teams_solve_what_is_degenerate(void **unused)
{
    static const char *const cases[] = {
        "size = 40\nlearning_rate = 1\nbatch_size = 1\nnoise = 0\ninit_std = 0\n",
        "size = 40\nteacher_value = 0\nlearning_rate = 1\nbatch_size = 1\nnoise = 0\n",
        "size = 40\nstart = asymmetric\nlearning_rate = 1\nbatch_size = 1\nnoise = 0\n",
    };
    static const double level[] = {2.0, 0.0, 2.0};
    (void)unused;
    dyson_team *const team = world_team(world_size(), 7);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        outcome o = learnt(cases[i], 3, team);
        bool right = true;
        for (int k = 0; k < o.n; k++)
            right = right && fabs(o.x[k] - level[i]) < 1e-14;
        assert_true(everywhere(team, right));
        outcome_free(&o);
    }
    dyson_team_destroy(team);
}

/* At the same update as by itself; and no rank waits for another over what is not finite. */
static void teams_run_away_as_one_rank_does(void **unused)
{
    static const char *const runs_away =
        "size = 70\nlearning_rate = 2.5\nbatch_size = 4\nnoise = 0.1\n";
    static const char *const overflows =
        "size = 70\nlearning_rate = 4\ndata = fresh\nbatch_size = 4\nnoise = 0.1\n";
    (void)unused;
    dyson_team *const team = world_team(world_size(), 16);
    outcome alone = learnt(runs_away, 40, NULL), together = learnt(runs_away, 40, team);
    assert_true(alone.diverged_at > 2 && alone.diverged_at < 30); /* 1.5^t passes the bound, 10 */
    assert_true(everywhere(team, together.diverged_at == alone.diverged_at));
    outcome_free(&alone);
    outcome_free(&together);
    together = learnt(overflows, 400, team);
    assert_true(everywhere(team, together.diverged_at >= 0 && isnan(together.x[0])));
    outcome_free(&together);
    dyson_team_destroy(team);
}

/* Two teams, and where the number is odd a rank that is left over; each team trains by itself. */
static void the_world_splits_into_teams(void **unused)
{
    static const char *const keys =
        "size = 37\ndata = fresh\nlearning_rate = 0.05\nbatch_size = 5\nnoise = 0.1\n";
    const int size = world_size(), ranks = size > 1 ? size / 2 : 1, teams = size / ranks;
    int rank;
    (void)unused;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    dyson_team *const team = world_team(ranks, 8);
    if (rank / ranks >= teams) {
        assert_null(team);
    } else {
        assert_non_null(team);
        assert_int_equal(team->teams, teams);
        assert_int_equal(team->number, rank / ranks);
        assert_int_equal(team->rank, rank % ranks);
        outcome alone = learnt(keys, 12, NULL);
        compare(keys, &alone, team);
        outcome_free(&alone);
    }
    dyson_team_destroy(team);
    dyson_error error = {0};
    dyson_team *none = NULL;
    assert_int_equal(dyson_team_create(MPI_COMM_WORLD, size + 1, 8, &none, &error), DYSON_USAGE);
    assert_null(none);
}

/* The same bits again: sums over ranks have one order. */
static void teams_repeat_themselves(void **unused)
{
    static const char *const keys =
        "size = 70\ndata = fresh\nlearning_rate = 0.05\nbatch_size = 90\nnoise = 0.1\n";
    (void)unused;
    dyson_team *const team = world_team(world_size(), 16);
    outcome once = learnt(keys, 12, team), again = learnt(keys, 12, team);
    const size_t n = (size_t)once.n;
    assert_true(everywhere(team, memcmp(once.x, again.x, n * sizeof *once.x) == 0));
    assert_true(
        everywhere(team, once.weights == NULL || memcmp(once.weights, again.weights,
                                                        n * n * sizeof *once.weights) == 0));
    outcome_free(&once);
    outcome_free(&again);
    dyson_team_destroy(team);
}

/* What one rank knows all know; and without a team everyone is by itself. */
static void ranks_of_a_team_agree(void **unused)
{
    (void)unused;
    dyson_team *const team = world_team(world_size(), 8);
    const int last = team->ranks - 1;
    dyson_error error = {0}, own = {0};
    double values[2] = {team->rank, -team->rank};
    assert_int_equal(dyson_team_agree(team, &error), DYSON_OK);
    if (team->rank == last)
        dyson_fail(&error, DYSON_IO, "lost disk of %d", last);
    dyson_team_agree(team, &error);
    char expected[64];
    snprintf(expected, sizeof expected, "lost disk of %d", last);
    assert_true(everywhere(team, error.code == DYSON_IO && strcmp(error.text, expected) == 0));
    dyson_team_most(team, values, 2);
    assert_true(everywhere(team, values[0] == last && values[1] == 0));
    assert_true(dyson_team_any(team, team->rank == last) && !dyson_team_any(team, false));
    assert_true(everywhere(team, dyson_team_root(team) == (team->rank == 0)));
    dyson_team_destroy(team);
    assert_true(dyson_team_root(NULL) && dyson_team_any(NULL, true) &&
                !dyson_team_any(NULL, false));
    assert_int_equal(dyson_team_agree(NULL, &own), DYSON_OK);
}

static double allocated(void)
{
    const struct mallinfo2 info = mallinfo2();
    return (double)info.uordblks + (double)info.hblkhd;
}

/* What a replica takes of memory is what `auto` and --dry-run count with: on the root, which has no
 * less than others, to the page or two of the allocator and of BLACS. */
static void memory_is_as_foretold(void **unused)
{
    static const char *const cases[] = {
        "size = 300\nlearning_rate = 0.1\nbatch_size = 4\nnoise = 0.1\n",
        "size = 300\ndata = fresh\nlearning_rate = 0.1\nbatch_size = 100\nnoise = 0.1\n",
    };
    (void)unused;
    dyson_team *const team = world_team(world_size(), DYSON_TEAM_BLOCK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dyson_error error = {0};
        dyson_spec *spec = NULL;
        dyson_system *system = NULL;
        dyson_pack *pack = NULL;
        student(cases[i], &spec, &system);
        const double before = allocated();
        if (student_teams.create(system, kernel, team, &pack, &error) != DYSON_OK)
            fail_msg("%s", error.text);
        const double taken = allocated() - before, told = student_teams.memory(system, team->ranks);
        print_message("a replica takes %.0f bytes of %.0f foretold\n", taken, told);
        student_teams.regime.destroy(pack);
        student_system_destroy(system);
        dyson_spec_destroy(spec);
        const bool seen = taken > 0; /* AddressSanitizer has an allocator of its own */
        assert_true(everywhere(team, !seen || taken < told + 32768));
        assert_true(everywhere(team, !seen || !dyson_team_root(team) || taken > 0.6 * told));
    }
    dyson_team_destroy(team);
}

static double one_unit(const dyson_system *system, int ranks)
{
    (void)system;
    return 1.0 / ranks;
}

/* Few large replicas are shared, many are not; small ones never; memory asks for what it needs. */
static void auto_looks_at_memory_and_time(void **unused)
{
    const teams_choice many = {.ranks = 12,
                               .replicas = 12,
                               .size = 1000,
                               .crossover = 250,
                               .share = 2,
                               .memory = one_unit};
    teams_choice choice = many;
    (void)unused;
    assert_int_equal(teams_choose(&choice), 1);
    choice.replicas = 1;
    assert_int_equal(teams_choose(&choice), 12);
    choice.replicas = 3;
    assert_int_equal(teams_choose(&choice), 4);
    choice.size = 250;
    assert_int_equal(teams_choose(&choice), 1);
    choice = many;
    choice.share = 0.4;
    assert_int_equal(teams_choose(&choice), 3);
    choice.share = 0.01;
    assert_int_equal(teams_choose(&choice), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(teams_agree_with_one_rank),
        cmocka_unit_test(teams_solve_what_is_degenerate),
        cmocka_unit_test(teams_run_away_as_one_rank_does),
        cmocka_unit_test(the_world_splits_into_teams),
        cmocka_unit_test(teams_repeat_themselves),
        cmocka_unit_test(ranks_of_a_team_agree),
        cmocka_unit_test(memory_is_as_foretold),
        cmocka_unit_test(auto_looks_at_memory_and_time),
    };
    MPI_Init(NULL, NULL);
    const int failed = cmocka_run_group_tests_name("teams", tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
