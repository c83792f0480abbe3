// SPDX-License-Identifier: Apache-2.0
// Defines the answer, in plain loops and the C library's functions.
#include "rows.h"
#include <float.h>
#include <math.h>

void c4b_softmax_f32_scalar(size_t m, size_t n, float scale, float *x, size_t ldx) {
    for (size_t i = 0; i < m; ++i) {
        float *row = x + i * ldx;
        float highest = -INFINITY;
        for (size_t j = 0; j < n; ++j) {
            row[j] *= scale;
            highest = row[j] > highest ? row[j] : highest;
        }
        float sum = 0;
        for (size_t j = 0; j < n; ++j) {
            row[j] = expf(row[j] - highest);
            sum += row[j];
        }
        for (size_t j = 0; j < n; ++j) {
            row[j] /= sum;
        }
    }
}

// The variance is summed from the differences to the mean: the mean of squares minus the square of the mean would
// lose all digits when the mean is large.
void c4b_layer_norm_f32_scalar(size_t m, size_t n, const float *x, const float *residual, const float *gain,
                               const float *bias, float epsilon, float *y) {
    for (size_t i = 0; i < m; ++i) {
        float *row = y + i * n;
        float sum = 0;
        for (size_t j = 0; j < n; ++j) {
            row[j] = x[i * n + j] + (residual ? residual[i * n + j] : 0);
            sum += row[j];
        }
        const float mean = sum / (float)n;
        float squares = 0;
        for (size_t j = 0; j < n; ++j) {
            squares += (row[j] - mean) * (row[j] - mean);
        }
        const float scale = 1 / sqrtf(squares / (float)n + epsilon);
        for (size_t j = 0; j < n; ++j) {
            row[j] = (row[j] - mean) * scale * gain[j] + bias[j];
        }
    }
}

static float scaled(const float *x, const float *columns, size_t j) {
    return columns ? x[j] * columns[j] : x[j];
}

void c4b_quantise_i8_scalar(size_t m, size_t n, int32_t steps, const float *x, size_t ldx, const float *columns,
                            uint8_t *q, size_t ldq, c4b_row *rows) {
    for (size_t i = 0; i < m; ++i) {
        float above = 0, below = 0;
        for (size_t j = 0; j < n; ++j) {
            const float value = scaled(x + i * ldx, columns, j);
            // Once either is NaN it stays so.
            above = value <= above || isnan(above) ? above : value;
            below = -value <= below || isnan(below) ? below : -value;
        }
        const float range = above + below;
        const float inverse = range < 1e-30F ? 0 : (float)steps / range;
        rows[i].scale = range < 1e-30F ? 0 : range / (float)steps;
        rows[i].zero = isfinite(range) ? 1 + (int32_t)lrintf(below * inverse) : 128;
        for (size_t j = 0; j < n; ++j) {
            q[i * ldq + j] = (uint8_t)(lrintf(scaled(x + i * ldx, columns, j) * inverse) + rows[i].zero);
        }
    }
}

void c4b_layer_norm_i8_scalar(size_t m, size_t n, const float *x, const float *residual, const float *gain,
                              const float *bias, float epsilon, float *y, int32_t steps, const float *columns,
                              uint8_t *q, size_t ldq, c4b_row *rows) {
    c4b_layer_norm_f32_scalar(m, n, x, residual, gain, bias, epsilon, y);
    c4b_quantise_i8_scalar(m, n, steps, y, n, columns, q, ldq, rows);
}

void c4b_gelu_f32_scalar(size_t count, float *x) {
    const float half_root = 0.707106781F;
    for (size_t i = 0; i < count; ++i) {
        // Φ(-∞) is 0, but 0 times -∞ would be NaN.
        const float finite = x[i] < -FLT_MAX ? -FLT_MAX : x[i];
        x[i] = 0.5F * finite * erfcf(-finite * half_root);
    }
}

void c4b_gelu_tanh_f32_scalar(size_t count, float *x) {
    for (size_t i = 0; i < count; ++i) {
        // As for gelu: 0 times -∞ would be NaN.
        const float finite = x[i] < -FLT_MAX ? -FLT_MAX : x[i];
        x[i] = 0.5F * finite * (1 + tanhf(0.797884561F * (finite + 0.044715F * finite * finite * finite)));
    }
}

void c4b_relu_f32_scalar(size_t count, float *x) {
    for (size_t i = 0; i < count; ++i) {
        x[i] = x[i] < 0 ? 0 : x[i];
    }
}

void c4b_silu_f32_scalar(size_t count, float *x) {
    for (size_t i = 0; i < count; ++i) {
        const float finite = x[i] < -FLT_MAX ? -FLT_MAX : x[i];
        x[i] = finite / (1 + expf(-finite));
    }
}

void c4b_tanh_f32_scalar(size_t count, float *x) {
    for (size_t i = 0; i < count; ++i) {
        x[i] = tanhf(x[i]);
    }
}
