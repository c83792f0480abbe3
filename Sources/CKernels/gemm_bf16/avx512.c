// SPDX-License-Identifier: Apache-2.0
// vdpbf16ps on zmm multiplies 32 pairs and adds them to 16 sums, one a cycle on Zen 4 with a latency of 6: twice what a
// fused multiply-add of floats does. A word is two neighbours in depth, k, as 32 bits: a tile of 12 rows by 32 columns
// is 24 sums, two registers of weights' words, and one word of x broadcast by the instruction itself.
#if defined(__x86_64__)
#include "gemm_bf16.h"
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16"))),                 \
                             apply_to = function)

#define INLINE static inline __attribute__((always_inline))

enum {
    PANEL = C4B_GEMM_BF16_PANEL_AVX512,
    TILE_ROWS = 12,
    // Sides of the squares of words that are turned in registers.
    SIDE = 16,
};

// The bytes of x that stay in the second-level cache while all of w passes once.
static const size_t block_bytes = 256 * 1024;

// A mask of the first `count` of 16 lanes; all of them if there are more.
INLINE __mmask16 first_of(size_t count) {
    return (__mmask16)(count >= SIDE ? 0xffffU : (1U << count) - 1);
}

// Up to 32 floats as 16 words of neighbours.
INLINE __m512i words_along(const float *x, size_t count) {
    const __m512 low = _mm512_maskz_loadu_ps(first_of(count), x);
    const __m512 high = count > SIDE ? _mm512_maskz_loadu_ps(first_of(count - SIDE), x + SIDE) : _mm512_setzero_ps();
    return (__m512i)_mm512_cvtne2ps_pbh(high, low);
}

// Up to 16 words, each of an element of one row and the element below it; without a second row, of zeros.
INLINE __m512i words_across(const float *x, const float *below, size_t count) {
    const __mmask16 mask = first_of(count);
    const __m512 second = below ? _mm512_maskz_loadu_ps(mask, below) : _mm512_setzero_ps();
    const __m256i low = (__m256i)_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(mask, x));
    const __m256i high = (__m256i)_mm512_cvtneps_pbh(second);
    return _mm512_or_si512(_mm512_cvtepu16_epi32(low), _mm512_slli_epi32(_mm512_cvtepu16_epi32(high), 16));
}

// Turns a square of words: first within the 128-bit quarters, then the quarters.
INLINE void turn(__m512i words[SIDE]) {
    __m512i half[SIDE];
#pragma clang loop unroll(full)
    for (size_t i = 0; i < SIDE; i += 4) {
        const __m512i a = _mm512_unpacklo_epi32(words[i], words[i + 1]);
        const __m512i b = _mm512_unpackhi_epi32(words[i], words[i + 1]);
        const __m512i c = _mm512_unpacklo_epi32(words[i + 2], words[i + 3]);
        const __m512i d = _mm512_unpackhi_epi32(words[i + 2], words[i + 3]);
        half[i] = _mm512_unpacklo_epi64(a, c);
        half[i + 1] = _mm512_unpackhi_epi64(a, c);
        half[i + 2] = _mm512_unpacklo_epi64(b, d);
        half[i + 3] = _mm512_unpackhi_epi64(b, d);
    }
#pragma clang loop unroll(full)
    for (size_t i = 0; i < 4; ++i) {
        const __m512i a = _mm512_shuffle_i32x4(half[i], half[i + 4], 0x88);
        const __m512i b = _mm512_shuffle_i32x4(half[i], half[i + 4], 0xdd);
        const __m512i c = _mm512_shuffle_i32x4(half[i + 8], half[i + 12], 0x88);
        const __m512i d = _mm512_shuffle_i32x4(half[i + 8], half[i + 12], 0xdd);
        words[i] = _mm512_shuffle_i32x4(a, c, 0x88);
        words[i + 4] = _mm512_shuffle_i32x4(b, d, 0x88);
        words[i + 8] = _mm512_shuffle_i32x4(a, c, 0xdd);
        words[i + 12] = _mm512_shuffle_i32x4(b, d, 0xdd);
    }
}

