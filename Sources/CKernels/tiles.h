// SPDX-License-Identifier: Apache-2.0
// AMX: eight registers of 16 rows by 64 bytes, and products of two of them. A thread has them while it has them
// configured; to a system that switches threads they are 8 KB more to save. The file that includes this, inside its
// target attribute, says which product it means: TILE_DOT(sums, x, w), three numbers of registers.

enum {
    TILE_SIDE = 16,
    TILE_BYTES = 64,
};

// What _tile_loadconfig reads.
typedef struct tiles {
    uint8_t palette;
    uint8_t first_row;
    uint8_t reserved[14];
    uint16_t bytes[16];
    uint8_t rows[16];
} tiles;

// The registers of a block: sums in 0 to 3, rows of activations in 4 and 5, weights in 6 and 7. Where there are fewer
// rows than a register has, the first six are as low.
INLINE tiles tiles_for(size_t m) {
    const uint8_t rows = m < TILE_SIDE ? (uint8_t)m : TILE_SIDE;
    return (tiles){
        .palette = 1,
        .bytes = {64, 64, 64, 64, 64, 64, 64, 64},
        .rows = {rows, rows, rows, rows, rows, rows, TILE_SIDE, TILE_SIDE},
    };
}

// Where the two registers' rows of a block begin that starts at `row`, of m. Rows past the end are not read: a register
// that would have some begins earlier.
INLINE size_t tile_begin(size_t row, size_t m) {
    const size_t last = m < TILE_SIDE ? 0 : m - TILE_SIDE;
    return row < last ? row : last;
}

// Adds the products of one step to the sums: of 16 rows of x and another 16, every `ldx` bytes and 64 bytes deep, and
// of 32 columns of w, 4 bytes deep each, 16 rows of them every `ldw` bytes.
INLINE void multiply_step(const void *first, const void *second, size_t ldx, const void *w, size_t ldw) {
    _tile_loadd(4, first, ldx);
    _tile_loadd(6, w, ldw);
    TILE_DOT(0, 4, 6);
    _tile_loadd(7, (const uint8_t *)w + TILE_BYTES, ldw);
    TILE_DOT(1, 4, 7);
    _tile_loadd(5, second, ldx);
    TILE_DOT(2, 5, 6);
    TILE_DOT(3, 5, 7);
}

// The same of 16 rows of x alone, and of 64 columns of w.
INLINE void multiply_wide_step(const void *x, size_t ldx, const void *w, size_t ldw) {
    const uint8_t *columns = w;
    _tile_loadd(4, x, ldx);
    _tile_loadd(6, columns, ldw);
    TILE_DOT(0, 4, 6);
    _tile_loadd(7, columns + TILE_BYTES, ldw);
    TILE_DOT(1, 4, 7);
    _tile_loadd(6, columns + 2 * TILE_BYTES, ldw);
    TILE_DOT(2, 4, 6);
    _tile_loadd(7, columns + 3 * TILE_BYTES, ldw);
    TILE_DOT(3, 4, 7);
}

INLINE void zero_sums(void) {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
}

// sums[32, 32], of 4 bytes each.
INLINE void store_sums(void *sums) {
    enum { ROW = 2 * TILE_SIDE * 4 };
    uint8_t *const below = (uint8_t *)sums + TILE_SIDE * ROW;
    _tile_stored(0, sums, ROW);
    _tile_stored(1, (uint8_t *)sums + TILE_BYTES, ROW);
    _tile_stored(2, below, ROW);
    _tile_stored(3, below + TILE_BYTES, ROW);
}

// sums[16, 64], of wide steps.
INLINE void store_wide_sums(void *sums) {
    enum { ROW = 4 * TILE_SIDE * 4 };
    uint8_t *const first = sums;
    _tile_stored(0, first, ROW);
    _tile_stored(1, first + TILE_BYTES, ROW);
    _tile_stored(2, first + 2 * TILE_BYTES, ROW);
    _tile_stored(3, first + 3 * TILE_BYTES, ROW);
}

// sums[32, 32] over so many steps.
INLINE void multiply(size_t steps, const void *first, const void *second, size_t ldx, const void *w, size_t ldw,
                     void *sums) {
    zero_sums();
    for (size_t step = 0; step < steps; ++step) {
        const size_t deep = step * TILE_BYTES;
        multiply_step((const uint8_t *)first + deep, (const uint8_t *)second + deep, ldx,
                      (const uint8_t *)w + step * TILE_SIDE * ldw, ldw);
    }
    store_sums(sums);
}
