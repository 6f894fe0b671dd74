/* eigenvalue_sde_laws_test.c: the laws of the eigenvalue process: exact ones, and its equation. */
#include "dyson/random.h"
#include "dyson/spectrum.h"
#include "models/eigenvalue_sde/eigenvalue_sde.h"
#include "reference/sde_reference.h"
#include "sde_process.h"
#include "two_samples.h"

/* Mean of n numbers, and its error. */
typedef struct average {
    double mean, error;
} average;

static average mean_of(const double *value, int n)
{
    double sum = 0.0, squares = 0.0;
    for (int i = 0; i < n; i++)
        sum += value[i] / n;
    for (int i = 0; i < n; i++)
        squares += (value[i] - sum) * (value[i] - sum) / (n - 1.0);
    return (average){sum, sqrt(squares / n)};
}

/* ---- the linear process: the Gaussian orthogonal ensemble, exactly ---- */

/* |mean - expected| within five errors. */
static void check_mean(const char *what, const double *value, int n, double expected)
{
    const average a = mean_of(value, n);
    print_message("%s %.5f +- %.5f, expected %.5f\n", what, a.mean, a.error, expected);
    if (!(fabs(a.mean - expected) <= 5.0 * a.error))
        fail_msg("%s: %.5f +- %.5f, expected %.5f", what, a.mean, a.error, expected);
}

/* From spectra of n levels: trace of X - v, of (X - v)^2, spacing of the first two; and the mean
 * ratio of consecutive spacings. */
static void reduce(const double *x, int n, double value, double *out[4])
{
    for (int r = 0; r < REPLICAS; r++, x += n) {
        double sum = 0.0, squares = 0.0, ratio = 0.0;
        for (int i = 0; i < n; i++) {
            sum += x[i] - value;
            squares += (x[i] - value) * (x[i] - value);
        }
        for (int i = 0; i + 2 < n; i++) {
            const double s = x[i] - x[i + 1], next = x[i + 1] - x[i + 2];
            ratio += fmin(s, next) / fmax(s, next) / (n - 2);
        }
        out[0][r] = sum;
        out[1][r] = squares;
        out[2][r] = x[0] - x[1];
        out[3][r] = ratio;
    }
}

/* The mean ratio of n x n matrices of the ensemble, by LAPACK. */
static void sample_ratio(int n, double *ratio)
{
    double a[64], z[36], x[8];
    dyson_error error = {0};
    for (int r = 0; r < REPLICAS; r++) {
        dyson_random_normals(77, DYSON_PURPOSE_DATA, r, 0, 0, (size_t)(n * (n + 1) / 2), z);
        for (int i = 0, next = 0; i < n; i++)
            for (int j = 0; j <= i; j++, next++)
                a[i * n + j] = a[j * n + i] = (i == j ? sqrt(2.0) : 1.0) * z[next];
        assert_int_equal(dyson_spectrum_dense(n, a, x, &error), DYSON_OK);
        ratio[r] = 0.0;
        for (int i = 0; i + 2 < n; i++) {
            const double s = x[i] - x[i + 1], next = x[i + 1] - x[i + 2];
            ratio[r] += fmin(s, next) / fmax(s, next) / (n - 2);
        }
    }
}

/* alpha = 0.5, A = 0.4, B = 4: sigma^2 = 0.02/(1 - 0.25/substeps) is the variance of a diagonal
 * element and twice that of an off-diagonal one, so tr X has variance N sigma^2 and <tr X^2> =
 * sigma^2 N (N + 1)/2.  After 40 updates 2^-40 of the start is left. */
