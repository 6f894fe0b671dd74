/* teacher_student_dense_test.c: large students, one at a time, learn as small ones in SIMD lanes
 * do: the same random numbers, so the same spectra to rounding; and at sizes that lanes do not
 * reach their law is still that of the Gaussian orthogonal ensemble. */
#include "larger.h"
#include "models/teacher_student/teacher_student.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct student {
    const dyson_regime *regime;
    dyson_spec *spec;
    dyson_system *system;
    dyson_pack *pack;
    int replicas;
} student;

static void student_open(student *s, const dyson_regime *regime, const char *keys)
{
    char text[1024];
    dyson_error error = {0};
    dyson_kernel kernel = DYSON_KERNEL_BASE;
    *s = (student){0};
    snprintf(text, sizeof text,
             "[ensemble]\nmodel = teacher-student\nreplicas = 1\nseed = 9\nupdates = 10000\n"
             "[teacher-student]\n%s",
             keys);
    if (dyson_kernel_choose(&kernel, &error) != DYSON_OK ||
        dyson_spec_parse(text, "run", &s->spec, &error) != DYSON_OK ||
        student_system_create(s->spec, &s->system, &error) != DYSON_OK)
        fail_msg("%s", error.text);
    s->regime = regime != NULL ? regime : student_regime(s->system);
    if (s->regime->create(s->system, kernel, &s->pack, &error) != DYSON_OK)
        fail_msg("%s", error.text);
    s->replicas = s->regime->replicas(kernel);
}

static void student_close(student *s)
{
    s->regime->destroy(s->pack);
    student_system_destroy(s->system);
    dyson_spec_destroy(s->spec);
}

/* Spectrum and weights of replica 7 after some updates, taken in two goes. */
static void learnt(const dyson_regime *regime, const char *keys, int64_t updates, double *x,
                   double *weights, int *size)
{
    student s;
    dyson_error error = {0};
    double all_x[DYSON_KERNEL_LANES_MAX * 64], all_w[DYSON_KERNEL_LANES_MAX * 4096];
    const int64_t replica[DYSON_KERNEL_LANES_MAX] = {7, 8, 9, 10, 11, 12, 13, 14};
    student_open(&s, regime, keys);
    const int n = s.system->parameters.size;
    s.regime->start(s.pack, 0, replica, s.replicas);
    s.regime->advance(s.pack, 1);
    s.regime->advance(s.pack, updates);
    if (s.regime->spectrum(s.pack, all_x, 64, &error) != DYSON_OK)
        fail_msg("%s", error.text);
    s.regime->weights(s.pack, all_w, 4096);
    memcpy(x, all_x, (size_t)n * sizeof *x);
    memcpy(weights, all_w, (size_t)(n * n) * sizeof *weights);
    *size = n;
    student_close(&s);
}

/* After 40 updates, each of which multiplies an error by at most |1 - alpha S|, rounding of 1e-16
 * has grown to no more than 1e-13 of the largest singular value. */
static void regimes_agree(void **unused)
{
    static const char *const cases[] = {
        "teacher = 2\nlearning_rate = 0.3\nbatch_size = 4\nnoise = 0.2\n",
        "teacher = 2 1.5 -1\nlearning_rate = 0.3\nbatch_size = 4\nnoise = 0.2\n",
        "size = 17\nlearning_rate = 0.1\nbatch_size = 16\nnoise = 0.2\n",
        "size = 5\nlearning_rate = 0.1\nbatch_size = 16\nnoise = 0.2\nstart = asymmetric\n",
        "size = 1\ndata = fresh\nlearning_rate = 0.1\nbatch_size = 1\nnoise = 0.2\n",
        "size = 5\ndata = fresh\nlearning_rate = 0.1\nbatch_size = 16\nnoise = 0.2\n",
        "size = 17\ndata = fresh\nlearning_rate = 0.02\nbatch_size = 1\nnoise = 0.1\n",
        "size = 17\ndata = fresh\nlearning_rate = 0.02\nbatch_size = 6\nnoise = 0.1\n",
        "size = 17\ndata = fresh\nlearning_rate = 0.1\nbatch_size = 17\nnoise = 0.1\n",
        "size = 32\ndata = fixed:3\nlearning_rate = 0.05\nbatch_size = 20\nnoise = 0.1\n",
    };
    static double w[2][4096];
    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double x[2][64], worst = 0.0, scale = 0.0;
        int n = 0;
        learnt(&student_lanes, cases[i], 40, x[0], w[0], &n);
        learnt(&student_dense, cases[i], 40, x[1], w[1], &n);
        for (int k = 0; k < n; k++) {
            const double error = fabs(x[0][k] - x[1][k]);
            worst = larger(worst, error);
            scale = fmax(scale, fabs(x[1][k]));
        }
        for (int k = 0; k < n * n; k++) {
            const double error = fabs(w[0][k] - w[1][k]);
            worst = larger(worst, error);
        }
        print_message("regimes differ by %.1e of %.2g: %.20s...\n", worst, scale, cases[i]);
        assert_true(scale > 0.1);
        assert_true(worst <= 1e-13 * scale);
    }
}

