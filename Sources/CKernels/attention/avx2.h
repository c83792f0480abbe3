// SPDX-License-Identifier: Apache-2.0
// Halves of words in 256-bit registers.

typedef uint16_t halves __attribute__((ext_vector_type(2 * LANES)));

INLINE halves narrowed(ints low, ints high) {
    return (halves)_mm256_permute4x64_epi64(_mm256_packs_epi32((__m256i)low, (__m256i)high), 0xd8);
}

INLINE halves multiplied(halves x, halves y) {
    return (halves)_mm256_mulhi_epu16((__m256i)x, (__m256i)y);
}

// No shift takes counts by halves: 2 · x is multiplied by 2^(15 - by), which is looked up, each byte of it for itself.
// A byte's index is `by` for the upper one and `by` - 8 for the lower, which below 0 gives 0, as the table does from 8
// on.
INLINE halves shifted(halves x, halves by) {
    const __m256i powers = _mm256_setr_epi8(-128, 64, 32, 16, 8, 4, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, -128, 64, 32, 16, 8,
                                            4, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0);
    const __m256i both = _mm256_mullo_epi16((__m256i)by, _mm256_set1_epi16(0x0101));
    const __m256i power = _mm256_shuffle_epi8(powers, _mm256_sub_epi8(both, _mm256_set1_epi16(8)));
    return (halves)_mm256_mulhi_epu16((__m256i)(x + x), power);
}

INLINE ints add_halves(ints sum, halves x) {
    return sum + (ints)_mm256_madd_epi16((__m256i)x, _mm256_set1_epi16(1));
}
