/* rbm_team_bench.c: what one update of a large RBM costs a team of ranks (mpirun) beside the calls
 * of PBLAS and ScaLAPACK that it makes, made on matrices of the same sizes.
 *
 * Update and calls take turns, so that both see the same machine; medians.  A line for each
 * sampler, for bench/run: N, ranks, sampler, B, normals that a rank draws besides, seconds of the
 * update, and of the calls. */
#include "clock.h"
#include "models/rbm/rbm.h"
#include "team/matrix.h"

#include <string.h>

enum { SIZE = 1024, TIMES = 9 };

void openblas_set_num_threads(int threads);

/* What the calls work on. */
typedef struct machine {
    const dyson_team *team;
    int batch;
    rbm_sampler sampler;
    team_matrix a, b, c;      /* N x N, small numbers */
    team_matrix factor;       /* N x N, positive definite at the start of each turn */
    team_matrix chains, next; /* B x N; wishart: N x N */
} machine;

static void stop(const char *text)
{
    fprintf(stderr, "rbm_team_bench: %s\n", text);
    exit(1);
}

static void fill(const team_matrix *m, double value, double diagonal)
{
    for (size_t i = 0; i < team_matrix_doubles(m); i++)
        m->element[i] = value;
    if (m->rows == m->columns)
        team_matrix_add_diagonal(m, diagonal);
}

/* Everything small, so that nothing overflows however often it is multiplied. */
static void refill(const machine *m)
{
    fill(&m->a, 0.1 / SIZE, 0.1);
    fill(&m->b, 0.1 / SIZE, 0.1);
    fill(&m->chains, 0.1 / SIZE, 0.1);
    fill(&m->next, 0.1 / SIZE, 0.1);
    fill(&m->factor, 0.1 / SIZE, 1.0);
}

static int quarter(int n)
{
    return (n / 4 + DYSON_TEAM_BLOCK - 1) / DYSON_TEAM_BLOCK * DYSON_TEAM_BLOCK;
}

/* One triangle of a symmetric product. */
static void multiply_symmetric(const machine *m)
{
    const int n = SIZE, wide = quarter(n);
    for (int j = 0; j < n; j += wide)
        team_multiply(1.0, (team_part){&m->a, j, 0}, (team_part){&m->b, 0, j}, false, 1.0,
                      (team_part){&m->c, j, j}, n - j, wide, n);
}

static void call_moments(const machine *m)
{
    const int n = SIZE, wide = quarter(n);
    const team_part a = team_whole(&m->a), c = team_whole(&m->c), chains = team_whole(&m->chains);
    team_multiply_triangle_left(a, chains, n, n);
    team_multiply_triangle(1.0, a, false, team_whole(&m->b), n, n);
    team_rank_update(1.0, chains, false, 0.0, c, n, n);
    for (int j = 0; j < n; j += wide) {
        const team_part at = {&m->next, j, j};
        team_multiply_triangle_left((team_part){&m->a, j, j}, at, n - j, wide);
        team_rank_update(1.0, at, false, 1.0, (team_part){&m->c, j, j}, n - j, wide);
    }
    team_factor(&m->factor); /* of a triangle, which is as good */
}

static void call_chains(const machine *m)
{
    const int n = SIZE, b = m->batch;
    const team_part a = team_whole(&m->a), next = team_whole(&m->next);
    team_multiply_triangle(1.0, a, true, next, b, n);
    team_multiply(1.0, team_whole(&m->chains), a, false, 1.0, next, b, n, n);
    team_rank_update(1.0, next, true, 1.0, team_whole(&m->c), n, b);
}

/* k = 3: A, A^2, and two more products. */
static void call(const machine *m)
{
    const int n = SIZE;
    const team_part a = team_whole(&m->a), c = team_whole(&m->c);
    team_rank_update(1.0, team_whole(&m->b), false, 0.0, c, n, n);
    team_rank_update(1.0, a, false, 1.0, c, n, n);
    multiply_symmetric(m);
    multiply_symmetric(m);
    team_factor(&m->factor);
    if (m->sampler == RBM_WISHART)
        call_moments(m);
    else
        call_chains(m);
    team_multiply_symmetric(1.0, a, team_whole(&m->b), 0.0, c, n, n);
}

