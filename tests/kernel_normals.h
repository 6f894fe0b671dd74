/* kernel_normals.h: the lanes' normals against the C library's, part of kernel_check.c. */
#ifndef DYSON_TEST_KERNEL_NORMALS_H
#define DYSON_TEST_KERNEL_NORMALS_H

#include "random/normals.h"
#include "reference/philox_reference.h"

/* |difference| over the radius r, for all normals of `blocks` blocks; in single precision over
 * r + 1/(4 r), as its error is told by normals_single.h. */
static double normals_error(const subject *s, uint64_t stream, uint32_t purpose,
                            const int64_t *replica, int64_t update, uint32_t first, int blocks)
{
    double *const normal = vectors(s, 4 * (size_t)blocks);
    double *const expected = malloc(4 * (size_t)blocks * sizeof *expected);
    double worst = 0.0;
    if (s->single)
        dyson_normals_single(s->kernel, stream, (dyson_purpose)purpose, replica, update, first,
                             blocks, (float *)normal);
    else
        dyson_normals(s->kernel, stream, (dyson_purpose)purpose, replica, update, first, blocks,
                      normal);
    for (int l = 0; l < s->lanes; l++) {
        dyson_random_normals(stream, (dyson_purpose)purpose, replica[l], update, first,
                             4 * (size_t)blocks, expected);
        for (int n = 0; n < 4 * blocks; n++) {
            const double *const pair = expected + n / 2 * 2;
            const double radius = sqrt(pair[0] * pair[0] + pair[1] * pair[1]);
            const int at = n * s->lanes + l;
            const double drawn = s->single ? (double)((float *)normal)[at] : normal[at];
            worst = larger(worst, fabs(drawn - expected[n]) /
                                      (s->single ? radius + 0.25 / radius : radius));
        }
    }
    free(normal);
    free(expected);
    return worst;
}

/* The angle is good to 1e-15; the radius, whose polynomial serves a whole bin of the logarithm, to
 * 1e-14 where the bin ends.  That is far below what any ensemble shows; a wrong digit would be far
 * above.  In single precision it is a few roundings of 6e-8. */
static double normals_tolerance(const subject *s)
{
    return s->single ? 5e-7 : 1e-13;
}

static void check_normals(subject *s)
{
    const uint64_t stream = 0x9e3779b97f4a7c15;
    int64_t replica[MOST];
    double worst = 0.0;
    for (int draw = 0; draw < 40; draw++) {
        for (int l = 0; l < s->lanes; l++)
            replica[l] = (draw + l * INT64_C(0x123456789ab)) % DYSON_RANDOM_REPLICAS;
        const double error =
            normals_error(s, stream + (uint64_t)draw, (uint32_t)draw % 4, replica,
                          draw * INT64_C(107374182), (uint32_t)draw * 99999999, 1 + 13 * draw);
        worst = larger(worst, error);
    }
    report(s, worst <= normals_tolerance(s),
           "normals as by the C library, largest error %.1e of the radius", worst);
}

/* Words that the shaping could stumble over, at addresses found by running Philox backwards: the
 * ends of the radius, either side of every bin of the logarithm, every sector of the angle and its
 * ends. */
static void check_extreme_normals(subject *s)
{
    static const uint32_t low[] = {0, 1, 0x7ffff, 0x80000, 0x80001, 0xffffe, 0xfffff};
    const uint64_t most = (UINT64_C(1) << 40) - 1, stream = 0x0123456789abcdef;
    double worst = 0.0;
    int words = 0;
    for (int edge = 0; edge < 2 * 40 * 16; edge++) {
        const int exponent = edge / 32, bin = edge / 2 % 16;
        uint64_t high = (uint64_t)ldexp(16 + bin, exponent - 4) - (uint64_t)(edge % 2);
        high = high > most ? most : high;
        for (uint64_t sector = 0; sector < 16; sector++) {
            const uint64_t angle = sector << 20 | low[(edge + (int)sector) % 7];
            const uint64_t word[2] = {high << 24 | angle, (most - high) << 24 | angle};
            const uint32_t bits[4] = {(uint32_t)word[0], (uint32_t)(word[0] >> 32),
                                      (uint32_t)word[1], (uint32_t)(word[1] >> 32)};
            const philox_address a = philox_reference_address(stream, bits);
            int64_t replica[MOST];
            for (int l = 0; l < s->lanes; l++)
                replica[l] = l == edge % s->lanes ? a.replica : l;
            const double error = normals_error(s, stream, a.purpose, replica, a.update, a.block, 1);
            worst = larger(worst, error);
            words += 2;
        }
    }
    report(s, worst <= normals_tolerance(s),
           "normals of %d extreme words, largest error %.1e of the radius", words, worst);
}

#endif
