// SPDX-License-Identifier: Apache-2.0
// The arithmetic of the encoder, one implementation per instruction set behind one table of functions.
//
// Legend: m = rows of activations (tokens), n = outputs, k = inputs. All matrices are row-major f32.
// The caller owns every buffer; kernels never allocate, lock or start threads, and report no errors: shapes are checked
// once on the Swift side. No buffer needs an alignment, though 64 bytes is fastest. Any size may be 0.
//
// Each output row is a function of its own input row alone: the order of its sums does not depend on m, nor on where
// in a batch the row stands. So a text's scores are the same bits alone and in any batch, on one instruction set.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct c4b_kernels {
    // "scalar", "avx2", "avx512" or "neon".
    const char *isa;
    // Columns of one packed panel, see c4b_pack_f32.
    size_t panel_f32;

    // y[m,n] = x[m,k] · w[n,k]ᵀ + bias[n], with w packed by c4b_pack_f32 for this table's panel width.
    // x has ldx >= k floats a row, y has ldy >= n; bias may be NULL. Only the n columns of y are written.
    void (*gemm_f32)(size_t m, size_t n, size_t k, const float *x, size_t ldx, const float *packed, const float *bias,
                     float *y, size_t ldy);

    // x[m,n] = softmax of each row of scale · x, in place; ldx >= n floats a row. The row's maximum is subtracted
    // first. -INFINITY weighs nothing; a NaN, +INFINITY or nothing but -INFINITY makes the row NaN. Short rows take
    // half the time when ldx is a multiple of 16: the end of one then shares no vector with the start of the next.
    void (*softmax_f32)(size_t m, size_t n, float scale, float *x, size_t ldx);

    // y[m,n] = (z - mean(z)) / sqrt(variance(z) + epsilon) · gain[n] + bias[n], z = x + residual (residual may be
    // NULL). Rows are contiguous; y may be x or residual.
    void (*layer_norm_f32)(size_t m, size_t n, const float *x, const float *residual, const float *gain,
                           const float *bias, float epsilon, float *y);

    // x[count] = x · Φ(x) in place, Φ the normal distribution function (the exact GELU, by erf); within 4.1e-7 of it.
    void (*gelu_f32)(size_t count, float *x);

    // x[count] = tanh(x) in place, within a relative 2e-7 of it.
    void (*tanh_f32)(size_t count, float *x);
} c4b_kernels;

// The table for the instruction set of that name; NULL if there is none of it in this build or on this processor.
const c4b_kernels *c4b_kernels_named(const char *isa);

// The names of this build's instruction sets, best first; NULL past the last. Not all need run on this processor.
const char *c4b_isa_name(size_t index);

// Floats that c4b_pack_f32 writes: n rounded up to whole panels, times k.
size_t c4b_packed_floats(const c4b_kernels *kernels, size_t n, size_t k);

// Packs w for gemm_f32: element (i, j) of w[n,k] is w[i * row_stride + j * column_stride], so that a transposed matrix
// packs as well. Panel p holds rows p · panel … p · panel + panel - 1 of w, for each j the panel's elements side by
// side; rows past n are zeros.
void c4b_pack_f32(const c4b_kernels *kernels, size_t n, size_t k, const float *w, size_t row_stride,
                  size_t column_stride, float *packed);

// SHA-256 (FIPS 180-4) of bytes[count].
void c4b_sha256(const uint8_t *bytes, size_t count, uint8_t digest[32]);

#ifdef __cplusplus
}
#endif
