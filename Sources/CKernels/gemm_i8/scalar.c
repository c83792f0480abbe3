// SPDX-License-Identifier: Apache-2.0
// Defines the answer: the sums are whole numbers, hence exact in any order; they become floats, are multiplied by the
// column's scale, then by the row's, and the bias is added, each step rounded once. So every instruction set gives the
// same bits, but for those of GELU, which is the library's here and a polynomial elsewhere.
#include "gemm_i8.h"
#include <math.h>

#pragma STDC FP_CONTRACT OFF

enum { PANEL = C4B_GEMM_I8_PANEL_SCALAR, GROUP = C4B_GEMM_I8_GROUP };

static float gelu_of(float x) {
    return 0.5F * x * erfcf(-x * 0.707106781F);
}

typedef enum after { STORE, GELU, ADD } after;

static void gemm(after after, size_t m, size_t n, size_t k, const uint8_t *x, size_t ldx, const c4b_row *rows,
                 const uint8_t *packed, float *y, size_t ldy) {
    const size_t bytes = c4b_gemm_i8_panel_bytes(PANEL, k), groups = c4b_gemm_i8_groups(k);
    for (size_t i = 0; i < m; ++i) {
        for (size_t first = 0; first < n; first += PANEL) {
            const size_t columns = n - first < PANEL ? n - first : PANEL;
            const uint8_t *panel = packed + first / PANEL * bytes;
            const float *constants = (const float *)(panel + bytes) - 2 * PANEL;
            // Weights past k are zeros. Eight sums side by side are what any compiler turns into basic vectors.
            int32_t sum[PANEL] = {0};
            for (size_t p = 0; p < groups; ++p) {
                const int8_t *weights = (const int8_t *)panel + p * PANEL * GROUP;
                for (size_t q = 0; q < GROUP; ++q) {
                    const int32_t value = x[i * ldx + p * GROUP + q] - rows[i].zero;
                    for (size_t c = 0; c < PANEL; ++c) {
                        sum[c] += value * weights[c * GROUP + q];
                    }
                }
            }
            for (size_t c = 0; c < columns; ++c) {
                const float value = (float)sum[c] * constants[c] * rows[i].scale + constants[PANEL + c];
                float *to = y + i * ldy + first + c;
                *to = after == GELU ? gelu_of(value) : after == ADD ? *to + value : value;
            }
        }
    }
}

void c4b_gemm_i8_scalar(size_t m, size_t n, size_t k, const uint8_t *x, size_t ldx, const c4b_row *rows,
                        const uint8_t *packed, float *y, size_t ldy) {
    gemm(STORE, m, n, k, x, ldx, rows, packed, y, ldy);
}

void c4b_gemm_add_i8_scalar(size_t m, size_t n, size_t k, const uint8_t *x, size_t ldx, const c4b_row *rows,
                            const uint8_t *packed, float *y, size_t ldy) {
    gemm(ADD, m, n, k, x, ldx, rows, packed, y, ldy);
}

void c4b_gemm_gelu_i8_scalar(size_t m, size_t n, size_t k, const uint8_t *x, size_t ldx, const c4b_row *rows,
                             const uint8_t *packed, float *y, size_t ldy) {
    gemm(GELU, m, n, k, x, ldx, rows, packed, y, ldy);
}

size_t c4b_peak_i8_scalar(size_t rounds) {
    static const uint8_t ones[GROUP] = {1};
    const uint8_t *from = ones;
    int32_t sum[PANEL] = {0};
    for (size_t round = 0; round < rounds; ++round) {
        // Makes the compiler load them anew.
        __asm__ volatile("" : "+r"(from) : : "memory");
        for (size_t i = 0; i < PANEL; ++i) {
            for (size_t p = 0; p < GROUP; ++p) {
                sum[i] += from[p] * (int8_t)from[p];
            }
        }
    }
    // Used, but by value: a sum whose address is known would live in memory.
    int32_t total = 0;
    for (size_t i = 0; i < PANEL; ++i) {
        total += sum[i];
    }
    __asm__ volatile("" : : "r"(total));
    return rounds * PANEL * GROUP;
}
