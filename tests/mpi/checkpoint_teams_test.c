/* checkpoint_teams_test.c: the state of a replica to a file and back, by teams of any grid and by
 * one rank; and what is not taken back. */
#include "../larger.h"
#include "dyson/checkpoint.h"
#include "models/teacher_student/teacher_student.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { N = 150, SNAPSHOTS = 2 }; /* three blocks of 64, the last one 22 wide */

static const dyson_kernel kernel = DYSON_KERNEL_BASE; /* which any machine has */

/* A student in the team, or with team NULL by this rank alone. */
typedef struct student {
    const dyson_team *team;
    const dyson_regime *regime;
    dyson_spec *spec;
    dyson_system *system;
    dyson_pack *pack;
    double eigenvalues[SNAPSHOTS * N];
    double weights[SNAPSHOTS * 4]; /* no real ones: any numbers of the root's */
} student;

static dyson_team *team_of(int ranks)
{
    dyson_team *team = NULL;
    dyson_error error = {0};
    if (dyson_team_create(MPI_COMM_WORLD, ranks, DYSON_TEAM_BLOCK, &team, &error) != DYSON_OK)
        fail_msg("%s", error.text);
    return team;
}

static int world_size(void)
{
    int size;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    return size;
}

static void make(student *s, const char *keys, const dyson_team *team)
{
    char text[512];
    dyson_error error = {0};
    snprintf(text, sizeof text,
             "[ensemble]\nmodel = teacher-student\nreplicas = 1\nseed = 9\nupdates = 100\n"
             "[teacher-student]\nsize = %d\nlearning_rate = 0.1\nbatch_size = 200\nnoise = 0.2\n%s",
             N, keys);
    *s = (student){.team = team, .regime = team != NULL ? &student_teams.regime : &student_dense};
    if (dyson_spec_parse(text, "run", &s->spec, &error) != DYSON_OK ||
        student_system_create(s->spec, &s->system, &error) != DYSON_OK ||
        (team != NULL ? student_teams.create(s->system, kernel, team, &s->pack, &error)
                      : s->regime->create(s->system, kernel, &s->pack, &error)) != DYSON_OK)
        fail_msg("%s", error.text);
    s->regime->start(s->pack, 0, (int64_t[]){7}, 1);
}

static void unmake(student *s)
{
    s->regime->destroy(s->pack);
    student_system_destroy(s->system);
    dyson_spec_destroy(s->spec);
}

static dyson_checkpoint state_of(student *s, int64_t update)
{
    dyson_checkpoint state = {
        .replica = 7,
        .update = update,
        .snapshots = SNAPSHOTS,
        .eigenvalues = s->eigenvalues,
        .weights = dyson_team_root(s->team) ? s->weights : NULL,
        .levels = N,
        .weight_size = 4,
    };
    state.parts = s->regime->state(s->pack, state.part);
    return state;
}

static void numbers(double *value, size_t count, double first)
{
    for (size_t i = 0; i < count; i++)
        value[i] = first + (double)i;
}

static void advance_and_save(student *s, int64_t update, dyson_checkpoints *checkpoints)
{
    dyson_error error = {0};
    s->regime->advance(s->pack, update);
    numbers(s->eigenvalues, SNAPSHOTS * N, (double)update);
    numbers(s->weights, SNAPSHOTS * 4, -(double)update);
    const dyson_checkpoint state = state_of(s, update);
    if (dyson_checkpoint_save(checkpoints, &state, s->team, &error) != DYSON_OK)
        fail_msg("%s", error.text);
}

static dyson_checkpoint_outcome load(dyson_checkpoints *checkpoints, dyson_checkpoint *state,
                                     const dyson_team *team)
{
    dyson_checkpoint_outcome outcome;
    dyson_error error = {0};
    if (dyson_checkpoint_load(checkpoints, state, team, &outcome, &error) != DYSON_OK)
        fail_msg("%s", error.text);
    return outcome;
}

static dyson_checkpoints *checkpoints_of(uint64_t identity)
{
    dyson_checkpoints *checkpoints = NULL;
    dyson_error error = {0};
    char name[] = "/tmp/dyson-checkpoint-XXXXXXXX";
    int number = (int)getpid();
    MPI_Bcast(&number, 1, MPI_INT, 0, MPI_COMM_WORLD);
    snprintf(name, sizeof name, "/tmp/dyson-checkpoint-%d", number);
    if (dyson_checkpoints_create(name, identity, 1.0, &checkpoints, &error) != DYSON_OK)
        fail_msg("%s", error.text);
    return checkpoints;
}

static void clear(dyson_checkpoints *checkpoints)
{
    MPI_Barrier(MPI_COMM_WORLD);
    int rank;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (rank == 0)
        dyson_checkpoints_clear(checkpoints, true);
    MPI_Barrier(MPI_COMM_WORLD);
    dyson_checkpoints_destroy(checkpoints);
}

