/* table.c: an analysis for people: measured, error, prediction and goodness of fit side by side. */
#include "statistics/table.h"

#include <inttypes.h>
#include <math.h>

static const char mixing_mark = '*';

static double kappa_of(const dyson_analysis *a, int level)
{
    return a->shape->kappa != NULL ? a->shape->kappa[level] : NAN;
}

static void print_counts(const dyson_analysis *a, size_t p, FILE *stream)
{
    const int64_t *count = dyson_count_row(a, p);
    fprintf(stream, "\npoint %zu:", p);
    for (size_t i = 0; i < a->swept; i++)
        fprintf(stream, " %s=%g", a->key[i]->name, a->value[i * a->points + p]);
    if (a->swept == 0) {
        char label[256];
        dyson_spec_label(dyson_reader_spec(a->merged.reader[0]), 0, label, sizeof label);
        fprintf(stream, " %s", label);
    }
    fprintf(stream, "; replicas: %" PRId64 " done", count[COUNT_DONE]);
    if (count[COUNT_PENDING] > 0)
        fprintf(stream, ", %" PRId64 " pending", count[COUNT_PENDING]);
    if (count[COUNT_DIVERGED] > 0)
        fprintf(stream, ", %" PRId64 " diverged (left out)", count[COUNT_DIVERGED]);
    if (count[COUNT_DAMAGED] > 0)
        fprintf(stream, ", %" PRId64 " damaged (left out; `dyson verify` names them)",
                count[COUNT_DAMAGED]);
    if (count[COUNT_OUTSIDE] > 0)
        fprintf(stream, ", %" PRId64 " with some x >= %g (kept)", count[COUNT_OUTSIDE],
                a->shape->ceiling);
    fputc('\n', stream);
}

/* The level whose mean has moved most, where that is more than chance. */
static void print_drift(const dyson_analysis *a, size_t p, FILE *stream)
{
    size_t most = 0;
    double largest = 0.0;
    for (size_t i = 0; i < a->levels; i++) {
        const double *row = dyson_level_row(a, p, i);
        const double errors = fabs(row[LEVEL_DRIFT]) / row[LEVEL_DRIFT_ERROR];
        if (errors > largest) {
            largest = errors;
            most = i;
        }
    }
    const double *row = dyson_level_row(a, p, most);
    if (dyson_level_moves(a, p, most))
        fprintf(stream,
                "  not stationary: since update %" PRId64
                " the mean of level %zu has moved by %.5f, error %.5f\n",
                a->merged.earlier, most, row[LEVEL_DRIFT], row[LEVEL_DRIFT_ERROR]);
}

static bool print_pairs(const dyson_analysis *a, size_t p, FILE *stream)
{
    bool mixes = false;
    if (a->pairs > 0)
        fprintf(stream, "  pair %7s %9s %8s %9s %9s %8s  %7s  %7s  %7s %9s %8s %8s\n", "kappa",
                "<S>", "error", "predicted", "pi^.5 sig", "error", "p surm.", "p AD", "p dens.",
                "Binder", "error", "overlap");
    for (size_t k = 0; k < a->pairs; k++) {
        const double *row = dyson_pair_row(a, p, k), scale = sqrt(M_PI);
        bool mixing = dyson_pair_mixes(a, p, k);
        fprintf(stream, "  %4zu", k);
        dyson_print_number(stream, 7, 4, kappa_of(a, a->pair_level[k]));
        dyson_print_estimate(stream, row[PAIR_SPACING], row[PAIR_SPACING_ERROR]);
        dyson_print_number(stream, 9, 5, row[PAIR_PREDICTED_SPACING]);
        dyson_print_estimate(stream, scale * row[PAIR_DENSITY_FIT],
                             scale * row[PAIR_DENSITY_FIT_ERROR]);
        dyson_print_p(stream, row[PAIR_SURMISE_KS]);
        dyson_print_p(stream, row[PAIR_SURMISE_AD]);
        dyson_print_p(stream, row[PAIR_DENSITY_KS]);
        dyson_print_estimate(stream, row[PAIR_BINDER], row[PAIR_BINDER_ERROR]);
        dyson_print_number(stream, 8, 4, row[PAIR_OVERLAP]);
        fprintf(stream, "%c\n", mixing ? mixing_mark : ' ');
        mixes = mixes || mixing;
    }
    return mixes;
}

static void print_singles(const dyson_analysis *a, size_t p, FILE *stream)
{
    if (a->singles > 0)
        fprintf(stream, "  single %5s %9s %8s %9s %9s %8s  %7s  %7s %9s %8s\n", "kappa", "std",
                "error", "predicted", "mean", "error", "p Gauss", "p AD", "Binder", "error");
    for (size_t q = 0; q < a->singles; q++) {
        const double *row = dyson_single_row(a, p, q);
        fprintf(stream, "  %4zu", q);
        dyson_print_number(stream, 7, 4, kappa_of(a, a->single_level[q]));
        dyson_print_estimate(stream, row[SINGLE_STD], row[SINGLE_STD_ERROR]);
        dyson_print_number(stream, 9, 5, row[SINGLE_PREDICTED]);
        dyson_print_estimate(stream, row[SINGLE_MEAN], row[SINGLE_MEAN_ERROR]);
        dyson_print_p(stream, row[SINGLE_KS]);
        dyson_print_p(stream, row[SINGLE_AD]);
        dyson_print_estimate(stream, row[SINGLE_BINDER], row[SINGLE_BINDER_ERROR]);
        fputc('\n', stream);
    }
}

