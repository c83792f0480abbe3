// SPDX-License-Identifier: Apache-2.0
// Compares every instruction set of this build that runs on this processor with the scalar one, in plain C: for
// processors on which the Swift tests don't run (under qemu), and for sanitizers. Exits with 1 if anything differs by
// more than its contract allows: no bit of what ckernels.h says is the same, rounding of the rest.
//
//     clang -O2 -Wall -Wextra -Werror -ISources/CKernels/include Tests/CKernelsTests/Cross/check.c \
//         Sources/CKernels/*.c Sources/CKernels/*/*.c -lm -o check && ./check
//
// Natively also with -g -fsanitize=address,undefined; for NEON with --target=aarch64-linux-gnu -static, run by
// qemu-aarch64. Every buffer has exactly the size that the contract asks for, so that the address sanitizer sees a step
// outside.
#include "ckernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;
static const float guard = 12345.5F;

static void expect(bool holds, const char *isa, const char *what, size_t m, size_t n, size_t k) {
    if (!holds && ++failures <= 20) {
        printf("%s: %s fails at m = %zu, n = %zu, k = %zu\n", isa, what, m, n, k);
    }
}

// The same numbers for each instruction set.
enum { SEED = 42 };
static uint64_t state = SEED;

// count floats in [-1, 1), the same on each run.
static float *randoms(size_t count) {
    float *values = malloc(count * sizeof(float));
    for (size_t i = 0; i < count; ++i) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        values[i] = (float)(int32_t)(state >> 32) * 0x1p-31F;
    }
    return values;
}

static float *copied(const float *values, size_t count) {
    float *copy = malloc(count * sizeof(float));
    if (count > 0) {
        memcpy(copy, values, count * sizeof(float));
    }
    return copy;
}

// count bytes of activations, the same on each run; `extreme` ones are 1 or steps + 2, the ends of their range.
static uint8_t *random_bytes(size_t count, int32_t steps, bool extreme) {
    float *values = randoms(count);
    uint8_t *bytes = malloc(count);
    for (size_t i = 0; i < count; ++i) {
        const float place = extreme ? values[i] < 0 ? 0 : 1 : (values[i] + 1) / 2;
        bytes[i] = (uint8_t)(1 + lrintf(place * (float)(steps + 1)));
    }
    free(values);
    return bytes;
}

static bool near(float value, float expected, double bound) {
    return isnan(expected) ? isnan(value) : value == expected || fabs((double)value - expected) <= bound;
}

// y, against sums in double, and each of its rows against the same row alone.
static void check_gemm(const c4b_kernels *kernels, size_t m, size_t n, size_t k) {
    const size_t ldx = k + 3, ldy = n + 5;
    float *x = randoms(m == 0 ? 0 : (m - 1) * ldx + k), *w = randoms(n * k), *bias = randoms(n);
    float *packed = malloc(c4b_packed_floats(kernels, n, k) * sizeof(float));
    float *y = malloc((m * ldy) * sizeof(float)), *alone = malloc(n * sizeof(float));
    c4b_pack_f32(kernels, n, k, w, k, 1, packed);
    for (size_t i = 0; i < m * ldy; ++i) {
        y[i] = guard;
    }
    kernels->gemm_f32(m, n, k, x, ldx, packed, bias, y, ldy);
    for (size_t i = 0; i < m; ++i) {
        for (size_t j = 0; j < n; ++j) {
            double sum = bias[j], magnitude = fabs((double)bias[j]);
            for (size_t p = 0; p < k; ++p) {
                const double product = (double)x[i * ldx + p] * w[j * k + p];
                sum += product;
                magnitude += fabs(product);
            }
            expect(fabs(y[i * ldy + j] - sum) <= (double)(k + 1) * 0x1p-23 * magnitude, kernels->isa, "gemm", m, n, k);
        }
        for (size_t j = n; j < ldy; ++j) {
            expect(y[i * ldy + j] == guard, kernels->isa, "gemm within its columns", m, n, k);
        }
        kernels->gemm_f32(1, n, k, x + i * ldx, ldx, packed, bias, alone, n);
        expect(n == 0 || memcmp(alone, y + i * ldy, n * sizeof(float)) == 0, kernels->isa, "gemm row alone", m, n, k);
        // Adding to a row of biases is the same as starting from them.
        memcpy(alone, bias, n * sizeof(float));
        kernels->gemm_add_f32(1, n, k, x + i * ldx, ldx, packed, alone, n);
        expect(n == 0 || memcmp(alone, y + i * ldy, n * sizeof(float)) == 0, kernels->isa, "gemm_add", m, n, k);
    }
    free(x), free(w), free(bias), free(packed), free(y), free(alone);
}