static void linear_levels_are_of_the_orthogonal_ensemble(void **unused)
{
    static const struct {
        int n;
        double value, sigma2;
        const char *keys;
    } cases[] = {{2, 2.0, 0.02 / 0.75, LINEAR("2 2", "")},
                 {2, -1.0, 0.02 / 0.9375, LINEAR("-1 -1", "substeps = 4\n")},
                 {8, 2.0, 0.02 / 0.75, LINEAR("2 2 2 2 2 2 2 2", "")}};
    double *out[4];
    (void)unused;
    for (int k = 0; k < 4; k++)
        out[k] = malloc(REPLICAS * sizeof *out[k]);
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        const int n = cases[c].n;
        const double sigma2 = cases[c].sigma2;
        double *const x = train(SDE, cases[c].keys, 0, REPLICAS, 40);
        reduce(x, n, cases[c].value, out);
        check_mean("tr", out[0], REPLICAS, 0.0);
        check_mean("tr X^2", out[1], REPLICAS, sigma2 * n * (n + 1) / 2);
        if (n == 2)
            check_mean("<S>", out[2], REPLICAS, sqrt(PI * sigma2));
        for (int r = 0; r < REPLICAS; r++)
            out[0][r] *= out[0][r];
        check_mean("tr^2", out[0], REPLICAS, n * sigma2);
        if (n > 2) {
            sample_ratio(n, out[0]);
            const average direct = mean_of(out[0], REPLICAS), ours = mean_of(out[3], REPLICAS);
            print_message("ratio %.4f, of matrices %.4f +- %.4f\n", ours.mean, direct.mean,
                          direct.error);
            assert_true(fabs(ours.mean - direct.mean) < 5.0 * hypot(ours.error, direct.error));
        }
        free(x);
    }
    for (int k = 0; k < 4; k++)
        free(out[k]);
}

/* The least p of two-sample tests of each level, Bonferroni-corrected. */
static double least_p(const double *a, const double *b, int n)
{
    double *const one = malloc(REPLICAS * sizeof *one), *const other =
                                                            malloc(REPLICAS * sizeof *one);
    double least = 1.0;
    for (int i = 0; i < n; i++) {
        for (int r = 0; r < REPLICAS; r++) {
            one[r] = a[r * n + i];
            other[r] = b[r * n + i];
        }
        least = fmin(least, two_samples_p(one, REPLICAS, other, REPLICAS));
    }
    free(one);
    free(other);
    return n * least;
}

/* Students with infinite data and equal teacher's values: the same law level by level, not yet
 * stationary too.  Refused below p = 1e-3; another batch size is refused below 1e-6. */
static void linear_levels_have_the_law_of_students(void **unused)
{
#define WORDS(batch) "learning_rate = 0.5\nnoise = 0.4\nbatch_size = " batch "\ninit_std = 0.3\n"
    const char *const students = "[teacher-student]\nteacher = 2 2 2 2 2\n" WORDS("4");
    const char *const levels_of = "[eigenvalue-sde]\nprocess = linear\nvalues = 2 2 2 2 2\n";
    char same[300], other[300];
    (void)unused;
    snprintf(same, sizeof same, "%s%s", levels_of, WORDS("4"));
    snprintf(other, sizeof other, "%s%s", levels_of, WORDS("5"));
    for (int updates = 2; updates <= 20; updates += 18) {
        double *const matrix = train("teacher-student", students, REPLICAS, REPLICAS, updates);
        double *const levels = train(SDE, same, 0, REPLICAS, updates);
        double *const wrong = train(SDE, other, 0, REPLICAS, updates);
        const double p = least_p(matrix, levels, 5), refused = least_p(matrix, wrong, 5);
        print_message("p = %.3f; another batch size: %.1e\n", p, refused);
        assert_true(p > 1e-3);
        assert_true(!FULL || refused < 1e-6);
        free(matrix);
        free(levels);
        free(wrong);
    }
}

/* Eq. (9) with its 1/(x_i - x_j) throws levels far apart from a near collision, which a pair has
 * with probability ~ S: at the same step our spacing is right to its error, that one by far not. */
