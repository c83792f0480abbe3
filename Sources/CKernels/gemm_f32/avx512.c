// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#include "gemm_f32.h"
#include <immintrin.h>
#include <stdint.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))), apply_to = function)

enum { PANEL = C4B_GEMM_F32_PANEL_AVX512 };
#define TILE_ROWS 12

#include "../vector/avx512.h"

#include "tile.h"

void c4b_gemm_f32_avx512(size_t m, size_t n, size_t k, const float *x, size_t ldx, const float *packed,
                         const float *bias, float *y, size_t ldy) {
    gemm(m, n, k, x, ldx, packed, bias, y, ldy);
}

#pragma clang attribute pop
#endif