static uint16_t *rounded(const c4b_bf16 *products, size_t m, size_t k, const float *x, size_t ldx) {
    uint16_t *y = malloc(m * ((k + 1) / 2 * 2) * sizeof(uint16_t));
    products->round(m, k, x, ldx, y);
    return y;
}

static bool same(const uint16_t *a, const uint16_t *b, size_t count) {
    return count == 0 || memcmp(a, b, count * sizeof *a) == 0;
}

// Rounding to the bit, products against the scalar ones, and each row against the same row alone.
static void check_bf16(const char *isa, const c4b_bf16 *own, const c4b_bf16 *scalar, size_t m, size_t n, size_t k) {
    const size_t even = (k + 1) / 2 * 2, ldx = k + 3, ldy = n + 5;
    float *x = randoms(m == 0 ? 0 : (m - 1) * ldx + k), *w = randoms(n * k), *turned = malloc(n * k * sizeof(float));
    float *bias = randoms(n), *y = randoms(m * ldy), *alone = malloc(n * sizeof(float));
    c4b_transpose_f32(n, k, w, k, turned, n);
    uint16_t *left = rounded(own, m, k, x, ldx), *left_scalar = rounded(scalar, m, k, x, ldx);
    expect(same(left, left_scalar, m * even), isa, "bf16 round", m, n, k);
    uint16_t *across = malloc(n * even * sizeof(uint16_t)), *along = rounded(scalar, n, k, w, k);
    own->round_transposed(k, n, turned, n, across);
    expect(same(across, along, n * even), isa, "bf16 round_transposed", m, n, k);
    const size_t count = c4b_packed_bf16(own, n, k), count_scalar = c4b_packed_bf16(scalar, n, k);
    uint16_t *packed = malloc(count * sizeof(uint16_t)), *packed_turned = malloc(count * sizeof(uint16_t));
    uint16_t *packed_scalar = malloc(count_scalar * sizeof(uint16_t));
    own->pack(n, k, w, k, packed), scalar->pack(n, k, w, k, packed_scalar);
    own->pack_transposed(n, k, turned, n, packed_turned);
    expect(same(packed, packed_turned, count), isa, "bf16 pack_transposed", m, n, k);
    for (int adds = 0; adds < 2; ++adds) {
        float *sum = copied(y, m * ldy), *expected = copied(y, m * ldy);
        own->gemm(adds, m, n, k, left, packed, bias, sum, ldy);
        scalar->gemm(adds, m, n, k, left, packed_scalar, bias, expected, ldy);
        for (size_t i = 0; i < m * ldy; ++i) {
            expect(near(sum[i], expected[i], 1e-6 * (double)(k + 2)), isa, "bf16 gemm", m, n, k);
        }
        for (size_t i = 0; i < m; ++i) {
            memcpy(alone, y + i * ldy, n * sizeof(float));
            own->gemm(adds, 1, n, k, left + i * even, packed, bias, alone, n);
            expect(n == 0 || memcmp(alone, sum + i * ldy, n * sizeof(float)) == 0, isa, "bf16 row alone", m, n, k);
        }
        free(sum), free(expected);
    }
    free(x), free(w), free(turned), free(bias), free(y), free(alone), free(left), free(left_scalar), free(across);
    free(along), free(packed), free(packed_turned), free(packed_scalar);
}

