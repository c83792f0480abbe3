// SPDX-License-Identifier: Apache-2.0
#include "ckernels.h"

#include <string.h>

// By integer arithmetic, which any compiler makes vector code of; F16C would have to be asked for at run time.
static uint32_t widened(uint16_t half) {
    // The half's exponent and mantissa, at the places where a float has them.
    const uint32_t magnitude = (uint32_t)(half & 0x7fffU) << 13;
    const uint32_t exponent = magnitude & 0x0f800000U;
    // The biases are 127 and 15. An exponent of 31 (infinity, NaN) must become 255: the same step once more.
    const uint32_t normal = magnitude + ((127U - 15U) << 23);
    const uint32_t special = magnitude + ((2U * (127U - 15U)) << 23);
    // m · 2^-24 as (1 + m · 2^-10) · 2^-14 - 2^-14: the subtraction is exact and renormalises.
    const uint32_t smallest_bits = (127U - 14U) << 23, shifted_bits = magnitude + smallest_bits;
    float smallest, shifted;
    memcpy(&smallest, &smallest_bits, sizeof smallest);
    memcpy(&shifted, &shifted_bits, sizeof shifted);
    const float difference = shifted - smallest;
    uint32_t subnormal;
    memcpy(&subnormal, &difference, sizeof subnormal);
    const uint32_t bits = exponent == 0 ? subnormal : exponent == 0x0f800000U ? special : normal;
    return bits | (uint32_t)(half & 0x8000U) << 16;
}

void c4b_widen_f16(size_t count, const void *x, float *y) {
    const uint8_t *bytes = x;
    for (size_t i = 0; i < count; ++i) {
        const uint16_t half = (uint16_t)(bytes[2 * i] | bytes[2 * i + 1] << 8);
        const uint32_t bits = widened(half);
        memcpy(y + i, &bits, sizeof bits);
    }
}