/* Collective over the team.  W_s after so many updates. */
static double *weights_at(student *s, int64_t update)
{
    double *weights = NULL;
    if (dyson_team_root(s->team))
        weights = malloc((size_t)N * N * sizeof *weights);
    s->regime->advance(s->pack, update);
    s->regime->weights(s->pack, weights, 0);
    return weights;
}

static double largest_difference(const double *a, const double *b, size_t count)
{
    double worst = 0.0;
    for (size_t i = 0; i < count; i++)
        worst = larger(worst, fabs(a[i] - b[i]));
    return worst;
}

/* A student of this team that goes on from the checkpoint and comes to update 9; how far from one
 * that was never interrupted. */
static double gone_on(const char *keys, const dyson_team *team, dyson_checkpoints *checkpoints)
{
    student whole, s;
    make(&whole, keys, team);
    make(&s, keys, team);
    dyson_checkpoint state = state_of(&s, 0);
    const dyson_checkpoint_outcome outcome = load(checkpoints, &state, team);
    double worst = outcome == DYSON_CHECKPOINT_GOOD && state.update == 6 && state.snapshots == 2
                       ? 0.0
                       : INFINITY;
    s.regime->resume(s.pack, state.update);
    double *const a = weights_at(&s, 9), *const b = weights_at(&whole, 9);
    if (dyson_team_root(team)) {
        worst += largest_difference(a, b, (size_t)N * N);
        for (int i = 0; i < SNAPSHOTS * N; i++)
            worst += fabs(s.eigenvalues[i] - 6 - i);
        for (int i = 0; i < SNAPSHOTS * 4; i++)
            worst += fabs(s.weights[i] + 6 - i);
    }
    free(a);
    free(b);
    unmake(&s);
    unmake(&whole);
    return worst;
}

static double worst_of_all(double here)
{
    here = here != here ? INFINITY : here; /* of NaN, MPI makes what it likes */
    MPI_Allreduce(MPI_IN_PLACE, &here, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    return here;
}

/* The same team finds the same bits; others, and one rank, differ by the rounding of nine updates,
 * as in teams_test.c. */
static void any_team_goes_on(void **unused)
{
    static const char *const cases[] = {"", "start = asymmetric\n", "data = fresh\n"};
    const int size = world_size(), half = (size + 1) / 2;
    dyson_team *const all = team_of(size), *const some = team_of(half);
    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dyson_checkpoints *const checkpoints = checkpoints_of(5);
        student s;
        make(&s, cases[i], all);
        advance_and_save(&s, 3, checkpoints);
        advance_and_save(&s, 5, checkpoints);
        advance_and_save(&s, 6, checkpoints);
        unmake(&s);
        assert_true(worst_of_all(gone_on(cases[i], all, checkpoints)) == 0.0);
        assert_true(worst_of_all(gone_on(cases[i], NULL, checkpoints)) <= 1e-13);
        assert_true(worst_of_all(some != NULL ? gone_on(cases[i], some, checkpoints) : 0.0) <=
                    1e-13);
        clear(checkpoints);
    }
    dyson_team_destroy(all);
    dyson_team_destroy(some);
}

/* A head that is void, as while it is written: the state before is taken.  None of another file, of
 * another replica, or of another shape. */
static void only_a_good_one_is_taken(void **unused)
{
    dyson_team *const all = team_of(world_size());
    dyson_checkpoints *const checkpoints = checkpoints_of(5), *const others = checkpoints_of(6);
    student s;
    (void)unused;
    make(&s, "", all);
    dyson_checkpoint state = state_of(&s, 0);
    assert_int_equal(load(checkpoints, &state, all), DYSON_CHECKPOINT_NONE);
    advance_and_save(&s, 1, checkpoints);
    advance_and_save(&s, 2, checkpoints);
    state = state_of(&s, 0);
    assert_int_equal(load(others, &state, all), DYSON_CHECKPOINT_NONE);
    state.replica = 8;
    assert_int_equal(load(checkpoints, &state, all), DYSON_CHECKPOINT_NONE);
    state.replica = 7;
    state.levels = N - 1;
    assert_int_equal(load(checkpoints, &state, all), DYSON_CHECKPOINT_DAMAGED);
    state.levels = N;
    state.part[0].lower = !state.part[0].lower;
    assert_int_equal(load(checkpoints, &state, all), DYSON_CHECKPOINT_DAMAGED);
    state.part[0].lower = !state.part[0].lower;
    assert_int_equal(load(checkpoints, &state, all), DYSON_CHECKPOINT_GOOD);
    assert_true(state.update == 2);
    /* The next one goes where update 1 is. */
    int64_t least, most;
    advance_and_save(&s, 3, checkpoints);
    assert_true(dyson_checkpoints_count(checkpoints, &least, &most) == 1);
    assert_true(least == 3 && most == 3);
    assert_true(dyson_checkpoints_count(others, &least, &most) == 0);
    unmake(&s);
    dyson_checkpoints_destroy(others);
    clear(checkpoints);
    dyson_team_destroy(all);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_team_goes_on),
        cmocka_unit_test(only_a_good_one_is_taken),
    };
    MPI_Init(&argc, &argv);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
