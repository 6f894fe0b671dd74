/* rbm_teams_test.c: RBMs that a team of ranks trains together are those that one rank trains: the
 * same random numbers, whatever the grid and the blocks, so the same spectra and weights to
 * rounding. */
#include "models/rbm/rbm.h"
#include "teams_case.h"

static const subject machine = {"rbm", &rbm_dense};

#define RING "mass2 = 9\ntarget_mass2 = 4\n"
#define SQUARE "mass2 = 9\ntarget_mass2 = 4\ntarget_dimensions = 2\n"
#define RATE "learning_rate = 0.05\n"

/* An update multiplies an error by 1 + alpha D and rounds sums of some N terms, those of L divided
 * by its diagonal: 12 of them leave 1e-16 below 1e-12 of the largest level.  Blocks of 5 and 16
 * divide none of the sizes; with blocks of 64 most ranks have nothing of the small ones. */
static void teams_agree_with_one_rank(void **unused)
{
    static const char *const cases[] = {
        "sampler = gibbs\ngibbs_steps = 1\nbatch_size = 6\n" RING RATE
        "visible = 70\nhidden = 67\n",
        "sampler = gibbs\ngibbs_steps = 3\nbatch_size = 83\n" RING RATE
        "visible = 37\nhidden = 51\nsigma_h = 1.2\nl2 = 0.3\n",
        "sampler = gibbs\ngibbs_steps = 2\nbatch_size = 1\n" RING RATE
        "visible = 1\nhidden = 1\ninit_std = 0.5\n",
        "sampler = collapsed\ngibbs_steps = 1\nbatch_size = 9\n" SQUARE RATE
        "visible = 81\nhidden = 37\n",
        "sampler = collapsed\nbatch_size = 23\n" RING RATE
        "visible = 37\nhidden = 81\nsigma_h = 0.8\nmomentum = 0.6\nl2 = 0.2\n",
        "sampler = collapsed\ngibbs_steps = 6\nbatch_size = 131\n" RING RATE
        "visible = 70\nhidden = 70\nschedule = step:5:0.5\n",
        "sampler = collapsed\ngibbs_steps = infinite\nbatch_size = 17\n" RING RATE
        "visible = 51\nhidden = 70\n",
        "sampler = wishart\ngibbs_steps = 1\nbatch_size = 71\n" RING RATE
        "visible = 70\nhidden = 37\n",
        "sampler = wishart\nbatch_size = 1000\n" SQUARE RATE
        "visible = 36\nhidden = 83\nsigma_h = 1.2\nl2 = 0.1\n",
        "sampler = wishart\ngibbs_steps = 6\nbatch_size = 130\n" RING RATE
        "visible = 83\nhidden = 83\nmomentum = 0.6\n",
        "sampler = wishart\nbatch_size = 2\n" RING RATE "visible = 1\nhidden = 3\ninit_std = 0.5\n",
        "sampler = wishart\ngibbs_steps = infinite\nbatch_size = 1000\n" RING RATE
        "visible = 83\nhidden = 37\nmomentum = 0.6\nl2 = 0.1\n",
        "sampler = wishart\ngibbs_steps = infinite\nbatch_size = 38\n" RING RATE
        "visible = 37\nhidden = 40\nschedule = inverse:10\n",
    };
    (void)unused;
    compare_blocks(&machine, cases, sizeof cases / sizeof cases[0], 1e-12);
}

/* Large enough for several blocks of 64 on every rank, and for strips of T. */
static void large_machines_agree_with_one_rank(void **unused)
{
    static const char *const cases[] = {
        "visible = 300\nhidden = 260\ninit_std = 0.06\nbatch_size = 1000\n" RING RATE,
        "visible = 270\nhidden = 300\ninit_std = 0.06\nbatch_size = 100\n" RING RATE,
    };
    (void)unused;
    dyson_team *const team = world_team(world_size(), DYSON_TEAM_BLOCK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        outcome alone = learnt(&machine, cases[i], 5, NULL);
        outcome together = learnt(&machine, cases[i], 5, team);
        compare(cases[i], &alone, &together, team, 1e-12);
        outcome_free(&alone);
    }
    dyson_team_destroy(team);
}

/* At the same update as by itself, by every sampler; and no rank waits for another over what is not
 * finite, or not positive definite. */
