// SPDX-License-Identifier: Apache-2.0
// The family: products of matrices rounded to bfloat16, see c4b_bf16 in ckernels.h.
#pragma once

#include "ckernels.h"

extern const c4b_bf16 c4b_bf16_scalar, c4b_bf16_avx512, c4b_bf16_amx;

// What two tables share.
enum { C4B_GEMM_BF16_PANEL_AVX512 = 32 };
void c4b_round_bf16_avx512(size_t m, size_t k, const float *x, size_t ldx, uint16_t *y);
void c4b_round_transposed_bf16_avx512(size_t m, size_t n, const float *x, size_t ldx, uint16_t *y);
void c4b_pack_bf16_avx512(size_t n, size_t k, const float *w, size_t ldw, uint16_t *packed);
void c4b_pack_transposed_bf16_avx512(size_t n, size_t k, const float *w, size_t ldw, uint16_t *packed);
