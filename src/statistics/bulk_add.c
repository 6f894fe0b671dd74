/* bulk_add.c: what one spectrum adds to the statistics of whole spectra.
 *
 * Unfolded levels y of the bulk lie in [0, l), l = (1 - 2 DYSON_BULK_EDGE) N.
 *
 * Levels are as a file has them: where that was not written by the program they may be out of
 * order, or no numbers; what is found is then meaningless, but no bin lies outside its array.
 *
 * A spacing counts where its lower level lies in the bulk: were both to lie there, large spacings
 * would be left out more often than small ones.  Thinning begins with the first, second, ... of
 * them by turns: the first one follows the spacing across the edge of the bulk, which is larger
 * than others.
 *
 * Numbers of levels are taken in cells of length 1/2 and summed up from the left, so that the
 * number in an interval is one difference; intervals begin at every cell.
 *
 * Delta_3 of an interval of length L with n levels at e_i, i from 0, e measured from its middle
 * (Bohigas and Giannoni, Ann. Phys. 89, 393), minimised over the straight line:
 *   n^2/16 - (sum e)^2/L^2 + 3 n sum e^2/(2 L^2) - 3 (sum e^2)^2/L^4 + sum (n - 1 - 2 i) e_i/L.
 *
 * The form factor of one spectrum scatters as much as it is large, at every N: it is averaged over
 * adjoining pieces of the bulk of dyson_form_length, each through the window w = (4 t (1 - t))^3, t
 * from 0 to 1, whose smooth ends do not show in it:
 *   K(tau) = <|sum w e^(2 pi i tau y)|^2>/<sum w^2>.
 */
#include "statistics/bulk.h"

#include <math.h>
#include <string.h>

const double dyson_lengths[DYSON_LENGTHS] = {0.5,  1.0,  1.5,  2.0,   3.0,   4.0,
                                             5.0,  7.0,  10.0, 15.,   20.0,  30.0,
                                             50.0, 70.0, 100., 200.0, 500.0, 1000.0};

static void add_ratios(size_t levels, const double *x, dyson_bulk_sums *sums)
{
    const size_t skip = (size_t)(DYSON_BULK_EDGE * (double)levels);
    double sum = 0.0, count = 0.0;
    for (size_t i = skip; i + 2 + skip < levels; i++) {
        const double one = x[i] - x[i + 1], other = x[i + 1] - x[i + 2];
        const double large = one > other ? one : other, small = one > other ? other : one;
        if (large > 0.0) {
            sum += small / large;
            count += 1.0;
        }
    }
    sums->ratio += sum;
    sums->ratios += count;
}

static void add_spacings(size_t count, const double *spacing, dyson_bulk_sums *sums,
                         dyson_bulk_counts *counts)
{
    const double parts = DYSON_SPACING_FINE / DYSON_SPACING_WIDTH;
    const size_t last = (DYSON_SPACING_SUMS - 1) * DYSON_SPACING_FINE;
    const size_t turn = (size_t)sums->replicas % DYSON_THINNING;
    double sum = 0.0, squares = 0.0;
    for (size_t i = 0; i < count; i++) {
        const double s = spacing[i], place = s * parts;
        const size_t part = place >= 0.0 && place < (double)last ? (size_t)place : last;
        sum += s;
        squares += s * s;
        counts->spacing[part]++;
        sums->spacing[part / DYSON_SPACING_FINE] += 1.0;
        if (i % DYSON_THINNING == turn)
            counts->thinned[part]++;
    }
    sums->spacings += (double)count;
    sums->spacing_sum += sum;
    sums->spacing_squares += squares;
}

static void add_numbers(size_t cells, const uint32_t *below, dyson_bulk_sums *sums)
{
    for (int k = 0; k < DYSON_LENGTHS; k++) {
        const size_t width = (size_t)(2.0 * dyson_lengths[k]);
        if (4 * width > cells)
            break;
        uint64_t sum = 0, squares = 0;
        for (size_t c = 0; c + width <= cells; c++) {
            const uint32_t n = below[c + width] - below[c];
            sum += n;
            squares += (uint64_t)n * n;
        }
        sums->number[k] += (double)sum;
        sums->number_squares[k] += (double)squares;
        sums->windows[k] += (double)(cells - width + 1);
    }
}

static double rigidity(size_t n, const double *y, double middle, double length)
{
    double sum = 0.0, squares = 0.0, ordered = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double e = y[i] - middle;
        sum += e;
        squares += e * e;
        ordered += (double)i * e;
    }
    const double count = (double)n, over = 1.0 / length;
    return count * count / 16.0 - sum * sum * over * over + 1.5 * count * squares * over * over -
           3.0 * squares * squares * over * over * over * over +
           ((count - 1.0) * sum - 2.0 * ordered) * over;
}

static void add_rigidities(size_t cells, const uint32_t *below, const double *y,
                           dyson_bulk_sums *sums)
{
    for (int k = 1; k < DYSON_LENGTHS; k++) {
        const double length = dyson_lengths[k];
        const size_t width = (size_t)(2.0 * length);
        if (4 * width > cells)
            break;
        double sum = 0.0;
        for (size_t c = 0; c + width <= cells; c += width) {
            sums->intervals[k] += 1.0;
            sum += rigidity(below[c + width] - below[c], y + below[c],
                            0.5 * (double)c + 0.5 * length, length);
        }
        sums->rigidity[k] += sum;
    }
}

double dyson_form_length(size_t levels)
{
    enum { LEAST = 80 };
    const double length = (1.0 - 2.0 * DYSON_BULK_EDGE) * (double)levels;
    return length / fmax(1.0, floor(length / LEAST));
}

