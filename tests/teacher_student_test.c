/* teacher_student_test.c: the teacher-student model as a model: its keys, its laws, its spectra.
 * The kernels' numbers are checked in kernel_check.c. */
#include "reference/student_reference.h"
#include "two_samples.h"

#include "models/pack.h"
#include "models/teacher_student/teacher_student.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

/* Address sanitizing makes arithmetic many times slower; a part of the sample finds memory errors.
 */
#if defined(__SANITIZE_ADDRESS__)
enum { REPLICAS = 400, FULL = 0 };
#else
enum { REPLICAS = 20000, FULL = 1 };
#endif
#define HEAD "[ensemble]\nmodel = teacher-student\nreplicas = 1\nseed = 5\nupdates = 10000\n"

typedef struct school {
    dyson_spec *spec;
    dyson_system *system;
    dyson_pack *pack;
    int lanes;
} school;

static int school_try(school *s, const char *keys, dyson_error *error)
{
    char text[1024];
    dyson_kernel kernel = DYSON_KERNEL_BASE;
    *s = (school){0};
    snprintf(text, sizeof text, HEAD "[teacher-student]\n%s", keys);
    if (dyson_kernel_choose(&kernel, error) == DYSON_OK &&
        dyson_spec_parse(text, "run", &s->spec, error) == DYSON_OK &&
        student_system_create(s->spec, &s->system, error) == DYSON_OK)
        student_pack_create(s->system, kernel, &s->pack, error);
    s->lanes = dyson_kernel_lanes(kernel);
    return error->code;
}

static void school_close(school *s)
{
    model_pack_destroy(s->pack);
    student_system_destroy(s->system);
    dyson_spec_destroy(s->spec);
}

static void school_open(school *s, const char *keys)
{
    dyson_error error = {0};
    if (school_try(s, keys, &error) != DYSON_OK)
        fail_msg("%s", error.text);
}

static void start(school *s, int64_t first)
{
    int64_t replica[DYSON_KERNEL_LANES_MAX];
    for (int l = 0; l < s->lanes; l++)
        replica[l] = first + l;
    student_pack_start(s->pack, 0, replica, s->lanes);
}

/* ---- laws ---- */

/* Of REPLICAS students with two levels: the upper level, the lower, the spacing. */
typedef struct class
{
    double *value[3];
} class;

static void class_create(class *c)
{
    for (int i = 0; i < 3; i++)
        c->value[i] = malloc(REPLICAS * sizeof(double));
}

static void class_destroy(class *c)
{
    for (int i = 0; i < 3; i++)
        free(c->value[i]);
}

static void take(class *c, int64_t replica, const double x[2])
{
    c->value[0][replica] = x[0];
    c->value[1][replica] = x[1];
    c->value[2][replica] = x[0] - x[1];
}

static void train(class *c, const char *keys, int64_t updates)
{
    school s;
    school_open(&s, keys);
    class_create(c);
    for (int64_t first = 0; first < REPLICAS; first += s.lanes) {
        double x[2 * DYSON_KERNEL_LANES_MAX];
        start(&s, first);
        student_pack_advance(s.pack, updates);
        student_pack_spectrum(s.pack, x, 2, NULL);
        for (int l = 0; l < s.lanes && first + l < REPLICAS; l++)
            take(c, first + l, x + 2 * l);
    }
    school_close(&s);
}

/* Singular values of a 2 x 2 matrix, descending: their squares' sum and product are known. */
static void singular_values(const double w[4], double s[2])
{
    const double sum = w[0] * w[0] + w[1] * w[1] + w[2] * w[2] + w[3] * w[3];
    const double product = fabs(w[0] * w[3] - w[1] * w[2]);
    s[0] = (sqrt(sum + 2.0 * product) + sqrt(fmax(sum - 2.0 * product, 0.0))) / 2.0;
    s[1] = product / s[0];
}

static void train_literally(class *c, const char *keys, int64_t updates)
{
    school s;
    school_open(&s, keys);
    class_create(c);
    const student_parameters p = student_at_point(s.system, 0);
    for (int64_t replica = 0; replica < REPLICAS; replica++) {
        static student_reference r;
        double x[2];
        r.replica = replica + REPLICAS; /* others than the kernels' */
        student_reference_start(&p, &r);
        while (r.update < updates)
            student_reference_advance_literally(&p, &r);
        singular_values(r.weights, x);
        take(c, replica, x);
    }
    school_close(&s);
}

static double least_p(const class *a, const class *b)
{
    double least = 1.0;
    for (int i = 0; i < 3; i++)
        least = fmin(least, two_samples_p(a->value[i], REPLICAS, b->value[i], REPLICAS));
    return 3.0 * least;
}

