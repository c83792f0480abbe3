// SPDX-License-Identifier: Apache-2.0
// sdot, as in gemm_i8/neondot.c. 4 rows by 4 vectors are 16 sums of the 32 registers.
#if defined(__aarch64__)
#include "attention.h"
#include <arm_neon.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)

enum { TAKEN_OFF = 128, ROWS = 4, GROUP = 4 };

#include "../vector/fours_neon.h"

#include "neon.h"

INLINE ints dot(ints sum, activations x, weights w) {
    return (ints)vdotq_s32((int32x4_t)sum, x, w);
}

#include "body.h"

ATTENTION_I8(neondot)

#pragma clang attribute pop
#endif
