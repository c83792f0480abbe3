// SPDX-License-Identifier: Apache-2.0
#include "ckernels.h"

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