/* The mini-batch drawn in one piece has the law of the sum over its samples: refused below p =
 * 1e-3, Bonferroni-corrected.  One sample more is refused below 1e-6: the test can fail. */
static void check_reduced(const char *keys, const char *wrong_keys)
{
    class literal, reduced, wrong;
    train_literally(&literal, keys, 6);
    train(&reduced, keys, 6);
    train(&wrong, wrong_keys, 6);
    const double p = least_p(&literal, &reduced), refused = least_p(&literal, &wrong);
    print_message("p = %.3f; another batch size: %.1e\n", p, refused);
    if (!(p > 1e-3))
        fail_msg("p = %.1e", p);
    if (FULL && !(refused < 1e-6))
        fail_msg("another batch size is not refused: p = %.1e", refused);
    class_destroy(&literal);
    class_destroy(&reduced);
    class_destroy(&wrong);
}

static void a_mini_batch_in_one_piece(void **unused)
{
    (void)unused;
#define KEYS(batch, data)                                                                \
    "teacher = 2 1\ndata = " data "\ninit_std = 0.3\nlearning_rate = 0.5\nnoise = 0.2\n" \
    "batch_size = " batch "\n"
    check_reduced(KEYS("1", "fresh"), KEYS("2", "fresh"));
    check_reduced(KEYS("2", "fresh"), KEYS("3", "fresh"));
    check_reduced(KEYS("5", "fresh"), KEYS("6", "fresh"));
}

/* Infinite data, equal eigenvalues: the law of GOE(2) with sigma^2 = (alpha A^2/B)/(1 - alpha/2) at
 * every alpha, <S> = sqrt(pi) sigma, and the trace a Gaussian of variance 2 sigma^2.  20,000
 * replicas know <S> to 0.37 % and a variance to 1 %: five errors. */
static void check_stationary(const char *keys, double sigma)
{
    class c;
    double spacing = 0.0, mean = 0.0, square = 0.0;
    train(&c, keys, 200);
    for (int r = 0; r < REPLICAS; r++) {
        const double trace = c.value[0][r] + c.value[1][r] - 4.0;
        spacing += c.value[2][r] / REPLICAS;
        mean += trace / REPLICAS;
        square += trace * trace / REPLICAS;
    }
    const double errors = sqrt(20000.0 / REPLICAS);
    print_message("<S> %.4f, trace's variance %.4f of the law\n",
                  spacing / (sqrt(3.141592653589793) * sigma), square / (2.0 * sigma * sigma));
    assert_true(fabs(spacing / (sqrt(3.141592653589793) * sigma) - 1.0) < 5 * 0.0037 * errors);
    assert_true(fabs(square / (2.0 * sigma * sigma) - 1.0) < 5 * 0.01 * errors);
    assert_true(fabs(mean) < 5.0 * sigma * sqrt(2.0 / REPLICAS));
    class_destroy(&c);
}

/* Three noises in turn, once for each replica: c = 0.7^3 widens the law by sqrt((1 + c)/(1 - c)). 
 * B is so large that the samples' mean is 1. */
static void repeated_noise_adds_up(void **unused)
{
    (void)unused;
    check_stationary("size = 2\ndata = fixed:3\nlearning_rate = 0.3\nnoise = 1e5\n"
                     "batch_size = 1000000000000\n",
                     sqrt(0.003 / 0.85 * 1.343 / 0.657));
}

static void infinite_data_give_the_orthogonal_ensemble(void **unused)
{
    (void)unused;
    check_stationary("teacher = 2 2\nlearning_rate = 0.1\nnoise = 0.1\nbatch_size = 16\n",
                     sqrt(0.1 * 0.01 / 16 / 0.95));
    check_stationary("size = 2\nlearning_rate = 1.5\nnoise = 0.3\nbatch_size = 4\n",
                     sqrt(1.5 * 0.09 / 4 / 0.25));
}

static void predictions_follow_the_formulas(void **unused)
{
    school s;
    dyson_prediction law;
    (void)unused;
    school_open(&s, "size = 3\nlearning_rate = 0.5\nnoise = 0.2\nbatch_size = 8\n");
    for (int level = 0; level < 3; level++) {
        student_predict(s.system, 0, level, &law);
        assert_true(fabs(law.abscissa - 0.05) < 1e-15); /* sqrt(0.5 x 0.04/8) */
        assert_true(fabs(law.sigma - 0.05 / sqrt(0.75)) < 1e-15);
        assert_true(fabs(law.slope - sqrt(3.141592653589793)) < 1e-15);
        assert_true(fabs(law.relaxation - 1.0 / log(2.0)) < 1e-12);
    }
    school_close(&s);
}

/* ---- what the keys do ---- */

