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
