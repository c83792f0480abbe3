// SPDX-License-Identifier: Apache-2.0
// Defines the answer: operands rounded to the nearest bfloat16, ties to even, and their products added up as floats.
#include "gemm_bf16.h"
#include <string.h>

enum { PANEL = 8 };

static uint16_t rounded(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if ((bits & 0x7fffffffU) > 0x7f800000U) {
        return (uint16_t)(bits >> 16 | 0x40U);
    }
    return (uint16_t)((bits + 0x7fffU + (bits >> 16 & 1U)) >> 16);
}

static float widened(uint16_t value) {
    const uint32_t bits = (uint32_t)value << 16;
    float result;
    memcpy(&result, &bits, sizeof result);
    return result;
}

static void round_rows(size_t m, size_t k, const float *x, size_t ldx, uint16_t *y) {
    const size_t even = (k + 1) / 2 * 2;
    for (size_t i = 0; i < m; ++i) {
        for (size_t p = 0; p < even; ++p) {
            y[i * even + p] = p < k ? rounded(x[i * ldx + p]) : 0;
        }
    }
}

static void round_transposed(size_t m, size_t n, const float *x, size_t ldx, uint16_t *y) {
    const size_t even = (m + 1) / 2 * 2;
    for (size_t j = 0; j < n; ++j) {
        for (size_t i = 0; i < even; ++i) {
            y[j * even + i] = i < m ? rounded(x[i * ldx + j]) : 0;
        }
    }
}

static void pack_strided(size_t n, size_t k, const float *w, size_t row_stride, size_t column_stride,
                         uint16_t *packed) {
    for (size_t first = 0; first < n; first += PANEL) {
        for (size_t p = 0; p < k; p += 2) {
            for (size_t c = 0; c < PANEL; ++c) {
                for (size_t half = 0; half < 2; ++half) {
                    const bool inside = first + c < n && p + half < k;
                    const float *at = w + (first + c) * row_stride + (p + half) * column_stride;
                    *packed++ = inside ? rounded(*at) : 0;
                }
            }
        }
    }
}

static void pack(size_t n, size_t k, const float *w, size_t ldw, uint16_t *packed) {
    pack_strided(n, k, w, ldw, 1, packed);
}

static void pack_transposed(size_t n, size_t k, const float *w, size_t ldw, uint16_t *packed) {
    pack_strided(n, k, w, 1, ldw, packed);
}

static void gemm(bool adds, size_t m, size_t n, size_t k, const uint16_t *x, const uint16_t *packed, const float *bias,
                 float *y, size_t ldy) {
    const size_t even = (k + 1) / 2 * 2;
    for (size_t i = 0; i < m; ++i) {
        for (size_t j = 0; j < n; ++j) {
            const uint16_t *panel = packed + j / PANEL * PANEL * even + j % PANEL * 2;
            float sum = adds ? y[i * ldy + j] : bias ? bias[j] : 0;
            for (size_t p = 0; p < even; ++p) {
                sum += widened(x[i * even + p]) * widened(panel[p / 2 * PANEL * 2 + p % 2]);
            }
            y[i * ldy + j] = sum;
        }
    }
}

const c4b_bf16 c4b_bf16_scalar = {
    .panel = PANEL,
    .round = round_rows,
    .round_transposed = round_transposed,
    .pack = pack,
    .pack_transposed = pack_transposed,
    .gemm = gemm,
};
