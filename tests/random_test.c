/* random_test.c: the random numbers are the published generators' at the documented addresses, no
 * two addresses agree, and the normals are normal and independent. */
#include "dyson/random.h"
#include "dyson/spec.h"
#include "random/normals.h"
#include "reference/philox_reference.h"

#include <Random123/threefry.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- known answers ---- */

/* The vectors that Random123 publishes: counter and key all 0, all 1, and the digits of pi. */
static void philox_gives_the_published_bits(void **unused)
{
    static const struct {
        uint64_t stream;
        uint32_t counter[4], bits[4];
    } known[] = {
        {0, {0, 0, 0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {UINT64_MAX,
         {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {0x299f31d0a4093822,
         {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    (void)unused;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const uint32_t *const c = known[i].counter;
        const uint64_t replica = c[2] | (uint64_t)(c[3] & 0xffffff) << 32;
        uint32_t bits[4];
        dyson_random_block(known[i].stream, (dyson_purpose)(c[3] >> 24), (int64_t)replica, c[1],
                           c[0], bits);
        assert_memory_equal(bits, known[i].bits, sizeof bits);
    }
}

static void threefry_gives_the_published_bits(void **unused)
{
    static const struct {
        threefry4x64_ctr_t counter;
        threefry4x64_key_t key;
        uint64_t bits[4];
    } known[] = {
        {{{0, 0, 0, 0}},
         {{0, 0, 0, 0}},
         {0x09218ebde6c85537, 0x55941f5266d86105, 0x4bd25e16282434dc, 0xee29ec846bd2e40b}},
        {{{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}},
         {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}},
         {0x29c24097942bba1b, 0x0371bbfb0f6f4e11, 0x3c231ffa33f83a1c, 0xcd29113fde32d168}},
        {{{0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89}},
         {{0x452821e638d01377, 0xbe5466cf34e90c6c, 0xbe5466cf34e90c6c, 0xc0ac29b7c97c50dd}},
         {0xa7e8fde591651bd9, 0xbaafd0c30138319b, 0x84a5c1a729e685b9, 0x901d406ccebc1ba4}},
    };
    (void)unused;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const threefry4x64_ctr_t bits = threefry4x64_R(20, known[i].counter, known[i].key);
        assert_memory_equal(bits.v, known[i].bits, sizeof known[i].bits);
    }
}

/* Files carry these digests, so they may never change.  The numbers come from another
 * implementation of the same definition; byte i is 7 i + 1 mod 256. */
static void digests_stay_what_they_are(void **unused)
{
    static const struct {
        size_t count;
        uint64_t digest;
    } known[] = {
        {0, 0x5a41f2af6aafccc3},  {1, 0xee8decd01c8ad4cc},   {8, 0xb5b196e14093307b},
        {31, 0x2e110232b96eef3a}, {32, 0x2ea817e4b791e284},  {33, 0x4470ac912362094d},
        {64, 0x4c479bf50e95386d}, {100, 0xa4aca5dacef9bffe},
    };
    unsigned char bytes[100];
    (void)unused;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(7 * i + 1);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        assert_true(dyson_random_digest(bytes, known[i].count) == known[i].digest);
}

/* Padding is told from data, and every byte counts. */
static void digests_differ_where_the_bytes_do(void **unused)
{
    unsigned char bytes[70] = {0};
    uint64_t seen[70 + 1 + 70];
    size_t count = 0;
    (void)unused;
    for (size_t n = 0; n <= sizeof bytes; n++)
        seen[count++] = dyson_random_digest(bytes, n);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = 1;
        seen[count++] = dyson_random_digest(bytes, sizeof bytes);
        bytes[i] = 0;
    }
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            assert_true(seen[i] != seen[j]);
}

/* ---- addresses ---- */

static void assert_comes_back(uint64_t stream, philox_address a)
{
    uint32_t bits[4];
    dyson_random_block(stream, (dyson_purpose)a.purpose, a.replica, a.update, a.block, bits);
    const philox_address back = philox_reference_address(stream, bits);
    assert_true(back.replica == a.replica && back.update == a.update && back.block == a.block &&
                back.purpose == a.purpose);
}

/* The bits give the whole address back, so two addresses of a stream that differ anywhere have
 * different counters and different bits: tested at random addresses, at both ends of each part and
 * around the words' borders (replica 2^32), and at every one-bit change of an address. */
static void no_two_addresses_share_a_block(void **unused)
{
    static const int64_t replicas[] = {0,
                                       1,
                                       7499,
                                       0x7fffffff,
                                       0xffffffff,
                                       0x100000000,
                                       0x100000001,
                                       DYSON_RANDOM_REPLICAS / 2,
                                       DYSON_RANDOM_REPLICAS - 1};
    static const uint32_t words[] = {0, 1, 100000, 0x7fffffff, 0x80000000, 0xffffffff};
    uint32_t r[4];
    (void)unused;
    for (size_t i = 0; i < sizeof replicas / sizeof replicas[0]; i++)
        for (size_t j = 0; j < 36; j++)
            for (uint32_t purpose = 0; purpose < 4; purpose++)
                assert_comes_back(
                    12345 + j, (philox_address){replicas[i], words[j % 6], words[j / 6], purpose});
    for (uint32_t i = 0; i < 1000; i++) {
        dyson_random_block(1, DYSON_PURPOSE_DATA, 0, 0, i, r);
        const uint64_t stream = r[0] * (uint64_t)r[3];
        const philox_address a = {(int64_t)(r[0] | (uint64_t)(r[1] & 0xffffff) << 32), r[2], r[3],
                                  r[1] >> 24};
        assert_comes_back(stream, a);
        for (int bit = 0; bit < 56; bit++)
            assert_comes_back(stream, (philox_address){a.replica ^ (int64_t)1 << bit, a.update,
                                                       a.block, a.purpose});
        for (int bit = 0; bit < 32; bit++) {
            assert_comes_back(stream, (philox_address){a.replica, a.update ^ (int64_t)1 << bit,
                                                       a.block, a.purpose});
            assert_comes_back(
                stream, (philox_address){a.replica, a.update, a.block ^ 1u << bit, a.purpose});
        }
    }
}

static const char run_file[] = "[ensemble]\nmodel = rbm\nreplicas = 7500\nupdates = 100000\n"
                               "seed = %d\n[rbm]\nvisible = 10\nhidden = 10\nmass2 = 9\n"
                               "target_mass2 = 4\n"
                               "[sweep rate]\nlearning_rate = 0.01 0.02 0.04 0.06 0.08 0.1\n"
                               "batch_size = 16\n"
                               "[sweep batch]\nlearning_rate = 0.1\nbatch_size = 4 8 16 32 64\n";
enum { POINTS = 10 };

static void read_streams(int seed, uint64_t stream[POINTS])
{
    char text[sizeof run_file + 16];
    dyson_spec *spec = NULL;
    dyson_error error = {0};
    snprintf(text, sizeof text, run_file, seed);
    if (dyson_spec_parse(text, "run", &spec, &error) != DYSON_OK)
        fail_msg("%s", error.text);
    assert_int_equal(dyson_spec_points(spec), POINTS);
    for (size_t p = 0; p < POINTS; p++)
        stream[p] = dyson_spec_stream(spec, p);
    dyson_spec_destroy(spec);
}

static int compare_blocks(const void *a, const void *b)
{
    return memcmp(a, b, 4 * sizeof(uint32_t));
}

/* In the ten points of the paper, under ten seeds, no two points have one stream key; and within a
 * stream the address is the counter (above).  So no (stream, counter) occurs twice in the run, and
 * no two replicas can repeat each other: published ensembles, seeded at random from 10^5 values,
 * do.  As a sample of it: the blocks of all points, all replicas, three updates and three purposes
 * all differ (2^128 values, so 6.75e5 of them agree by chance with a probability of 10^-27). */
static void no_two_replicas_share_a_stream(void **unused)
{
    uint64_t stream[10 * POINTS];
    const size_t most = (size_t)POINTS * 7500 * 9;
    uint32_t(*const bits)[4] = malloc(most * sizeof *bits);
    size_t count = 0;
    (void)unused;
    assert_non_null(bits);
    for (int seed = 0; seed < 10; seed++)
        read_streams(seed, stream + seed * POINTS);
    for (size_t i = 0; i < 10 * POINTS; i++)
        for (size_t j = 0; j < i; j++)
            assert_true(stream[i] != stream[j]);
    for (size_t p = 0; p < POINTS; p++)
        for (int64_t replica = 0; replica < 7500; replica++)
            for (int64_t u = 0; u < 9; u++)
                dyson_random_block(stream[p], (dyson_purpose)(u % 3), replica, u / 3 * 50000, 0,
                                   bits[count++]);
    assert_int_equal(count, most);
    qsort(bits, count, sizeof *bits, compare_blocks);
    for (size_t i = 1; i < count; i++)
        assert_int_not_equal(compare_blocks(bits[i - 1], bits[i]), 0);
    free(bits);
}

/* ---- normals ---- */

/* Address sanitizing makes arithmetic many times slower; a part of the sample finds memory errors.
 */
#if defined(__SANITIZE_ADDRESS__)
enum { UPDATES = 100 };
#else
enum { UPDATES = 5000 };
#endif
enum { BLOCKS = 2500, PER_LANE = 4 * BLOCKS, MOMENTS = 8, BINS = 320, TAILS = 3, PAIRS = 7 };

static const char *const pair_names[PAIRS] = {"the two of a pair",
                                              "the pairs of a block",
                                              "neighbouring blocks",
                                              "neighbouring replicas",
                                              "neighbouring updates",
                                              "neighbouring points",
                                              "replica r + 1 at the update before"};
static const double tails[TAILS] = {4.0, 5.0, 5.5};

typedef struct tally {
    double count, power[MOMENTS + 1], bin[BINS + 2], beyond[TAILS];
    struct {
        double count, product, squares;
    } pair[PAIRS];
} tally;

static void add_numbers(tally *t, const double *x, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const double place = (x[i] + 4.0) * (BINS / 8.0), size = fabs(x[i]);
        double power = 1.0;
        for (int n = 1; n <= MOMENTS; n++)
            t->power[n] += power *= x[i];
        t->bin[place < 0.0 ? 0 : place >= BINS ? BINS + 1 : 1 + (int)place] += 1.0;
        for (int k = 0; k < TAILS && size > tails[k]; k++)
            t->beyond[k] += 1.0;
    }
    t->count += (double)count;
}

/* Sums x_i y_i and (x_i^2 - 1)(y_i^2 - 1). */
static void add_pairs(tally *t, int which, const double *x, const double *y, size_t count)
{
    double product = 0.0, squares = 0.0;
    for (size_t i = 0; i < count; i++) {
        product += x[i] * y[i];
        squares += (x[i] * x[i] - 1.0) * (y[i] * y[i] - 1.0);
    }
    t->pair[which].count += (double)count;
    t->pair[which].product += product;
    t->pair[which].squares += squares;
}

/* Numbers 0, step, 2 step, ... of each lane against those `shift` further on. */
static void add_strided(tally *t, int which, const double *x, int lanes, int step, int shift)
{
    for (int n = 0; n + shift < PER_LANE; n += step)
        add_pairs(t, which, x + n * lanes, x + (n + shift) * lanes, (size_t)lanes);
}

/* 8e8 normals, by the fastest kernel: numbers [n][lane] of `lanes` neighbouring replicas, update
 * by update, in the streams of two neighbouring points. */
static tally *draw_normals(void)
{
    uint64_t stream[POINTS];
    int64_t replica[DYSON_KERNEL_LANES_MAX + 1];
    dyson_kernel kernel = DYSON_KERNEL_BASE;
    dyson_error error = {0};
    assert_int_equal(dyson_kernel_choose(&kernel, &error), DYSON_OK);
    const int lanes = dyson_kernel_lanes(kernel);
    const size_t size = (size_t)(PER_LANE * lanes);
    tally *const t = calloc(1, sizeof *t);
    double *const now = aligned_alloc(64, 3 * size * sizeof *now);
    double *const before = now + size, *const other = now + 2 * size;
    assert_non_null(t);
    assert_non_null(now);
    read_streams(1, stream);
    for (int l = 0; l <= lanes; l++)
        replica[l] = 3 + l;
    for (int64_t update = 1; update <= (int64_t)UPDATES * 8 / lanes; update++) {
        if (update > 1)
            memcpy(before, now, size * sizeof *now);
        dyson_normals(kernel, stream[0], DYSON_PURPOSE_CHAINS, replica, update, 0, BLOCKS, now);
        dyson_normals(kernel, stream[1], DYSON_PURPOSE_CHAINS, replica, update, 0, BLOCKS, other);
        add_numbers(t, now, size);
        add_numbers(t, other, size);
        add_strided(t, 0, now, lanes, 2, 1);
        add_strided(t, 1, now, lanes, 4, 2);
        add_strided(t, 2, now, lanes, 1, 4);
        for (int n = 0; n < PER_LANE; n++)
            add_pairs(t, 3, now + n * lanes, now + n * lanes + 1, (size_t)lanes - 1);
        add_pairs(t, 5, now, other, size);
        if (update == 1)
            continue;
        add_pairs(t, 4, now, before, size);
        for (int n = 0; n < PER_LANE; n++)
            add_pairs(t, 6, now + n * lanes, before + n * lanes + 1, (size_t)lanes - 1);
    }
    free(now);
    return t;
}

static double odd_factorial(int n) /* (2n - 1)!! = <x^(2n)> */
{
    return n == 0 ? 1.0 : (2 * n - 1) * odd_factorial(n - 1);
}

/* The mean of M numbers x^n scatters by sqrt((<x^2n> - <x^n>^2)/M).  At M = 8e8 that is 4e-5 for n
 * = 1 and 5e-4 of the value for n = 8.  All thresholds are 5 standard errors: with some 40 checks a
 * sound generator fails with a probability of 2e-5, once, at the fixed seed. */
static void moments_are_a_normals(void **state)
{
    const tally *const t = *state;
    for (int n = 1; n <= MOMENTS; n++) {
        const double expected = n % 2 == 0 ? odd_factorial(n / 2) : 0.0;
        const double error = sqrt((odd_factorial(n) - expected * expected) / t->count);
        const double deviation = (t->power[n] / t->count - expected) / error;
        if (!(fabs(deviation) < 5.0))
            fail_msg("<x^%d> = %.8g: %.1f standard errors off", n, t->power[n] / t->count,
                     deviation);
    }
}

/* Counts beyond 4, 5 and 5.5 are Poisson.  Two numbers of a pair share a radius, but both
 * beyond 5.5 would need one beyond 7.78, which does not occur; below that they are independent as
 * normals are. */
static void tails_are_a_normals(void **state)
{
    const tally *const t = *state;
    for (int k = 0; k < TAILS; k++) {
        const double expected = t->count * erfc(tails[k] / sqrt(2.0));
        if (!(fabs(t->beyond[k] - expected) < 5.0 * sqrt(expected + 1.0)))
            fail_msg("%.0f numbers beyond %.1f instead of %.1f", t->beyond[k], tails[k], expected);
    }
}

/* Pearson's chi^2 over 322 bins, each expecting many: mean d, variance 2 d for d degrees of
 * freedom.  Too small a value, from numbers that fill the bins too evenly, is refused as well. */
static void bins_fill_as_a_normals(void **state)
{
    const tally *const t = *state;
    double chi2 = 0.0;
    for (int b = 0; b < BINS + 2; b++) {
        const double low = b == 0 ? -INFINITY : -4.0 + 8.0 * (b - 1) / BINS;
        const double high = b == BINS + 1 ? INFINITY : -4.0 + 8.0 * b / BINS;
        const double near = fmin(fabs(low), fabs(high)), far = fmax(fabs(low), fabs(high));
        const double expected = t->count * 0.5 * (erfc(near / sqrt(2.0)) - erfc(far / sqrt(2.0)));
        assert_true(expected > 25.0);
        chi2 += (t->bin[b] - expected) * (t->bin[b] - expected) / expected;
    }
    if (!(fabs(chi2 - (BINS + 1)) < 5.0 * sqrt(2.0 * (BINS + 1))))
        fail_msg("chi^2 = %.1f for %d degrees of freedom", chi2, BINS + 1);
}

/* Of M independent pairs, sum x y scatters by sqrt(M) and sum (x^2 - 1)(y^2 - 1) by 2 sqrt(M).
 * Pairs that share a number (n with n + 4, n + 4 with n + 8) have uncorrelated products, so this
 * holds for them. */
static void neighbours_are_independent(void **state)
{
    const tally *const t = *state;
    for (int k = 0; k < PAIRS; k++) {
        assert_true(t->pair[k].count > 1e5);
        const double products = t->pair[k].product / sqrt(t->pair[k].count);
        const double squares = t->pair[k].squares / (2.0 * sqrt(t->pair[k].count));
        if (!(fabs(products) < 5.0 && fabs(squares) < 5.0))
            fail_msg("%s: %.1f and, of the squares, %.1f standard errors from uncorrelated",
                     pair_names[k], products, squares);
    }
}

static int set_up(void **state)
{
    *state = draw_normals();
    return 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_published_bits),
        cmocka_unit_test(threefry_gives_the_published_bits),
        cmocka_unit_test(digests_stay_what_they_are),
        cmocka_unit_test(digests_differ_where_the_bytes_do),
        cmocka_unit_test(no_two_addresses_share_a_block),
        cmocka_unit_test(no_two_replicas_share_a_stream),
        cmocka_unit_test(moments_are_a_normals),
        cmocka_unit_test(tails_are_a_normals),
        cmocka_unit_test(bins_fill_as_a_normals),
        cmocka_unit_test(neighbours_are_independent),
    };
    return cmocka_run_group_tests_name("random", tests, set_up, tear_down);
}
