/* estimators.c: mean and moments, with delete-one jackknife errors.
 *
 * y[n x m]: n replicas of m values, M = n m.  With d = y - <y> and T_k = sum d^k, the sums without
 * replica i are T_k - sum_j d_ij^k, and the central moments without it follow from those sums and
 * their own mean delta = T_1/(M - m): m_2 = s_2 - delta^2,  m_3 = s_3 - 3 delta s_2 + 2 delta^3,
 * m_4 = s_4 - 4 delta s_3 + 6 delta^2 s_2 - 3 delta^4,  s_k = T_k/(M - m). So all n leave-one-out
 * estimates theta_i cost O(n), and error^2 = (n - 1)/n sum_i (theta_i - <theta>)^2, which is s^2/n
 * for the mean. */
#include "dyson/statistics.h"

#include <math.h>
#include <string.h>

void dyson_mean_add(dyson_mean_sums *sums, int pass, size_t n, const double *y)
{
    double sum = 0.0, squares = 0.0;
    if (pass == 0) {
        for (size_t i = 0; i < n; i++)
            sum += y[i];
        sums->sum += sum;
        sums->count += (double)n;
    } else if (pass == 1) {
        const double first = sums->sum / sums->count;
        for (size_t i = 0; i < n; i++) {
            const double d = y[i] - first;
            sum += d;
            squares += d * d;
        }
        sums->rest += sum;
        sums->squares += squares;
    }
}

dyson_estimate dyson_mean_of(const dyson_mean_sums *sums)
{
    const double n = sums->count;
    if (!(n > 0.0))
        return (dyson_estimate){NAN, NAN};
    const double scatter = sums->squares - sums->rest * sums->rest / n;
    return (dyson_estimate){sums->sum / n + sums->rest / n,
                            n > 1.0 ? sqrt(scatter / (n * (n - 1.0))) : NAN};
}

/* The statistics of one set of sums: mean (about where the sums are), std, skewness, binder. */
static inline void from_sums(double count, const double sum[5], double out[4])
{
    const double share = 1.0 / count, delta = sum[1] * share, d2 = delta * delta;
    const double s2 = sum[2] * share, s3 = sum[3] * share, s4 = sum[4] * share;
    const double m2 = s2 - d2, inverse = 1.0 / m2, root = sqrt(m2);
    const double m3 = s3 - 3.0 * delta * s2 + 2.0 * delta * d2;
    const double m4 = s4 - 4.0 * delta * s3 + 6.0 * d2 * s2 - 3.0 * d2 * d2;
    out[0] = delta;
    out[1] = root * sqrt(count / (count - 1.0));
    out[2] = m3 * inverse * inverse * root;
    out[3] = 1.0 - m4 * inverse * inverse / 3.0;
}

static inline void add_powers(size_t values, const double *y, double mean, double sign,
                              double sum[5])
{
    for (size_t j = 0; j < values; j++) {
        const double d = y[j] - mean, d2 = d * d;
        sum[1] += sign * d;
        sum[2] += sign * d2;
        sum[3] += sign * d2 * d;
        sum[4] += sign * d2 * d2;
    }
}

static void add_jackknife(dyson_moment_sums *sums, size_t n, const double *y)
{
    const double centre = sums->mean.sum / sums->mean.count, *const sum = sums->power;
    const double left = sums->mean.count - (double)sums->values;
    for (size_t i = 0; i < n; i++) {
        double without[5] = {0, sum[1], sum[2], sum[3], sum[4]}, theta[4];
        add_powers(sums->values, y + i * sums->values, centre, -1.0, without);
        from_sums(left, without, theta);
        if (sums->replicas == 0.0)
            memcpy(sums->first, theta, sizeof theta);
        for (int s = 0; s < 4; s++) {
            const double away = theta[s] - sums->first[s];
            sums->deviation[s] += away;
            sums->squares[s] += away * away;
        }
        sums->replicas += 1.0;
    }
}

void dyson_moments_add(dyson_moment_sums *sums, int pass, size_t n, size_t values, const double *y)
{
    sums->values = values;
    dyson_mean_add(&sums->mean, pass, n * values, y);
    if (pass == 1)
        add_powers(n * values, y, sums->mean.sum / sums->mean.count, 1.0, sums->power);
    else if (pass == 2)
        add_jackknife(sums, n, y);
}

dyson_moments dyson_moments_of(const dyson_moment_sums *sums)
{
    const dyson_estimate none = {NAN, NAN};
    dyson_moments moments = {none, none, none, none};
    dyson_estimate *out[4] = {&moments.mean, &moments.std, &moments.skewness, &moments.binder};
    const double n = sums->replicas;
    double full[4];
    moments.mean.value = dyson_mean_of(&sums->mean).value;
    if (!(n >= 2.0))
        return moments;
    from_sums(sums->mean.count, sums->power, full);
    for (int s = 0; s < 4; s++) {
        const double scatter = sums->squares[s] - sums->deviation[s] * sums->deviation[s] / n;
        out[s]->value = s == 0 ? moments.mean.value : full[s];
        out[s]->error = sqrt((n - 1.0) / n * (scatter < 0.0 ? 0.0 : scatter));
    }
    return moments;
}

/* Var std = (m_4 - m_2^2)/(4 m_2 n) */
dyson_estimate dyson_moments_std(const dyson_moment_sums *sums)
{
    const double n = sums->mean.count, *const sum = sums->power;
    double full[4];
    if (!(n >= 2.0))
        return (dyson_estimate){NAN, NAN};
    from_sums(n, sum, full);
    const double m2 = full[1] * full[1] * (n - 1.0) / n, m4 = 3.0 * m2 * m2 * (1.0 - full[3]);
    return (dyson_estimate){full[1], sqrt(fmax(m4 - m2 * m2, 0.0) / (4.0 * m2 * n))};
}
