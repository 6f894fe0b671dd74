/* checkpoint_teams_test.c: the state of a replica to a file and back, by teams of any grid and by
 * one rank; and what is not taken back. */
#include "dyson/checkpoint.h"
#include "teams_case.h"

#include <unistd.h>

enum { SNAPSHOTS = 2, WEIGHTS = 4 };

extern const dyson_regime student_dense, rbm_dense;

static const subject student = {"teacher-student", &student_dense};
static const subject machine = {"rbm", &rbm_dense};

/* A replica and the results that go with its state: any numbers. */
typedef struct kept {
    const dyson_team *team;
    training training;
    size_t count; /* of the next one */
    double *eigenvalues;
    double weights[SNAPSHOTS * WEIGHTS]; /* the root's */
} kept;

static void make(kept *k, const subject *of, const char *keys, const dyson_team *team)
{
    *k = (kept){.team = team};
    training_open(&k->training, of, keys, team);
    training *const t = &k->training;
    k->count = SNAPSHOTS * (size_t)t->model->shape(t->system)->levels;
    k->eigenvalues = calloc(k->count, sizeof *k->eigenvalues);
    t->regime->start(t->pack, 0, (int64_t[]){7}, 1);
}

static void unmake(kept *k)
{
    free(k->eigenvalues);
    training_close(&k->training);
}

static dyson_checkpoint state_of(kept *k, int64_t update)
{
    dyson_checkpoint state = {
        .replica = 7,
        .update = update,
        .snapshots = SNAPSHOTS,
        .eigenvalues = k->eigenvalues,
        .weights = dyson_team_root(k->team) ? k->weights : NULL,
        .levels = k->count / SNAPSHOTS,
        .weight_size = WEIGHTS,
    };
    state.parts = k->training.regime->state(k->training.pack, state.part);
    return state;
}

static double any_number(int64_t update, size_t i)
{
    return (double)update + 0.5 * (double)i;
}

static void advance_and_save(kept *k, int64_t update, dyson_checkpoints *checkpoints)
{
    dyson_error error = {0};
    k->training.regime->advance(k->training.pack, update);
    for (size_t i = 0; i < k->count; i++)
        k->eigenvalues[i] = any_number(update, i);
    for (size_t i = 0; i < SNAPSHOTS * WEIGHTS; i++)
        k->weights[i] = -any_number(update, i);
    const dyson_checkpoint state = state_of(k, update);
    if (dyson_checkpoint_save(checkpoints, &state, k->team, &error) != DYSON_OK)
        fail_msg("%s", error.text);
}

static dyson_checkpoint_outcome load(dyson_checkpoints *checkpoints, dyson_checkpoint *state,
                                     const dyson_team *team)
{
    dyson_checkpoint_outcome found;
    dyson_error error = {0};
    if (dyson_checkpoint_load(checkpoints, state, team, &found, &error) != DYSON_OK)
        fail_msg("%s", error.text);
    return found;
}

static int world_rank(void)
{
    int rank;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    return rank;
}

static char folder[] = "/tmp/dyson-checkpoints-XXXXXX";

static int make_folder(void **unused)
{
    (void)unused;
    const bool made = world_rank() != 0 || mkdtemp(folder) != NULL;
    MPI_Bcast(folder, sizeof folder, MPI_CHAR, 0, MPI_COMM_WORLD);
    return made ? 0 : -1;
}

static int remove_folder(void **unused)
{
    (void)unused;
    return world_rank() == 0 ? rmdir(folder) : 0;
}

static dyson_checkpoints *checkpoints_of(uint64_t identity)
{
    dyson_checkpoints *checkpoints = NULL;
    dyson_error error = {0};
    char name[sizeof folder + 8];
    snprintf(name, sizeof name, "%s/run.h5", folder);
    if (dyson_checkpoints_create(name, identity, 1.0, &checkpoints, &error) != DYSON_OK)
        fail_msg("%s", error.text);
    return checkpoints;
}

static void clear(dyson_checkpoints *checkpoints)
{
    MPI_Barrier(MPI_COMM_WORLD);
    if (world_rank() == 0)
        dyson_checkpoints_clear(checkpoints, true);
    MPI_Barrier(MPI_COMM_WORLD);
    dyson_checkpoints_destroy(checkpoints);
}

/* A replica of this team that goes on from the checkpoint of update 6 and comes to update 9: how
 * far from one that was never interrupted, of the largest level; infinite where what was read is
 * not what was kept. */
static double gone_on(const subject *of, const char *keys, const dyson_team *team,
                      dyson_checkpoints *checkpoints)
{
    kept k;
    make(&k, of, keys, team);
    training *const t = &k.training;
    dyson_checkpoint state = state_of(&k, 0);
    bool same = load(checkpoints, &state, team) == DYSON_CHECKPOINT_GOOD && state.update == 6 &&
                state.snapshots == SNAPSHOTS;
    for (size_t i = 0; dyson_team_root(team) && i < k.count; i++)
        same = same && k.eigenvalues[i] == any_number(6, i);
    for (size_t i = 0; dyson_team_root(team) && i < SNAPSHOTS * WEIGHTS; i++)
        same = same && k.weights[i] == -any_number(6, i);
    t->regime->resume(t->pack, state.update);
    t->regime->advance(t->pack, 9);
    outcome after = look_at(t, team), whole = learnt(of, keys, 9, team);
    double worst = largest_difference(after.x, whole.x, whole.levels);
    if (dyson_team_root(team))
        worst = larger(worst, largest_difference(after.weights, whole.weights, whole.elements));
    worst /= fabs(whole.x[0]);
    outcome_free(&after);
    outcome_free(&whole);
    unmake(&k);
    return same ? worst : INFINITY;
}

