// SPDX-License-Identifier: Apache-2.0
// The row functions of every instruction set with vectors, included inside its target attribute. The end of a row goes
// through the same arithmetic as the rest, in a part of a vector, so that no element depends on where it stands.

#include "functions.h"
#include "quantise.h"

// The greatest, and the sum, of all lanes, by halves.
INLINE float greatest_of(floats values) {
    float lanes[LANES];
    store(lanes, values);
    for (size_t half = LANES / 2; half > 0; half /= 2) {
        for (size_t i = 0; i < half; ++i) {
            lanes[i] = lanes[i] > lanes[i + half] ? lanes[i] : lanes[i + half];
        }
    }
    return lanes[0];
}

INLINE float sum_of(floats values) {
    float lanes[LANES];
    store(lanes, values);
    for (size_t half = LANES / 2; half > 0; half /= 2) {
        for (size_t i = 0; i < half; ++i) {
            lanes[i] += lanes[i + half];
        }
    }
    return lanes[0];
}

// row[n] = exp(scale · row - the greatest of that), divided by its sum. The end of the row stays in `last`: a masked
// store would make the masked load after it wait until it reached the cache.
static void softmax_row(size_t n, float scale, float *row) {
    const size_t whole = n / LANES * LANES;
    const size_t rest = n - whole;
    // Lanes past the end are -∞, whose exp is 0. Scaled and subtracted apart: fused, the rounding left over at ±1e30
    // would be a large positive exponent.
    floats last = splat(-__builtin_inff());
    if (rest > 0) {
        last = choose(first_lanes(rest), load_first(row + whole, rest) * scale, last);
    }
    floats greatest = last;
    for (size_t j = 0; j < whole; j += LANES) {
        const floats scaled = load(row + j) * scale;
        greatest = choose(scaled > greatest, scaled, greatest);
    }
    const floats highest = splat(greatest_of(greatest));
    floats sum = splat(0);
    if (rest > 0) {
        last = exp_of_negative(last - highest);
        sum = last;
    }
    for (size_t j = 0; j < whole; j += LANES) {
        const floats power = exp_of_negative(load(row + j) * scale - highest);
        store(row + j, power);
        sum += power;
    }
    const floats inverse = splat(1 / sum_of(sum));
    for (size_t j = 0; j < whole; j += LANES) {
        store(row + j, load(row + j) * inverse);
    }
    if (rest > 0) {
        store_first(row + whole, last * inverse, rest);
    }
}

// Three passes over one row, which stays in the first-level cache: z and its mean, the variance, the result.
static void layer_norm_row(size_t n, const float *x, const float *residual, const float *gain, const float *bias,
                           float epsilon, float *y) {
    const size_t whole = n / LANES * LANES;
    const size_t rest = n - whole;
    floats sum = splat(0);
    for (size_t j = 0; j < whole; j += LANES) {
        const floats z = residual ? load(x + j) + load(residual + j) : load(x + j);
        store(y + j, z);
        sum += z;
    }
    if (rest > 0) {
        const floats first = load_first(x + whole, rest);
        const floats z = residual ? first + load_first(residual + whole, rest) : first;
        store_first(y + whole, z, rest);
        sum += z;
    }
    const floats mean = splat(sum_of(sum) / (float)n);
    floats squares = splat(0);
    for (size_t j = 0; j < whole; j += LANES) {
        const floats difference = load(y + j) - mean;
        squares = fma(difference, difference, squares);
    }
    if (rest > 0) {
        const floats difference = choose(first_lanes(rest), load_first(y + whole, rest) - mean, splat(0));
        squares = fma(difference, difference, squares);
    }
    const floats scale = splat(1 / __builtin_elementwise_sqrt(sum_of(squares) / (float)n + epsilon));
    for (size_t j = 0; j < whole; j += LANES) {
        store(y + j, fma((load(y + j) - mean) * scale, load(gain + j), load(bias + j)));
    }
    if (rest > 0) {
        const floats unit = (load_first(y + whole, rest) - mean) * scale;
        store_first(y + whole, fma(unit, load_first(gain + whole, rest), load_first(bias + whole, rest)), rest);
    }
}

static void softmax(size_t m, size_t n, float scale, float *x, size_t ldx) {
    for (size_t i = 0; i < m; ++i) {
        softmax_row(n, scale, x + i * ldx);
    }
}

// Where q is given, each row is quantised while it is in the first-level cache.
static void layer_norm(size_t m, size_t n, const float *x, const float *residual, const float *gain, const float *bias,
                       float epsilon, float *y, int32_t steps, const float *columns, uint8_t *q, size_t ldq,
                       c4b_row *rows) {
    for (size_t i = 0; i < m; ++i) {
        layer_norm_row(n, x + i * n, residual ? residual + i * n : NULL, gain, bias, epsilon, y + i * n);
        if (q) {
            rows[i] = quantise_row(n, steps, y + i * n, columns, q + i * ldq);
        }
    }
}

static void quantise(size_t m, size_t n, int32_t steps, const float *x, size_t ldx, const float *columns, uint8_t *q,
                     size_t ldq, c4b_row *rows) {
    for (size_t i = 0; i < m; ++i) {
        rows[i] = quantise_row(n, steps, x + i * ldx, columns, q + i * ldq);
    }
}

// x[count] = of(x), in place. Inlined for each function, so that no call is left of it.
INLINE void map(size_t count, float *x, floats (*of)(floats)) {
    const size_t whole = count / LANES * LANES;
    for (size_t i = 0; i < whole; i += LANES) {
        store(x + i, of(load(x + i)));
    }
    if (count > whole) {
        store_first(x + whole, of(load_first(x + whole, count - whole)), count - whole);
    }
}
