// SPDX-License-Identifier: Apache-2.0
// tdpbf16ps: 16 rows of 32 values of x times 32 by 16 weights, 8,192 products in 16 cycles, several times what
// vdpbf16ps does, by which the depth beyond a multiple of 32 goes. What is packed is packed as for that.
#if defined(__x86_64__)
#include "gemm_bf16.h"
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang attribute push(                                                                                          \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,amx-tile,amx-bf16"))), apply_to = function)

#define INLINE static inline __attribute__((always_inline))
#define TILE_DOT _tile_dpbf16ps

#include "../tiles.h"

enum {
    PANEL = C4B_GEMM_BF16_PANEL_AVX512,
    SIDE = TILE_SIDE,
    // Pairs of neighbours in depth, of 4 bytes, that one product takes.
    PAIRS = TILE_BYTES / 4,
};

// The bytes of x that stay in the second-level cache while all of w passes once.
static const size_t block_bytes = 512 * 1024;

INLINE __mmask16 first_of(size_t count) {
    return (__mmask16)(count >= SIDE ? 0xffffU : (1U << count) - 1);
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
    const struct tiles shapes = tiles_for(m);
    _tile_loadconfig(&shapes);
    for (size_t from = 0; from < m; from += block) {
        const size_t to = m - from < block ? m : from + block;
        for (size_t first = 0; first < n; first += PANEL) {
            const size_t columns = n - first < PANEL ? n - first : PANEL;
            const uint16_t *panel = packed + 2 * first * pairs;
            for (size_t row = from; row < to; row += 2 * SIDE) {
                const size_t begin[2] = {tile_begin(row, m), tile_begin(row + SIDE, m)};
                _Alignas(64) float sums[2 * SIDE][PANEL];
                multiply(pairs / PAIRS, x + 2 * begin[0] * pairs, x + 2 * begin[1] * pairs, 4 * pairs, panel, PANEL * 4,
                         sums);
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