// y, to the bit, and each of its rows against the same row alone. `extreme` weights are -127 or 127, or as far apart as
// the format allows.
static void check_gemm_i8(const c4b_kernels *kernels, const c4b_kernels *scalar, size_t m, size_t n, size_t k,
                          bool extreme) {
    const int32_t steps = kernels->format_i8.steps;
    const size_t whole = (k + 7) / 8 * 8, ldx = whole + 4, ldy = n + 5;
    float *w = randoms(n * k), *bias = randoms(n), *scales = randoms(m);
    c4b_row *rows = malloc(m * sizeof *rows);
    for (size_t i = 0; i < m; ++i) {
        rows[i] = (c4b_row){scales[i], i % 3 == 0 ? steps / 2 : 1 + (int32_t)(i * 37 % (size_t)steps)};
    }
    for (size_t i = 0; extreme && i < n * k; ++i) {
        w[i] = w[i] < 0 ? -1 : 1;
    }
    uint8_t *x = random_bytes(m == 0 ? 0 : (m - 1) * ldx + whole, steps, extreme);
    uint8_t *packed = malloc(c4b_packed_bytes_i8(kernels, n, k)), *other = malloc(c4b_packed_bytes_i8(scalar, n, k));
    float *y = malloc(m * ldy * sizeof(float)), *expected = malloc(m * ldy * sizeof(float));
    c4b_pack_i8(kernels, n, k, w, bias, packed), c4b_pack_i8(scalar, n, k, w, bias, other);
    for (size_t i = 0; i < m * ldy; ++i) {
        y[i] = expected[i] = guard;
    }
    kernels->gemm_i8(m, n, k, x, ldx, rows, packed, y, ldy);
    scalar->gemm_i8(m, n, k, x, ldx, rows, other, expected, ldy);
    expect(m * ldy == 0 || memcmp(y, expected, m * ldy * sizeof(float)) == 0, kernels->isa, "gemm_i8", m, n, k);
    kernels->gemm_add_i8(m, n, k, x, ldx, rows, packed, y, ldy);
    for (size_t i = 0; i < m * ldy; ++i) {
        const float sum = expected[i] + expected[i];
        expect(y[i] == (i % ldy < n ? sum : guard), kernels->isa, "gemm_add_i8", m, n, k);
    }
    kernels->gemm_gelu_i8(m, n, k, x, ldx, rows, packed, y, ldy);
    for (size_t i = 0; i < m; ++i) {
        float *alone = copied(y + i * ldy, n);
        kernels->gemm_gelu_i8(1, n, k, x + i * ldx, ldx, rows + i, packed, alone, n);
        expect(n == 0 || memcmp(alone, y + i * ldy, n * sizeof(float)) == 0, kernels->isa, "gelu row alone", m, n, k);
        scalar->gelu_f32(n, expected + i * ldy);
        for (size_t j = 0; j < ldy; ++j) {
            expect(near(y[i * ldy + j], expected[i * ldy + j], 1e-6), kernels->isa, "gemm_gelu_i8", m, n, k);
        }
        free(alone);
    }
    free(w), free(bias), free(scales), free(rows), free(x), free(packed), free(other), free(y), free(expected);
}

static void check_quantise(const c4b_kernels *kernels, const c4b_kernels *scalar, size_t m, size_t n,
                           bool with_columns) {
    const size_t ldx = n + 1, ldq = n + 3, count = m == 0 ? 0 : (m - 1) * ldx + n;
    float *x = randoms(count);
    float *columns = with_columns ? randoms(n) : NULL;
    c4b_row *rows = malloc(m * sizeof *rows), *expected_rows = malloc(m * sizeof *rows);
    const int32_t steps = kernels->format_i8.steps;
    uint8_t *q = random_bytes(m * ldq, steps, false), *expected = malloc(m * ldq);
    memcpy(expected, q, m * ldq);
    kernels->quantise_i8(m, n, steps, x, ldx, columns, q, ldq, rows);
    scalar->quantise_i8(m, n, steps, x, ldx, columns, expected, ldq, expected_rows);
    expect(memcmp(q, expected, m * ldq) == 0, kernels->isa, "quantise", m, n, 0);
    expect(memcmp(rows, expected_rows, m * sizeof *rows) == 0, kernels->isa, "quantise's rows", m, n, 0);
    free(x), free(columns), free(rows), free(expected_rows), free(q), free(expected);
}