static void near_collisions_need_no_small_step(void **unused)
{
    const double target[2] = {2.0, 2.0};
    const sde_parameters p = {.process = SDE_LINEAR,
                              .modes = 2,
                              .substeps = 1,
                              .target = target,
                              .rate = 0.5,
                              .noise = 0.4,
                              .batch = 4.0,
                              .stream = 99};
    const double exact = sqrt(PI * 0.02 / 0.75);
    double *const spacing = malloc(REPLICAS * sizeof *spacing);
    (void)unused;
    for (int r = 0; r < REPLICAS; r++) {
        sde_reference reference = {.x = {2.1, 1.9}, .replica = r};
        while (reference.update < 40)
            sde_reference_advance_literally(&p, &reference);
        spacing[r] = reference.x[0] - reference.x[1];
    }
    const average literal = mean_of(spacing, REPLICAS);
    double *const x = train(SDE, LINEAR("2 2", ""), 0, REPLICAS, 40);
    for (int r = 0; r < REPLICAS; r++)
        spacing[r] = x[2 * r] - x[2 * r + 1];
    const average ours = mean_of(spacing, REPLICAS);
    print_message("<S>/exact: Euler's step %.3f, ours %.4f +- %.4f\n", literal.mean / exact,
                  ours.mean / exact, ours.error / exact);
    assert_true(fabs(ours.mean - exact) < 5.0 * ours.error);
    assert_true(!FULL || fabs(literal.mean / exact - 1.0) > 0.1);
    free(x);
    free(spacing);
}

/* ---- the RBM's levels ---- */

/* Eq. (9) as it stands, in steps so small that collisions hardly matter, from the same start: level
 * by level the same means and squares, and the same spacings.  At 1/16 of an update both have
 * forgotten the finite step to less than the error. */
static void levels_follow_the_equation(void **unused)
{
    const char *const keys = "[eigenvalue-sde]\nvisible = 4\nhidden = 4\nmass2 = 9\n"
                             "target_mass2 = 4\ninit_std = 0.45\nlearning_rate = 0.2\n"
                             "batch_size = 32\nsubsteps = 16\n";
    const int n = REPLICAS / 10, updates = 12;
    double *const begin = train(SDE, keys, 0, n, 0), *const end = train(SDE, keys, 0, n, updates);
    double *const ours = malloc((size_t)n * sizeof *ours);
    double *const literal = malloc((size_t)n * sizeof *literal);
    sde_reference *const r = calloc((size_t)n, sizeof *r);
    process s;
    (void)unused;
    process_open(&s, SDE, keys);
    sde_parameters p = sde_at_point(s.system, 0);
    p.substeps = 128;
    for (int i = 0; i < n; i++) {
        r[i].replica = i;
        memcpy(r[i].x, begin + 4 * i, 4 * sizeof(double));
        while (r[i].update < updates)
            sde_reference_advance_literally(&p, &r[i]);
    }
    for (int quantity = 0; quantity < 11; quantity++) {
        const int level = quantity % 4;
        for (int i = 0; i < n; i++) {
            const double *const a = end + 4 * i, *const b = r[i].x;
            const int spacing = quantity >= 8;
            ours[i] = spacing ? a[level] - a[level + 1] : a[level] - begin[4 * i + level];
            literal[i] = spacing ? b[level] - b[level + 1] : b[level] - begin[4 * i + level];
            if (quantity / 4 == 1) {
                ours[i] *= ours[i];
                literal[i] *= literal[i];
            }
        }
        const average a = mean_of(ours, n), b = mean_of(literal, n);
        print_message("%.5f +- %.5f, %.5f +- %.5f\n", a.mean, a.error, b.mean, b.error);
        assert_true(fabs(a.mean - b.mean) < 4.0 * hypot(a.error, b.error));
    }
    process_close(&s);
    free(begin);
    free(end);
    free(ours);
    free(literal);
    free(r);
}

/* alpha/B = 0.0004 and four modes, kappa = 4, 6, 6, 8: means within 1 % of mu^2 - kappa, the pair's
 * spacing as predicted, with one Gibbs step's memory 25 % more.  The corrections of relative order
 * alpha/B times a few come to less than 1 %, the error of <S> is 0.6 %. */
