/* spectrum_lanes.c: eigenvalues of LANES symmetric matrices at a time.
 *
 * Storage: element (i, j) of the matrices is the vector a[i*n + j]; only j <= i is used.  The
 * tridiagonal matrix T has diagonal d[0..n) and e[i] couples i and i + 1; both have room for one
 * vector in front, which stands for the row above the first.
 *
 * 1. Scaling by a power of two per lane, so that the sum of the elements' sizes lies in [2^13,
 * 2^14): exact, and no square can overflow or matter when it underflows.
 * 2. Householder reflections: A = Q T Q', householder_lanes.h.
 * 3. QL with Wilkinson's shift, upwards from the last row, on d and e^2 where no vectors are asked
 * for (the root-free form), by rotations otherwise.  Each lane deflates at its own pace: its
 * unreduced block begins at row `first`, a number per lane, and what lies above is never written.
 * Sweeps run until all lanes are done; a lane that is done has first = n.
 * 4. Sorting by a network, and undoing the scale. */
#include "spectrum/spectrum_lanes.h"
#include "spectrum/householder_lanes.h"

/* Couplings of |e| <= 2 eps max(|d_i| + |e_i|) are deflated.  Rounding of d - shift to the spacing
 * of numbers of that size keeps couplings between equal eigenvalues from becoming much smaller. */
#define DEFLATED 0x1p-51
/* Added to squares of couplings, so that none is zero; far less than what is deflated. */
#define SMALLEST_SQUARE 0x1p-160
/* Wilkinson's shift needs about 2 sweeps per eigenvalue; the bound only makes sure that the loop
 * ends. */
#define SWEEPS_PER_ROW 40

/* Where each lane stands: its unreduced block begins at row `first`, with d0, d1 on the diagonal
 * and the squared coupling e0 between them.  Squared couplings up to `deflated` are negligible. */
typedef struct head {
    lane first;
    lane d0, d1, e0;
    lane deflated;
} head;

/* The power of two 2^E, not below 2^-1022, with 2^E <= size < 2^(E+1); and 2^(1-E). */
LANE_INLINE lane power_below(lane size)
{
    const lane_word power = (lane_word)size & (UINT64_C(2047) << 52);
    return lane_select(power == 0, lane_all(0x1p-1022), (lane)power);
}

LANE_INLINE lane twice_inverse(lane power)
{
    return (lane)((UINT64_C(2047) << 52) - (lane_word)power);
}

/* Scales the lower triangle; returns 2^E.  *check becomes 0, or NaN where an element is not finite.
 * The sum is taken in units of 2^12, where 64*65/2 of the largest numbers do not overflow. */
static lane scale(int n, lane *restrict a, lane *restrict check)
{
    lane even = lane_all(0.0), odd = even;
    for (int i = 0; i < n; i++) {
        int j = 0;
        for (; j < i; j += 2) {
            even += 0x1p-12 * lane_abs(a[i * n + j]);
            odd += 0x1p-12 * lane_abs(a[i * n + j + 1]);
        }
        if (j == i)
            even += 0x1p-12 * lane_abs(a[i * n + i]);
    }
    const lane power = power_below(even + odd);
    const lane factor = twice_inverse(power);
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++)
            a[i * n + j] *= factor;
    *check = (even + odd) * 0.0;
    return power;
}

/* Wilkinson's shift: the eigenvalue of the head's first 2 x 2 block that is nearer to d0. */
LANE_INLINE lane wilkinson(const head *top)
{
    const lane half = 0.5 * (top->d1 - top->d0);
    const lane root = lane_sqrt(square(half) + (top->e0 + NEGLIGIBLE)); /* not zero: no 0/0 */
    return top->d0 - top->e0 / (half + with_sign(root, half));
}

/* Moves every lane's head past the couplings that are negligible, and reads what the shift needs
 * there. e holds squares where `squares`.  Returns the first row that is the head of some lane, n
 * if all lanes are done. */
static int deflate(int n, int start, const lane *restrict d, const lane *restrict e,
                   const int squares, head *restrict top)
{
    head at = *top;
    for (int i = start; i < n - 1; i++) {
        const lane square_e = squares ? e[i] : square(e[i]);
        const lane_mask is_head = at.first == (double)i;
        const lane_mask small = is_head & (square_e <= at.deflated);
        at.first = lane_select(small, lane_all(i + 1 < n - 1 ? i + 1 : n), at.first);
        at.d0 = lane_select(is_head, d[i], at.d0);
        at.d1 = lane_select(is_head, d[i + 1], at.d1);
        at.e0 = lane_select(is_head, square_e, at.e0);
        if (start == i && !lane_any(at.first <= (double)i))
            start = i + 1;
        else if (!lane_any(at.first > (double)i))
            break;
    }
    *top = at;
    return start < n - 1 ? start : n;
}