// Context, to the bit.
static void check_attention(const c4b_kernels *kernels, const c4b_kernels *scalar, size_t t, size_t heads, size_t d) {
    const size_t width = heads * d, queries = t % 3 == 0 ? 1 : t;
    float *query = randoms(queries * width), *key_value = randoms(t * 2 * width);
    float *y = malloc(queries * width * sizeof(float)), *expected = malloc(queries * width * sizeof(float));
    uint32_t *scratch = malloc(c4b_attention_words(t, d) * sizeof(uint32_t));
    const int32_t limit = kernels->attention_limit;
    kernels->attention_i8(limit, t, queries, heads, d, query, width, key_value, 2 * width, scratch, y, width);
    scalar->attention_i8(limit, t, queries, heads, d, query, width, key_value, 2 * width, scratch, expected, width);
    expect(memcmp(y, expected, queries * width * sizeof(float)) == 0, kernels->isa, "attention", t, heads, d);
    free(query), free(key_value), free(y), free(expected), free(scratch);
}

static void check_softmax(const c4b_kernels *kernels, const c4b_kernels *scalar, size_t m, size_t n, float scale) {
    const size_t count = m == 0 ? 0 : (m - 1) * (n + 2) + n;
    float *x = randoms(count), *expected = copied(x, count);
    kernels->softmax_f32(m, n, scale, x, n + 2);
    scalar->softmax_f32(m, n, scale, expected, n + 2);
    for (size_t i = 0; i < count; ++i) {
        expect(near(x[i], expected[i], 1e-6 * expected[i] + 1e-37), kernels->isa, "softmax", m, n, 0);
    }
    free(x), free(expected);
}

static void check_layer_norm(const c4b_kernels *kernels, const c4b_kernels *scalar, size_t m, size_t n) {
    float *x = randoms(m * n), *residual = randoms(m * n), *gain = randoms(n), *bias = randoms(n);
    float *y = malloc(m * n * sizeof(float)), *expected = malloc(m * n * sizeof(float));
    for (int with = 0; with < 2; ++with) {
        kernels->layer_norm_f32(m, n, x, with ? residual : NULL, gain, bias, 1e-6F, y);
        scalar->layer_norm_f32(m, n, x, with ? residual : NULL, gain, bias, 1e-6F, expected);
        for (size_t i = 0; i < m * n; ++i) {
            expect(near(y[i], expected[i], 1e-5), kernels->isa, "layer norm", m, n, 0);
        }
    }
    free(x), free(residual), free(gain), free(bias), free(y), free(expected);
}

// All floats whose bits are a multiple of a stride: both zeros, denormals, infinities and NaNs are among them.
static void check_maps(const c4b_kernels *kernels, const c4b_kernels *scalar, size_t count) {
    const uint32_t stride = 0x8000;
    float *x = malloc(count * sizeof(float));
    for (uint64_t from = 0; count > 0 && from < 0x100000000; from += stride * count) {
        for (size_t i = 0; i < count; ++i) {
            const uint32_t bits = (uint32_t)(from + stride * i);
            memcpy(x + i, &bits, sizeof bits);
        }
        float *gelu = copied(x, count), *expected = copied(x, count);
        kernels->gelu_f32(count, gelu);
        scalar->gelu_f32(count, expected);
        for (size_t i = 0; i < count; ++i) {
            expect(near(gelu[i], expected[i], 1e-6), kernels->isa, "gelu", 0, count, i);
        }
        const c4b_kernels *sides[] = {kernels, scalar};
        for (size_t map = 0; map < 3; ++map) {
            float *of[2];
            for (size_t side = 0; side < 2; ++side) {
                of[side] = copied(x, count);
                const c4b_kernels *k = sides[side];
                (map == 0 ? k->gelu_tanh_f32 : map == 1 ? k->relu_f32 : k->silu_f32)(count, of[side]);
            }
            for (size_t i = 0; i < count; ++i) {
                const double bound = 1e-6 * (1 + fmin(fabs((double)x[i]), 100));
                expect(near(of[0][i], of[1][i], bound), kernels->isa, "gelu_tanh, relu, silu", map, count, i);
            }
            free(of[0]), free(of[1]);
        }
        float *tanh = copied(x, count);
        memcpy(expected, x, count * sizeof(float));
        kernels->tanh_f32(count, tanh);
        scalar->tanh_f32(count, expected);
        for (size_t i = 0; i < count; ++i) {
            expect(near(tanh[i], expected[i], 4e-7 * fabs((double)expected[i])), kernels->isa, "tanh", 0, count, i);
        }
        free(gelu), free(tanh), free(expected);
    }
    free(x);
}

