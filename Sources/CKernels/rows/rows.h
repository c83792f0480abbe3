// SPDX-License-Identifier: Apache-2.0
// The family: what walks one row, or one array, of activations. See ckernels.h.
#pragma once

#include "ckernels.h"

#include <stddef.h>
#include <stdint.h>

typedef void c4b_softmax_f32(size_t m, size_t n, float scale, float *x, size_t ldx);
typedef void c4b_layer_norm_f32(size_t m, size_t n, const float *x, const float *residual, const float *gain,
                                const float *bias, float epsilon, float *y);
typedef void c4b_layer_norm_i8(size_t m, size_t n, const float *x, const float *residual, const float *gain,
                               const float *bias, float epsilon, float *y, int32_t steps, const float *columns,
                               uint8_t *q, size_t ldq, c4b_row *rows);
typedef void c4b_quantise_i8(size_t m, size_t n, int32_t steps, const float *x, size_t ldx, const float *columns,
                             uint8_t *q, size_t ldq, c4b_row *rows);
typedef void c4b_map_f32(size_t count, float *x);

c4b_softmax_f32 c4b_softmax_f32_scalar, c4b_softmax_f32_avx2, c4b_softmax_f32_avx512, c4b_softmax_f32_neon;
c4b_layer_norm_f32 c4b_layer_norm_f32_scalar, c4b_layer_norm_f32_avx2, c4b_layer_norm_f32_avx512,
    c4b_layer_norm_f32_neon;
c4b_layer_norm_i8 c4b_layer_norm_i8_scalar, c4b_layer_norm_i8_avx2, c4b_layer_norm_i8_avx512, c4b_layer_norm_i8_neon;
c4b_quantise_i8 c4b_quantise_i8_scalar, c4b_quantise_i8_avx2, c4b_quantise_i8_avx512, c4b_quantise_i8_neon;
c4b_map_f32 c4b_gelu_f32_scalar, c4b_gelu_f32_avx2, c4b_gelu_f32_avx512, c4b_gelu_f32_neon;
c4b_map_f32 c4b_gelu_tanh_f32_scalar, c4b_gelu_tanh_f32_avx2, c4b_gelu_tanh_f32_avx512, c4b_gelu_tanh_f32_neon;
c4b_map_f32 c4b_relu_f32_scalar, c4b_relu_f32_avx2, c4b_relu_f32_avx512, c4b_relu_f32_neon;
c4b_map_f32 c4b_silu_f32_scalar, c4b_silu_f32_avx2, c4b_silu_f32_avx512, c4b_silu_f32_neon;
c4b_map_f32 c4b_tanh_f32_scalar, c4b_tanh_f32_avx2, c4b_tanh_f32_avx512, c4b_tanh_f32_neon;
