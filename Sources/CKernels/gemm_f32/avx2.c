// SPDX-License-Identifier: Apache-2.0
// vfmadd231ps on ymm, two a cycle with a latency of 4 or 5 (Haswell and Zen on). A tile of 6 rows by 16 columns is 12
// sums, two registers of weights and one broadcast of the 16: 8 loads for 12 products. Measured on Zen 5: 96 to 97 % of
// what the multipliers can do from 42 rows on.
#if defined(__x86_64__)
#include "gemm_f32.h"
#include <immintrin.h>
#include <stdbool.h>
#include <stdint.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

enum { PANEL = C4B_GEMM_F32_PANEL_AVX2 };
#define TILE_ROWS 6

#include "../vector/avx2.h"

#include "tile.h"

void c4b_gemm_f32_avx2(size_t m, size_t n, size_t k, const float *x, size_t ldx, const float *packed, const float *bias,
                       float *y, size_t ldy) {
    gemm(false, m, n, k, x, ldx, packed, bias, y, ldy);
}

void c4b_gemm_add_f32_avx2(size_t m, size_t n, size_t k, const float *x, size_t ldx, const float *packed, float *y,
                           size_t ldy) {
    gemm(true, m, n, k, x, ldx, packed, NULL, y, ldy);
}

#pragma clang attribute pop
#endif
