// SPDX-License-Identifier: Apache-2.0
// The 8-bit matrix product of every instruction set with vectors. The file that includes this says how wide it is,
// TILE_ROWS rows of x times PANEL columns (a whole number of vectors), and how it multiplies:
//
//     STEP                                            groups that dot() takes at once: 1 or 2
//     weights load_weights(const uint8_t *from)       LANES columns of them
//     activations broadcast(const uint8_t *from)      one row's, for every column
//     ints dot(ints sum, activations x, weights w)    sum + the product of the groups, lane by lane
//     TAKEN_OFF                                       what broadcast() takes off x: 0 or 128
//
// Each sum starts at minus the zero point times the sum of its column's weights, which makes up for it: Σ (x - z) · w =
// Σ x · w - z · Σ w. All of it is exact.

#include "../rows/functions.h"
#include "finish.h"

enum {
    GROUP = C4B_GEMM_I8_GROUP,
    PANEL_VECTORS = PANEL / LANES,
    // Bytes of one cache line, and the lines of one group of a panel.
    LINE = 64,
    GROUP_LINES = PANEL * GROUP / LINE > 0 ? PANEL *GROUP / LINE : 1,
};

// The bytes of x that stay in the second-level cache while all of w passes once.
static const size_t block_bytes = 256 * 1024;

// y[rows, columns] from x[rows,k] and one panel; columns <= PANEL. Meanwhile the line of each group from `ahead` on is
// fetched: weights that come next, at a pace that no row waits for. Inlined for each constant `after` and `rows`, so
// that `sum` is registers.
INLINE void tile(after after, size_t rows, size_t columns, size_t k, const uint8_t *x, size_t ldx,
                 const c4b_row *of_rows, const uint8_t *panel, const uint8_t *ahead, float *y, size_t ldy) {
    const size_t groups = c4b_gemm_i8_groups(k);
    const uint8_t *sums = panel + groups * PANEL * GROUP;
    const float *constants = (const float *)(sums + PANEL * sizeof(int32_t));
    ints sum[TILE_ROWS][PANEL_VECTORS];
#pragma clang loop unroll(full)
    for (size_t v = 0; v < PANEL_VECTORS; ++v) {
        const ints sum_of_weights = load_ints(sums + v * sizeof(ints));
#pragma clang loop unroll(full)
        for (size_t i = 0; i < rows; ++i) {
            sum[i][v] = sum_of_weights * (TAKEN_OFF - of_rows[i].zero);
        }
    }
#pragma clang loop unroll(disable)
    for (size_t p = 0; p < groups; p += STEP) {
#pragma clang loop unroll(full)
        for (size_t q = 0; q < STEP; ++q) {
            __builtin_prefetch(ahead + (p + q) * PANEL * GROUP, 0, 2);
        }
        weights w[PANEL_VECTORS];
#pragma clang loop unroll(full)
        for (size_t v = 0; v < PANEL_VECTORS; ++v) {
            w[v] = load_weights(panel + (p * PANEL + v * LANES) * GROUP);
        }
#pragma clang loop unroll(full)
        for (size_t i = 0; i < rows; ++i) {
            const activations group = broadcast(x + i * ldx + p * GROUP);
#pragma clang loop unroll(full)
            for (size_t v = 0; v < PANEL_VECTORS; ++v) {
                sum[i][v] = dot(sum[i][v], group, w[v]);
            }
        }
    }
    const size_t whole = columns / LANES;
    const size_t rest = columns % LANES;
#pragma clang loop unroll(full)
    for (size_t v = 0; v < PANEL_VECTORS; ++v) {
        const floats scale = load(constants + v * LANES), bias = load(constants + PANEL + v * LANES);
#pragma clang loop unroll(full)
        for (size_t i = 0; i < rows; ++i) {
            const size_t count = v < whole ? LANES : v == whole ? rest : 0;
            finish(after, sum[i][v], scale, splat(of_rows[i].scale), bias, y + i * ldy + v * LANES, count);
        }
    }
}

