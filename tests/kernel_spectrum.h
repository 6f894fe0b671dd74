/* kernel_spectrum.h: the eigenvalues' part of kernel_check.c, which includes it. */
/* ---- eigenvalues ---- */

/* Random symmetric matrices, a different scale in each lane: backward stable to a few n 2^-52. */
static void check_eigenvalues(subject *s, int n)
{
    double *const a = vectors(s, (size_t)(n * n)), *const eigenvalues = vectors(s, (size_t)n);
    double *const scratch = vectors(s, dyson_spectrum_scratch(n, s->kernel, 0));
    double *const plain = malloc((size_t)(s->lanes * n * n) * sizeof *plain);
    double worst = 0.0, expected[64];
    for (int l = 0; l < s->lanes; l++) {
        double *const b = plain + l * n * n;
        dyson_random_normals(1, DYSON_PURPOSE_DATA, l, n, 0, (size_t)(n * n), b);
        for (int i = 0; i < n; i++)
            for (int j = 0; j <= i; j++)
                a[(i * n + j) * s->lanes + l] = b[i * n + j] = b[j * n + i] =
                    b[i * n + j] * pow(10.0, 30 * l - 60);
    }
    dyson_spectrum_lanes(n, s->kernel, a, eigenvalues, NULL, scratch);
    for (int l = 0; l < s->lanes; l++) {
        symmetric_reference_eigenvalues(n, plain + l * n * n, expected);
        const double norm = fmax(fabs(expected[0]), fabs(expected[n - 1]));
        for (int i = 0; i < n; i++) {
            const double error = fabs(eigenvalues[i * s->lanes + l] - expected[i]) / norm;
            worst = larger(worst, error);
        }
    }
    report(s, worst <= n * 1e-15, "eigenvalues of %d x %d: largest error %.1e of the norm", n, n,
           worst);
    free(a);
    free(eigenvalues);
    free(scratch);
    free(plain);
}
