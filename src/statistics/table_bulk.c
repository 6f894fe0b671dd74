/* table_bulk.c: the printed table's lines on whole spectra, at the snapshot that is analysed. */
#include "statistics/bulk.h"
#include "statistics/table.h"

#include <math.h>

static void print_unfolded(const double *row, FILE *stream)
{
    static const char *const methods[] = {"not unfolded", "analytic", "polynomial", "local"};
    const int method = (int)row[UNFOLDED_METHOD];
    fprintf(stream, "  spacings, unfolding %s", methods[method]);
    if (method != DYSON_UNFOLD_AUTO)
        fprintf(stream,
                ": Brody %.4f, error %.4f, GOE %.4f; distance %.4f from the GOE, %.4f from "
                "Poisson",
                row[UNFOLDED_BRODY], row[UNFOLDED_BRODY_ERROR], row[UNFOLDED_BRODY_ORTHOGONAL],
                row[UNFOLDED_KS], row[UNFOLDED_KS_POISSON]);
    if (!isnan(row[UNFOLDED_P]))
        fprintf(stream, "; p %.4f and %.4f", row[UNFOLDED_P], row[UNFOLDED_P_POISSON]);
    fputc('\n', stream);
}

static void print_law(const double *row, FILE *stream)
{
    const char *name =
        (int)row[LAW_KIND] == DYSON_DENSITY_SEMICIRCLE ? "semicircle" : "Marchenko-Pastur";
    fprintf(stream,
            "  density, %s: p %.4f; largest level, scaled: mean %.4f, error %.4f, std %.4f, error "
            "%.4f; p of Tracy-Widom %.4f\n",
            name, row[LAW_P], row[LAW_EDGE], row[LAW_EDGE_ERROR], row[LAW_EDGE_STD],
            row[LAW_EDGE_STD_ERROR], row[LAW_EDGE_P]);
}

void dyson_print_bulk(const dyson_analysis *a, size_t p, FILE *stream)
{
    size_t t = 0;
    while (dyson_bulk_update(a, t) != a->merged.update)
        t++;
    /* Few levels of several modes are no ensemble of their own. */
    if (a->groups > 1 && a->levels < DYSON_LEAST_UNFOLDED)
        return;
    if (dyson_bulk_ratio_rows(a) > 0)
        fprintf(stream, "  ratio of spacings: %.4f, error %.4f, GOE %.4f, Poisson %.4f\n",
                dyson_row(a, TABLE_RATIOS, p, t)[RATIO_MEAN],
                dyson_row(a, TABLE_RATIOS, p, t)[RATIO_MEAN_ERROR],
                dyson_ratio_orthogonal(a->levels), dyson_ratio_poisson());
    if (dyson_bulk_unfolded_rows(a) > 0)
        print_unfolded(dyson_row(a, TABLE_UNFOLDED, p, t), stream);
    if (dyson_bulk_law_rows(a) > 0 && dyson_row(a, TABLE_LAW, p, t)[LAW_KIND] > 0.0)
        print_law(dyson_row(a, TABLE_LAW, p, t), stream);
}
