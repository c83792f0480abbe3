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

#include "../vector/fours_avx2.h"

INLINE ints dot(ints sum, activations x, weights w) {
    return (ints)_mm256_dpbusd_avx_epi32((__m256i)sum, x, w);
}

#include "tile.h"

GEMM_I8(avxvnni)

#pragma clang attribute pop
#endif