static void expect_near(const float *values, const float *expected, size_t count, const char *isa, const char *what) {
    for (size_t i = 0; i < count; ++i) {
        expect(near(values[i], expected[i], 2e-5 + 1e-5 * fabs((double)expected[i])), isa, what, 0, count, i);
    }
    free((void *)values), free((void *)expected);
}

// Backward passes, losses and the optimiser, on arrays of m times n.
static void check_training(const c4b_kernels *kernels, const c4b_kernels *scalar, size_t m, size_t n) {
    const c4b_training *own = kernels->training, *other = scalar->training;
    const size_t count = m * n;
    const char *isa = kernels->isa;
    float *x = randoms(count), *dy = randoms(count), *gain = randoms(n), *t = randoms(n);

    float *a = copied(dy, count), *b = copied(dy, count);
    own->gelu_gradient(count, x, a), other->gelu_gradient(count, x, b);
    expect_near(a, b, count, isa, "gelu_gradient");

    float *gain_a = copied(t, n), *gain_b = copied(t, n), *bias_a = copied(t, n), *bias_b = copied(t, n);
    a = copied(dy, count), b = copied(dy, count);
    if (n > 2) {
        own->layer_norm_gradient(m, n, x, gain, 1e-5F, a, a, gain_a, bias_a);
        other->layer_norm_gradient(m, n, x, gain, 1e-5F, b, b, gain_b, bias_b);
    }
    expect_near(a, b, count, isa, "layer_norm_gradient");
    expect_near(gain_a, gain_b, n, isa, "layer_norm_gradient's gain");
    expect_near(bias_a, bias_b, n, isa, "layer_norm_gradient's bias");

    a = copied(dy, count), b = copied(dy, count);
    own->softmax_gradient(m, n, 0.5F, x, n, a, n), other->softmax_gradient(m, n, 0.5F, x, n, b, n);
    expect_near(a, b, count, isa, "softmax_gradient");

    a = copied(t, n), b = copied(t, n);
    own->add_rows(m, n, x, n, a), other->add_rows(m, n, x, n, b);
    expect_near(a, b, n, isa, "add_rows");
    expect(fabs(own->squares(count, x) - other->squares(count, x)) <= 1e-5 * (double)count, isa, "squares", m, n, 0);

    a = malloc(count * sizeof(float)), b = malloc(count * sizeof(float));
    own->dropout(count, 0.3F, 7, 5, x, a), other->dropout(count, 0.3F, 7, 5, x, b);
    expect(count == 0 || memcmp(a, b, count * sizeof(float)) == 0, isa, "dropout", m, n, 0);
    free(a), free(b);

    if (n > 0) {
        a = copied(t, n), b = copied(t, n);
        const float entropy = own->cross_entropy(n, gain, n / 2, 0.7F, a);
        expect(near(entropy, other->cross_entropy(n, gain, n / 2, 0.7F, b), 1e-5), isa, "cross_entropy", m, n, 0);
        const float divergence = own->divergence(n, 0.5F, gain, t, 0.7F, a);
        expect(near(divergence, other->divergence(n, 0.5F, gain, t, 0.7F, b), 1e-5), isa, "divergence", m, n, 0);
        expect_near(a, b, n, isa, "the losses' gradients");
    }

    const c4b_adamw step = {1e-3F, 0.99F, 0.9F, 0.999F, 2, 1e-8F, 0.5F};
    float *p_a = copied(dy, count), *p_b = copied(dy, count), *m_a = copied(dy, count), *m_b = copied(dy, count);
    float *v_a = randoms(count);
    for (size_t i = 0; i < count; ++i) {
        v_a[i] = v_a[i] * v_a[i] + 0.1F;
    }
    float *v_b = copied(v_a, count);
    own->adamw(&step, count, x, p_a, m_a, v_a), other->adamw(&step, count, x, p_b, m_b, v_b);
    expect_near(p_a, p_b, count, isa, "adamw"), expect_near(m_a, m_b, count, isa, "adamw's mean");
    expect_near(v_a, v_b, count, isa, "adamw's square");
    free(x), free(dy), free(gain), free(t);
}

