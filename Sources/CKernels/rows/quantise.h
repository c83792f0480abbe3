// SPDX-License-Identifier: Apache-2.0
// One row of floats to bytes. Multiplied and added apart, not fused, so that every instruction set rounds alike.

typedef uint8_t bytes __attribute__((ext_vector_type(LANES)));

// The bits of the greatest magnitude. As whole numbers they are in the order of the floats, with infinity and then NaN
// above all, so that neither is lost.
INLINE float greatest_magnitude(size_t n, const float *x) {
    const size_t whole = n / LANES * LANES;
    words greatest = 0;
    for (size_t j = 0; j < whole; j += LANES) {
        const words bits = (words)load(x + j) & 0x7fffffffU;
        greatest = __builtin_elementwise_max(greatest, bits);
    }
    if (n > whole) {
        greatest = __builtin_elementwise_max(greatest, (words)load_first(x + whole, n - whole) & 0x7fffffffU);
    }
    const uint32_t bits = __builtin_reduce_max(greatest);
    float value;
    __builtin_memcpy(&value, &bits, sizeof value);
    return value;
}

// 1.5 · 2^23 is where floats are 1 apart: added, it rounds, and leaves the whole number in the lowest bits.
#define WHOLE 12582912.0F

INLINE bytes quantised(floats x, floats inverse, words zero) {
    return __builtin_convertvector(((words)(x * inverse + splat(WHOLE)) + zero) & 0xffU, bytes);
}

// q[n] = round(x / scale) + zero.
static c4b_row quantise_row(size_t n, const float *x, float least, uint8_t *q) {
    const float greatest = greatest_magnitude(n, x);
    const float range = greatest + (greatest < least ? greatest : least);
    // The inverse of less would be infinite.
    const bool is_zero = greatest < 1e-30F;
    const float inverse = is_zero ? 0 : 254 / range;
    const float below = (range - greatest) * inverse + WHOLE;
    uint32_t bits;
    __builtin_memcpy(&bits, &below, sizeof bits);
    const c4b_row row = {is_zero ? 0 : range / 254, 1 + (int32_t)(bits & 0xffU)};
    const floats factor = splat(inverse);
    const words zero = (words)((uint32_t)row.zero);
    const size_t whole = n / LANES * LANES;
    for (size_t j = 0; j < whole; j += LANES) {
        const bytes values = quantised(load(x + j), factor, zero);
        __builtin_memcpy(q + j, &values, LANES);
    }
    if (n > whole) {
        const bytes values = quantised(load_first(x + whole, n - whole), factor, zero);
        __builtin_memcpy(q + whole, &values, n - whole);
    }
    return row;
}
