// SPDX-License-Identifier: Apache-2.0
#include "ckernels.h"

// Four floats, which every processor of this build has: SSE2 on x86-64, NEON on arm64.
typedef float four __attribute__((vector_size(16), aligned(4), may_alias));

enum { FOUR = 4 };

static inline void transpose_four(const float *x, size_t ldx, float *y, size_t ldy) {
    const four a = *(const four *)x, b = *(const four *)(x + ldx);
    const four c = *(const four *)(x + 2 * ldx), d = *(const four *)(x + 3 * ldx);
    // Pairs of a column's upper rows, and of its lower.
    const four upper01 = __builtin_shufflevector(a, b, 0, 4, 1, 5), upper23 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    const four lower01 = __builtin_shufflevector(c, d, 0, 4, 1, 5), lower23 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    *(four *)y = __builtin_shufflevector(upper01, lower01, 0, 1, 4, 5);
    *(four *)(y + ldy) = __builtin_shufflevector(upper01, lower01, 2, 3, 6, 7);
    *(four *)(y + 2 * ldy) = __builtin_shufflevector(upper23, lower23, 0, 1, 4, 5);
    *(four *)(y + 3 * ldy) = __builtin_shufflevector(upper23, lower23, 2, 3, 6, 7);
}

// In strips of rows that the nearest cache holds both sides of, and there four by four.
void c4b_transpose_f32(size_t m, size_t n, const float *x, size_t ldx, float *y, size_t ldy) {
    enum { STRIP = 16 };
    for (size_t i = 0; i < m; i += STRIP) {
        const size_t rows = m - i < STRIP ? m - i : STRIP, whole_rows = rows / FOUR * FOUR;
        const size_t whole_columns = n / FOUR * FOUR;
        for (size_t j = 0; j < whole_columns; j += FOUR) {
            for (size_t a = 0; a < whole_rows; a += FOUR) {
                transpose_four(x + (i + a) * ldx + j, ldx, y + j * ldy + i + a, ldy);
            }
        }
        for (size_t j = 0; j < n; ++j) {
            for (size_t a = j < whole_columns ? whole_rows : 0; a < rows; ++a) {
                y[j * ldy + i + a] = x[(i + a) * ldx + j];
            }
        }
    }
}
