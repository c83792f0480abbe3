// SPDX-License-Identifier: Apache-2.0
// fmla by element: clang folds the broadcast of x into it. A tile of 6 rows by 16 columns is 24 sums, four registers of
// weights and up to four of x of the 32: 10 loads for 24 products, enough for two products a cycle (Neoverse N1) and
// for four (V1, V2) with three loads. 12 rows by 8 columns would need 14.
#if defined(__aarch64__)
#include "gemm_f32.h"
#include <stdbool.h>
#include <stdint.h>

enum { PANEL = C4B_GEMM_F32_PANEL_NEON };
#define TILE_ROWS 6

#include "../vector/neon.h"

#include "tile.h"

void c4b_gemm_f32_neon(size_t m, size_t n, size_t k, const float *x, size_t ldx, const float *packed, const float *bias,
                       float *y, size_t ldy) {
    gemm(false, m, n, k, x, ldx, packed, bias, y, ldy);
}

void c4b_gemm_add_f32_neon(size_t m, size_t n, size_t k, const float *x, size_t ldx, const float *packed, float *y,
                           size_t ldy) {
    gemm(true, m, n, k, x, ldx, packed, NULL, y, ldy);
}

#endif
