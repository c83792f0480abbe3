// SPDX-License-Identifier: Apache-2.0
// The arithmetic of the encoder, one implementation per instruction set behind one table of functions.
//
// Legend: m = rows of activations (tokens), n = outputs, k = inputs. All matrices are row-major, and f32 unless they
// are said to be quantised.
//
// Quantised activations are u8 with one scale and one zero point a row: x ~ (q - zero) · scale. Quantised weights are
// s8, -127 … 127, with one scale for each output, packed for the instruction set. How many steps both have is its
// format's to say. A product's sum is i32 and exact while k < 2^31 / (255 · 127) = 66,311; the Swift side accepts no
// deeper layer.
//
// From the same input in the same format, quantise_i8, gemm_i8, gemm_add_i8 and attention_i8 give the same bits on
// every instruction set: their sums are exact, and each step besides is rounded alike. Products of floats, softmax,
// layer norm (layer_norm_i8 too), GELU (in gemm_gelu_i8 too), SiLU and tanh do not: sums go by lanes, and the scalar
// functions are the library's. So a model's scores differ in their last digits from one instruction set to another, and
// with bytes by about a step's rounding from one format to another.
//
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

// What the bytes of one row of quantised activations stand for.
typedef struct c4b_row {
    float scale;
    int32_t zero;
} c4b_row;

// How floats become the bytes that an instruction set multiplies exactly.
//
// Where it adds products in 32 bits, activations have 253 steps and weights are anything from -127 to 127. Where it has
// vpmaddubsw alone, which adds two products in 16 bits and saturates, two such sums are added before they are widened:
// of each eight inputs the products of 0, 1, 4 and 5, and those of the other four. They are exact if of four such
// weights neither the positive nor the negative ones add up to more than 32,767 / (steps + 2). With somewhat fewer
// steps hardly any do: half a bit of the activations pays for the whole one that all weights would lose.
typedef struct c4b_format_i8 {
    // A row's range in steps; its bytes are 1 … steps + 2.
    int32_t steps;
    // The greatest sum of four weights that are added in 16 bits, by sign; 0 where none are.
    int32_t sum_of_four;
} c4b_format_i8;

// The hyperparameters of one step of AdamW.
typedef struct c4b_adamw {
    // Learning rate divided by 1 - beta1^t.
    float step_size;
    // 1 - learning rate · weight decay.
    float shrink;
    float beta1;
    float beta2;
    // 1 / sqrt(1 - beta2^t).
    float correction;
    float epsilon;
    // What gradients are multiplied by first, for clipping.
    float gradient_scale;
} c4b_adamw;

