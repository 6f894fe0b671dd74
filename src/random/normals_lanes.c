/* normals_lanes.c: the lanes' normals behind a plain function, for tests and measurements. */
#include "random/normals_lanes.h"

#include "random/normals.h"

void DYSON_LANE(normals)(uint64_t stream, dyson_purpose purpose, const int64_t *replica,
                         int64_t update, uint32_t first, int blocks, double *normal)
{
    normal_source source;
    lane_word address;
    for (int l = 0; l < LANES; l++)
        address[l] = (uint64_t)replica[l];
    normal_source_set(&source, stream, purpose, address);
    source.c1 = (uint32_t)update;
    normals_fill(&source, first, blocks, (lane *)normal);
}
