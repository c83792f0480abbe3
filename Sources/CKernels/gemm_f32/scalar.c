// SPDX-License-Identifier: Apache-2.0
// Defines the answer: bias (or y) + Σ x[p] · w[p], added in the order of p. The panel of 8 keeps eight sums side by
// side, which any compiler turns into the machine's basic vectors; that changes no bit of a sum.
#include "gemm_f32.h"
#include <stdbool.h>

enum { PANEL = C4B_GEMM_F32_PANEL_SCALAR };

static void gemm(bool adds, size_t m, size_t n, size_t k, const float *x, size_t ldx, const float *packed,
                 const float *bias, float *y, size_t ldy) {
    for (size_t i = 0; i < m; ++i) {
        for (size_t first = 0; first < n; first += PANEL) {
            const size_t columns = n - first < PANEL ? n - first : PANEL;
            const float *panel = packed + first * k;
            float sum[PANEL] = {0};
            for (size_t c = 0; c < columns; ++c) {
                sum[c] = adds ? y[i * ldy + first + c] : bias ? bias[first + c] : 0;
            }
            for (size_t p = 0; p < k; ++p) {
                for (size_t c = 0; c < PANEL; ++c) {
                    sum[c] += x[i * ldx + p] * panel[p * PANEL + c];
                }
            }
            for (size_t c = 0; c < columns; ++c) {
                y[i * ldy + first + c] = sum[c];
            }
        }
    }
}

void c4b_gemm_f32_scalar(size_t m, size_t n, size_t k, const float *x, size_t ldx, const float *packed,
                         const float *bias, float *y, size_t ldy) {
    gemm(false, m, n, k, x, ldx, packed, bias, y, ldy);
}

void c4b_gemm_add_f32_scalar(size_t m, size_t n, size_t k, const float *x, size_t ldx, const float *packed, float *y,
                             size_t ldy) {
    gemm(true, m, n, k, x, ldx, packed, NULL, y, ldy);
}
