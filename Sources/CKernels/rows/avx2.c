// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#include "rows.h"
#include <immintrin.h>
#include <stdbool.h>
#include <stdint.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#include "../vector/avx2.h"

#include "body.h"

void c4b_softmax_f32_avx2(size_t m, size_t n, float scale, float *x, size_t ldx) {
    softmax(m, n, scale, x, ldx);
}

void c4b_layer_norm_f32_avx2(size_t m, size_t n, const float *x, const float *residual, const float *gain,
                             const float *bias, float epsilon, float *y) {
    layer_norm(m, n, x, residual, gain, bias, epsilon, y, 0, NULL, NULL, 0, NULL);
}

void c4b_layer_norm_i8_avx2(size_t m, size_t n, const float *x, const float *residual, const float *gain,
                            const float *bias, float epsilon, float *y, int32_t steps, const float *columns, uint8_t *q,
                            size_t ldq, c4b_row *rows) {
    layer_norm(m, n, x, residual, gain, bias, epsilon, y, steps, columns, q, ldq, rows);
}

void c4b_quantise_i8_avx2(size_t m, size_t n, int32_t steps, const float *x, size_t ldx, const float *columns,
                          uint8_t *q, size_t ldq, c4b_row *rows) {
    quantise(m, n, steps, x, ldx, columns, q, ldq, rows);
}

void c4b_gelu_f32_avx2(size_t count, float *x) {
    map(count, x, gelu_of);
}

void c4b_gelu_tanh_f32_avx2(size_t count, float *x) {
    map(count, x, gelu_tanh_of);
}

void c4b_relu_f32_avx2(size_t count, float *x) {
    map(count, x, relu_of);
}

void c4b_silu_f32_avx2(size_t count, float *x) {
    map(count, x, silu_of);
}

void c4b_tanh_f32_avx2(size_t count, float *x) {
    map(count, x, tanh_of);
}

#pragma clang attribute pop
#endif