static bool all_within(double worst, double bound)
{
    int good = worst <= bound; /* not where it is NaN */
    MPI_Allreduce(MPI_IN_PLACE, &good, 1, MPI_INT, MPI_LAND, MPI_COMM_WORLD);
    return good;
}

/* The same team finds the same bits; half of it, and one rank, differ by the rounding of nine
 * updates, as in teams_test.c and rbm_teams_test.c. */
static void any_team_goes_on(void **unused)
{
#define STUDENT "size = 150\nlearning_rate = 0.1\nbatch_size = 200\nnoise = 0.2\n"
#define MACHINE "mass2 = 9\ntarget_mass2 = 4\nvisible = 70\nhidden = 83\nlearning_rate = 0.05\n"
    static const struct {
        const subject *of;
        const char *keys;
    } cases[] = {
        {&student, STUDENT},
        {&student, STUDENT "start = asymmetric\n"},
        {&student, STUDENT "data = fresh\n"},
        {&machine, MACHINE "sampler = gibbs\nbatch_size = 21\n"},
        {&machine, MACHINE "sampler = collapsed\nbatch_size = 67\nmomentum = 0.6\n"},
        {&machine, MACHINE "sampler = collapsed\ngibbs_steps = infinite\nbatch_size = 67\n"},
        {&machine, MACHINE "sampler = wishart\nbatch_size = 200\n"},
    };
    dyson_team *const all = world_team(world_size(), DYSON_TEAM_BLOCK);
    dyson_team *const half = world_team((world_size() + 1) / 2, DYSON_TEAM_BLOCK);
    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const subject *const of = cases[i].of;
        const char *const keys = cases[i].keys;
        dyson_checkpoints *const checkpoints = checkpoints_of(5);
        kept k;
        make(&k, of, keys, all);
        advance_and_save(&k, 3, checkpoints);
        advance_and_save(&k, 5, checkpoints);
        advance_and_save(&k, 6, checkpoints);
        unmake(&k);
        assert_true(all_within(gone_on(of, keys, all, checkpoints), 0.0));
        assert_true(all_within(gone_on(of, keys, NULL, checkpoints), 1e-12));
        assert_true(all_within(half != NULL ? gone_on(of, keys, half, checkpoints) : 0.0, 1e-12));
        clear(checkpoints);
    }
    dyson_team_destroy(all);
    dyson_team_destroy(half);
}

/* None of another file or of another replica; one of another shape is damaged. */
static void only_a_good_one_is_taken(void **unused)
{
    dyson_team *const all = world_team(world_size(), DYSON_TEAM_BLOCK);
    dyson_checkpoints *const checkpoints = checkpoints_of(5), *const others = checkpoints_of(6);
    kept k;
    (void)unused;
    make(&k, &student, STUDENT, all);
    dyson_checkpoint state = state_of(&k, 0);
    assert_int_equal(load(checkpoints, &state, all), DYSON_CHECKPOINT_NONE);
    advance_and_save(&k, 1, checkpoints);
    advance_and_save(&k, 2, checkpoints);
    state = state_of(&k, 0);
    assert_int_equal(load(others, &state, all), DYSON_CHECKPOINT_NONE);
    state.replica = 8;
    assert_int_equal(load(checkpoints, &state, all), DYSON_CHECKPOINT_NONE);
    state.replica = 7;
    state.levels--;
    assert_int_equal(load(checkpoints, &state, all), DYSON_CHECKPOINT_DAMAGED);
    state.levels++;
    state.part[0].lower = !state.part[0].lower;
    assert_int_equal(load(checkpoints, &state, all), DYSON_CHECKPOINT_DAMAGED);
    state.part[0].lower = !state.part[0].lower;
    assert_int_equal(load(checkpoints, &state, all), DYSON_CHECKPOINT_GOOD);
    assert_true(state.update == 2);
    /* The next one goes where update 1 is. */
    int64_t least, most;
    advance_and_save(&k, 3, checkpoints);
    assert_true(dyson_checkpoints_count(checkpoints, &least, &most) == 1);
    assert_true(least == 3 && most == 3);
    assert_true(dyson_checkpoints_count(others, &least, &most) == 0);
    state = state_of(&k, 0);
    assert_int_equal(load(checkpoints, &state, all), DYSON_CHECKPOINT_GOOD);
    assert_true(state.update == 3);
    unmake(&k);
    dyson_checkpoints_destroy(others);
    clear(checkpoints);
    dyson_team_destroy(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_team_goes_on),
        cmocka_unit_test(only_a_good_one_is_taken),
    };
    MPI_Init(NULL, NULL);
    const int failed =
        cmocka_run_group_tests_name("checkpoints of teams", tests, make_folder, remove_folder);
    MPI_Finalize();
    return failed;
}
