// SPDX-License-Identifier: Apache-2.0
// The family: y = x · wᵀ · scales + bias of 8-bit activations and weights, stored, added, or with GELU, see ckernels.h.
// Each instruction set chooses the panel that its tile reads.
//
// A panel of P columns is, from its start: for each GROUP of inputs, P times the GROUP weights of one column; then P
// sums of a column's weights (i32), P scales and P biases (f32). Inputs are filled up to pairs of groups, and columns
// to whole panels, with zeros.
#pragma once

#include "ckernels.h"

#include <stddef.h>
#include <stdint.h>

typedef void c4b_gemm_i8(size_t m, size_t n, size_t k, const uint8_t *x, size_t ldx, const c4b_row *rows,
                         const uint8_t *packed, float *y, size_t ldy);

enum {
    // What one lane of a dot product instruction takes at once.
    C4B_GEMM_I8_GROUP = 4,
    C4B_GEMM_I8_PANEL_SCALAR = 8,
    C4B_GEMM_I8_PANEL_AVX2 = 16,
    C4B_GEMM_I8_PANEL_AVXVNNI = 16,
    C4B_GEMM_I8_PANEL_AVX512 = 32,
    C4B_GEMM_I8_PANEL_AVX512VNNI = 64,
    C4B_GEMM_I8_PANEL_AMX = C4B_GEMM_I8_PANEL_AVX512VNNI,
    C4B_GEMM_I8_PANEL_NEON = 8,
    C4B_GEMM_I8_PANEL_NEONDOT = 16,
};

// The groups of k inputs, an even number.
static inline size_t c4b_gemm_i8_groups(size_t k) {
    return (k + 2 * C4B_GEMM_I8_GROUP - 1) / (2 * C4B_GEMM_I8_GROUP) * 2;
}

// The bytes of one panel.
static inline size_t c4b_gemm_i8_panel_bytes(size_t panel, size_t k) {
    return panel * (c4b_gemm_i8_groups(k) * C4B_GEMM_I8_GROUP + sizeof(int32_t) + 2 * sizeof(float));
}

// The bytes behind the last panel that may be read, and count for nothing: amx reads sixteen groups at a time.
static inline size_t c4b_gemm_i8_bytes_behind(size_t panel) {
    return panel == C4B_GEMM_I8_PANEL_AMX ? 14 * panel * C4B_GEMM_I8_GROUP : 0;
}

c4b_gemm_i8 c4b_gemm_i8_scalar, c4b_gemm_i8_avx2, c4b_gemm_i8_avxvnni, c4b_gemm_i8_avx512, c4b_gemm_i8_avx512vnni,
    c4b_gemm_i8_neon, c4b_gemm_i8_neondot, c4b_gemm_i8_amx;
c4b_gemm_i8 c4b_gemm_add_i8_scalar, c4b_gemm_add_i8_avx2, c4b_gemm_add_i8_avxvnni, c4b_gemm_add_i8_avx512,
    c4b_gemm_add_i8_avx512vnni, c4b_gemm_add_i8_neon, c4b_gemm_add_i8_neondot, c4b_gemm_add_i8_amx;
c4b_gemm_i8 c4b_gemm_gelu_i8_scalar, c4b_gemm_gelu_i8_avx2, c4b_gemm_gelu_i8_avxvnni, c4b_gemm_gelu_i8_avx512,
    c4b_gemm_gelu_i8_avx512vnni, c4b_gemm_gelu_i8_neon, c4b_gemm_gelu_i8_neondot, c4b_gemm_gelu_i8_amx;

typedef size_t c4b_peak_i8(size_t rounds);

c4b_peak_i8 c4b_peak_i8_scalar, c4b_peak_i8_avx2, c4b_peak_i8_avxvnni, c4b_peak_i8_avx512, c4b_peak_i8_avx512vnni,
    c4b_peak_i8_neon, c4b_peak_i8_neondot, c4b_peak_i8_amx;
