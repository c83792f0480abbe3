// SPDX-License-Identifier: Apache-2.0
// tdpbf16ps: 16 rows of 32 values of x times 32 by 16 weights, 8,192 products in 16 cycles, several times what
// vdpbf16ps does. What is packed is packed as for that; a depth's rest beyond a multiple of 32, and fewer than 16 rows,
// go by it.
#if defined(__x86_64__)
#include "../tiles.h"
#include "gemm_bf16.h"

#pragma clang attribute push(                                                                                          \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,amx-tile,amx-bf16"))), apply_to = function)

#define INLINE static inline __attribute__((always_inline))

enum {
    PANEL = C4B_GEMM_BF16_PANEL_AVX512,
    SIDE = C4B_TILE_SIDE,
    // Pairs of neighbours in depth, of 4 bytes, that one product takes.
    PAIRS = C4B_TILE_BYTES / 4,
};

// The bytes of x that stay in the second-level cache while all of w passes once.
static const size_t block_bytes = 512 * 1024;

INLINE __mmask16 first_of(size_t count) {
    return (__mmask16)(count >= SIDE ? 0xffffU : (1U << count) - 1);
}

// sums[32, 32] of 16 rows of x and another 16, and one panel, over so many whole depths; rows of x every `ldx` bytes.
INLINE void multiply(size_t steps, const uint16_t *first, const uint16_t *second, size_t ldx, const uint16_t *w,
                     float (*sums)[PANEL]) {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (size_t step = 0; step < steps; ++step) {
        const uint16_t *weights = w + step * PAIRS * 2 * PANEL;
        _tile_loadd(4, first + step * 2 * PAIRS, ldx);
        _tile_loadd(6, weights, PANEL * 4);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(7, weights + 2 * SIDE, PANEL * 4);
        _tile_dpbf16ps(1, 4, 7);
        _tile_loadd(5, second + step * 2 * PAIRS, ldx);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, sums[0], sizeof sums[0]);
    _tile_stored(1, sums[0] + SIDE, sizeof sums[0]);
    _tile_stored(2, sums[SIDE], sizeof sums[0]);
    _tile_stored(3, sums[SIDE] + SIDE, sizeof sums[0]);
}

// y[rows, columns] from one tile's rows of a block.
INLINE void finish_rows(bool adds, size_t rows, size_t columns, size_t pairs, const uint16_t *x,
                        const float (*sums)[PANEL], const uint16_t *w, const float *bias, float *y, size_t ldy) {
    for (size_t c = 0; c < columns; c += SIDE) {
        const __mmask16 mask = first_of(columns - c);
        const __m512 start = bias ? _mm512_maskz_loadu_ps(mask, bias + c) : _mm512_setzero_ps();
        for (size_t i = 0; i < rows; ++i) {
            float *to = y + i * ldy + c;
            __m512 sum = _mm512_add_ps(_mm512_loadu_ps(sums[i] + c), adds ? _mm512_maskz_loadu_ps(mask, to) : start);
            for (size_t p = pairs / PAIRS * PAIRS; p < pairs; ++p) {
                int32_t word;
                __builtin_memcpy(&word, x + 2 * (i * pairs + p), sizeof word);
                const __m512bh weights = (__m512bh)_mm512_loadu_si512(w + 2 * (p * PANEL + c));
                sum = _mm512_dpbf16_ps(sum, (__m512bh)_mm512_set1_epi32(word), weights);
            }
            _mm512_mask_storeu_ps(to, mask, sum);
        }
    }
}

static void gemm(bool adds, size_t m, size_t n, size_t k, const uint16_t *x, const uint16_t *packed, const float *bias,
                 float *y, size_t ldy) {
    const size_t pairs = (k + 1) / 2;
    if (m == 0) {
        return;
    }
    const size_t block = (1 + block_bytes / (2 * SIDE * 4 * (pairs + 1))) * 2 * SIDE;
    const c4b_tiles tiles = c4b_tiles_for(m);
    _tile_loadconfig(&tiles);
    for (size_t from = 0; from < m; from += block) {
        const size_t to = m - from < block ? m : from + block;
        for (size_t first = 0; first < n; first += PANEL) {
            const size_t columns = n - first < PANEL ? n - first : PANEL;
            const uint16_t *panel = packed + 2 * first * pairs;
            for (size_t row = from; row < to; row += 2 * SIDE) {
                const size_t begin[2] = {c4b_tile_begin(row, m), c4b_tile_begin(row + SIDE, m)};
                _Alignas(64) float sums[2 * SIDE][PANEL];
                multiply(pairs / PAIRS, x + 2 * begin[0] * pairs, x + 2 * begin[1] * pairs, 4 * pairs, panel, sums);
                // What a register shares with another is left alone.
                for (size_t t = 0; t < 2 && row + t * SIDE < m; ++t) {
                    const size_t start = row + t * SIDE, rows = m - start < SIDE ? m - start : SIDE;
                    finish_rows(adds, rows, columns, pairs, x + 2 * start * pairs, sums + t * SIDE + start - begin[t],
                                panel, bias ? bias + first : NULL, y + start * ldy + first, ldy);
                }
            }
        }
    }
    _tile_release();
}

const c4b_bf16 c4b_bf16_amx = {
    .panel = PANEL,
    .round = c4b_round_bf16_avx512,
    .round_transposed = c4b_round_transposed_bf16_avx512,
    .pack = c4b_pack_bf16_avx512,
    .pack_transposed = c4b_pack_transposed_bf16_avx512,
    .gemm = gemm,
};

#pragma clang attribute pop
#endif
