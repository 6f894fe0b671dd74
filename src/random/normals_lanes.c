/* normals_lanes.c: normals behind plain functions: of many replicas side by side, and of one
 * replica along its blocks. */
#include "random/normals_lanes.h"

#include "random/normals.h"

void DYSON_LANE(normals)(uint64_t stream, dyson_purpose purpose, const int64_t *replica,
                         int64_t update, uint32_t first, int blocks, real *normal)
{
    normal_source source;
    normal_source_set(&source, stream, purpose, replica);
    source.c1 = (uint32_t)update;
    normals_fill(&source, first, blocks, (lane *)normal);
}

#if !defined(DYSON_LANE_SINGLE)
void DYSON_LANE(normals_along)(uint64_t stream, dyson_purpose purpose, int64_t replica,
                               int64_t update, uint32_t first, int64_t blocks, double *normal)
{
    enum { STRETCH = NORMALS_SIDE * LANES };
    normal_source source;
    int64_t same[LANES];
    for (int l = 0; l < LANES; l++)
        same[l] = replica;
    normal_source_set(&source, stream, purpose, same);
    source.c1 = (uint32_t)update;
    for (int64_t done = 0; done < blocks; done += STRETCH) {
        const int64_t left = blocks - done < STRETCH ? blocks - done : STRETCH;
        random_pair word[2 * NORMALS_SIDE];
        lane drawn[4];
        random_words_along(&source, first + (uint32_t)done, NORMALS_SIDE, word);
        for (int b = 0; b * LANES < left; b++) {
            double *const out = normal + 4 * (done + b * LANES);
            normal_pair(word[2 * b], normal_square(word[2 * b]), &drawn[0], &drawn[1]);
            normal_pair(word[2 * b + 1], normal_square(word[2 * b + 1]), &drawn[2], &drawn[3]);
            for (int l = 0; l < LANES && b * LANES + l < left; l++)
                for (int q = 0; q < 4; q++)
                    out[4 * l + q] = drawn[q][l];
        }
    }
}
#endif
