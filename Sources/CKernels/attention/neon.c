// SPDX-License-Identifier: Apache-2.0
// smull and pairwise sums of bytes, as in gemm_i8/neon.c. 4 rows by 4 vectors are 16 sums of the 32 registers.
#if defined(__aarch64__)
#include "attention.h"
#include <arm_neon.h>
#include <stdbool.h>

enum { TAKEN_OFF = 128, ROWS = 4, GROUP = 4 };

#include "../vector/fours_neon.h"

#include "neon.h"

INLINE ints dot(ints sum, activations x, weights w) {
    const int32x4_t low = vpaddlq_s16(vmull_s8(vget_low_s8(x), vget_low_s8(w)));
    const int32x4_t high = vpaddlq_s16(vmull_high_s8(x, w));
    return sum + (ints)vpaddq_s32(low, high);
}

#include "body.h"

ATTENTION_I8(neon)

#endif
