// SPDX-License-Identifier: Apache-2.0
// vpmaddubsw on ymm: 32 products, added in twos in 16 bits; two of them are added before vpmaddwd widens the sums,
// three multiplications for 64 products. The format keeps all of it from saturating, see ckernels.h. A tile of 6 rows
// by 16 columns is 12 sums.
#if defined(__x86_64__)
#include "gemm_i8.h"
#include <immintrin.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

enum { PANEL = C4B_GEMM_I8_PANEL_AVX2, STEP = 2, TAKEN_OFF = 0 };
#define TILE_ROWS 6

#include "../vector/avx2.h"

typedef struct pair {
    __m256i first, second;
} weights, activations;

INLINE weights load_weights(const uint8_t *from) {
    return (weights){_mm256_loadu_si256((const __m256i *)from),
                     _mm256_loadu_si256((const __m256i *)(from + PANEL * C4B_GEMM_I8_GROUP))};
}

INLINE activations broadcast(const uint8_t *from) {
    int32_t groups[STEP];
    __builtin_memcpy(groups, from, sizeof groups);
    return (activations){_mm256_set1_epi32(groups[0]), _mm256_set1_epi32(groups[1])};
}

INLINE ints dot(ints sum, activations x, weights w) {
    const __m256i first = _mm256_maddubs_epi16(x.first, w.first), second = _mm256_maddubs_epi16(x.second, w.second);
    return sum + (ints)_mm256_madd_epi16(_mm256_add_epi16(first, second), _mm256_set1_epi16(1));
}

#include "tile.h"

GEMM_I8(avx2)

#pragma clang attribute pop
#endif
