// SPDX-License-Identifier: Apache-2.0
#if defined(__aarch64__)
#include "gemm_f32.h"
#include <stdint.h>

enum { PANEL = C4B_GEMM_F32_PANEL_NEON };
#define TILE_ROWS 6

#include "../vector/neon.h"

#include "tile.h"

void c4b_gemm_f32_neon(size_t m, size_t n, size_t k, const float *x, size_t ldx, const float *packed, const float *bias,
                       float *y, size_t ldy) {
    gemm(m, n, k, x, ldx, packed, bias, y, ldy);
}

#endif