static void teams_run_away_as_one_rank_does(void **unused)
{
    static const char *const samplers[] = {
        "gibbs\n",
        "collapsed\n",
        "wishart\n",
        "collapsed\ngibbs_steps = infinite\n",
        "wishart\ngibbs_steps = infinite\n",
    };
    (void)unused;
    dyson_team *const team = world_team(world_size(), 16);
    for (size_t i = 0; i < sizeof samplers / sizeof samplers[0]; i++) {
        char keys[512];
        snprintf(keys, sizeof keys,
                 RING "visible = 70\nhidden = 66\ninit_std = 0.2\nlearning_rate = 50\n"
                      "batch_size = 80\nsampler = %s",
                 samplers[i]);
        outcome alone = learnt(&machine, keys, 60, NULL);
        outcome together = learnt(&machine, keys, 60, team);
        print_message("runs away at update %lld: %s", (long long)alone.diverged_at, samplers[i]);
        assert_true(alone.diverged_at > 0 && alone.diverged_at < 60);
        assert_true(everywhere(team, together.diverged_at == alone.diverged_at));
        outcome_free(&alone);
        outcome_free(&together);
    }
    dyson_team_destroy(team);
}

/* A pack goes from point to point and replica to replica, whose matrices differ in kind and size,
 * and after one that ran away. */
static void points_follow_each_other(void **unused)
{
    static const char *const keys =
        RING "visible = 40\nhidden = 37\n[sweep points]\nlearning_rate = 0.05 500\n"
             "batch_size = 30 500\n";
    static const size_t points[] = {1, 3, 0, 2, 1};
    (void)unused;
    dyson_team *const team = world_team(world_size(), 16);
    training t[2];
    training_open(&t[0], &machine, keys, NULL);
    training_open(&t[1], &machine, keys, team);
    assert_int_equal(rbm_at_point(t[0].system, 0).sampler, RBM_COLLAPSED);
    assert_int_equal(rbm_at_point(t[0].system, 1).sampler, RBM_WISHART);
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        outcome o[2];
        for (int k = 0; k < 2; k++) {
            t[k].regime->start(t[k].pack, points[i], (int64_t[]){(int64_t)i}, 1);
            t[k].regime->advance(t[k].pack, 12);
            o[k] = look_at(&t[k], k == 0 ? NULL : team);
        }
        if (points[i] < 2) {
            compare("points", &o[0], &o[1], team, 1e-12);
        } else {
            assert_true(everywhere(team, o[0].diverged_at > 0));
            assert_true(everywhere(team, o[1].diverged_at == o[0].diverged_at));
            outcome_free(&o[1]);
        }
        outcome_free(&o[0]);
    }
    training_close(&t[0]);
    training_close(&t[1]);
    dyson_team_destroy(team);
}

/* The same bits again: sums over ranks have one order. */
static void teams_repeat_themselves(void **unused)
{
    static const char *const keys = RING RATE "visible = 70\nhidden = 66\nbatch_size = 400\n";
    (void)unused;
    dyson_team *const team = world_team(world_size(), 16);
    outcome once = learnt(&machine, keys, 6, team), again = learnt(&machine, keys, 6, team);
    assert_true(everywhere(team, memcmp(once.x, again.x, once.levels * sizeof *once.x) == 0));
    assert_true(everywhere(
        team, once.weights == NULL ||
                  memcmp(once.weights, again.weights, once.elements * sizeof *once.weights) == 0));
    outcome_free(&once);
    outcome_free(&again);
    dyson_team_destroy(team);
}

static void memory_is_as_foretold(void **unused)
{
#define SIZE RING RATE "visible = 300\nhidden = 200\n"
    static const char *const cases[] = {
        SIZE "sampler = gibbs\nbatch_size = 100\n",
        SIZE "sampler = collapsed\nbatch_size = 100\n",
        SIZE "sampler = collapsed\ngibbs_steps = infinite\nbatch_size = 100\n",
        SIZE "sampler = wishart\nbatch_size = 400\n",
        SIZE "sampler = wishart\ngibbs_steps = infinite\nbatch_size = 1000\n",
    };
    (void)unused;
    compare_memory(&machine, cases, sizeof cases / sizeof cases[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(teams_agree_with_one_rank),
        cmocka_unit_test(large_machines_agree_with_one_rank),
        cmocka_unit_test(teams_run_away_as_one_rank_does),
        cmocka_unit_test(points_follow_each_other),
        cmocka_unit_test(teams_repeat_themselves),
        cmocka_unit_test(memory_is_as_foretold),
    };
    MPI_Init(NULL, NULL);
    const int failed = cmocka_run_group_tests_name("teams of RBMs", tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
