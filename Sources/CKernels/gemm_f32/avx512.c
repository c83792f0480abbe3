// SPDX-License-Identifier: Apache-2.0
// vfmadd231ps on zmm, two a cycle with a latency of 4 (Zen 5; Intel's servers since Skylake), x broadcast from memory
// by the instruction itself. A tile of 12 rows by 32 columns is 24 sums, two registers of weights and one or two
// broadcasts of the 32: 14 loads for 24 products, where two of each may start in a cycle. 6 rows by 64 would need 10
// loads, yet loads don't bind, and attention's heads of 32 columns and its texts of any length would leave half of a
// panel idle. Measured on Zen 5: 95 to 98 % of what the multipliers can do from 16 rows on, whatever the layer; below 4
// rows the weights' way from the caches is the limit.
#if defined(__x86_64__)
#include "gemm_f32.h"
#include <immintrin.h>
#include <stdbool.h>
#include <stdint.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))), apply_to = function)

enum { PANEL = C4B_GEMM_F32_PANEL_AVX512 };
#define TILE_ROWS 12

#include "../vector/avx512.h"

#include "tile.h"

void c4b_gemm_f32_avx512(size_t m, size_t n, size_t k, const float *x, size_t ldx, const float *packed,
                         const float *bias, float *y, size_t ldy) {
    gemm(false, m, n, k, x, ldx, packed, bias, y, ldy);
}

void c4b_gemm_add_f32_avx512(size_t m, size_t n, size_t k, const float *x, size_t ldx, const float *packed, float *y,
                             size_t ldy) {
    gemm(true, m, n, k, x, ldx, packed, NULL, y, ldy);
}

#pragma clang attribute pop
#endif
