// SPDX-License-Identifier: Apache-2.0
// The body, one lane wide: unlike a softmax with the C library's exp, it gives the bits that all others give.
#include "attention.h"
#include <stdbool.h>

enum { GROUP = 4 };

#include "../vector/scalar.h"

INLINE ints dot(ints sum, words x, words w) {
    const int32_t low = (int16_t)x[0] * (int16_t)w[0], high = (int16_t)(x[0] >> 16) * (int16_t)(w[0] >> 16);
    return sum + low + high;
}

#include "body.h"

ATTENTION_I16(scalar)
