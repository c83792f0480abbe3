// SPDX-License-Identifier: Apache-2.0
// sdot (Armv8.2's dot product, on all servers since Neoverse N1): 16 products, two a cycle on N1 and four on V1 and V2.
// It takes both sides signed, so 128 is taken off with one eor. A tile of 6 rows by 16 columns is 24 sums, four
// registers of weights and one of activations of the 32.
#if defined(__aarch64__)
#include "gemm_i8.h"
#include <arm_neon.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)

enum { PANEL = C4B_GEMM_I8_PANEL_NEONDOT, STEP = 1, TAKEN_OFF = 128 };
#define TILE_ROWS 6

#include "../vector/fours_neon.h"

INLINE ints dot(ints sum, activations x, weights w) {
    return (ints)vdotq_s32((int32x4_t)sum, x, w);
}

#include "tile.h"

GEMM_I8(neondot)

#pragma clang attribute pop
#endif
