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

// 1.5 · 2^23 + 128 is where floats are 1 apart: added, it rounds, and leaves the byte lowest.
INLINE bytes quantised(floats x, floats inverse) {
    return __builtin_convertvector((words)(x * inverse + splat(12583040.0F)) & 0xffU, bytes);
}

// q[n] = round(x / scale) + 128. Returns the scale.
static float quantise_row(size_t n, const float *x, uint8_t *q) {
    const float greatest = greatest_magnitude(n, x);
    // The inverse of less would be infinite.
    const bool is_zero = greatest < 1e-30F;
    const floats inverse = splat(is_zero ? 0 : 127 / greatest);
    const size_t whole = n / LANES * LANES;
    for (size_t j = 0; j < whole; j += LANES) {
        const bytes values = quantised(load(x + j), inverse);
        __builtin_memcpy(q + j, &values, LANES);
    }
    if (n > whole) {
        const bytes values = quantised(load_first(x + whole, n - whole), inverse);
        __builtin_memcpy(q + whole, &values, n - whole);
    }
    return is_zero ? 0 : greatest / 127;
}
