// SPDX-License-Identifier: Apache-2.0
// smull and pairwise sums: no NEON but the matrix extensions has a dot product of 16 bits. 4 rows by 4 vectors are 16
// sums of the 32 registers.
#if defined(__aarch64__)
#include "attention.h"
#include <arm_neon.h>
#include <stdbool.h>

enum { GROUP = 4 };

#include "../vector/neon.h"

INLINE ints dot(ints sum, words x, words w) {
    const int16x8_t a = (int16x8_t)x, b = (int16x8_t)w;
    const int32x4_t low = vmull_s16(vget_low_s16(a), vget_low_s16(b)), high = vmull_high_s16(a, b);
    return sum + (ints)vpaddq_s32(low, high);
}

#include "body.h"

ATTENTION_I16(neon)

#endif