void c4b_round_bf16_avx512(size_t m, size_t k, const float *x, size_t ldx, uint16_t *y) {
    const size_t pairs = (k + 1) / 2;
    for (size_t i = 0; i < m; ++i) {
        for (size_t p = 0; p < pairs; p += SIDE) {
            const __m512i words = words_along(x + i * ldx + 2 * p, k - 2 * p);
            _mm512_mask_storeu_epi32(y + 2 * (i * pairs + p), first_of(pairs - p), words);
        }
    }
}

void c4b_round_transposed_bf16_avx512(size_t m, size_t n, const float *x, size_t ldx, uint16_t *y) {
    const size_t pairs = (m + 1) / 2;
    for (size_t p = 0; p < pairs; p += SIDE) {
        const __mmask16 mask = first_of(pairs - p);
        for (size_t j = 0; j < n; j += SIDE) {
            __m512i words[SIDE];
            for (size_t a = 0; a < SIDE; ++a) {
                const size_t row = 2 * (p + a);
                const float *from = x + row * ldx + j;
                words[a] =
                    row < m ? words_across(from, row + 1 < m ? from + ldx : NULL, n - j) : _mm512_setzero_si512();
            }
            turn(words);
            for (size_t b = 0; b < SIDE && j + b < n; ++b) {
                _mm512_mask_storeu_epi32(y + 2 * ((j + b) * pairs + p), mask, words[b]);
            }
        }
    }
}

void c4b_pack_bf16_avx512(size_t n, size_t k, const float *w, size_t ldw, uint16_t *packed) {
    const size_t pairs = (k + 1) / 2;
    for (size_t first = 0; first < n; first += SIDE) {
        uint16_t *panel = packed + first / PANEL * PANEL * 2 * pairs + first % PANEL * 2;
        for (size_t p = 0; p < pairs; p += SIDE) {
            __m512i words[SIDE];
            for (size_t a = 0; a < SIDE; ++a) {
                const float *from = w + (first + a) * ldw + 2 * p;
                words[a] = first + a < n ? words_along(from, k - 2 * p) : _mm512_setzero_si512();
            }
            turn(words);
            for (size_t b = 0; b < SIDE && p + b < pairs; ++b) {
                _mm512_storeu_si512(panel + (p + b) * PANEL * 2, words[b]);
            }
        }
    }
    // A last panel that is less than half full.
    for (size_t p = 0; (n - 1) % PANEL < SIDE && p < pairs; ++p) {
        _mm512_storeu_si512(packed + ((n / PANEL * pairs + p) * PANEL + SIDE) * 2, _mm512_setzero_si512());
    }
}

void c4b_pack_transposed_bf16_avx512(size_t n, size_t k, const float *w, size_t ldw, uint16_t *packed) {
    for (size_t first = 0; first < n; first += PANEL) {
        const size_t left = n - first;
        for (size_t p = 0; p < k; p += 2, packed += 2 * PANEL) {
            const float *row = w + p * ldw + first;
            const float *below = p + 1 < k ? row + ldw : NULL;
            _mm512_storeu_si512(packed, words_across(row, below, left));
            const __m512i rest = left > SIDE ? words_across(row + SIDE, below ? below + SIDE : NULL, left - SIDE)
                                             : _mm512_setzero_si512();
            _mm512_storeu_si512(packed + PANEL, rest);
        }
    }
}

// y[rows, columns] from x[rows, 2 · pairs] and one panel; `rows` is a constant where this is inlined.
INLINE void tile(bool adds, size_t rows, size_t columns, size_t pairs, const uint16_t *x, const uint16_t *w,
                 const float *bias, float *y, size_t ldy) {
    const __mmask16 low = first_of(columns);
    const __mmask16 high = first_of(columns > SIDE ? columns - SIDE : 0);
    __m512 sum[TILE_ROWS][2];
    const __m512 start[2] = {
        bias ? _mm512_maskz_loadu_ps(low, bias) : _mm512_setzero_ps(),
        bias ? _mm512_maskz_loadu_ps(high, bias + SIDE) : _mm512_setzero_ps(),
    };
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; ++i) {
        sum[i][0] = adds ? _mm512_maskz_loadu_ps(low, y + i * ldy) : start[0];
        sum[i][1] = adds ? _mm512_maskz_loadu_ps(high, y + i * ldy + SIDE) : start[1];
    }
