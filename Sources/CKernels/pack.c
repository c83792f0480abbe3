// SPDX-License-Identifier: Apache-2.0
#include "ckernels.h"

#include "attention/attention.h"
#include "gemm_i8/gemm_i8.h"
#include <math.h>
#include <string.h>

size_t c4b_packed_floats(const c4b_kernels *kernels, size_t n, size_t k) {
    const size_t panel = kernels->panel_f32;
    return (n + panel - 1) / panel * panel * k;
}

void c4b_pack_f32(const c4b_kernels *kernels, size_t n, size_t k, const float *w, size_t row_stride,
                  size_t column_stride, float *packed) {
    const size_t panel = kernels->panel_f32;
    for (size_t first = 0; first < n; first += panel) {
        const size_t rows = n - first < panel ? n - first : panel;
        for (size_t j = 0; j < k; ++j) {
            for (size_t i = 0; i < rows; ++i) {
                *packed++ = w[(first + i) * row_stride + j * column_stride];
            }
            for (size_t i = rows; i < panel; ++i) {
                *packed++ = 0;
            }
        }
    }
}

size_t c4b_packed_bf16(const c4b_bf16 *products, size_t n, size_t k) {
    return (n + products->panel - 1) / products->panel * products->panel * ((k + 1) / 2 * 2);
}

size_t c4b_packed_bytes_i8(const c4b_kernels *kernels, size_t n, size_t k) {
    const size_t panel = kernels->panel_i8;
    return (n + panel - 1) / panel * c4b_gemm_i8_panel_bytes(panel, k);
}

// Rounds w[k] into its column of a panel, and returns the scale.
static float pack_column_i8(size_t k, const float *w, size_t panel, uint8_t *weights, int32_t *sum) {
    enum { GROUP = C4B_GEMM_I8_GROUP };
    float greatest = 0;
    for (size_t j = 0; j < k; ++j) {
        // Once it is NaN it stays so, and the output is NaN.
        greatest = fabsf(w[j]) <= greatest || isnan(greatest) ? greatest : fabsf(w[j]);
    }
    // The scale of a weight near the least float keeps too few bits to reach it in 127 steps.
    const float scale = greatest < 1e-30F ? 0 : greatest / 127;
    for (size_t j = 0; scale > 0 && j < k; ++j) {
        const long weight = lrintf(w[j] / scale);
        weights[j / GROUP * panel * GROUP + j % GROUP] = (uint8_t)weight;
        *sum += (int32_t)weight;
    }
    return scale;
}

void c4b_pack_i8(const c4b_kernels *kernels, size_t n, size_t k, const float *w, const float *bias, uint8_t *packed) {
    const size_t panel = kernels->panel_i8, bytes = c4b_gemm_i8_panel_bytes(panel, k);
    memset(packed, 0, c4b_packed_bytes_i8(kernels, n, k));
    for (size_t i = 0; i < n; ++i) {
        uint8_t *start = packed + i / panel * bytes;
        float *biases = (float *)(start + bytes) - panel, *scales = biases - panel;
        int32_t *sums = (int32_t *)scales - panel;
        const size_t column = i % panel;
        uint8_t *weights = start + column * C4B_GEMM_I8_GROUP;
        scales[column] = pack_column_i8(k, w + i * k, panel, weights, sums + column);
        biases[column] = bias ? bias[i] : 0;
    }
}

size_t c4b_attention_words(size_t t, size_t d) {
    enum { ROWS = C4B_ATTENTION_ROWS, LANES = C4B_ATTENTION_LANES };
    const size_t tokens = (t + LANES - 1) / LANES * LANES, width = (d + LANES - 1) / LANES * LANES;
    // Keys and values; the pairs of the queries, their scores and weights.
    return tokens * width + (tokens + 1) / 2 * width + ROWS * (width + 2 * tokens);
}

// In squares that the nearest cache holds both sides of.
void c4b_transpose_f32(size_t m, size_t n, const float *x, size_t ldx, float *y, size_t ldy) {
    enum { SIDE = 16 };
    for (size_t i = 0; i < m; i += SIDE) {
        const size_t rows = m - i < SIDE ? m - i : SIDE;
        for (size_t j = 0; j < n; j += SIDE) {
            const size_t columns = n - j < SIDE ? n - j : SIDE;
            for (size_t b = 0; b < columns; ++b) {
                for (size_t a = 0; a < rows; ++a) {
                    y[(j + b) * ldy + i + a] = x[(i + a) * ldx + j + b];
                }
            }
        }
    }
}
