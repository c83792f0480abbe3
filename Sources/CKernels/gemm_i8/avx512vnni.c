// SPDX-License-Identifier: Apache-2.0
// vpdpbusd on zmm: 64 products, four to a lane, one a cycle on Zen 4, two on Zen 5 and on Intel's servers since Ice
// Lake, with a latency of 4 or 5. A tile of 6 rows by 64 columns is 24 sums, four registers of weights and one
// broadcast of the 32: 10 loads for 24 products.
#if defined(__x86_64__)
#include "gemm_i8.h"
#include <immintrin.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni"))),                 \
                             apply_to = function)

enum { PANEL = C4B_GEMM_I8_PANEL_AVX512VNNI, STEP = 1, TAKEN_OFF = 0 };
#define TILE_ROWS 6

#include "../vector/fours_avx512.h"

INLINE ints dot(ints sum, activations x, weights w) {
    return (ints)_mm512_dpbusd_epi32((__m512i)sum, x, w);
}

#include "tile.h"

GEMM_I8(avx512vnni)

#pragma clang attribute pop
#endif
