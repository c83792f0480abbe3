// SPDX-License-Identifier: Apache-2.0
// vpmaddwd on ymm: 16-bit pairs, 16 products. vpmaddubsw would take the bytes as they are, but it saturates at 2^15,
// which two products of 255 and 127 pass; so the bytes are widened first, the even ones apart from the odd. A tile of 6
// rows by 16 columns is 12 sums; what is widened is used six times, or twice.
#if defined(__x86_64__)
#include "gemm_i8.h"
#include <immintrin.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

enum { PANEL = C4B_GEMM_I8_PANEL_AVX2, TAKEN_OFF = 0 };
#define TILE_ROWS 6

#include "../vector/avx2.h"

// Bytes 0 and 2 of each group, and bytes 1 and 3, as 16-bit numbers.
typedef struct pairs {
    __m256i even, odd;
} weights, activations;

INLINE weights load_weights(const uint8_t *from) {
    const __m256i bytes = _mm256_loadu_si256((const __m256i *)from);
    return (weights){_mm256_srai_epi16(_mm256_slli_epi16(bytes, 8), 8), _mm256_srai_epi16(bytes, 8)};
}

INLINE activations broadcast(const uint8_t *from) {
    int32_t group;
    __builtin_memcpy(&group, from, sizeof group);
    const __m256i bytes = _mm256_set1_epi32(group);
    return (activations){_mm256_and_si256(bytes, _mm256_set1_epi16(255)), _mm256_srli_epi16(bytes, 8)};
}

INLINE ints dot(ints sum, activations x, weights w) {
    const __m256i even = _mm256_madd_epi16(x.even, w.even), odd = _mm256_madd_epi16(x.odd, w.odd);
    return sum + (ints)even + (ints)odd;
}

#include "tile.h"

GEMM_I8(avx2)

#pragma clang attribute pop
#endif
