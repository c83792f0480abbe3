// SPDX-License-Identifier: Apache-2.0
// The training functions of every instruction set, included inside its target attribute. Arrays go through vector by
// vector; take() and put() see to the part of a vector at the end.

#include "../rows/functions.h"

// As many lanes of `from` as `left` has; the others are zeros.
INLINE floats take(const float *from, size_t left) {
    return left >= LANES ? load(from) : load_first(from, left);
}

INLINE void put(float *to, floats values, size_t left) {
    if (left >= LANES) {
        store(to, values);
    } else {
        store_first(to, values, left);
    }
}

// The lanes that `left` has, else zero: for sums of what is not zero for zeros.
INLINE floats only(floats values, size_t left) {
    return left >= LANES ? values : choose(first_lanes(left), values, splat(0));
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

static void gelu_gradient(size_t count, const float *x, float *dy) {
    for (size_t i = 0; i < count; i += LANES) {
        const floats at = take(x + i, count - i);
        // exp_of_negative(-x²/2) / sqrt(2π) is φ(x).
        const floats density = exp_of_negative(at * at * -0.5F) * 0.398942280F;
        // Past 13 φ is 0 as a float, and infinity times 0 would be NaN.
        const floats bounded = __builtin_elementwise_min(__builtin_elementwise_max(at, splat(-14)), splat(14));
        const floats slope = fma(bounded, density, normal_distribution(at));
        put(dy + i, take(dy + i, count - i) * slope, count - i);
    }
}

static void gelu_tanh_gradient(size_t count, const float *x, float *dy) {
    for (size_t i = 0; i < count; i += LANES) {
        const floats at = take(x + i, count - i);
        const floats share = logistic(gelu_tanh_inner(at));
        // Past 11 share · (1 - share) is 0, and infinity times 0 would be NaN.
        const floats bounded = __builtin_elementwise_min(__builtin_elementwise_max(at, splat(-11)), splat(11));
        const floats inner = bounded * 1.59576912F * fma(bounded * bounded, splat(3 * 0.044715F), splat(1));
        put(dy + i, take(dy + i, count - i) * fma(inner * share, 1 - share, share), count - i);
    }
}

static void relu_gradient(size_t count, const float *x, float *dy) {
    for (size_t i = 0; i < count; i += LANES) {
        put(dy + i, choose(take(x + i, count - i) > 0, take(dy + i, count - i), splat(0)), count - i);
    }
}

static void silu_gradient(size_t count, const float *x, float *dy) {
    for (size_t i = 0; i < count; i += LANES) {
        const floats at = take(x + i, count - i);
        const floats share = logistic(at);
        const floats bounded = __builtin_elementwise_min(__builtin_elementwise_max(at, splat(-88)), splat(88));
        put(dy + i, take(dy + i, count - i) * fma(bounded * share, 1 - share, share), count - i);
    }
}

static void layer_norm_gradient(size_t m, size_t n, const float *z, const float *gain, float epsilon, const float *dy,
                                float *dz, float *dgain, float *dbias) {
    for (size_t i = 0; i < m; ++i, z += n, dy += n, dz += n) {
        floats sum = splat(0);
        for (size_t j = 0; j < n; j += LANES) {
            sum += take(z + j, n - j);
        }
        const floats mean = splat(sum_of(sum) / (float)n);
        floats squares = splat(0);
        for (size_t j = 0; j < n; j += LANES) {
            const floats difference = only(take(z + j, n - j) - mean, n - j);
            squares = fma(difference, difference, squares);
        }
        const float scale = 1 / __builtin_elementwise_sqrt(sum_of(squares) / (float)n + epsilon);
        // With u = (z - mean) · scale and d = dy · gain: dz = (d - mean(d) - u · mean(d · u)) · scale.
        floats sum_d = splat(0);
        floats sum_du = splat(0);
        for (size_t j = 0; j < n; j += LANES) {
            const size_t left = n - j;
            const floats unit = (take(z + j, left) - mean) * scale;
            const floats upstream = take(dy + j, left);
            const floats d = upstream * take(gain + j, left);
            sum_d += d;
            sum_du = fma(d, unit, sum_du);
            put(dgain + j, fma(upstream, unit, take(dgain + j, left)), left);
            put(dbias + j, take(dbias + j, left) + upstream, left);
        }
        const floats mean_d = splat(sum_of(sum_d) / (float)n);
        const floats mean_du = splat(sum_of(sum_du) / (float)n);
        for (size_t j = 0; j < n; j += LANES) {
            const size_t left = n - j;
            const floats unit = (take(z + j, left) - mean) * scale;
            const floats d = take(dy + j, left) * take(gain + j, left);
            put(dz + j, (fma(-unit, mean_du, d) - mean_d) * scale, left);
        }
    }
}

static void softmax_gradient(size_t m, size_t n, float scale, const float *p, size_t ldp, float *dp, size_t lddp) {
    for (size_t i = 0; i < m; ++i, p += ldp, dp += lddp) {
        floats sum = splat(0);
        for (size_t j = 0; j < n; j += LANES) {
            sum = fma(take(p + j, n - j), take(dp + j, n - j), sum);
        }
        const floats mean = splat(sum_of(sum));
        for (size_t j = 0; j < n; j += LANES) {
            put(dp + j, take(p + j, n - j) * scale * (take(dp + j, n - j) - mean), n - j);
        }
    }
}

static void add(size_t count, const float *x, float *y) {
    for (size_t i = 0; i < count; i += LANES) {
        put(y + i, take(y + i, count - i) + take(x + i, count - i), count - i);
    }
}

static void add_rows(size_t m, size_t n, const float *x, size_t ldx, float *sums) {
    for (size_t i = 0; i < m; ++i) {
        add(n, x + i * ldx, sums);
    }
}

// In blocks that are short enough for float's digits, whose sums are added in double.
static double squares(size_t count, const float *x) {
    const size_t block = 4096;
    double total = 0;
    for (size_t from = 0; from < count; from += block) {
        const size_t to = count - from < block ? count : from + block;
        floats sum = splat(0);
        for (size_t i = from; i < to; i += LANES) {
            const floats value = take(x + i, to - i);
            sum = fma(value, value, sum);
        }
        total += sum_of(sum);
    }
    return total;
}

// Counter-based: what happens to an element depends on key and counter alone, so that the backward pass and a resumed
// run find it again. The mixing function is Chris Wellons' "lowbias32" (https://nullprogram.com/blog/2018/07/31/).
INLINE words mixed(words counter, uint32_t key) {
    words x = counter * 0x9e3779b9U + key;
    x = (x ^ (x >> 16)) * 0x7feb352dU;
    x = (x ^ (x >> 15)) * 0x846ca68bU;
    return x ^ (x >> 16);
}

static void dropout(size_t count, float rate, uint32_t key, uint32_t first, const float *x, float *y) {
    const floats scale = splat(1 / (1 - rate));
    // 31 bits, since comparisons of signed integers are what every instruction set has.
    const ints threshold = (ints)((int32_t)(rate * 0x1p31F));
    for (size_t i = 0; i < count; i += LANES) {
        const words counter = (words)((uint32_t)i + first) + (words)((ints){LANE_NUMBERS});
        const ints kept = (ints)(mixed(counter, key) >> 1) >= threshold;
        put(y + i, choose(kept, take(x + i, count - i) * scale, splat(0)), count - i);
    }
}

INLINE floats greatest(size_t n, const float *x) {
    float most = x[0];
    for (size_t j = 0; j < n; ++j) {
        most = x[j] > most ? x[j] : most;
    }
    return splat(most);
}

// The logarithm of Σ exp(scale · x), less scale · the greatest x.
INLINE float log_sum(size_t n, float scale, floats highest, const float *x) {
    floats sum = splat(0);
    for (size_t j = 0; j < n; j += LANES) {
        sum += only(exp_of_negative((take(x + j, n - j) - highest) * scale), n - j);
    }
    return __builtin_logf(sum_of(sum));
}

static float cross_entropy(size_t n, const float *x, size_t label, float weight, float *dx) {
    const floats highest = greatest(n, x);
    const float log_of_sum = log_sum(n, 1, highest, x);
    const floats scale = splat(weight * __builtin_expf(-log_of_sum));
    for (size_t j = 0; j < n; j += LANES) {
        const floats power = exp_of_negative(take(x + j, n - j) - highest);
        put(dx + j, fma(power, scale, take(dx + j, n - j)), n - j);
    }
    dx[label] -= weight;
    return log_of_sum - (x[label] - highest[0]);
}

static float divergence(size_t n, float inverse_temperature, const float *x, const float *t, float weight, float *dx) {
    const floats highest_x = greatest(n, x);
    const floats highest_t = greatest(n, t);
    const float log_x = log_sum(n, inverse_temperature, highest_x, x);
    const float log_t = log_sum(n, inverse_temperature, highest_t, t);
    const floats share_x = splat(__builtin_expf(-log_x));
    const floats share_t = splat(__builtin_expf(-log_t));
    floats sum = splat(0);
    for (size_t j = 0; j < n; j += LANES) {
        const size_t left = n - j;
        const floats from_x = (take(x + j, left) - highest_x) * inverse_temperature;
        const floats from_t = (take(t + j, left) - highest_t) * inverse_temperature;
        const floats p = exp_of_negative(from_x) * share_x;
        const floats q = exp_of_negative(from_t) * share_t;
        put(dx + j, fma(p - q, splat(weight), take(dx + j, left)), left);
        sum = fma(only(q, left), from_t - from_x, sum);
    }
    return sum_of(sum) - log_t + log_x;
}

static void adamw(const c4b_adamw *step, size_t count, const float *g, float *p, float *m, float *v) {
    const floats beta1 = splat(step->beta1);
    const floats beta2 = splat(step->beta2);
    for (size_t i = 0; i < count; i += LANES) {
        const size_t left = count - i;
        const floats gradient = take(g + i, left) * step->gradient_scale;
        const floats mean = fma(take(m + i, left), beta1, gradient * (1 - step->beta1));
        const floats square = fma(take(v + i, left), beta2, gradient * gradient * (1 - step->beta2));
        const floats divisor = fma(__builtin_elementwise_sqrt(square), splat(step->correction), splat(step->epsilon));
        put(m + i, mean, left);
        put(v + i, square, left);
        put(p + i, fma(mean / divisor, splat(-step->step_size), take(p + i, left) * step->shrink), left);
    }
}

#define TRAINING                                                                                                       \
    {                                                                                                                  \
        .gelu_gradient = gelu_gradient, .gelu_tanh_gradient = gelu_tanh_gradient, .relu_gradient = relu_gradient,      \
        .silu_gradient = silu_gradient, .layer_norm_gradient = layer_norm_gradient,                                    \
        .softmax_gradient = softmax_gradient, .add_rows = add_rows, .add = add, .squares = squares,                    \
        .dropout = dropout, .cross_entropy = cross_entropy, .divergence = divergence, .adamw = adamw,                  \
    }