/* One QL sweep without roots, on the squares of e: with d' = d - shift, from below,
 *   P_i = d'_i P_(i+1) - e_i P_(i+2)      the determinant of d' and e from row i on,
 *   R_i = P_(i+1)^2 + e_i R_(i+1)         the product of the squared diagonal of the triangular
 * factor, s_i = e_i R_(i+1)/R_i,  h_i = P_i P_(i+1)/R_i, d_(i+1) becomes shift + h_(i+1) + s_i
 * (h_(i+1) + d'_i), e_(i+1) becomes s_(i+1) R_i/R_(i+1). This is the form of Pal, Walker and Kahan
 * with the fractions cleared: P and R need no division, and the one that is left is in no
 * recurrence.  What a sweep waits for is R, so its recurrence is one sum and one product long.  The
 * rounding errors of P are those of Sturm's sequence, small relative changes of d' and e; R adds
 * what is not negative.  Every four rows P and R are divided by powers of two, R being the measure:
 * between, R cannot shrink below SMALLEST_SQUARE^4. In the row above a lane's block e_i counts as
 * zero, which ends the sweep of that lane. */
static void sweep_squares(int n, int start, lane *restrict d, lane *restrict e,
                          const head *restrict top)
{
    const lane shift = wilkinson(top), first = top->first;
    lane p1 = d[n - 1] - shift, p2 = lane_all(1.0), r1 = p2, inverse1 = p2;
    lane h = p1, s = lane_all(0.0);
    for (int i = n - 2, count = 0; i >= start - 1; i--, count++) {
        if (count == 4) {
            const lane_word half_field = ((lane_word)r1 >> 1) & (UINT64_C(2047) << 52);
            const lane root = (lane)((UINT64_C(1534) << 52) - half_field);
            const lane inverse_root = (lane)(half_field + (UINT64_C(512) << 52));
            p1 *= root;
            p2 *= root;
            r1 *= square(root);
            inverse1 *= square(inverse_root);
            count = 0;
        }
        const lane_mask inside = first <= (double)i, written = first <= (double)(i + 1);
        const lane square_e = (lane)((lane_mask)e[i] & inside);
        const lane d_old = d[i] - shift;
        const lane below = square_e * r1;
        const lane p = d_old * p1 - square_e * p2;
        const lane r = square(p1) + (square_e + SMALLEST_SQUARE) * r1;
        const lane inverse = 1.0 / r;
        const lane e_new = s * (r * inverse1);
        s = below * inverse;
        const lane d_new = shift + (h + s * (h + d_old));
        d[i + 1] = lane_select(written, d_new, d[i + 1]);
        if (i < n - 2)
            e[i + 1] = lane_select(written, e_new, e[i + 1]);
        h = p * p1 * inverse;
        p2 = p1;
        p1 = p;
        r1 = r;
        inverse1 = inverse;
    }
}

/* One QL sweep by rotations, on e itself; they are applied to the rows of z.  With explicit shift:
 * other than the implicit form it goes on through couplings that are zero. */
static void sweep_rotations(int n, int start, lane *restrict d, lane *restrict e, lane *restrict z,
                            const head *restrict top)
{
    const lane shift = wilkinson(top), first = top->first, zero = lane_all(0.0);
    lane p = d[n - 1] - shift, s = zero, c = lane_all(1.0);
    for (int i = n - 2; i >= start; i--) {
        const lane_mask inside = first <= (double)i, is_head = first == (double)i;
        const lane d_old = d[i] - shift, g = c * e[i], h = c * p;
        const lane sum = square(p) + square(e[i]), r = lane_sqrt(sum);
        const lane_mask present = sum > NEGLIGIBLE;
        if (i < n - 2)
            e[i + 1] = lane_select(inside, s * r, e[i + 1]);
        s = lane_select(present, e[i] / r, zero);
        c = lane_select(present, p / r, lane_all(1.0));
        p = c * d_old - s * g;
        d[i + 1] = lane_select(inside, shift + (h + s * (c * g + s * d_old)), d[i + 1]);
        d[i] = lane_select(is_head, shift + c * p, d[i]);
        e[i] = lane_select(is_head, s * p, e[i]);
        const lane s_used = lane_select(inside, s, zero);
        const lane c_used = lane_select(inside, c, lane_all(1.0));
        lane *restrict upper = z + i * n, *restrict lower = upper + n;
        for (int k = 0; k < n; k++) {
            const lane old = lower[k];
            lower[k] = s_used * upper[k] + c_used * old;
            upper[k] = c_used * upper[k] - s_used * old;
        }
    }
}

