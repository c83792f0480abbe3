// SPDX-License-Identifier: Apache-2.0
// tdpbusd: 16 rows of 64 bytes of x times 64 by 16 weights, 16,384 products in 16 cycles, eight times what vpdpbusd
// does. The panel is that of avx512vnni. Of a depth that is no multiple of 64, x is filled up with zeros for the last
// product, and of w is read what there is, and whatever stands behind it: times zero.
#if defined(__x86_64__)
#include "gemm_i8.h"
#include <immintrin.h>
#include <stdbool.h>

#pragma clang attribute push(                                                                                          \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,amx-tile,amx-int8"))), apply_to = function)

#include "../vector/avx512.h"

#include "../rows/functions.h"
#include "finish.h"

#define TILE_DOT _tile_dpbusd
#include "../tiles.h"

enum {
    PANEL = C4B_GEMM_I8_PANEL_AMX,
    GROUP = C4B_GEMM_I8_GROUP,
    SIDE = TILE_SIDE,
    // Inputs that one product takes.
    DEPTH = TILE_BYTES,
    // Columns of one block, two tiles side by side.
    COLUMNS = 2 * SIDE,
};

// The bytes of x that stay in the second-level cache while all of w passes once.
static const size_t block_bytes = 512 * 1024;

// y[rows, columns] from one tile's sums, which have `lds` a row: all that comes after.
INLINE void finish_rows(after after, size_t rows, size_t columns, const c4b_row *of_rows, const int32_t *sums,
                        size_t lds, const uint8_t *constants, float *y, size_t ldy) {
    for (size_t v = 0; v * LANES < columns; ++v) {
        const size_t count = columns - v * LANES < LANES ? columns - v * LANES : LANES;
        const uint8_t *column = constants + v * sizeof(ints);
        const ints sum_of_weights = load_ints(column);
        const floats scale = (floats)load_ints(column + PANEL * sizeof(int32_t));
        const floats bias = (floats)load_ints(column + 2 * PANEL * sizeof(int32_t));
        for (size_t i = 0; i < rows; ++i) {
            const ints sum = load_ints(sums + i * lds + v * LANES) - sum_of_weights * of_rows[i].zero;
            finish(after, sum, scale, splat(of_rows[i].scale), bias, y + i * ldy + v * LANES, count);
        }
    }
}

// The last inputs of up to 16 rows, filled up to what a register holds.
INLINE void fill_rest(size_t rows, size_t whole, size_t rest, const uint8_t *x, size_t ldx, uint8_t (*filled)[DEPTH]) {
    for (size_t i = 0; i < rows; ++i) {
        _mm512_store_si512(filled[i], _mm512_maskz_loadu_epi8(~0ULL >> (DEPTH - rest), x + i * ldx + whole));
    }
}

// The panel that comes next, of which each step of a product fetches some lines, so that no step of its own waits for
// the outer caches: they give a wide model's weights more slowly than the tiles multiply them.
typedef struct stream {
    const uint8_t *next, *end;
    size_t bytes_a_step;
} stream;

INLINE void fetch(stream *ahead) {
    const size_t left = (size_t)(ahead->end - ahead->next);
    const uint8_t *const to = ahead->next + (left < ahead->bytes_a_step ? left : ahead->bytes_a_step);
    for (; ahead->next < to; ahead->next += TILE_BYTES) {
        __builtin_prefetch(ahead->next, 0, 2);
    }
}