#pragma clang loop unroll(disable)
    for (size_t p = 0; p < pairs; ++p) {
        const __m512bh first = (__m512bh)_mm512_loadu_si512(w + p * PANEL * 2);
        const __m512bh second = (__m512bh)_mm512_loadu_si512(w + p * PANEL * 2 + PANEL);
#pragma clang loop unroll(full)
        for (size_t i = 0; i < rows; ++i) {
            int32_t word;
            __builtin_memcpy(&word, x + 2 * (i * pairs + p), sizeof word);
            const __m512bh both = (__m512bh)_mm512_set1_epi32(word);
            sum[i][0] = _mm512_dpbf16_ps(sum[i][0], both, first);
            sum[i][1] = _mm512_dpbf16_ps(sum[i][1], both, second);
        }
    }
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; ++i) {
        _mm512_mask_storeu_ps(y + i * ldy, low, sum[i][0]);
        _mm512_mask_storeu_ps(y + i * ldy + SIDE, high, sum[i][1]);
    }
}

INLINE void tile_of(bool adds, size_t rows, size_t columns, size_t pairs, const uint16_t *x, const uint16_t *w,
                    const float *bias, float *y, size_t ldy) {
#define TILE(ROWS)                                                                                                     \
    case ROWS:                                                                                                         \
        return tile(adds, ROWS, columns, pairs, x, w, bias, y, ldy)
    switch (rows) {
        TILE(1);
        TILE(2);
        TILE(3);
        TILE(4);
        TILE(5);
        TILE(6);
        TILE(7);
        TILE(8);
        TILE(9);
        TILE(10);
        TILE(11);
        TILE(12);
    }
#undef TILE
}

// Rows are split evenly, and a block of tiles goes through w panel by panel, as gemm_f32's do.
INLINE void multiply(bool adds, size_t m, size_t n, size_t k, const uint16_t *x, const uint16_t *packed,
                     const float *bias, float *y, size_t ldy) {
    const size_t pairs = (k + 1) / 2;
    const size_t tiles = (m + TILE_ROWS - 1) / TILE_ROWS;
    const size_t block = 1 + block_bytes / (TILE_ROWS * 2 * sizeof(uint16_t) * (pairs + 1));
    for (size_t from = 0; from < tiles; from += block) {
        const size_t to = tiles - from < block ? tiles : from + block;
        for (size_t first = 0; first < n; first += PANEL) {
            const size_t columns = n - first < PANEL ? n - first : PANEL;
            for (size_t t = from; t < to; ++t) {
                const size_t row = m * t / tiles;
                const size_t rows = m * (t + 1) / tiles - row;
                tile_of(adds, rows, columns, pairs, x + 2 * row * pairs, packed + 2 * first * pairs,
                        bias ? bias + first : NULL, y + row * ldy + first, ldy);
            }
        }
    }
}

static void gemm(bool adds, size_t m, size_t n, size_t k, const uint16_t *x, const uint16_t *packed, const float *bias,
                 float *y, size_t ldy) {
    if (adds) {
        multiply(true, m, n, k, x, packed, bias, y, ldy);
    } else {
        multiply(false, m, n, k, x, packed, bias, y, ldy);
    }
}

const c4b_bf16 c4b_bf16_avx512 = {
    .panel = PANEL,
    .round = c4b_round_bf16_avx512,
    .round_transposed = c4b_round_transposed_bf16_avx512,
    .pack = c4b_pack_bf16_avx512,
    .pack_transposed = c4b_pack_transposed_bf16_avx512,
    .gemm = gemm,
};

#pragma clang attribute pop
#endif
