// SPDX-License-Identifier: Apache-2.0
// vpdpbusd on ymm in its VEX form, for processors that have it without AVX-512: two a cycle on Intel's since Alder
// Lake. A tile of 6 rows by 16 columns is 12 sums, two registers of weights and one broadcast of the 16.
#if defined(__x86_64__)
#include "gemm_i8.h"
#include <immintrin.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,avxvnni"))), apply_to = function)

enum { PANEL = C4B_GEMM_I8_PANEL_AVXVNNI, STEP = 1, TAKEN_OFF = 0 };
#define TILE_ROWS 6

#include "../vector/avx2.h"

typedef __m256i weights;
typedef __m256i activations;

INLINE weights load_weights(const uint8_t *from) {
    return _mm256_loadu_si256((const __m256i *)from);
}

INLINE activations broadcast(const uint8_t *from) {
    int32_t group;
    __builtin_memcpy(&group, from, sizeof group);
    return _mm256_set1_epi32(group);
}

INLINE ints dot(ints sum, activations x, weights w) {
    return (ints)_mm256_dpbusd_avx_epi32((__m256i)sum, x, w);
}

#include "tile.h"

GEMM_I8(avxvnni)

#pragma clang attribute pop
#endif