// Two registers' rows, or what is left of them, times one panel; what fits one goes with twice the columns. What a
// register shares with another is left alone.
INLINE void multiply_rows(after after, size_t row, size_t m, size_t columns, size_t k, const uint8_t *x, size_t ldx,
                          const c4b_row *of_rows, const uint8_t *panel, stream *ahead, float *y, size_t ldy) {
    const size_t steps = k / DEPTH, rest = c4b_gemm_i8_groups(k) * GROUP - steps * DEPTH;
    const uint8_t *constants = panel + c4b_gemm_i8_groups(k) * PANEL * GROUP;
    const uint8_t *last = panel + steps * DEPTH * PANEL;
    const size_t begin[2] = {tile_begin(row, m), tile_begin(row + SIDE, m)}, least = m < SIDE ? m : SIDE;
    const bool is_wide = m - row <= SIDE;
    _Alignas(64) int32_t sums[2 * SIDE * COLUMNS];
    _Alignas(64) uint8_t filled[2 * SIDE][DEPTH];
    for (size_t t = 0; rest > 0 && t < (is_wide ? 1 : 2); ++t) {
        fill_rest(least, steps * DEPTH, rest, x + begin[t] * ldx, ldx, filled + t * SIDE);
    }
    if (is_wide) {
        zero_sums();
        for (size_t step = 0; step < steps; ++step) {
            fetch(ahead);
            multiply_wide_step(x + begin[0] * ldx + step * DEPTH, ldx, panel + step * DEPTH * PANEL, PANEL * GROUP);
        }
        if (rest > 0) {
            multiply_wide_step(filled, DEPTH, last, PANEL * GROUP);
        }
        store_wide_sums(sums);
        finish_rows(after, m - row, columns, of_rows + row, sums + (row - begin[0]) * PANEL, PANEL, constants,
                    y + row * ldy, ldy);
        return;
    }
    for (size_t c = 0; c < columns; c += COLUMNS) {
        zero_sums();
        for (size_t step = 0; step < steps; ++step) {
            const size_t deep = step * DEPTH;
            fetch(ahead);
            multiply_step(x + begin[0] * ldx + deep, x + begin[1] * ldx + deep, ldx, panel + deep * PANEL + c * GROUP,
                          PANEL * GROUP);
        }
        if (rest > 0) {
            multiply_step(filled, filled + SIDE, DEPTH, last + c * GROUP, PANEL * GROUP);
        }
        store_sums(sums);
        const size_t width = columns - c < COLUMNS ? columns - c : COLUMNS;
        for (size_t t = 0; t < 2; ++t) {
            const size_t from = row + t * SIDE, rows = m - from < SIDE ? m - from : SIDE;
            finish_rows(after, rows, width, of_rows + from, sums + (t * SIDE + from - begin[t]) * COLUMNS, COLUMNS,
                        constants + c * sizeof(int32_t), y + from * ldy + c, ldy);
        }
    }
}

// What a step over so many rows fetches: all steps together the whole panel.
INLINE size_t bytes_a_step(size_t rows) {
    const size_t whole = rows / (2 * SIDE), rest = rows % (2 * SIDE);
    // A block of few rows goes with all columns at once.
    const size_t passes = PANEL / COLUMNS * (whole + (rest > SIDE)) + (rest > 0 && rest <= SIDE);
    return (DEPTH * PANEL / TILE_BYTES + passes - 1) / passes * TILE_BYTES;
}

INLINE void gemm(after after, size_t m, size_t n, size_t k, const uint8_t *x, size_t ldx, const c4b_row *of_rows,
                 const uint8_t *packed, float *y, size_t ldy) {
    if (m == 0) {
        return;
    }
    const size_t block = (1 + block_bytes / (2 * SIDE * (k + 1))) * 2 * SIDE;
    const size_t bytes = c4b_gemm_i8_panel_bytes(PANEL, k);
    const struct tiles shapes = tiles_for(m);
    _tile_loadconfig(&shapes);
    for (size_t from = 0; from < m; from += block) {
        const size_t to = m - from < block ? m : from + block;
        for (size_t first = 0; first < n; first += PANEL) {
            const size_t columns = n - first < PANEL ? n - first : PANEL;
            const uint8_t *panel = packed + first / PANEL * bytes;
            // After the last panel the next block begins with the first.
            const uint8_t *next = first + columns < n ? panel + bytes : packed;
            stream ahead = {next, next + (first + columns < n || to < m ? bytes : 0), bytes_a_step(to - from)};
            for (size_t row = from; row < to; row += 2 * SIDE) {
                multiply_rows(after, row, m, columns, k, x, ldx, of_rows, panel, &ahead, y + first, ldy);
            }
        }
    }
    _tile_release();
}

// One step again and again, with operands that stay in the nearest cache.
INLINE size_t peak(size_t rounds) {
    _Alignas(64) static const uint8_t x[2 * SIDE * DEPTH] = {1}, w[DEPTH * PANEL] = {1};
    const struct tiles shapes = tiles_for(2 * SIDE);
    _tile_loadconfig(&shapes);
    for (size_t round = 0; round < rounds; ++round) {
        multiply_step(x, x + SIDE * DEPTH, DEPTH, w, PANEL * GROUP);
    }
    _tile_release();
    return rounds * 2 * SIDE * COLUMNS * DEPTH;
}

GEMM_I8(amx)

#pragma clang attribute pop
#endif
