// SPDX-License-Identifier: Apache-2.0
// A vector is one float.
#define LANES 1
#define LANE_NUMBERS 0

#include "floats.h"

INLINE floats load_first(const float *from, size_t count) {
    return count > 0 ? load(from) : splat(0);
}

INLINE void store_first(float *to, floats values, size_t count) {
    if (count > 0) {
        store(to, values);
    }
}