static void check(const c4b_kernels *kernels, const c4b_kernels *scalar) {
    const c4b_bf16 *bf16 = c4b_bf16_for(kernels);
    const size_t rows[] = {0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 12, 13, 25};
    const size_t columns[] = {0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65, 127, 129, 160};
    const size_t depths[] = {0, 1, 2, 31, 64, 65};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; ++r) {
        for (size_t c = 0; c < sizeof columns / sizeof columns[0]; ++c) {
            for (size_t d = 0; d < sizeof depths / sizeof depths[0]; ++d) {
                check_gemm(kernels, rows[r], columns[c], depths[d]);
                if (bf16) {
                    check_bf16(kernels->isa, bf16, c4b_bf16_for(scalar), rows[r], columns[c], depths[d]);
                }
            }
            check_softmax(kernels, scalar, rows[r], columns[c], 0.125F);
            check_softmax(kernels, scalar, rows[r], columns[c], -1e30F);
            check_layer_norm(kernels, scalar, rows[r], columns[c]);
            check_training(kernels, scalar, rows[r], columns[c]);
        }
    }
    // More rows than one block of them.
    check_gemm(kernels, 200, 33, 700);
    if (bf16) {
        check_bf16(kernels->isa, bf16, c4b_bf16_for(scalar), 200, 33, 700);
    }
    check_maps(kernels, scalar, 1);
    check_maps(kernels, scalar, 37);
    check_maps(kernels, scalar, 256);
}

// What computes with whole numbers.
static void check_whole_numbers(const c4b_kernels *kernels, const c4b_kernels *scalar) {
    const size_t rows[] = {0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 25};
    const size_t columns[] = {0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 129};
    const size_t depths[] = {0, 1, 2, 31, 64, 65};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; ++r) {
        for (size_t c = 0; c < sizeof columns / sizeof columns[0]; ++c) {
            for (size_t d = 0; d < sizeof depths / sizeof depths[0]; ++d) {
                check_gemm_i8(kernels, scalar, rows[r], columns[c], depths[d], d % 2 == 0);
            }
            check_quantise(kernels, scalar, rows[r], columns[c], false);
            check_quantise(kernels, scalar, rows[r], columns[c], true);
        }
    }
    // More rows than one block of them.
    check_gemm_i8(kernels, scalar, 400, 33, 1536, true);
    // Widths of models that no tile divides, around the rows of its registers.
    const size_t heights[] = {1, 15, 16, 17, 31, 32, 33, 47, 48, 49};
    const size_t shapes[][2] = {{100, 312}, {312, 100}, {320, 1000}, {26, 320}, {1000, 26}, {80, 768}, {64, 1024}};
    for (size_t h = 0; h < sizeof heights / sizeof heights[0]; ++h) {
        for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; ++i) {
            check_gemm_i8(kernels, scalar, heights[h], shapes[i][0], shapes[i][1], h % 2 == 0);
        }
    }
    const size_t lengths[] = {1, 2, 3, 5, 15, 16, 17, 42, 63, 64, 65, 66, 128, 511, 513, 1030};
    const size_t depths_of_heads[] = {1, 2, 7, 8, 26, 31, 32, 33, 64, 65, 80, 300};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; ++i) {
        for (size_t j = 0; j < sizeof depths_of_heads / sizeof depths_of_heads[0]; ++j) {
            if (lengths[i] < 128 || depths_of_heads[j] <= 33) {
                check_attention(kernels, scalar, lengths[i], 1 + i % 3, depths_of_heads[j]);
            }
        }
    }
}

static void check_digest(void) {
    const uint8_t abc[32] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                             0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                             0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    uint8_t digest[32];
    c4b_sha256((const uint8_t *)"abc", 3, digest);
    expect(memcmp(digest, abc, sizeof abc) == 0, "sha256", "abc", 0, 0, 0);
}

int main(void) {
    const c4b_kernels *scalar = c4b_kernels_named("scalar");
    const char *isa;
    check_digest();
    for (size_t i = 0; (isa = c4b_isa_name(i)) != NULL; ++i) {
        const c4b_kernels *kernels = c4b_kernels_named(isa);
        if (kernels) {
            // The scalar functions compute every format.
            c4b_kernels reference = *scalar;
            reference.format_i8 = kernels->format_i8;
            state = SEED;
            check(kernels, scalar);
            check_whole_numbers(kernels, &reference);
        }
        printf("%s: %s\n", isa, kernels ? "checked" : "not on this processor");
    }
    printf("%d failures\n", failures);
    return failures > 0;
}