/* Step 3 of the top; rows of z are turned along where it is not NULL.  Lanes whose check is not 0
 * are left alone.  Returns check, with NaN also where the bound on sweeps was reached. */
static lane diagonalise(int n, lane *restrict d, lane *restrict e, lane *restrict z, lane check)
{
    head top = {.d0 = lane_all(0.0), .d1 = lane_all(0.0), .e0 = lane_all(0.0)};
    lane norm = lane_abs(d[n - 1]);
    for (int i = 0; i < n - 1; i++) {
        const lane size = lane_abs(d[i]) + lane_abs(e[i]);
        norm = lane_select(size > norm, size, norm);
        if (z == NULL)
            e[i] = square(e[i]);
    }
    d[-1] = e[-1] = lane_all(0.0); /* what the sweep of a whole matrix sees above */
    top.deflated = square(DEFLATED * norm);
    top.first = lane_select(check == 0.0, lane_all(0.0), lane_all(n));
    int start = 0;
    for (int sweep = 0; sweep < SWEEPS_PER_ROW * n; sweep++) {
        start = deflate(n, start, d, e, z == NULL, &top);
        if (start == n)
            return check;
        if (z == NULL)
            sweep_squares(n, start, d, e, &top);
        else
            sweep_rotations(n, start, d, e, z, &top);
    }
    return lane_select(top.first < n, lane_all(__builtin_nan("")), check);
}

/* Exchanges elements i and j, and rows i and j of z, where the former is the smaller. */
LANE_INLINE void order(int n, int i, int j, lane *restrict d, lane *restrict z)
{
    const lane_mask wrong = d[i] < d[j];
    const lane_mask change = ((lane_mask)d[i] ^ (lane_mask)d[j]) & wrong;
    d[i] = (lane)((lane_mask)d[i] ^ change);
    d[j] = (lane)((lane_mask)d[j] ^ change);
    for (int k = 0; k < n && z != NULL; k++) {
        const lane upper = z[i * n + k], lower = z[j * n + k];
        z[i * n + k] = lane_select(wrong, lower, upper);
        z[j * n + k] = lane_select(wrong, upper, lower);
    }
}

/* Batcher's merge exchange: compares the same pairs whatever the values are. */
static void sort_descending(int n, lane *restrict d, lane *restrict z)
{
    int top = 1;
    while (2 * top < n)
        top *= 2;
    for (int p = top; p > 0; p /= 2) {
        int distance = p, remainder = 0;
        for (int q = top;; q /= 2) {
            for (int i = 0; i < n - distance; i++)
                if ((i & p) == remainder)
                    order(n, i, i + distance, d, z);
            if (q == p)
                break;
            distance = q - p;
            remainder = p;
        }
    }
}

void DYSON_LANE(dyson_spectrum_lanes)(int n, double *a, double *eigenvalues, double *vectors,
                                      double *scratch)
{
    lane *matrix = (lane *)a, *level = (lane *)eigenvalues, *vector = (lane *)vectors;
    lane *d = (lane *)scratch + 1, *e = d + n + 1, *work = e + n;
    lane *inverse = NULL, *z = NULL;
    lane check;
    if (vectors != NULL) {
        inverse = (lane *)scratch + DYSON_SPECTRUM_SCRATCH_VALUES(n);
        z = inverse + n;
    }
    const lane power = scale(n, matrix, &check);
    tridiagonalise(n, matrix, d, e, inverse, work);
    if (vectors != NULL)
        accumulate(n, matrix, inverse, z);
    check = diagonalise(n, d, e, z, check);
    sort_descending(n, d, z);
    /* Adding check, which is +0 or NaN, also makes every zero a positive one: sweeps that a
     * finished lane was only a spectator of can have changed the sign of a zero, and nothing else.
     */
    for (int k = 0; k < n; k++) {
        level[k] = 0.5 * d[k] * power + check;
        for (int i = 0; i < n && vectors != NULL; i++)
            vector[i * n + k] = z[k * n + i] + check;
    }
}
