// SPDX-License-Identifier: Apache-2.0
// Halves of words in 512-bit registers.

typedef uint16_t halves __attribute__((ext_vector_type(2 * LANES)));

INLINE halves narrowed(ints low, ints high) {
    const __m512i order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
    return (halves)_mm512_permutexvar_epi64(order, _mm512_packs_epi32((__m512i)low, (__m512i)high));
}

INLINE halves multiplied(halves x, halves y) {
    return (halves)_mm512_mulhi_epu16((__m512i)x, (__m512i)y);
}

INLINE halves shifted(halves x, halves by) {
    return (halves)_mm512_srlv_epi16((__m512i)x, (__m512i)by);
}