static void small_rates_give_the_predicted_law(void **unused)
{
    static const char *const keys[] = {"", "gibbs_steps = 1\n"};
    const double factor[] = {1.0, sqrt((9.0 + 1.0) / (9.0 - 1.0))}; /* rho = (3/9)^2 */
    const int n = REPLICAS / 2;
    double *const spacing = malloc((size_t)n * sizeof *spacing);
    (void)unused;
    for (int c = 0; c < 2; c++) {
        char text[400];
        snprintf(text, sizeof text,
                 "[eigenvalue-sde]\nvisible = 4\nhidden = 4\nmass2 = 9\ntarget_mass2 = 4\n"
                 "order = ito\nstart = target\nlearning_rate = 0.05\nbatch_size = 128\n%s",
                 keys[c]);
        double *const x = train(SDE, text, 0, n, 1200);
        const double targets[] = {5.0, 3.0, 3.0, 1.0};
        for (int r = 0; r < n; r++)
            spacing[r] = x[4 * r + 1] - x[4 * r + 2];
        const double predicted = sqrt(2.0 * PI * 0.05 * 3.0 / 128) * factor[c];
        const average s = mean_of(spacing, n);
        print_message("<S> %.4f +- %.4f of the prediction\n", s.mean / predicted,
                      s.error / predicted);
        assert_true(fabs(s.mean / predicted - 1.0) < 0.01 + 4.0 * s.error / predicted);
        for (int i = 0; i < 4; i++) {
            double mean = 0.0;
            for (int r = 0; r < n; r++)
                mean += (i == 1 || i == 2 ? (x[4 * r + 1] + x[4 * r + 2]) / 2 : x[4 * r + i]) / n;
            assert_true(fabs(mean - targets[i]) < 0.01 * targets[i] + 0.003);
        }
        free(x);
    }
    free(spacing);
}

/* The mean trace after one update, from the targets: to first order it stays, and the second adds
 * (alpha^2/B) sum_ij (1 + delta_ij) x_j/(lambda_i lambda_j). */
static void second_order_adds_to_the_trace(void **unused)
{
    const double x[] = {5, 3, 3, 1, 0}, kappa[] = {4, 6, 6, 8, 9}, rate2 = 0.09, batch = 2.0;
    double expected[2] = {0.0, 0.0};
    double *const trace = malloc(REPLICAS * sizeof *trace);
    (void)unused;
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++)
            expected[1] += rate2 / batch * (i == j ? 2.0 : 1.0) * x[j] / (kappa[i] * kappa[j]);
    for (int c = 0; c < 2; c++) {
        char text[400];
        snprintf(text, sizeof text,
                 "[eigenvalue-sde]\nvisible = 4\nhidden = 4\nmass2 = 9\ntarget_mass2 = 4\n"
                 "order = %s\nstart = target\nlearning_rate = 0.3\nbatch_size = 2\n",
                 c == 0 ? "leading" : "ito");
        double *const levels = train(SDE, text, 0, REPLICAS, 1);
        for (int r = 0; r < REPLICAS; r++)
            trace[r] =
                levels[4 * r] + levels[4 * r + 1] + levels[4 * r + 2] + levels[4 * r + 3] - 12.0;
        check_mean(c == 0 ? "trace, leading" : "trace, ito", trace, REPLICAS, expected[c]);
        free(levels);
    }
    free(trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_levels_are_of_the_orthogonal_ensemble),
        cmocka_unit_test(linear_levels_have_the_law_of_students),
        cmocka_unit_test(near_collisions_need_no_small_step),
        cmocka_unit_test(levels_follow_the_equation),
        cmocka_unit_test(small_rates_give_the_predicted_law),
        cmocka_unit_test(second_order_adds_to_the_trace),
    };
    return cmocka_run_group_tests_name("eigenvalue-sde, laws", tests, NULL, NULL);
}
