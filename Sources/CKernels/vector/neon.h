// SPDX-License-Identifier: Apache-2.0
// A vector is one 128-bit register. NEON has no masked loads: the lanes at a row's end go one by one.
#define LANES 4
#define LANE_NUMBERS 0, 1, 2, 3

#include "floats.h"

// The first `count` (1 … LANES) of the lanes; the others are zeros.
INLINE floats load_first(const float *from, size_t count) {
    floats values = splat(0);
    for (size_t lane = 0; lane < count; ++lane) {
        values[lane] = from[lane];
    }
    return values;
}

INLINE void store_first(float *to, floats values, size_t count) {
    for (size_t lane = 0; lane < count; ++lane) {
        to[lane] = values[lane];
    }
}
