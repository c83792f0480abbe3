// SPDX-License-Identifier: Apache-2.0
// What every instruction set with vectors does to the sums of a product, and the functions that it exports.

// What becomes of a product, while it is in registers.
typedef enum after { STORE, GELU, ADD } after;

INLINE ints load_ints(const void *from) {
    ints values;
    __builtin_memcpy(&values, from, sizeof values);
    return values;
}

// y[count] from the sums of up to LANES columns of one row; none where `count` is 0.
INLINE void finish(after after, ints sums, floats scale, floats row_scale, floats bias, float *y, size_t count) {
    floats value = __builtin_convertvector(sums, floats) * scale * row_scale + bias;
    if (after == GELU) {
        value = gelu_of(value);
    }
    if (count == LANES) {
        store(y, after == ADD ? load(y) + value : value);
    } else if (count > 0) {
        store_first(y, after == ADD ? load_first(y, count) + value : value, count);
    }
}

// The four functions of the family, by the instruction set's name.
#define GEMM_I8(ISA)                                                                                                   \
    void c4b_gemm_i8_##ISA(size_t m, size_t n, size_t k, const uint8_t *x, size_t ldx, const c4b_row *of_rows,         \
                           const uint8_t *packed, float *y, size_t ldy) {                                              \
        gemm(STORE, m, n, k, x, ldx, of_rows, packed, y, ldy);                                                         \
    }                                                                                                                  \
    void c4b_gemm_add_i8_##ISA(size_t m, size_t n, size_t k, const uint8_t *x, size_t ldx, const c4b_row *of_rows,     \
                               const uint8_t *packed, float *y, size_t ldy) {                                          \
        gemm(ADD, m, n, k, x, ldx, of_rows, packed, y, ldy);                                                           \
    }                                                                                                                  \
    void c4b_gemm_gelu_i8_##ISA(size_t m, size_t n, size_t k, const uint8_t *x, size_t ldx, const c4b_row *of_rows,    \
                                const uint8_t *packed, float *y, size_t ldy) {                                         \
        gemm(GELU, m, n, k, x, ldx, of_rows, packed, y, ldy);                                                          \
    }                                                                                                                  \
    size_t c4b_peak_i8_##ISA(size_t rounds) {                                                                          \
        return peak(rounds);                                                                                           \
    }
