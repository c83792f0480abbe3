// SPDX-License-Identifier: Apache-2.0
// vpmaddwd on zmm, for the processors with AVX-512 but without its dot product (Skylake); see avx2.c. A tile of 6 rows
// by 32 columns is 12 sums, four registers of weights and two of activations of the 32.
#if defined(__x86_64__)
#include "gemm_i8.h"
#include <immintrin.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))), apply_to = function)

enum { PANEL = C4B_GEMM_I8_PANEL_AVX512, TAKEN_OFF = 0 };
#define TILE_ROWS 6

#include "../vector/avx512.h"

// Bytes 0 and 2 of each group, and bytes 1 and 3, as 16-bit numbers.
typedef struct pairs {
    __m512i even, odd;
} weights, activations;

INLINE weights load_weights(const uint8_t *from) {
    const __m512i bytes = _mm512_loadu_si512(from);
    return (weights){_mm512_srai_epi16(_mm512_slli_epi16(bytes, 8), 8), _mm512_srai_epi16(bytes, 8)};
}

INLINE activations broadcast(const uint8_t *from) {
    int32_t group;
    __builtin_memcpy(&group, from, sizeof group);
    const __m512i bytes = _mm512_set1_epi32(group);
    return (activations){_mm512_and_si512(bytes, _mm512_set1_epi16(255)), _mm512_srli_epi16(bytes, 8)};
}

INLINE ints dot(ints sum, activations x, weights w) {
    const __m512i even = _mm512_madd_epi16(x.even, w.even), odd = _mm512_madd_epi16(x.odd, w.odd);
    return sum + (ints)even + (ints)odd;
}

#include "tile.h"

GEMM_I8(avx512)

#pragma clang attribute pop
#endif