static void print_splittings(const dyson_analysis *a, size_t p, FILE *stream)
{
    if (a->splittings > 0)
        fprintf(stream, "  split %7s %9s %8s %9s %9s %9s %8s %9s %8s %9s  %7s\n", "Delta", "<S>",
                "error", "Rice", "Eq. (60)", "Delta fit", "error", "sigma fit", "error",
                "predicted", "p Rice");
    for (size_t d = 0; d < a->splittings; d++) {
        const double *row = dyson_row(a, TABLE_SPLITTINGS, p, d);
        fprintf(stream, "  %5zu", d);
        dyson_print_number(stream, 7, 4, dyson_target_splitting(a, d));
        dyson_print_estimate(stream, row[SPLIT_SPACING], row[SPLIT_SPACING_ERROR]);
        dyson_print_number(stream, 9, 5, row[SPLIT_PREDICTED_RICE]);
        dyson_print_number(stream, 9, 5, row[SPLIT_PREDICTED_CLOSURE]);
        dyson_print_estimate(stream, row[SPLIT_SPLITTING_ML], row[SPLIT_SPLITTING_ML_ERROR]);
        dyson_print_estimate(stream, row[SPLIT_SIGMA_ML], row[SPLIT_SIGMA_ML_ERROR]);
        dyson_print_number(stream, 9, 5, row[SPLIT_PREDICTED_SIGMA]);
        dyson_print_number(stream, 8, 4, row[SPLIT_RICE_KS]);
        fputc('\n', stream);
    }
}

static void print_scalings(const dyson_analysis *a, FILE *stream)
{
    if (a->pairs == 0)
        return;
    static const char *const short_names[] = {"<S>", "sqrt(pi) sigma",
                                              "<S> against sqrt(pi) sigma"};
    fprintf(stream, "\n%-62s %9s %8s %9s %12s\n", "lines through the origin", "slope", "error",
            "predicted", "chi^2/dof");
    for (size_t i = 0; i < a->scalings; i++) {
        const dyson_scaling *s = &a->scaling[i];
        char label[128];
        if (s->by != NULL)
            snprintf(label, sizeof label, "    %s, %s alone varied", short_names[i % 3],
                     s->by->name);
        else
            snprintf(label, sizeof label, "  %s", s->text);
        fprintf(stream, "%-62s", label);
        dyson_print_estimate(stream, s->line.slope.value, s->line.slope.error);
        dyson_print_number(stream, 9, 5, s->predicted);
        fprintf(stream, "  %6.1f/%.0f\n", s->line.chi2, s->line.dof);
    }
}

static void print_repulsion(const dyson_analysis *a, FILE *stream)
{
    size_t used = 0;
    double largest = 0.0;
    for (size_t p = 0; p < a->points; p++)
        if (a->repulsion_used[p]) {
            used++;
            largest = fmax(largest, a->rate[p]);
        }
    if (used < 2 || a->shape->kappa == NULL || isinf(a->shape->ceiling))
        return;
    fprintf(
        stream,
        "\n<lambda>/kappa as alpha/B goes to 0: straight lines over the %zu points with alpha/B <= "
        "%.4g\n  %7s %10s %8s %9s %10s %8s %12s\n",
        used, largest, "kappa", "intercept", "error", "predicted", "slope", "error", "chi^2/dof");
    for (size_t g = 0; g < a->groups; g++) {
        const dyson_line *line = &a->repulsion[a->first[g]];
        fputc(' ', stream);
        dyson_print_number(stream, 7, 4, kappa_of(a, a->first[g]));
        dyson_print_number(stream, 10, 5, line->intercept.value);
        dyson_print_number(stream, 8, 5, line->intercept.error);
        dyson_print_number(stream, 9, 5, dyson_ratio_at_zero(a, (size_t)a->first[g]));
        dyson_print_number(stream, 10, 4, line->slope.value);
        dyson_print_number(stream, 8, 4, line->slope.error);
        fprintf(stream, "  %6.1f/%.0f\n", line->chi2, line->dof);
    }
}

void dyson_analysis_table(const dyson_analysis *analysis, FILE *stream)
{
    const dyson_analysis *a = analysis;
    fprintf(stream, "%s", dyson_reader_path(a->merged.reader[0]));
    for (size_t f = 1; f < a->merged.files; f++)
        fprintf(stream, " + %s", dyson_reader_path(a->merged.reader[f]));
    fprintf(stream, ": model %s, update %" PRId64 ", %zu points\n",
            dyson_reader_provenance(a->merged.reader[0])->model, a->merged.update, a->points);
    bool mixes = false;
    for (size_t p = 0; p < a->points; p++) {
        print_counts(a, p, stream);
        if (dyson_count_row(a, p)[COUNT_DONE] == 0)
            continue;
        mixes = print_pairs(a, p, stream) || mixes;
        print_singles(a, p, stream);
        print_splittings(a, p, stream);
        print_drift(a, p, stream);
        dyson_print_relaxation(a, p, stream);
        dyson_print_noise(a, p, stream);
        dyson_print_initial(a, p, stream);
        dyson_print_bulk(a, p, stream);
    }
    print_scalings(a, stream);
    print_repulsion(a, stream);
    if (a->pairs > 0)
        fprintf(stream,
                "\n<S>: mean spacing of a pair; pi^.5 sig: sqrt(pi) sigma of the density fit; p "
                "surm., p dens.: Kolmogorov-Smirnov,\np AD: the surmise, Anderson-Darling; all "
                "calibrated for "
                "fitted parameters. Binder: 4/27 = 0.14815 for a pair, 0 for a Gaussian.\n");
    if (mixes)
        fprintf(stream,
                "%c overlap with a neighbouring mode above %g: the pair mixes with it, and is "
                "no longer two degenerate levels alone.\n",
                mixing_mark, DYSON_MIXING_THRESHOLD);
}
