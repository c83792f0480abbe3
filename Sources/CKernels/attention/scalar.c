// SPDX-License-Identifier: Apache-2.0
// The body, one lane wide: unlike a softmax with the C library's exp, it gives the bits that all others give.
#include "attention.h"
#include <stdbool.h>

enum { TAKEN_OFF = 0, ROWS = 4, GROUP = 4 };

#include "../vector/scalar.h"

typedef uint16_t halves __attribute__((ext_vector_type(2 * LANES)));
typedef const uint8_t *activations;
typedef const int8_t *weights;

INLINE weights load_weights(const uint8_t *from) {
    return (weights)from;
}

INLINE activations broadcast(const uint8_t *from) {
    return from;
}

INLINE ints dot(ints sum, activations x, weights w) {
    return sum + (ints)(x[0] * w[0] + x[1] * w[1] + x[2] * w[2] + x[3] * w[3]);
}

INLINE uint16_t saturated(int32_t x) {
    return (uint16_t)(x < INT16_MIN ? INT16_MIN : x > INT16_MAX ? INT16_MAX : x);
}

INLINE halves narrowed(ints low, ints high) {
    return (halves){saturated(low[0]), saturated(high[0])};
}

INLINE halves multiplied(halves x, halves y) {
    return (halves){(uint16_t)((uint32_t)x[0] * y[0] >> 16), (uint16_t)((uint32_t)x[1] * y[1] >> 16)};
}

INLINE halves shifted(halves x, halves by) {
    return x >> by;
}

INLINE ints add_halves(ints sum, halves x) {
    return sum + (ints)(x[0] + x[1]);
}

#include "body.h"

ATTENTION_I8(scalar)
