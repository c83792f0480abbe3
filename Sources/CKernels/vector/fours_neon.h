// SPDX-License-Identifier: Apache-2.0
// Bytes in 128-bit registers, four of them to a lane, as products of bytes take them. Both sides of products are
// signed, so 128 is taken off activations.

#include "neon.h"

typedef int8x16_t weights;
typedef int8x16_t activations;

// LANES columns of four weights.
INLINE weights load_weights(const uint8_t *from) {
    return vreinterpretq_s8_u8(vld1q_u8(from));
}

// One row's four activations, for every column.
INLINE activations broadcast(const uint8_t *from) {
    uint32_t four;
    __builtin_memcpy(&four, from, sizeof four);
    return vreinterpretq_s8_u32(vdupq_n_u32(four ^ 0x80808080U));
}
