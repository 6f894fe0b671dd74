/* table_dynamics.c: the printed table's numbers, and its lines on how a run starts, moves and
 * relaxes. */
#include "statistics/table.h"

#include <math.h>

/* A p-value no smaller than the null distributions tell. */
void dyson_print_p(FILE *stream, double p)
{
    if (isnan(p))
        fprintf(stream, "  %7s", "-");
    else if (p <= 1.0 / (1.0 + DYSON_NULLS))
        fprintf(stream, "  <%.4f", 1.0 / (1.0 + DYSON_NULLS));
    else
        fprintf(stream, "  %7.4f", p);
}

void dyson_print_number(FILE *stream, int width, int digits, double value)
{
    if (isnan(value))
        fprintf(stream, " %*s", width, "-");
    else
        fprintf(stream, " %*.*f", width, digits, value);
}

/* value +- error */
void dyson_print_estimate(FILE *stream, double value, double error)
{
    dyson_print_number(stream, 9, 5, value);
    dyson_print_number(stream, 8, 5, error);
}

/* The modes whose rate was measured. */
void dyson_print_relaxation(const dyson_analysis *a, size_t p, FILE *stream)
{
    bool heading = false;
    for (size_t g = 0; g < dyson_tables[TABLE_RELAXATION].rows(a); g++) {
        const double *row = dyson_row(a, TABLE_RELAXATION, p, g);
        if (isnan(row[RELAXATION_RATE]))
            continue;
        if (!heading)
            fprintf(stream, "  relaxation, per update: kappa, rate, error, predicted, snapshots\n");
        heading = true;
        fprintf(stream, "     ");
        dyson_print_number(stream, 8, 4,
                           a->shape->kappa != NULL ? a->shape->kappa[a->first[g]] : NAN);
        dyson_print_estimate(stream, row[RELAXATION_RATE], row[RELAXATION_RATE_ERROR]);
        dyson_print_number(stream, 9, 5, row[RELAXATION_PREDICTED]);
        fprintf(stream, " %6.0f\n", row[RELAXATION_LAGS]);
    }
}

void dyson_print_noise(const dyson_analysis *a, size_t p, FILE *stream)
{
    if (dyson_tables[TABLE_NOISE].rows(a) == 0)
        return;
    const double *row = dyson_row(a, TABLE_NOISE, p, 0);
    fprintf(stream,
            "  noise of one update, g_ij^2 measured/predicted: i != j %.4f, error %.4f, chi^2/dof "
            "%.1f/%.0f; i = j %.4f, error %.4f, chi^2/dof %.1f/%.0f\n",
            row[NOISE_OFF], row[NOISE_OFF_ERROR], row[NOISE_OFF_CHI2], row[NOISE_OFF_DOF],
            row[NOISE_DIAGONAL], row[NOISE_DIAGONAL_ERROR], row[NOISE_DIAGONAL_CHI2],
            row[NOISE_DIAGONAL_DOF]);
}

void dyson_print_initial(const dyson_analysis *a, size_t p, FILE *stream)
{
    if (dyson_tables[TABLE_INITIAL].rows(a) == 0)
        return;
    const double *row = dyson_row(a, TABLE_INITIAL, p, 0);
    fprintf(stream,
            "  update 0: tr X/N %.6g, error %.2g, exact %.6g; tr X^2/N %.6g, error %.2g, exact "
            "%.6g; p %.3f; from Marchenko-Pastur %.4f, synthetic %.4f\n",
            row[INITIAL_TRACE], row[INITIAL_TRACE_ERROR], row[INITIAL_TRACE_EXACT],
            row[INITIAL_SQUARES], row[INITIAL_SQUARES_ERROR], row[INITIAL_SQUARES_EXACT],
            row[INITIAL_P], row[INITIAL_KS], row[INITIAL_KS_SYNTHETIC]);
}
