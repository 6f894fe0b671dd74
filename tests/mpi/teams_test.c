/* teams_test.c: students that a team of ranks trains together are those that one rank trains: the
 * same random numbers, whatever the grid and the blocks, so the same spectra and weights to
 * rounding. */
#include "ensemble/teams.h"
#include "models/teacher_student/teacher_student.h"
#include "teams_case.h"

static const subject student = {"teacher-student", &student_dense};

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
    (void)unused;
    compare_blocks(&student, cases, sizeof cases / sizeof cases[0], 1e-13);
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
        outcome o = learnt(&student, cases[i], 3, team);
        bool right = true;
        for (size_t k = 0; k < o.levels; k++)
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
    outcome alone = learnt(&student, runs_away, 40, NULL),
            together = learnt(&student, runs_away, 40, team);
    assert_true(alone.diverged_at > 2 && alone.diverged_at < 30); /* 1.5^t passes the bound, 10 */
    assert_true(everywhere(team, together.diverged_at == alone.diverged_at));
    outcome_free(&alone);
    outcome_free(&together);
    together = learnt(&student, overflows, 400, team);
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
        outcome alone = learnt(&student, keys, 12, NULL);
        outcome together = learnt(&student, keys, 12, team);
        compare(keys, &alone, &together, team, 1e-13);
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
    outcome once = learnt(&student, keys, 12, team), again = learnt(&student, keys, 12, team);
    assert_true(everywhere(team, memcmp(once.x, again.x, once.levels * sizeof *once.x) == 0));
    assert_true(everywhere(
        team, once.weights == NULL ||
                  memcmp(once.weights, again.weights, once.elements * sizeof *once.weights) == 0));
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

static void memory_is_as_foretold(void **unused)
{
    static const char *const cases[] = {
        "size = 300\nlearning_rate = 0.1\nbatch_size = 4\nnoise = 0.1\n",
        "size = 300\ndata = fresh\nlearning_rate = 0.1\nbatch_size = 100\nnoise = 0.1\n",
    };
    (void)unused;
    compare_memory(&student, cases, sizeof cases / sizeof cases[0]);
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
