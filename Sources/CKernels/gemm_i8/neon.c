// SPDX-License-Identifier: Apache-2.0
// smull and pairwise sums, for processors without the dot product (Cortex-A53, A57, A72): 8 products in 16 bits, which
// hold two of 128 and 127 and no more; so each pair is widened as it is added. A tile of 6 rows by 8 columns is 12 sums
// of the 32 registers.
#if defined(__aarch64__)
#include "gemm_i8.h"
#include <arm_neon.h>
#include <stdbool.h>

enum { PANEL = C4B_GEMM_I8_PANEL_NEON, STEP = 1, TAKEN_OFF = 128 };
#define TILE_ROWS 6

#include "../vector/fours_neon.h"

INLINE ints dot(ints sum, activations x, weights w) {
    const int32x4_t low = vpaddlq_s16(vmull_s8(vget_low_s8(x), vget_low_s8(w)));
    const int32x4_t high = vpaddlq_s16(vmull_high_s8(x, w));
    return sum + (ints)vpaddq_s32(low, high);
}

#include "tile.h"

GEMM_I8(neon)

#endif