// Backward passes, losses and the optimiser. "+=" adds to what the buffer holds. Sums over a row or an array go in an
// order that depends on the size and the instruction set alone.
typedef struct c4b_training {
    // dy[count] *= d gelu(x) / dx = Φ(x) + x · φ(x), within 1.1e-5 of it.
    void (*gelu_gradient)(size_t count, const float *x, float *dy);

    // The same for gelu_tanh_f32, relu_f32 (0 at 0) and silu_f32; within 1e-5 of their derivatives.
    void (*gelu_tanh_gradient)(size_t count, const float *x, float *dy);
    void (*relu_gradient)(size_t count, const float *x, float *dy);
    void (*silu_gradient)(size_t count, const float *x, float *dy);

    // The gradient of layer_norm_f32 without residual: dz[m,n] from its input z[m,n] and its output's gradient
    // dy[m,n]; dgain[n] += and dbias[n] +=. dz may be dy.
    void (*layer_norm_gradient)(size_t m, size_t n, const float *z, const float *gain, float epsilon, const float *dy,
                                float *dz, float *dgain, float *dbias);

    // The gradient of softmax_f32: dp[m,n] = scale · p · (dp - Σ dp · p) in each row, where p is its output.
    void (*softmax_gradient)(size_t m, size_t n, float scale, const float *p, size_t ldp, float *dp, size_t lddp);

    // sums[n] += Σ x[m,n] over the rows.
    void (*add_rows)(size_t m, size_t n, const float *x, size_t ldx, float *sums);

    // y[count] += x[count].
    void (*add)(size_t count, const float *x, float *y);

    // Σ x² over count elements.
    double (*squares)(size_t count, const float *x);

    // y[count] = x / (1 - rate) where element `first` + i of the random sequence `key` is not dropped, else 0;
    // 0 <= rate < 1. y may be x.
    void (*dropout)(size_t count, float rate, uint32_t key, uint32_t first, const float *x, float *y);

    // Cross-entropy of softmax(x[n]) with one label, in nats; dx[n] += weight · its gradient.
    float (*cross_entropy)(size_t n, const float *x, size_t label, float weight, float *dx);

    // KL(softmax(t[n] / T) || softmax(x[n] / T)) in nats, with inverse_temperature = 1 / T; dx[n] += weight · its
    // gradient times T.
    float (*divergence)(size_t n, float inverse_temperature, const float *x, const float *t, float weight, float *dx);

    // One step of AdamW (Loshchilov and Hutter, 2019): parameters p and moments m and v, from gradients g.
    void (*adamw)(const c4b_adamw *step, size_t count, const float *g, float *p, float *m, float *v);
} c4b_training;

// Products of matrices whose elements are rounded to bfloat16, a float's upper half: 8 bits of precision for half the
// bytes and, where the processor multiplies them in pairs, twice the speed. Sums are floats; subnormal operands may
// count as zero. Pairs are neighbours in depth; where that is odd, a zero fills the last.
typedef struct c4b_bf16 {
    // Columns of one packed panel.
    size_t panel;

    // y[m,k] = x[m,k] rounded, ties to even; x has ldx >= k floats a row, y has k rounded up to pairs.
    void (*round)(size_t m, size_t k, const float *x, size_t ldx, uint16_t *y);

    // y[n,m] = x[m,n]ᵀ rounded; y has m rounded up to pairs in a row.
    void (*round_transposed)(size_t m, size_t n, const float *x, size_t ldx, uint16_t *y);

    // Packs w[n,k], or the transpose of w[k,n], for gemm: c4b_packed_bf16 elements. w has ldw floats a row.
    void (*pack)(size_t n, size_t k, const float *w, size_t ldw, uint16_t *packed);
    void (*pack_transposed)(size_t n, size_t k, const float *w, size_t ldw, uint16_t *packed);

    // y[m,n] = x[m,k] · w[n,k]ᵀ + bias[n], or where `adds` holds y += x · wᵀ; x as round leaves it, bias may be NULL.
    void (*gemm)(bool adds, size_t m, size_t n, size_t k, const uint16_t *x, const uint16_t *packed, const float *bias,
                 float *y, size_t ldy);
} c4b_bf16;

