// SPDX-License-Identifier: Apache-2.0
// Halves of words in 128-bit registers.

typedef uint16_t halves __attribute__((ext_vector_type(2 * LANES)));

INLINE halves narrowed(ints low, ints high) {
    return (halves)vqmovn_high_s32(vqmovn_s32((int32x4_t)low), (int32x4_t)high);
}

INLINE halves multiplied(halves x, halves y) {
    const uint32x4_t low = vmull_u16(vget_low_u16((uint16x8_t)x), vget_low_u16((uint16x8_t)y));
    const uint32x4_t high = vmull_high_u16((uint16x8_t)x, (uint16x8_t)y);
    return (halves)vuzp2q_u16((uint16x8_t)low, (uint16x8_t)high);
}

INLINE halves shifted(halves x, halves by) {
    return (halves)vshlq_u16((uint16x8_t)x, vnegq_s16((int16x8_t)by));
}

INLINE ints add_halves(ints sum, halves x) {
    return (ints)vpadalq_u16((uint32x4_t)sum, (uint16x8_t)x);
}
