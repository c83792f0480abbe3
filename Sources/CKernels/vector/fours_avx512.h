// SPDX-License-Identifier: Apache-2.0
// Bytes in 512-bit registers, four of them to a lane, as products of bytes take them.

#include "avx512.h"

typedef __m512i weights;
typedef __m512i activations;

// LANES columns of four weights.
INLINE weights load_weights(const uint8_t *from) {
    return _mm512_loadu_si512(from);
}

// One row's four activations, for every column.
INLINE activations broadcast(const uint8_t *from) {
    int32_t four;
    __builtin_memcpy(&four, from, sizeof four);
    return _mm512_set1_epi32(four);
}
