// SPDX-License-Identifier: Apache-2.0
// The family: y = x · wᵀ + bias and y += x · wᵀ in f32, see ckernels.h. Each instruction set chooses the panel that its
// tile reads.
#pragma once

#include <stddef.h>

typedef void c4b_gemm_f32(size_t m, size_t n, size_t k, const float *x, size_t ldx, const float *packed,
                          const float *bias, float *y, size_t ldy);
typedef void c4b_gemm_add_f32(size_t m, size_t n, size_t k, const float *x, size_t ldx, const float *packed, float *y,
                              size_t ldy);

enum {
    C4B_GEMM_F32_PANEL_SCALAR = 8,
    C4B_GEMM_F32_PANEL_AVX2 = 16,
    C4B_GEMM_F32_PANEL_AVX512 = 32,
    C4B_GEMM_F32_PANEL_NEON = 16,
};

c4b_gemm_f32 c4b_gemm_f32_scalar, c4b_gemm_f32_avx2, c4b_gemm_f32_avx512, c4b_gemm_f32_neon;
c4b_gemm_add_f32 c4b_gemm_add_f32_scalar, c4b_gemm_add_f32_avx2, c4b_gemm_add_f32_avx512, c4b_gemm_add_f32_neon;
