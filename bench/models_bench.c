/* models_bench.c: nanoseconds per replica-update of students and of the eigenvalue process, for
 * every kernel that runs here, beside what a core needs at least (rbm_bench.c).
 *
 * A line per case, for bench/run: kernel, name, N, B, median, quartiles, multiply-adds, normals and
 * their two times (ns), and 1 where each update takes a spectrum, which is not among them. */
#include "dyson/spec.h"
#include "update.h"

/* What is timed, and what one update of it is made of. */
typedef struct bench_case {
    const char *name, *text; /* the model's part of the run file */
    int levels, batch;
    bool drawn, matrix; /* data are drawn; levels of a matrix, by its spectrum */
} bench_case;

#define STUDENT(size, data)                                     \
    "model = teacher-student\n[teacher-student]\nsize = " #size \
    "\nteacher_value = 2\ndata = " data "\nnoise = 0.1\nlearning_rate = 0.1\nbatch_size = 16\n"
#define PROCESS(order, steps)                                                                  \
    "model = eigenvalue-sde\n[eigenvalue-sde]\nvisible = 10\nhidden = 10\nmass2 = 9\nstart = " \
    "target\ntarget_mass2 = 4\norder = " order "\n" steps                                      \
    "learning_rate = 0.01\nbatch_size = 16\n"

static const bench_case cases[] = {
    {"student,infinite", STUDENT(2, "infinite"), 2, 16, false, false},
    {"student,infinite", STUDENT(10, "infinite"), 10, 16, false, false},
    {"student,infinite", STUDENT(64, "infinite"), 64, 16, false, false},
    {"student,fresh", STUDENT(2, "fresh"), 2, 16, true, false},
    {"student,fresh", STUDENT(10, "fresh"), 10, 16, true, false},
    {"student,fresh", STUDENT(64, "fresh"), 64, 16, true, false},
    {"levels,leading", PROCESS("leading", ""), 10, 16, false, true},
    {"levels,ito", PROCESS("ito", "gibbs_steps = 3\n"), 10, 16, false, true},
};

static double least(double a, double b)
{
    return a < b ? a : b;
}

/* A student's step and its norm, of N^2 elements; (W_t - W_s) T and the product with T^T, past the
 * zeros of T.  Levels: the elements of Y, and with `ito` m diag(x) m. */
static double multiply_adds(const bench_case *c)
{
    const double n = c->levels, columns = least(n, c->batch), triangle = n * (n + 1) / 2;
    if (c->matrix)
        return (c->name[7] == 'i' ? 2 * n : 2) * triangle;
    return 3 * n * n + (c->drawn ? n * columns * (2 * n - columns) : 0.0);
}

/* A chi variate takes the bits and the logarithms of two. */
static double normals(const bench_case *c)
{
    const double n = c->levels, columns = least(n, c->batch);
    const double below = columns * (columns - 1) / 2 + (n - columns) * columns;
    return n * (n + 1) / 2 + (c->drawn ? below + 2 * columns : 0.0);
}

static int bench(const bench_case *c, const dyson_model *model, const dyson_system *system,
                 dyson_kernel kernel, dyson_error *error)
{
    const dyson_regime *regime = model->regime(system);
    const int lanes = regime->replicas(kernel);
    dyson_pack *pack;
    if (regime->create(system, kernel, &pack, error) != DYSON_OK)
        return error->code;
    const double adds = multiply_adds(c), drawn = normals(c);
    const double add_time = adds * time_of_multiply_add(kernel, false, lanes);
    const double normal_time = drawn * time_of_normal(kernel, false, lanes);
    const timing time = time_pack(regime, pack, 0, lanes);
    printf("%s %s %d %d %.1f %.1f %.1f %.0f %.0f %.1f %.1f %d\n", dyson_kernel_name(kernel),
           c->name, c->levels, c->batch, time.median, time.first, time.third, adds, drawn, add_time,
           normal_time, c->matrix);
    fflush(stdout);
    regime->destroy(pack);
    return DYSON_OK;
}

static int bench_kernels(const bench_case *c, dyson_error *error)
{
    char text[1024];
    dyson_spec *spec = NULL;
    dyson_system *system = NULL;
    snprintf(text, sizeof text, "[ensemble]\nreplicas = 1\nseed = 1\nupdates = 4000000000\n%s",
             c->text);
    if (dyson_spec_parse(text, "models_bench", &spec, error) != DYSON_OK)
        return error->code;
    const dyson_model *model = dyson_spec_model(spec);
    if (model->system_create(spec, &system, error) == DYSON_OK) {
        for (int k = DYSON_KERNEL_COUNT - 1; k >= 0 && error->code == DYSON_OK; k--)
            if (dyson_kernel_runs((dyson_kernel)k))
                bench(c, model, system, (dyson_kernel)k, error);
        model->system_destroy(system);
    }
    dyson_spec_destroy(spec);
    return error->code;
}

int main(void)
{
    dyson_error error = {0};
    clock_pin("models_bench");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0] && error.code == DYSON_OK; i++)
        bench_kernels(&cases[i], &error);
    if (error.code != DYSON_OK)
        fprintf(stderr, "models_bench: %s\n", error.text);
    return error.code;
}
