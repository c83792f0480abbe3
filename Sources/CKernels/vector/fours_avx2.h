// SPDX-License-Identifier: Apache-2.0
// Bytes in 256-bit registers, four of them to a lane, as products of bytes take them.

#include "avx2.h"

typedef __m256i weights;
typedef __m256i activations;

// LANES columns of four weights.
INLINE weights load_weights(const uint8_t *from) {
    return _mm256_loadu_si256((const __m256i *)from);
}

// One row's four activations, for every column.
INLINE activations broadcast(const uint8_t *from) {
    int32_t four;
    __builtin_memcpy(&four, from, sizeof four);
    return _mm256_set1_epi32(four);
}
