// SPDX-License-Identifier: Apache-2.0
// One row of floats to bytes. Multiplied and added apart, not fused, so that every instruction set rounds alike.

typedef uint8_t bytes __attribute__((ext_vector_type(LANES)));

// The bits of floats that are not negative, as whole numbers, are in the order of the floats, with infinity and then
// NaN above all, so that neither is lost; those of the others are below 0.
INLINE float float_of_greatest(ints bits) {
    const int32_t greatest = __builtin_reduce_max(bits);
    float value;
    __builtin_memcpy(&value, &greatest, sizeof value);
    return value;
}

// x[LANES] · columns, where there are any.
INLINE floats scaled(floats x, const float *columns, size_t j) {
    return columns ? x * load(columns + j) : x;
}

INLINE floats scaled_first(floats x, const float *columns, size_t j, size_t count) {
    return columns ? x * load_first(columns + j, count) : x;
}

// 1.5 · 2^23 is where floats are 1 apart: added, it rounds, and leaves the whole number in the lowest bits.
#define WHOLE 12582912.0F

INLINE bytes quantised(floats x, floats inverse, words zero) {
    return __builtin_convertvector(((words)(x * inverse + splat(WHOLE)) + zero) & 0xffU, bytes);
}

// q[n] = round(x · columns / scale) + zero.
INLINE c4b_row quantise_row(size_t n, int32_t steps, const float *x, const float *columns, uint8_t *q) {
    const size_t whole = n / LANES * LANES, rest = n - whole;
    ints greatest = 0, least = 0;
    for (size_t j = 0; j < whole; j += LANES) {
        const ints bits = (ints)scaled(load(x + j), columns, j);
        greatest = __builtin_elementwise_max(greatest, bits);
        least = __builtin_elementwise_max(least, bits ^ INT32_MIN);
    }
    if (rest > 0) {
        const ints bits = (ints)scaled_first(load_first(x + whole, rest), columns, whole, rest);
        greatest = __builtin_elementwise_max(greatest, bits);
        least = __builtin_elementwise_max(least, bits ^ INT32_MIN);
    }
    const float above = float_of_greatest(greatest), below = float_of_greatest(least);
    const float range = above + below;
    // Far enough from where the inverse would be infinite, 253 / 2^128 = 7.4e-37.
    const bool is_zero = range < 1e-30F;
    const float inverse = is_zero ? 0 : (float)steps / range;
    const float steps_below = below * inverse + WHOLE;
    uint32_t bits;
    __builtin_memcpy(&bits, &steps_below, sizeof bits);
    const c4b_row row = {is_zero ? 0 : range / (float)steps, 1 + (int32_t)(bits & 0xffU)};
    const floats factor = splat(inverse);
    const words zero = (words)((uint32_t)row.zero);
    for (size_t j = 0; j < whole; j += LANES) {
        const bytes values = quantised(scaled(load(x + j), columns, j), factor, zero);
        __builtin_memcpy(q + j, &values, LANES);
    }
    if (rest > 0) {
        const floats last = scaled_first(load_first(x + whole, rest), columns, whole, rest);
        const bytes values = quantised(last, factor, zero);
        __builtin_memcpy(q + whole, &values, rest);
    }
    return row;
}