/* One piece, from `low` on: e^(2 pi i tau y) at tau = step, 2 step, ... by multiplication, for a
 * few levels side by side. */
static void add_form(size_t count, const double *y, double low, double length,
                     dyson_bulk_sums *sums)
{
    enum { SIDE = 8 };
    double real[DYSON_TAUS][SIDE] = {{0}}, imaginary[DYSON_TAUS][SIDE] = {{0}};
    for (size_t i = 0; i < count; i += SIDE) {
        double c[SIDE] = {0}, s[SIDE] = {0}, u[SIDE] = {0}, v[SIDE] = {0};
        for (size_t j = 0; j < SIDE && i + j < count; j++) {
            const double t = (y[i + j] - low) / length, arch = 4.0 * t * (1.0 - t);
            const double angle = 2.0 * M_PI * DYSON_TAU_STEP * (y[i + j] - low);
            c[j] = cos(angle);
            s[j] = sin(angle);
            u[j] = arch * arch * arch;
            sums->weight += u[j] * u[j];
        }
        for (int k = 0; k < DYSON_TAUS; k++)
            for (int j = 0; j < SIDE; j++) {
                const double next = u[j] * c[j] - v[j] * s[j];
                v[j] = u[j] * s[j] + v[j] * c[j];
                u[j] = next;
                real[k][j] += next;
                imaginary[k][j] += v[j];
            }
    }
    for (int k = 0; k < DYSON_TAUS; k++) {
        double x = 0.0, z = 0.0;
        for (int j = 0; j < SIDE; j++) {
            x += real[k][j];
            z += imaginary[k][j];
        }
        sums->form[k] += x * x + z * z;
    }
}

static void add_forms(size_t count, const double *y, double length, double whole,
                      dyson_bulk_sums *sums)
{
    const size_t pieces = (size_t)lround(whole / length);
    for (size_t piece = 0, first = 0, last = 0; piece < pieces; piece++, first = last) {
        const double low = length * (double)piece, high = low + length;
        while (last < count && (y[last] < high || piece + 1 == pieces))
            last++;
        add_form(last - first, y + first, low, length, sums);
    }
}

static void add_unfolded(const dyson_bulk_view *view, const double *x, double *y, uint32_t *below,
                         dyson_bulk_sums *sums, dyson_bulk_counts *counts)
{
    const double length = (1.0 - 2.0 * DYSON_BULK_EDGE) * (double)view->levels;
    const size_t cells = (size_t)(2.0 * length);
    double *spacing = y + view->levels + 2;
    bool next;
    const size_t count = dyson_unfold(&view->map, x, y, &next), all = count + next;
    for (size_t i = 0; i + 1 < all; i++)
        spacing[i] = y[i + 1] - y[i];
    add_spacings(all > 0 ? all - 1 : 0, spacing, sums, counts);
    size_t cell = 0;
    for (size_t i = 0; i < count; i++) /* below[c]: levels below c/2 */
        while (cell <= cells && 0.5 * (double)cell <= y[i])
            below[cell++] = (uint32_t)i;
    while (cell <= cells)
        below[cell++] = (uint32_t)count;
    add_numbers(cells, below, sums);
    add_rigidities(cells, below, y, sums);
    add_forms(count, y, dyson_form_length(view->levels), length, sums);
}

static void add_density(const dyson_bulk_view *view, const double *x, dyson_bulk_sums *sums,
                        dyson_bulk_counts *counts)
{
    const dyson_density *law = &view->density;
    const double scale = 1.0 / law->half, bins = DYSON_DENSITY_BINS;
    double t[DYSON_CHEBYSHEV] = {0};
    for (size_t i = 0; i < view->levels; i++) {
        const double u = (x[i] - law->centre) * scale, u2 = u * u;
        const double place = (u + 1.2) * (bins / 2.4);
        if (place >= 0.0 && place < bins)
            sums->density[(size_t)place] += 1.0;
        else if (place < 0.0)
            sums->below += 1.0;
        else
            sums->above += 1.0;
        t[0] += u;
        t[1] += 2.0 * u2 - 1.0;
        t[2] += u * (4.0 * u2 - 3.0);
        t[3] += 8.0 * u2 * (u2 - 1.0) + 1.0;
    }
    for (int k = 0; k < DYSON_CHEBYSHEV; k++) {
        sums->chebyshev[k] += t[k];
        sums->chebyshev_squares[k] += t[k] * t[k];
    }
    const double edge = (x[0] - law->edge) / law->edge_scale;
    const double place = (edge - DYSON_EDGE_LOW) / DYSON_EDGE_WIDTH;
    sums->edge += edge;
    sums->edge_squares += edge * edge;
    counts->edge[place < 0.0               ? 0
                 : place < DYSON_EDGE_BINS ? (size_t)place + 1
                                           : DYSON_EDGE_BINS + 1]++;
}

void dyson_bulk_add(const dyson_bulk_view *view, const double *x, double *room, uint32_t *cells,
                    dyson_bulk_sums *sums, dyson_bulk_counts *counts)
{
    sums->replicas += 1.0;
    add_ratios(view->levels, x, sums);
    if (view->map.kind == DYSON_UNFOLD_LOCAL)
        add_spacings(dyson_unfold_locally(&view->map, x, room), room, sums, counts);
    else if (view->map.kind != DYSON_UNFOLD_AUTO)
        add_unfolded(view, x, room, cells, sums, counts);
    if (view->density.kind != DYSON_DENSITY_UNKNOWN)
        add_density(view, x, sums, counts);
}
