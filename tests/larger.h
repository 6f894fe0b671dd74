/* larger.h: the largest of many deviations. */
#ifndef DYSON_TESTS_LARGER_H
#define DYSON_TESTS_LARGER_H

/* NaN where any of them is, from then on; so that no bound holds. */
static inline double larger(double worst, double deviation)
{
    return worst != worst || deviation <= worst ? worst : deviation;
}

#endif
