/* tiles.c: records of one block each: update, checksum, then the block's numbers column by column.
 *
 * Record (I, J) of a part stands at number I + J ceil(rows/block) of its records, whoever writes
 * it. Of a part of which the lower triangle counts, blocks above the diagonal are left out, and
 * their records are holes in the file. */
#include "checkpoint/tiles.h"

#include "base/file.h"
#include "team/matrix.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

typedef struct record_head {
    int64_t update;
    uint32_t checksum; /* CRC-32 of the numbers */
    uint32_t unused;
} record_head;

/* One block in memory: element (i, j) of it at[i * row_step + j * column_step]. */
typedef struct own_block {
    int row, column, rows, columns;
    size_t row_step, column_step;
    double *at;
} own_block;

static int64_t blocks(int n, int block)
{
    return (n + block - 1) / block;
}

static int64_t record_bytes(int block)
{
    const int64_t bytes =
        (int64_t)sizeof(record_head) + (int64_t)block * block * (int64_t)sizeof(double);
    return (bytes + TILE_PAGE - 1) / TILE_PAGE * TILE_PAGE;
}

static int64_t part_bytes(const dyson_state_part *part, int block)
{
    return blocks(part->rows, block) * blocks(part->columns, block) * record_bytes(block);
}

int64_t tile_records_bytes(const tile_records *records)
{
    int64_t bytes = 0;
    for (int i = 0; i < records->parts; i++)
        bytes += part_bytes(&records->part[i], records->block);
    return bytes;
}

static int64_t own_tiles(const dyson_state_part *part, int block)
{
    return part->shared != NULL ? team_matrix_tiles(part->shared)
                                : blocks(part->rows, block) * blocks(part->columns, block);
}

static int at_most(int count, int most)
{
    return count < most ? count : most;
}

static own_block own_tile(const dyson_state_part *part, int block, int64_t t)
{
    if (part->shared != NULL) {
        const team_tile own = team_matrix_tile(part->shared, t);
        return (own_block){own.row, own.column,         own.rows, own.columns,
                           1,       (size_t)own.stride, own.at};
    }
    const int64_t high = blocks(part->rows, block);
    const int row = (int)(t % high) * block, column = (int)(t / high) * block;
    return (own_block){row,
                       column,
                       at_most(block, part->rows - row),
                       at_most(block, part->columns - column),
                       part->row_step,
                       part->column_step,
                       part->element + (size_t)row * part->row_step +
                           (size_t)column * part->column_step};
}

/* Between the tile and `numbers`, where its columns lie one after the other. */
static void copy(const own_block *from, double *numbers, bool back)
{
    for (int j = 0; j < from->columns; j++)
        for (int i = 0; i < from->rows; i++) {
            double *const element =
                from->at + (size_t)i * from->row_step + (size_t)j * from->column_step;
            double *const number = numbers + (size_t)j * (size_t)from->rows + i;
            if (back)
                *element = *number;
            else
                *number = *element;
        }
}

static int move_tile(const tile_records *records, const own_block *tile, int64_t offset,
                     record_head *head, bool back)
{
    double *const numbers = (double *)(head + 1);
    const size_t size = (size_t)tile->rows * (size_t)tile->columns * sizeof *numbers;
    if (!back) {
        copy(tile, numbers, false);
        *head = (record_head){
            .update = records->update,
            .checksum = (uint32_t)crc32_z(0, (const unsigned char *)numbers, size),
        };
        return file_write_at(records->descriptor, head, sizeof *head + size, offset);
    }
    const int cause = file_read_at(records->descriptor, head, sizeof *head + size, offset);
    if (cause != 0)
        return cause;
    if (head->update != records->update ||
        head->checksum != (uint32_t)crc32_z(0, (const unsigned char *)numbers, size))
        return EILSEQ;
    copy(tile, numbers, true);
    return 0;
}

static int move_all(const tile_records *records, bool back)
{
    const int block = records->block;
    record_head *const head = malloc((size_t)record_bytes(block));
    int64_t first = records->offset;
    int cause = head == NULL ? ENOMEM : 0;
    for (int i = 0; i < records->parts && cause == 0; i++) {
        const dyson_state_part *const part = &records->part[i];
        const int64_t high = blocks(part->rows, block), count = own_tiles(part, block);
        for (int64_t t = 0; t < count && cause == 0; t++) {
            const own_block tile = own_tile(part, block, t);
            const int64_t number = tile.row / block + tile.column / block * high;
            if (!part->lower || tile.column < tile.row + tile.rows)
                cause = move_tile(records, &tile, first + number * record_bytes(block), head, back);
        }
        first += part_bytes(part, block);
    }
    free(head);
    return cause;
}

int tile_records_write(const tile_records *records)
{
    return move_all(records, false);
}

int tile_records_read(const tile_records *records)
{
    return move_all(records, true);
}
