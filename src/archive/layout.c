/* layout.c: names, types, shapes and words of the datasets that grow with the number of replicas.
 * docs/output-file.md says the same to users. */
#include "archive/layout.h"

#include <stdio.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "files and checksums are little-endian and written as they stand in memory"
#endif

#define MATRIX_PREFIX "target_"

int archive_layout_of(const dyson_spec *spec, const dyson_system *system, archive_layout *layout,
                      dyson_error *error)
{
    const dyson_shape *shape = dyson_spec_model(spec)->shape(system);
    size_t snapshots;
    dyson_spec_snapshots(spec, &snapshots);
    *layout = (archive_layout){.points = (int64_t)dyson_spec_points(spec),
                               .replicas = dyson_spec_integer(spec, "ensemble", "replicas"),
                               .snapshots = (int64_t)snapshots,
                               .levels = shape->levels,
                               .version = ARCHIVE_FORMAT_VERSION,
                               .weight_rows = shape->weight_rows,
                               .weight_columns = shape->weight_columns};
    layout->weight_axis = strcmp(dyson_spec_text(spec, "ensemble", "weights"), "all") == 0;
    layout->weight_sets = (int64_t)dyson_spec_weight_sets(spec);
    int64_t doubles = (int64_t)layout->weight_rows * layout->weight_columns, bytes;
    bool overflow = __builtin_mul_overflow(doubles, layout->weight_sets, &doubles) ||
                    __builtin_add_overflow(doubles, layout->snapshots * layout->levels, &doubles) ||
                    __builtin_mul_overflow(doubles + 4, layout->points, &bytes) ||
                    __builtin_mul_overflow(bytes, 8 * layout->replicas, &bytes);
    if (overflow || bytes > INT64_MAX / 2)
        return dyson_fail(error, DYSON_BAD_DATA,
                          "%lld points with %lld replicas each do not fit into one file",
                          (long long)layout->points, (long long)layout->replicas);
    return DYSON_OK;
}

bool archive_has(const archive_layout *layout, archive_part part)
{
    if (part == PART_DIVERGED_CHECKSUM)
        return layout->version >= 2;
    return layout->weight_sets > 0 || (part != PART_WEIGHTS && part != PART_WEIGHTS_CHECKSUM);
}

static void set_weights(const archive_layout *layout, archive_object *object)
{
    if (layout->weight_axis)
        object->dims[object->rank++] = (hsize_t)layout->weight_sets;
    object->dims[object->rank++] = (hsize_t)layout->weight_rows;
    object->dims[object->rank++] = (hsize_t)layout->weight_columns;
    object->path = "/weights";
    object->type = H5T_IEEE_F64LE;
    object->units = "dimensionless";
    object->description = layout->weight_axis
                              ? "W of each replica at each snapshot; axes: point, replica, "
                                "snapshot, row, column"
                              : "W of each replica at the last snapshot; axes: point, replica, "
                                "row, column";
}

static void set_eigenvalues(const archive_layout *layout, archive_object *object)
{
    object->dims[object->rank++] = (hsize_t)layout->snapshots;
    object->dims[object->rank++] = (hsize_t)layout->levels;
    object->path = "/eigenvalues";
    object->type = H5T_IEEE_F64LE;
    object->units = "dimensionless";
    object->description = "eigenvalues x of each replica at each snapshot, descending; NaN once a "
                          "replica has run away; axes: point, replica, snapshot, level";
}

archive_object archive_object_of(const archive_layout *layout, archive_part part)
{
    archive_object object = {.rank = 2, .units = "dimensionless"};
    object.dims[0] = (hsize_t)layout->points;
    object.dims[1] = (hsize_t)layout->replicas;
    switch (part) {
    case PART_EIGENVALUES:
        set_eigenvalues(layout, &object);
        break;
    case PART_STATUS:
        object.path = "/status";
        object.type = H5T_STD_U8LE;
        object.description = "0 pending, 1 done, 2 diverged (ran away: see /diverged_at); written "
                             "after the replica's other data; axes: point, replica";
        break;
    case PART_DIVERGED_AT:
        object.path = "/diverged_at";
        object.type = H5T_STD_I64LE;
        object.units = "updates";
        object.description =
            "update at which the replica ran away (a number not finite, or trace X "
            "beyond the model's bound), -1 otherwise; axes: point, replica";
        break;
    case PART_CHECKSUM:
        object.path = "/checksum";
        object.type = H5T_STD_U32LE;
        object.description = "CRC-32 (as zlib's) of the replica's bytes in /eigenvalues; axes: "
                             "point, replica";
        break;
    case PART_DIVERGED_CHECKSUM:
        object.path = "/diverged_checksum";
        object.type = H5T_STD_U32LE;
        object.description = "CRC-32 (as zlib's) of the replica's bytes in /diverged_at where it "
                             "ran away; axes: point, replica";
        break;
    case PART_WEIGHTS:
        set_weights(layout, &object);
        break;
    default:
        object.path = "/weights_checksum";
        object.type = H5T_STD_U32LE;
        object.description = "CRC-32 (as zlib's) of the replica's bytes in /weights; axes: point, "
                             "replica";
        break;
    }
    object.replica_bytes = archive_replica_bytes(layout, part);
    return object;
}

size_t archive_replica_bytes(const archive_layout *layout, archive_part part)
{
    switch (part) {
    case PART_EIGENVALUES:
        return (size_t)(layout->snapshots * layout->levels) * sizeof(double);
    case PART_STATUS:
        return sizeof(uint8_t);
    case PART_DIVERGED_AT:
        return sizeof(int64_t);
    case PART_WEIGHTS:
        return (size_t)(layout->weight_sets * layout->weight_rows * layout->weight_columns) *
               sizeof(double);
    default:
        return sizeof(uint32_t);
    }
}

int64_t archive_part_bytes(const archive_layout *layout, archive_part part)
{
    return layout->points * layout->replicas * (int64_t)archive_replica_bytes(layout, part);
}

void archive_matrix_path(const dyson_key *key, char *path, size_t size)
{
    size_t prefix = strlen(MATRIX_PREFIX);
    const char *name = key->name;
    if (strncmp(name, MATRIX_PREFIX, prefix) == 0)
        name += prefix;
    snprintf(path, size, "/target/%s", name);
}

int dyson_archive_bytes(const dyson_spec *spec, const dyson_system *system, int64_t *bytes,
                        dyson_error *error)
{
    archive_layout layout;
    *bytes = 0;
    if (archive_layout_of(spec, system, &layout, error) != DYSON_OK)
        return error->code;
    for (archive_part part = 0; part < PART_COUNT; part++)
        if (archive_has(&layout, part))
            *bytes += archive_part_bytes(&layout, part);
    *bytes += (int64_t)strlen(dyson_spec_run_file(spec)) +
              8 * layout.points * (int64_t)dyson_spec_swept(spec);
    return DYSON_OK;
}