static void report(const machine *m, const char *sampler, dyson_pack *pack)
{
    double update[TIMES], calls[TIMES];
    const double n = SIZE;
    const double normals = m->sampler == RBM_WISHART ? 1.5 * n * n : n * m->batch;
    rbm_teams.regime.start(pack, 0, (int64_t[]){0}, 1);
    rbm_teams.regime.advance(pack, 1);
    for (int i = 0; i < TIMES; i++) {
        refill(m);
        MPI_Barrier(m->team->comm);
        const double first = clock_seconds();
        rbm_teams.regime.advance(pack, 2 + i);
        MPI_Barrier(m->team->comm);
        const double second = clock_seconds();
        call(m);
        MPI_Barrier(m->team->comm);
        calls[i] = clock_seconds() - second;
        update[i] = second - first;
    }
    qsort(update, TIMES, sizeof update[0], clock_ascending);
    qsort(calls, TIMES, sizeof calls[0], clock_ascending);
    if (dyson_team_root(m->team))
        printf("%d %d %s %d %.0f %.9f %.9f\n", SIZE, m->team->ranks, sampler, m->batch,
               normals / m->team->ranks, update[TIMES / 2], calls[TIMES / 2]);
    fflush(stdout);
}

static void bench(const dyson_team *team, const char *sampler, int batch)
{
    char text[512];
    dyson_error error = {0};
    dyson_kernel kernel = DYSON_KERNEL_BASE;
    dyson_spec *spec = NULL;
    dyson_system *system = NULL;
    dyson_pack *pack = NULL;
    snprintf(text, sizeof text,
             "[ensemble]\nmodel = rbm\nreplicas = 1\nseed = 1\nupdates = 10000\n"
             "[rbm]\nvisible = %d\nhidden = %d\nmass2 = 9\ntarget_mass2 = 4\nsampler = %s\n"
             "gibbs_steps = 3\ninit_std = 0.02\nlearning_rate = 0.01\nbatch_size = %d\n",
             SIZE, SIZE, sampler, batch);
    if (dyson_kernel_choose(&kernel, &error) != DYSON_OK ||
        dyson_spec_parse(text, "rbm_team_bench", &spec, &error) != DYSON_OK ||
        rbm_system_create(spec, &system, &error) != DYSON_OK ||
        rbm_teams.create(system, kernel, team, &pack, &error) != DYSON_OK)
        stop(error.text);
    machine m = {.team = team, .batch = batch, .sampler = rbm_at_point(system, 0).sampler};
    const int chains = m.sampler == RBM_WISHART ? SIZE : batch;
    if (team_matrix_create(&m.a, team, SIZE, SIZE, &error) != DYSON_OK ||
        team_matrix_create(&m.b, team, SIZE, SIZE, &error) != DYSON_OK ||
        team_matrix_create(&m.c, team, SIZE, SIZE, &error) != DYSON_OK ||
        team_matrix_create(&m.factor, team, SIZE, SIZE, &error) != DYSON_OK ||
        team_matrix_create(&m.chains, team, chains, SIZE, &error) != DYSON_OK ||
        team_matrix_create(&m.next, team, chains, SIZE, &error) != DYSON_OK)
        stop(error.text);
    report(&m, sampler, pack);
    team_matrix *const all[] = {&m.a, &m.b, &m.c, &m.factor, &m.chains, &m.next};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        team_matrix_destroy(all[i]);
    rbm_teams.regime.destroy(pack);
    rbm_system_destroy(system);
    dyson_spec_destroy(spec);
}

int main(void)
{
    int ranks;
    dyson_team *team = NULL;
    dyson_error error = {0};
    openblas_set_num_threads(1);
    MPI_Init(NULL, NULL);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    if (dyson_team_create(MPI_COMM_WORLD, ranks, DYSON_TEAM_BLOCK, &team, &error) != DYSON_OK)
        stop(error.text);
    bench(team, "collapsed", SIZE / 2);
    bench(team, "wishart", 2 * SIZE);
    dyson_team_destroy(team);
    MPI_Finalize();
    return 0;
}
