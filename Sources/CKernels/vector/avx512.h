// SPDX-License-Identifier: Apache-2.0
// A vector is one 512-bit register; the columns past a row's end are masked off, and are neither read nor written.
#define LANES 16
#define LANE_NUMBERS 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15

#include "floats.h"

// The first `count` (1 … LANES) of the lanes; the others are zeros.
INLINE floats load_first(const float *from, size_t count) {
    return (floats)_mm512_maskz_loadu_ps((__mmask16)(0xffffu >> (LANES - count)), from);
}

INLINE void store_first(float *to, floats values, size_t count) {
    _mm512_mask_storeu_ps(to, (__mmask16)(0xffffu >> (LANES - count)), (__m512)values);
}
