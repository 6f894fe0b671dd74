/* estimators.c: moments with delete-one jackknife errors in one pass, and the overlap of two
 * levels.
 *
 * y[n x m]: n replicas of m values, M = n m.  With d = y - <y> and T_k = sum d^k, the sums without
 * replica i are T_k - sum_j d_ij^k, and the central moments without it follow from those sums and
 * their own mean delta = T_1/(M - m): m_2 = s_2 - delta^2,  m_3 = s_3 - 3 delta s_2 + 2 delta^3,
 * m_4 = s_4 - 4 delta s_3 + 6 delta^2 s_2 - 3 delta^4,  s_k = T_k/(M - m). So all n leave-one-out
 * estimates theta_i cost O(n), and error^2 = (n - 1)/n sum_i (theta_i - <theta>)^2, which is s^2/n
 * for the mean. */
#include "dyson/statistics.h"
#include "statistics/sorting.h"

#include <math.h>
#include <stdlib.h>

dyson_estimate dyson_mean(size_t n, const double *y)
{
    dyson_estimate mean = {NAN, NAN};
    if (n == 0)
        return mean;
    double count = (double)n, sum = 0.0, rest = 0.0, squares = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += y[i];
    double first = sum / count;
    for (size_t i = 0; i < n; i++) {
        double d = y[i] - first;
        rest += d;
        squares += d * d;
    }
    mean.value = first + rest / count;
    if (n > 1)
        mean.error = sqrt((squares - rest * rest / count) / (count * (count - 1.0)));
    return mean;
}

/* The statistics of one set of sums: mean (about the full mean), std, skewness, binder. */
static void from_sums(double count, const double sum[5], double out[4])
{
    double delta = sum[1] / count;
    double s2 = sum[2] / count, s3 = sum[3] / count, s4 = sum[4] / count;
    double m2 = s2 - delta * delta;
    double m3 = s3 - 3.0 * delta * s2 + 2.0 * delta * delta * delta;
    double d2 = delta * delta, m4 = s4 - 4.0 * delta * s3 + 6.0 * d2 * s2 - 3.0 * d2 * d2;
    out[0] = delta;
    out[1] = sqrt(m2 * count / (count - 1.0));
    out[2] = m3 / (m2 * sqrt(m2));
    out[3] = 1.0 - m4 / (3.0 * m2 * m2);
}

static void add_powers(size_t values, const double *y, double mean, double sign, double sum[5])
{
    for (size_t j = 0; j < values; j++) {
        double d = y[j] - mean, d2 = d * d;
        sum[1] += sign * d;
        sum[2] += sign * d2;
        sum[3] += sign * d2 * d;
        sum[4] += sign * d2 * d2;
    }
}

dyson_moments dyson_moments_of(size_t n, size_t values, const double *y)
{
    const dyson_estimate none = {NAN, NAN};
    dyson_moments moments = {none, none, none, none};
    double mean = dyson_mean(n * values, y).value;
    moments.mean.value = mean;
    if (n < 2)
        return moments;
    double total = (double)(n * values), left = total - (double)values, count = (double)n;
    double sum[5] = {0}, full[4], first[4] = {0}, deviation[4] = {0}, squares[4] = {0};
    for (size_t i = 0; i < n; i++)
        add_powers(values, y + i * values, mean, 1.0, sum);
    from_sums(total, sum, full);
    for (size_t i = 0; i < n; i++) {
        double without[5] = {0, sum[1], sum[2], sum[3], sum[4]}, theta[4];
        add_powers(values, y + i * values, mean, -1.0, without);
        from_sums(left, without, theta);
        for (int s = 0; s < 4; s++) {
            if (i == 0)
                first[s] = theta[s];
            deviation[s] += theta[s] - first[s];
            squares[s] += (theta[s] - first[s]) * (theta[s] - first[s]);
        }
    }
    dyson_estimate *out[4] = {&moments.mean, &moments.std, &moments.skewness, &moments.binder};
    for (int s = 0; s < 4; s++) {
        double scatter = squares[s] - deviation[s] * deviation[s] / count;
        out[s]->value = s == 0 ? mean : full[s];
        out[s]->error = sqrt((count - 1.0) / count * fmax(scatter, 0.0));
    }
    return moments;
}

int dyson_overlap(size_t n, const double *upper, const double *lower, double *overlap,
                  dyson_error *error)
{
    *overlap = NAN;
    if (n < 2)
        return DYSON_OK;
    double *high = dyson_sorted_copy(n, upper), *low = dyson_sorted_copy(n, lower);
    if (high == NULL || low == NULL) {
        dyson_fail(error, DYSON_INTERNAL, "out of memory for %zu replicas", n);
    } else {
        double reversed = 0.0;
        size_t below = 0; /* number of `high` below low[j] */
        for (size_t j = 0; j < n; j++) {
            while (below < n && high[below] < low[j])
                below++;
            reversed += (double)below;
        }
        *overlap = reversed / ((double)n * (double)(n - 1));
    }
    free(high);
    free(low);
    return error->code;
}
