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

enum { GROUP = C4B_GEMM_I8_GROUP };

// A row of weights, and its column of a panel.
typedef struct column {
    size_t k;
    const float *w;
    size_t panel;
    int8_t *packed;
} column;

static int8_t *weight_at(const column *column, size_t j) {
    return column->packed + j / GROUP * column->panel * GROUP + j % GROUP;
}

// Brings those of four weights that have one sign down to a sum, step by step, each step at the one that stands least
// below, or most above, what it was rounded from. Past k there are none. Returns the steps.
static int32_t reduce(const column *column, const size_t of[4], int sign, float scale, int32_t sum_of_four) {
    int32_t sum = 0;
    for (size_t i = 0; i < 4; ++i) {
        const int weight = of[i] < column->k ? sign * *weight_at(column, of[i]) : 0;
        sum += weight > 0 ? weight : 0;
    }
    const int32_t steps = sum > sum_of_four ? sum - sum_of_four : 0;
    for (int32_t step = 0; step < steps; ++step) {
        size_t best = column->k;
        float greatest = -INFINITY;
        for (size_t i = 0; i < 4; ++i) {
            const int weight = of[i] < column->k ? sign * *weight_at(column, of[i]) : 0;
            const float above = weight > 0 ? (float)weight - (float)sign * column->w[of[i]] / scale : -INFINITY;
            if (above > greatest) {
                best = of[i], greatest = above;
            }
        }
        *weight_at(column, best) -= (int8_t)sign;
    }
    return steps;
}

// What rounding cost.
typedef struct loss {
    // The sum of the squared errors.
    float squares;
    // Whether weights were reduced.
    bool is_reduced;
} loss;

// Rounds to steps of `scale`.
static loss round_column(const column *column, float scale, int32_t sum_of_four) {
    int32_t reduced = 0;
    for (size_t j = 0; j < column->k; ++j) {
        *weight_at(column, j) = (int8_t)lrintf(column->w[j] / scale);
    }
    for (size_t j = 0; sum_of_four > 0 && j < column->k; j += j % (2 * GROUP) == 0 ? 2 : 6) {
        const size_t of[4] = {j, j + 1, j + GROUP, j + GROUP + 1};
        reduced += reduce(column, of, 1, scale, sum_of_four) + reduce(column, of, -1, scale, sum_of_four);
    }
    float squares = 0;
    for (size_t j = 0; j < column->k; ++j) {
        const float error = (float)*weight_at(column, j) - column->w[j] / scale;
        squares += error * error;
    }
    return (loss){squares * scale * scale, reduced > 0};
}

// Chooses the scale, rounds, and returns it: the least that 127 steps reach, or a greater one, if weights that must
// come down from there lose more than all others do by longer steps.
static float pack_column_i8(const column *column, int32_t sum_of_four) {
    float greatest = 0;
    for (size_t j = 0; j < column->k; ++j) {
        const float weight = fabsf(column->w[j]);
        // Once it is NaN it stays so, and the output is NaN.
        greatest = weight <= greatest || isnan(greatest) ? greatest : weight;
    }
    // The scale of a weight near the least float keeps too few bits to reach it in 127 steps.
    if (greatest < 1e-30F) {
        return 0;
    }
    float scale = greatest / 127;
    if (!isfinite(scale)) {
        return scale;
    }
    for (loss best = round_column(column, scale, sum_of_four); best.is_reduced;) {
        const float longer = scale * 1.0625F;
        const loss then = round_column(column, longer, sum_of_four);
        if (then.squares >= best.squares) {
            round_column(column, scale, sum_of_four);
            break;
        }
        scale = longer, best = then;
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
        const column column = {k, w + i * k, panel, (int8_t *)start + i % panel * GROUP};
        scales[i % panel] = pack_column_i8(&column, kernels->format_i8.sum_of_four);
        biases[i % panel] = bias ? bias[i] : 0;
        for (size_t j = 0; j < k; ++j) {
            sums[i % panel] += *weight_at(&column, j);
        }
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