// One tile, with its count of rows made a constant.
INLINE void tile_of(after after, size_t rows, size_t columns, size_t k, const uint8_t *x, size_t ldx,
                    const c4b_row *of_rows, const uint8_t *panel, const uint8_t *ahead, float *y, size_t ldy) {
#define TILE(ROWS)                                                                                                     \
    case ROWS:                                                                                                         \
        return tile(after, ROWS, columns, k, x, ldx, of_rows, panel, ahead, y, ldy)
    switch (rows) {
        TILE(1);
        TILE(2);
        TILE(3);
        TILE(4);
        TILE(5);
        TILE(6);
    }
#undef TILE
}

_Static_assert(TILE_ROWS == 6, "tile_of has a case for each count of rows");

// The rows are split evenly: 13 make tiles of 5, 4 and 4, not of 6, 6 and a slow 1. A block of tiles, as many as the
// cache holds the rows of, goes through w panel by panel: a panel is read once for the block, from the nearest cache
// after. Each tile of the block fetches a slice of the panel that follows.
INLINE void gemm(after after, size_t m, size_t n, size_t k, const uint8_t *x, size_t ldx, const c4b_row *of_rows,
                 const uint8_t *packed, float *y, size_t ldy) {
    const size_t tiles = (m + TILE_ROWS - 1) / TILE_ROWS;
    const size_t block = 1 + block_bytes / (TILE_ROWS * (k + 1));
    const size_t bytes = c4b_gemm_i8_panel_bytes(PANEL, k);
    for (size_t from = 0; from < tiles; from += block) {
        const size_t to = tiles - from < block ? tiles : from + block;
        for (size_t first = 0; first < n; first += PANEL) {
            const size_t columns = n - first < PANEL ? n - first : PANEL;
            const uint8_t *panel = packed + first / PANEL * bytes;
            // After the last panel the next block begins with the first.
            const uint8_t *next = first + columns < n ? panel + bytes : packed;
            for (size_t t = from; t < to; ++t) {
                const size_t row = m * t / tiles;
                const size_t rows = m * (t + 1) / tiles - row;
                const uint8_t *slice = next + t % GROUP_LINES * LINE;
                tile_of(after, rows, columns, k, x + row * ldx, ldx, of_rows + row, panel, slice, y + row * ldy + first,
                        ldy);
            }
        }
    }
}

// One step of a tile again and again, with nothing around it. The barrier makes the compiler load it anew; each sum
// has operands of its own, or a product that two of them share would be computed once.
INLINE size_t peak(size_t rounds) {
    static const uint8_t groups[STEP * PANEL * GROUP] = {1};
    const uint8_t *from = groups;
    ints sum[TILE_ROWS][PANEL_VECTORS] = {0};
#pragma clang loop unroll(disable)
    for (size_t round = 0; round < rounds; ++round) {
        __asm__ volatile("" : "+r"(from) : : "memory");
        weights w[PANEL_VECTORS];
#pragma clang loop unroll(full)
        for (size_t v = 0; v < PANEL_VECTORS; ++v) {
            w[v] = load_weights(from + v * LANES * GROUP);
        }
#pragma clang loop unroll(full)
        for (size_t i = 0; i < TILE_ROWS; ++i) {
            const activations x = broadcast(from + i * GROUP);
#pragma clang loop unroll(full)
            for (size_t v = 0; v < PANEL_VECTORS; ++v) {
                sum[i][v] = dot(sum[i][v], x, w[v]);
            }
        }
    }
    // Used, but by value: a sum whose address is known would live in memory.
    ints total = 0;
#pragma clang loop unroll(full)
    for (size_t i = 0; i < TILE_ROWS * PANEL_VECTORS; ++i) {
        total += sum[i / PANEL_VECTORS][i % PANEL_VECTORS];
    }
    __asm__ volatile("" : : "r"(total[0]));
    return rounds * TILE_ROWS * PANEL * STEP * GROUP;
}
