// SPDX-License-Identifier: Apache-2.0
// AMX: eight registers of 16 rows by 64 bytes, and products of two of them. A thread has them while it has them
// configured; to a system that switches threads they are 8 KB more to save.
#pragma once

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

enum {
    C4B_TILE_SIDE = 16,
    C4B_TILE_BYTES = 64,
};

// What _tile_loadconfig reads.
typedef struct c4b_tiles {
    uint8_t palette;
    uint8_t first_row;
    uint8_t reserved[14];
    uint16_t bytes[16];
    uint8_t rows[16];
} c4b_tiles;

// The registers of a block: sums in 0 to 3, rows of activations in 4 and 5, weights in 6 and 7. Where there are fewer
// rows than a register has, the first six are as low.
static inline c4b_tiles c4b_tiles_for(size_t m) {
    const uint8_t rows = m < C4B_TILE_SIDE ? (uint8_t)m : C4B_TILE_SIDE;
    return (c4b_tiles){
        .palette = 1,
        .bytes = {64, 64, 64, 64, 64, 64, 64, 64},
        .rows = {rows, rows, rows, rows, rows, rows, C4B_TILE_SIDE, C4B_TILE_SIDE},
    };
}

// Where the two registers' rows of a block begin that starts at `row`, of m. Rows past the end are not read: a register
// that would have some begins earlier.
static inline size_t c4b_tile_begin(size_t row, size_t m) {
    const size_t last = m < C4B_TILE_SIDE ? 0 : m - C4B_TILE_SIDE;
    return row < last ? row : last;
}
