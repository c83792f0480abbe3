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
        if (column_stride == 1) {
            c4b_transpose_f32(rows, k, w + first * row_stride, row_stride, packed, panel);
        } else {
            for (size_t j = 0; j < k; ++j) {
                for (size_t i = 0; i < rows; ++i) {
                    packed[j * panel + i] = w[(first + i) * row_stride + j * column_stride];
                }
            }
        }
        for (size_t j = 0; rows < panel && j < k; ++j) {
            memset(packed + j * panel + rows, 0, (panel - rows) * sizeof(float));
        }
        packed += panel * k;
    }
}

size_t c4b_packed_bf16(const c4b_bf16 *products, size_t n, size_t k) {
    return (n + products->panel - 1) / products->panel * products->panel * ((k + 1) / 2 * 2);
}

size_t c4b_packed_bytes_i8(const c4b_kernels *kernels, size_t n, size_t k) {
    const size_t panel = kernels->panel_i8;
    return (n + panel - 1) / panel * c4b_gemm_i8_panel_bytes(panel, k) + c4b_gemm_i8_bytes_behind(panel);
}

enum {
    GROUP = C4B_GEMM_I8_GROUP,
    // Two groups: what an instruction set that adds in 16 bits takes at once.
    EIGHT = 2 * GROUP,
};

// Brings those of four weights that have one sign down to a sum, step by step, each step at the one that stands least
// below, or most above, what it was rounded from. Returns whether there was one to take.
static bool reduce(const size_t of[4], int sign, const float exact[EIGHT], int32_t rounded[EIGHT],
                   int32_t sum_of_four) {
    int32_t sum = 0;
    for (size_t i = 0; i < 4; ++i) {
        const int32_t weight = sign * rounded[of[i]];
        sum += weight > 0 ? weight : 0;
    }
    const bool is_over = sum > sum_of_four;
    for (; sum > sum_of_four; --sum) {
        size_t best = of[0];
        float greatest = -INFINITY;
        for (size_t i = 0; i < 4; ++i) {
            const float above = (float)sign * ((float)rounded[of[i]] - exact[of[i]]);
            if (sign * rounded[of[i]] > 0 && above > greatest) {
                best = of[i], greatest = above;
            }
        }
        rounded[best] -= sign;
    }
    return is_over;
}

// Rounds eight weights, and returns whether any is further from its value than rounding takes it.
static bool round_eight(const float exact[EIGHT], int32_t sum_of_four, int32_t rounded[EIGHT]) {
    for (size_t i = 0; i < EIGHT; ++i) {
        rounded[i] = (int32_t)lrintf(exact[i]);
    }
    bool is_reduced = false;
    for (size_t half = 0; sum_of_four > 0 && half < GROUP; half += 2) {
        const size_t of[4] = {half, half + 1, half + GROUP, half + GROUP + 1};
        is_reduced |= reduce(of, 1, exact, rounded, sum_of_four);
        is_reduced |= reduce(of, -1, exact, rounded, sum_of_four);
    }
    return is_reduced;
}

// What a column was rounded to.
typedef struct rounding {
    float scale;
    // Of its whole numbers.
    int32_t sum;
    // Of its errors.
    float squares;
    bool is_reduced;
} rounding;

// Rounds w[k] to steps of `scale`, into its column of a panel.
static rounding round_column(float scale, size_t k, const float *w, int32_t sum_of_four, size_t panel,
                             uint8_t *packed) {
    rounding result = {.scale = scale};
    for (size_t j = 0; j < k; j += EIGHT) {
        float exact[EIGHT] = {0};
        for (size_t i = 0; i < EIGHT && j + i < k; ++i) {
            exact[i] = w[j + i] / scale;
        }
        int32_t rounded[EIGHT];
        result.is_reduced |= round_eight(exact, sum_of_four, rounded);
        for (size_t i = 0; i < EIGHT; ++i) {
            const float error = ((float)rounded[i] - exact[i]) * scale;
            result.squares += error * error;
            result.sum += rounded[i];
            packed[(j + i) / GROUP * panel * GROUP + i % GROUP] = (uint8_t)rounded[i];
        }
    }
    return result;
}

// Chooses the scale, and rounds: the least that 127 steps reach, or a longer one, if weights that must come down from
// there lose more than all others do by longer steps.
static rounding pack_column_i8(size_t k, const float *w, int32_t sum_of_four, size_t panel, uint8_t *packed) {
    float greatest = 0;
    for (size_t j = 0; j < k; ++j) {
        // Once it is NaN it stays so, and the output is NaN.
        greatest = fabsf(w[j]) <= greatest || isnan(greatest) ? greatest : fabsf(w[j]);
    }
    // The scale of a weight near the least float keeps too few bits to reach it in 127 steps.
    if (greatest < 1e-30F || !isfinite(greatest)) {
        return (rounding){.scale = greatest < 1e-30F ? 0 : greatest};
    }
    rounding best = round_column(greatest / 127, k, w, sum_of_four, panel, packed);
    while (best.is_reduced) {
        const rounding longer = round_column(best.scale * 1.125F, k, w, sum_of_four, panel, packed);
        if (longer.squares >= best.squares) {
            return round_column(best.scale, k, w, sum_of_four, panel, packed);
        }
        best = longer;
    }
    return best;
}

void c4b_pack_i8(const c4b_kernels *kernels, size_t n, size_t k, const float *w, const float *bias, uint8_t *packed) {
    const size_t panel = kernels->panel_i8, bytes = c4b_gemm_i8_panel_bytes(panel, k);
    memset(packed, 0, c4b_packed_bytes_i8(kernels, n, k));
    for (size_t i = 0; i < n; ++i) {
        uint8_t *start = packed + i / panel * bytes;
        float *biases = (float *)(start + bytes) - panel, *scales = biases - panel;
        int32_t *sums = (int32_t *)scales - panel;
        const size_t column = i % panel;
        const rounding rounded =
            pack_column_i8(k, w + i * k, kernels->format_i8.sum_of_four, panel, start + column * GROUP);
        scales[column] = rounded.scale;
        sums[column] = rounded.sum;
        biases[column] = bias ? bias[i] : 0;
    }
}

size_t c4b_attention_words(size_t t, size_t d) {
    enum { ROWS = C4B_ATTENTION_ROWS, LANES = C4B_ATTENTION_LANES };
    const size_t tokens = (t + LANES - 1) / LANES * LANES, width = (d + LANES - 1) / LANES * LANES;
    const size_t stride = (t + 2 * LANES - 1) / (2 * LANES) * (2 * LANES);
    // Keys with what their sums begin at, values, five numbers of each column, queries, scores and weights.
    return tokens * (width / 4 + 1) + (t + 3) / 4 * width + 5 * width + ROWS * (width / 4 + stride / 2 + stride / 4);
}