/* With M mini-batches again and again, the students come into a cycle of period M. */
static void fixed_mini_batches_come_again(void **unused)
{
    school s;
    double w[4][9 * DYSON_KERNEL_LANES_MAX];
    (void)unused;
    school_open(&s, "size = 3\ndata = fixed:3\nlearning_rate = 0.3\nnoise = 1\nbatch_size = 16\n");
    start(&s, 0);
    for (int i = 0; i < 4; i++) {
        student_pack_advance(s.pack, 3000 + i);
        student_pack_weights(s.pack, w[i], 9);
    }
    double cycle = 0.0, step = 0.0;
    for (int i = 0; i < 9 * s.lanes; i++) {
        cycle = fmax(cycle, fabs(w[3][i] - w[0][i]));
        step = fmax(step, fabs(w[1][i] - w[0][i]));
    }
    assert_true(cycle < 1e-12 && step > 1e-2);
    school_close(&s);
}

static void spectra_are_eigenvalues_or_singular_values(void **unused)
{
    static const char *const keys[] = {
        "teacher = 1 -2\nlearning_rate = 0.1\nnoise = 0.5\nbatch_size = 1\n",
        "teacher = 1 -2\nstart = asymmetric\nlearning_rate = 0.1\nnoise = 0.5\nbatch_size = 1\n",
        "teacher = 1 -2\ndata = fresh\nlearning_rate = 0.1\nnoise = 0.5\nbatch_size = 4\n"};
    (void)unused;
    for (int i = 0; i < 3; i++) {
        school s;
        double x[2 * DYSON_KERNEL_LANES_MAX], w[4 * DYSON_KERNEL_LANES_MAX];
        school_open(&s, keys[i]);
        assert_true(s.system->shape.x[0] == (i == 0 ? 1.0 : 2.0));
        start(&s, 7);
        student_pack_advance(s.pack, 40);
        student_pack_spectrum(s.pack, x, 2, NULL);
        student_pack_weights(s.pack, w, 4);
        for (int l = 0; l < s.lanes; l++) {
            const double *const m = w + 4 * l, trace = m[0] + m[3];
            double expected[2];
            singular_values(m, expected);
            if (i == 0) {
                const double half = hypot((m[0] - m[3]) / 2.0, m[1]);
                assert_true(m[1] == m[2]);
                expected[0] = trace / 2.0 + half;
                expected[1] = trace / 2.0 - half;
            } else {
                assert_true(m[1] != m[2]);
            }
            assert_true(fabs(x[2 * l] - expected[0]) < 1e-14);
            assert_true(fabs(x[2 * l + 1] - expected[1]) < 1e-14);
        }
        school_close(&s);
    }
}

static void unstable_rates_run_away(void **unused)
{
    school s;
    int64_t at[DYSON_KERNEL_LANES_MAX];
    (void)unused;
    school_open(&s, "size = 2\nlearning_rate = 2.5\nnoise = 0.1\nbatch_size = 4\n");
    start(&s, 0);
    student_pack_advance(s.pack, 1000);
    model_pack_diverged(s.pack, at);
    for (int l = 0; l < s.lanes; l++)
        assert_true(at[l] > 1 && at[l] < 30); /* |1 - alpha|^t = 1.5^t passes the bound, 10 */
    school_close(&s);
}

static void wrong_keys_are_refused(void **unused)
{
#define REST "learning_rate = 0.1\nnoise = 0.1\nbatch_size = 4\n"
    static const struct {
        const char *keys, *says;
    } cases[] = {{REST, "needs a teacher"},
                 {"teacher = 1 1\nsize = 2\n" REST, "needs a teacher"},
                 {"size = 32769\n" REST, "32768"},
                 {"size = 2\ndata = fixed:0\n" REST, "fixed:M"},
                 {"size = 2\ndata = fixed:7x\n" REST, "fixed:M"},
                 {"size = 2\nstart = odd\n" REST, "asymmetric"},
                 {"size = 2\nlearning_rate = 0.1\nbatch_size = 4\n", "noise"}};
    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        school s;
        dyson_error error = {0};
        assert_int_equal(school_try(&s, cases[i].keys, &error), DYSON_BAD_DATA);
        if (strstr(error.text, cases[i].says) == NULL)
            fail_msg("'%s' does not say '%s'", error.text, cases[i].says);
        school_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mini_batch_in_one_piece),
        cmocka_unit_test(infinite_data_give_the_orthogonal_ensemble),
        cmocka_unit_test(repeated_noise_adds_up),
        cmocka_unit_test(predictions_follow_the_formulas),
        cmocka_unit_test(fixed_mini_batches_come_again),
        cmocka_unit_test(spectra_are_eigenvalues_or_singular_values),
        cmocka_unit_test(unstable_rates_run_away),
        cmocka_unit_test(wrong_keys_are_refused),
    };
    return cmocka_run_group_tests_name("teacher-student", tests, NULL, NULL);
}
