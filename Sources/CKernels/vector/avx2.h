// SPDX-License-Identifier: Apache-2.0
// A vector is one 256-bit register; the columns past a row's end are masked off, and are neither read nor written.
#define LANES 8
#define LANE_NUMBERS 0, 1, 2, 3, 4, 5, 6, 7

#include "floats.h"

// The first `count` (1 … LANES) of the lanes; the others are zeros.
INLINE floats load_first(const float *from, size_t count) {
    return (floats)_mm256_maskload_ps(from, (__m256i)first_lanes(count));
}

INLINE void store_first(float *to, floats values, size_t count) {
    _mm256_maskstore_ps(to, (__m256i)first_lanes(count), (__m256)values);
}
