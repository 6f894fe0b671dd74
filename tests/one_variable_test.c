/* one_variable_test.c: a student with one level is the update for one degree of freedom,
 *   x' = x - alpha Omega (x - x_s) + (alpha/sqrt(B)) g eta,  Omega = 1, g = sqrt(2) A,
 * eta ~ N(0, 1), exactly (infinite data; the diagonal noise has standard deviation sqrt(2)
 * A/sqrt(B)). With c = 1 - alpha Omega it is solved by
 *   x_t = x_s + c^t (x_0 - x_s) + (alpha/sqrt(B)) g sum_s c^(t-1-s) eta_s,
 * so x_t is Gaussian about x_s (1 - c^t) where <x_0> = 0, of the variance
 *   (alpha^2/B) g^2 (1 - c^(2t))/(1 - c^2) + c^(2t) var x_0,
 * for t -> infinity and |c| < 1 ((alpha/B) g^2/(2 Omega))/(1 - alpha Omega/2).
 *
 * n replicas: the sample variance over the true one is chi^2/(n - 1), of standard deviation
 * sqrt(2/(n - 1)), the mean has the error sqrt(variance/n): each may be off by 4.5 errors, once in
 * 150,000. At n = 20,000 that is 4.5 % of the variance, less than the finite-rate factor adds at
 * every alpha here but 0.02 (which is there for the slow way to the law). */
#include "models/pack.h"
#include "models/teacher_student/teacher_student.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

enum { BATCH = 4 };

static const double noise = 0.3, target = 2.0, start_std = 0.5, most_errors = 4.5;

/* Address sanitizing makes arithmetic many times slower; fewer replicas have larger errors. */
#if defined(__SANITIZE_ADDRESS__)
static const int64_t replicas = 1024;
#else
static const int64_t replicas = 20000;
#endif

typedef struct scatter {
    double sum, squares; /* of x - target */
} scatter;

static double variance_at(double alpha, double t)
{
    const double kept = pow(1.0 - alpha, 2.0 * t),
                 step = alpha * alpha / BATCH * 2.0 * noise * noise;
    return step * (1.0 - kept) / (alpha * (2.0 - alpha)) + kept * start_std * start_std;
}

static void check(const char *where, double alpha, int64_t t, scatter s)
{
    const double n = (double)replicas, mean = s.sum / n;
    const double variance = (s.squares - n * mean * mean) / (n - 1.0);
    const double law = variance_at(alpha, (double)t),
                 middle = -target * pow(1.0 - alpha, (double)t);
    const double errors[2] = {(mean - middle) / sqrt(law / n),
                              (variance / law - 1.0) / sqrt(2.0 / (n - 1.0))};
    if (!(fabs(errors[0]) < most_errors && fabs(errors[1]) < most_errors))
        fail_msg(
            "%s, alpha %g, update %lld: mean %g instead of %g (%.1f errors), variance %g instead "
            "of %g (%.1f errors)",
            where, alpha, (long long)t, mean, middle, errors[0], variance, law, errors[1]);
}

/* All replicas through the updates `at`, kernel by kernel. */
static void follow(dyson_kernel kernel, dyson_system *system, const int64_t *at, size_t times,
                   scatter *found)
{
    dyson_error error = {0};
    dyson_pack *pack;
    const int lanes = dyson_kernel_lanes(kernel);
    assert_int_equal(student_pack_create(system, kernel, &pack, &error), DYSON_OK);
    for (int64_t first = 0; first < replicas; first += lanes) {
        int64_t replica[DYSON_KERNEL_LANES_MAX];
        for (int l = 0; l < lanes; l++)
            replica[l] = first + l;
        student_pack_start(pack, 0, replica, lanes);
        for (size_t k = 0; k < times; k++) {
            double x[DYSON_KERNEL_LANES_MAX];
            student_pack_advance(pack, at[k]);
            student_pack_spectrum(pack, x, 1, NULL);
            for (int l = 0; l < lanes; l++) {
                found[k].sum += x[l] - target;
                found[k].squares += (x[l] - target) * (x[l] - target);
            }
        }
    }
    model_pack_destroy(pack);
}

/* From the start to the stationary state, at small and large rates; beyond alpha = 1 x jumps from
 * side to side. */
static void one_degree_of_freedom(void **unused)
{
    static const double alpha[] = {0.02, 0.2, 0.5, 1.0, 1.5, 1.9};
    enum { TIMES = 6 };
    static const int64_t at[TIMES] = {0, 1, 2, 5, 20, 400};
    (void)unused;
    assert_int_equal(replicas % DYSON_KERNEL_LANES_MAX, 0);
    for (size_t i = 0; i < sizeof alpha / sizeof *alpha; i++) {
        char text[512];
        dyson_error error = {0};
        dyson_spec *spec;
        dyson_system *system;
        snprintf(text, sizeof text,
                 "[ensemble]\nmodel = teacher-student\nreplicas = 1\nseed = 11\nupdates = 400\n"
                 "[teacher-student]\nteacher = %g\ninit_std = %g\nlearning_rate = %g\nnoise = %g\n"
                 "batch_size = %d\n",
                 target, start_std, alpha[i], noise, BATCH);
        assert_int_equal(dyson_spec_parse(text, "run", &spec, &error), DYSON_OK);
        assert_int_equal(student_system_create(spec, &system, &error), DYSON_OK);
        dyson_prediction law;
        student_predict(system, 0, 0, &law);
        /* stationary: ((alpha/B) g^2/2)/(1 - alpha/2) */
        assert_true(fabs(law.sigma * law.sigma / variance_at(alpha[i], INFINITY) - 1.0) < 1e-12);
        for (int kernel = 0; kernel < DYSON_KERNEL_COUNT; kernel++) {
            scatter found[TIMES] = {{0}};
            if (!dyson_kernel_runs((dyson_kernel)kernel))
                continue;
            follow((dyson_kernel)kernel, system, at, TIMES, found);
            for (int k = 0; k < TIMES; k++)
                check(dyson_kernel_name((dyson_kernel)kernel), alpha[i], at[k], found[k]);
        }
        student_system_destroy(system);
        dyson_spec_destroy(spec);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_degree_of_freedom)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
