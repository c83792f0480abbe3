// SPDX-License-Identifier: Apache-2.0
// vpmaddubsw on zmm, for the processors with AVX-512 but without its dot product (Skylake); see avx2.c. A tile of 6
// rows by 32 columns is 12 sums, four registers of weights and two of activations of the 32.
#if defined(__x86_64__)
#include "gemm_i8.h"
#include <immintrin.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))), apply_to = function)

enum { PANEL = C4B_GEMM_I8_PANEL_AVX512, STEP = 2, TAKEN_OFF = 0 };
#define TILE_ROWS 6

#include "../vector/avx512.h"

typedef struct pair {
    __m512i first, second;
} weights, activations;

INLINE weights load_weights(const uint8_t *from) {
    return (weights){_mm512_loadu_si512(from), _mm512_loadu_si512(from + PANEL * C4B_GEMM_I8_GROUP)};
}

INLINE activations broadcast(const uint8_t *from) {
    int32_t groups[STEP];
    __builtin_memcpy(groups, from, sizeof groups);
    return (activations){_mm512_set1_epi32(groups[0]), _mm512_set1_epi32(groups[1])};
}

INLINE ints dot(ints sum, activations x, weights w) {
    const __m512i first = _mm512_maddubs_epi16(x.first, w.first), second = _mm512_maddubs_epi16(x.second, w.second);
    return sum + (ints)_mm512_madd_epi16(_mm512_add_epi16(first, second), _mm512_set1_epi16(1));
}

#include "tile.h"

GEMM_I8(avx512)

#pragma clang attribute pop
#endif