typedef struct c4b_kernels {
    // "scalar"; "avx2", "avxvnni", "avx512", "avx512vnni", "amx"; "neon", "neondot".
    const char *isa;
    // Columns of one packed panel, see c4b_pack_f32 and c4b_pack_i8.
    size_t panel_f32;
    size_t panel_i8;
    c4b_format_i8 format_i8;

    // y[m,n] = x[m,k] · w[n,k]ᵀ + bias[n], with w packed by c4b_pack_f32 for this table's panel width.
    // x has ldx >= k floats a row, y has ldy >= n; bias may be NULL. Only the n columns of y are written.
    void (*gemm_f32)(size_t m, size_t n, size_t k, const float *x, size_t ldx, const float *packed, const float *bias,
                     float *y, size_t ldy);

    // y[m,n] += x[m,k] · w[n,k]ᵀ, as above.
    void (*gemm_add_f32)(size_t m, size_t n, size_t k, const float *x, size_t ldx, const float *packed, float *y,
                         size_t ldy);

    // y[m,n] = float(sum) · scale of the column · scale of the row + bias, sum = (x[m,k] - zero) · w[n,k]ᵀ, x
    // quantised, w packed by c4b_pack_i8 for this table, both in one format. x has ldx bytes a row and can be read up
    // to k rounded up to 8, whatever stands there; y has ldy >= n. Only the n columns of y are written.
    void (*gemm_i8)(size_t m, size_t n, size_t k, const uint8_t *x, size_t ldx, const c4b_row *rows,
                    const uint8_t *packed, float *y, size_t ldy);

    // The same, added to y.
    void (*gemm_add_i8)(size_t m, size_t n, size_t k, const uint8_t *x, size_t ldx, const c4b_row *rows,
                        const uint8_t *packed, float *y, size_t ldy);

    // The first with GELU after it, y = gelu(…), while the values are still in registers.
    void (*gemm_gelu_i8)(size_t m, size_t n, size_t k, const uint8_t *x, size_t ldx, const c4b_row *rows,
                         const uint8_t *packed, float *y, size_t ldy);

    // Multiplies and adds bytes as gemm_i8 does, `rounds` times what its registers hold, and reads next to no memory:
    // what a product can be measured by. Returns how many multiply-adds that was.
    size_t (*peak_i8)(size_t rounds);

    // Quantises z = x[m,n] · columns[n] (NULL for x itself) to q and rows[m]; x has ldx floats a row, q ldq bytes. The
    // row's range, from its least value or 0 to its greatest or 0, becomes steps from 1 on, rounded to even: scale =
    // range / steps. A row whose range is below 1e-30 gets the scale 0; one that holds NaN or infinity gets that as
    // scale, and any q.
    void (*quantise_i8)(size_t m, size_t n, int32_t steps, const float *x, size_t ldx, const float *columns, uint8_t *q,
                        size_t ldq, c4b_row *rows);

    // The greatest whole number of attention's queries: 127, or 63 where pairs of products are added in 16 bits, which
    // then they are exactly.
    int32_t attention_limit;

    // context[queries, heads · d] = softmax(q · kᵀ / √d) · v by heads, within one text of t tokens, up to 2^16: query[
    // queries, heads · d] with rows every ldq floats, and key_value[t, 2 · heads · d], keys and values side by side,
    // with rows every ldkv; rows of context every ldc. In whole numbers, queries from -limit to limit, keys and values
    // from -127 to 127: queries and keys with one scale for each of them in a head of this text (for queries, of those
    // given), values with one for each column; of keys and values the middle between a column's least and greatest is
    // taken off first, which of keys changes no weight, and of values is added again. Differences of scores and
    // exponentials have 16 bits, weights are up to 2 · limit + 1, the row's greatest. From the same limit the same bits
    // on every instruction set; a table takes its own, and those that add in 32 bits any up to 127. d < 2^31 / 127².
    // scratch has c4b_attention_words(t, d) words.
    void (*attention_i8)(int32_t limit, size_t t, size_t queries, size_t heads, size_t d, const float *query,
                         size_t ldq, const float *key_value, size_t ldkv, uint32_t *scratch, float *context,
                         size_t ldc);

    // x[m,n] = softmax of each row of scale · x, in place; ldx >= n floats a row. The row's maximum is subtracted
    // first. -INFINITY weighs nothing; a NaN, +INFINITY or nothing but -INFINITY makes the row NaN. Short rows take
    // half the time when ldx is a multiple of 16: the end of one then shares no vector with the start of the next.
    void (*softmax_f32)(size_t m, size_t n, float scale, float *x, size_t ldx);

    // y[m,n] = (z - mean(z)) / sqrt(variance(z) + epsilon) · gain[n] + bias[n], z = x + residual (residual may be
    // NULL). Rows are contiguous; y may be x or residual.
    void (*layer_norm_f32)(size_t m, size_t n, const float *x, const float *residual, const float *gain,
                           const float *bias, float epsilon, float *y);

    // layer_norm_f32, then quantise_i8 of its y.
    void (*layer_norm_i8)(size_t m, size_t n, const float *x, const float *residual, const float *gain,
                          const float *bias, float epsilon, float *y, int32_t steps, const float *columns, uint8_t *q,
                          size_t ldq, c4b_row *rows);

    // x[count] = x · Φ(x) in place, Φ the normal distribution function (the exact GELU, by erf); within 4.1e-7 of it.
    void (*gelu_f32)(size_t count, float *x);

    // x[count] = x / 2 · (1 + tanh(√(2 / π) · (x + 0.044715 · x³))) in place, GELU's approximation by tanh (Hendrycks
    // and Gimpel, 2016); within 1e-6 of it.
    void (*gelu_tanh_f32)(size_t count, float *x);

    // x[count] = max(x, 0) in place.
    void (*relu_f32)(size_t count, float *x);

    // x[count] = x / (1 + exp(-x)) in place (SiLU, or swish); within 1e-6 · (1 + |x|) of it.
    void (*silu_f32)(size_t count, float *x);

    // x[count] = tanh(x) in place, within a relative 2e-7 of it.
    void (*tanh_f32)(size_t count, float *x);

    // What training needs besides.
    const c4b_training *training;
} c4b_kernels;