/* A student without symmetry is solved at twice its size. */
static void size_chooses_the_regime(void **unused)
{
#define POINT "learning_rate = 0.1\nbatch_size = 4\nnoise = 0.1\n"
    static const struct {
        const char *keys;
        const dyson_regime *regime;
    } cases[] = {{"size = 64\n" POINT, &student_lanes},
                 {"size = 65\n" POINT, &student_dense},
                 {"size = 32\ndata = fresh\n" POINT, &student_lanes},
                 {"size = 33\ndata = fresh\n" POINT, &student_dense},
                 {"size = 33\nstart = asymmetric\n" POINT, &student_dense}};
    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        student s;
        student_open(&s, NULL, cases[i].keys);
        assert_ptr_equal(s.regime, cases[i].regime);
        student_close(&s);
    }
}

/* Trains one large student and takes its spectrum; the caller frees it. */
static double *large(const char *keys, int64_t updates, int *size)
{
    student s;
    dyson_error error = {0};
    student_open(&s, NULL, keys);
    assert_ptr_equal(s.regime, &student_dense);
    *size = s.system->parameters.size;
    double *const x = malloc((size_t)*size * sizeof *x);
    s.regime->start(s.pack, 0, (int64_t[]){3}, 1);
    s.regime->advance(s.pack, updates);
    if (s.regime->spectrum(s.pack, x, 0, &error) != DYSON_OK)
        fail_msg("%s", error.text);
    student_close(&s);
    return x;
}

/* With infinite data W_s - W_t is a matrix of the orthogonal ensemble, off-diagonal variance s^2 =
 * (alpha A^2/B)/(2 - alpha): (N + 1) s^2 is the mean of (x - 2)^2 over its levels, which scatters
 * by 2/N of itself from replica to replica (N (N + 1)/2 independent squares); the levels end at 2
 * -+ 2 s sqrt(N) up to some N^(-2/3); and the mean of the levels scatters by s sqrt(2/N). */
static void a_large_student_is_orthogonal(void **unused)
{
    int n = 0;
    double *const x =
        large("size = 300\nlearning_rate = 0.5\nbatch_size = 8\nnoise = 0.4\n", 40, &n);
    const double s = sqrt(0.5 * 0.16 / 8 / 1.5), edge = 2.0 * s * sqrt(n);
    double mean = 0.0, square = 0.0;
    (void)unused;
    for (int i = 0; i < n; i++) {
        mean += x[i] / n;
        square += (x[i] - 2.0) * (x[i] - 2.0) / n;
        assert_true(i == 0 || x[i] <= x[i - 1]);
    }
    print_message("N = %d: mean square %.4f of expected, edges %.3f and %.3f\n", n,
                  square / (s * s * (n + 1)), (x[0] - 2.0) / edge, (2.0 - x[n - 1]) / edge);
    assert_true(fabs(mean - 2.0) < 5.0 * s * sqrt(2.0 / n));
    assert_true(fabs(square / (s * s * (n + 1)) - 1.0) < 5.0 * 2.0 / n);
    assert_true(fabs((x[0] - 2.0) / edge - 1.0) < 0.06 &&
                fabs((2.0 - x[n - 1]) / edge - 1.0) < 0.06);
    free(x);
}

/* Drawn data leave a noiseless student at its teacher; the singular values are then |kappa|. */
static void a_large_student_learns_from_samples(void **unused)
{
    int n = 0;
    double *const x = large("size = 80\nteacher_value = -1.5\ndata = fresh\nlearning_rate = 0.5\n"
                            "batch_size = 400\nnoise = 0\n",
                            200, &n);
    (void)unused;
    for (int i = 0; i < n; i++)
        assert_true(fabs(x[i] - 1.5) < 1e-12);
    free(x);
}

static void a_large_student_runs_away(void **unused)
{
    student s;
    int64_t at = -1;
    (void)unused;
    student_open(&s, NULL, "size = 70\nlearning_rate = 2.5\nbatch_size = 4\nnoise = 0.1\n");
    s.regime->start(s.pack, 0, (int64_t[]){0}, 1);
    s.regime->advance(s.pack, 2);
    s.regime->diverged(s.pack, &at);
    assert_true(at < 0);
    s.regime->advance(s.pack, 40);
    s.regime->diverged(s.pack, &at);
    assert_true(at > 2 && at < 30); /* 1.5^t passes the bound, 10 */
    student_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regimes_agree),
        cmocka_unit_test(size_chooses_the_regime),
        cmocka_unit_test(a_large_student_is_orthogonal),
        cmocka_unit_test(a_large_student_learns_from_samples),
        cmocka_unit_test(a_large_student_runs_away),
    };
    return cmocka_run_group_tests_name("large students", tests, NULL, NULL);
}