// The table for the instruction set of that name; NULL if there is none of it in this build or on this processor.
const c4b_kernels *c4b_kernels_named(const char *isa);

// The names of this build's instruction sets, best first; NULL past the last. Not all need run on this processor.
const char *c4b_isa_name(size_t index);

// The products in bfloat16 that go with a table; NULL where the processor has no instructions for them. The scalar
// table's define the answer.
const c4b_bf16 *c4b_bf16_for(const c4b_kernels *kernels);

// Elements of a packed matrix: n rounded up to whole panels, times k rounded up to pairs.
size_t c4b_packed_bf16(const c4b_bf16 *products, size_t n, size_t k);

// Floats that c4b_pack_f32 writes: n rounded up to whole panels, times k.
size_t c4b_packed_floats(const c4b_kernels *kernels, size_t n, size_t k);

// Packs w for gemm_f32: element (i, j) of w[n,k] is w[i * row_stride + j * column_stride], so that a transposed matrix
// packs as well. Panel p holds rows p · panel … p · panel + panel - 1 of w, for each j the panel's elements side by
// side; rows past n are zeros.
void c4b_pack_f32(const c4b_kernels *kernels, size_t n, size_t k, const float *w, size_t row_stride,
                  size_t column_stride, float *packed);

// Bytes that c4b_pack_i8 writes.
size_t c4b_packed_bytes_i8(const c4b_kernels *kernels, size_t n, size_t k);

// Quantises w[n,k] row by row in the table's format, and packs it for gemm_i8 with bias[n] (NULL for zeros). The scale
// is max |w| / 127, or more where weights that are added in 16 bits would come too near to each other so. A row whose
// max |w| is below 1e-30 counts as zeros. `packed` is on a boundary of 4 bytes.
void c4b_pack_i8(const c4b_kernels *kernels, size_t n, size_t k, const float *w, const float *bias, uint8_t *packed);

// What attention_i8 needs for a text of t tokens and heads of d columns.
size_t c4b_attention_words(size_t t, size_t d);

// y[n,m] = x[m,n]ᵀ; rows of x start every ldx floats, rows of y every ldy.
void c4b_transpose_f32(size_t m, size_t n, const float *x, size_t ldx, float *y, size_t ldy);

// y[count] = x[count], IEEE halves in little-endian order at any address, exactly: subnormals, infinities and NaN
// included.
void c4b_widen_f16(size_t count, const void *x, float *y);

// SHA-256 (FIPS 180-4) of bytes[count].
void c4b_sha256(const uint8_t *bytes, size_t count, uint8_t digest[32]);

#ifdef __cplusplus
}
#endif
