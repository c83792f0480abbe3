// SPDX-License-Identifier: Apache-2.0
// exp, GELU, SiLU and tanh of one vector. The polynomials were fitted for these intervals by least squares, reweighted
// until the largest error is smallest (Lawson's iteration); the bounds were measured against double precision over the
// floats of the interval, all or every eighth.

// A polynomial by Horner's rule; coefficients[0] is the constant.
INLINE floats polynomial(floats x, const float *coefficients, size_t count) {
    floats sum = splat(coefficients[count - 1]);
#pragma clang loop unroll(full)
    for (size_t i = count - 1; i > 0; --i) {
        sum = fma(sum, x, splat(coefficients[i - 1]));
    }
    return sum;
}

#define POLYNOMIAL(x, ...)                                                                                             \
    polynomial(x, (const float[]){__VA_ARGS__}, sizeof((const float[]){__VA_ARGS__}) / sizeof(float))

// exp(x) for x <= 0, within 1.5e-7 of it; 0 where that is below the least normal float, 1.2e-38. NaN stays NaN.
INLINE floats exp_of_negative(floats x) {
    // x = whole · ln 2 + r with |r| <= ln 2 / 2. Adding 1.5 · 2^23 rounds to a whole number and leaves it in the low
    // bits.
    const floats shift = splat(12582912.0F);
    const floats shifted = fma(x, splat(1.44269504F), shift);
    const floats whole = shifted - shift;
    // ln 2 in two parts: the first has trailing zeros, so that its product with `whole` is exact.
    const floats r = fma(whole, splat(-1.42860677e-6F), fma(whole, splat(-0.693145752F), x));
    // exp(r) = 1 + r + r² · p(r)
    const floats p = POLYNOMIAL(r, 0.49999994F, 0.166665211F, 0.041668389F, 0.0083687352F, 0.00138145592F);
    const floats power = (floats)(((words)shifted << 23) + 0x3f800000U);
    const floats value = (fma(r * r, p, r) + 1) * power;
    return choose(x < -87.33654F, splat(0), value);
}

// Q(t) = 1 - Φ(t) for t in [0, 5.5], fitted so that t · Q(t) is within 4e-7; Q itself within 1e-5. 0 at 5.5. It is (1 -
// t / 5.5)² times a polynomial of 2 · t / 5.5 - 1: centred, so that its coefficients are small and rounding costs
// little; and with that factor it reaches 0 where a clamped t stays.
INLINE floats upper_tail(floats t) {
    const floats centred = t * splat(2 / 5.5F) - 1;
    const floats rest = 0.5F - centred * 0.5F;
    const floats p = POLYNOMIAL(centred, 0.0119191548F, -0.0761947259F, 0.213915646F, -0.323168963F, 0.227457538F,
                                0.0689229444F, -0.296328843F, 0.215053827F, 0.0781030357F, -0.207017124F, 0.0338769592F,
                                0.0915465206F, -0.0190112032F, -0.0192005057F);
    return rest * rest * p;
}

INLINE floats up_to_tail(floats magnitude) {
    return choose(magnitude < 5.5F, magnitude, splat(5.5F));
}

// x · Φ(x) = max(x, 0) - t · Q(t), where t = |x|; within 4.1e-7 of it, and x itself past 5.5.
INLINE floats gelu_of(floats x) {
    const floats t = up_to_tail(__builtin_elementwise_abs(x));
    // Not x > 0 ? x : 0, which would turn NaN to 0.
    return fma(-t, upper_tail(t), choose(x < 0, splat(0), x));
}

// Φ(x), the normal distribution function, within 1e-5 of it.
INLINE floats normal_distribution(floats x) {
    const floats tail = upper_tail(up_to_tail(__builtin_elementwise_abs(x)));
    return choose(x < 0, tail, 1 - tail);
}

// 1 / (1 + exp(-x)), the logistic function. Each half is the one of the other's mirror image that cancels nothing.
INLINE floats logistic(floats x) {
    const floats e = exp_of_negative(-__builtin_elementwise_abs(x));
    return choose(x < 0, e, splat(1)) / (1 + e);
}

// x / (1 + exp(-x)). Where that is 0 as a float x is bounded, since infinity times 0 would be NaN.
INLINE floats silu_of(floats x) {
    return choose(x < -88, splat(-88), x) * logistic(x);
}

// What the logistic function is taken of in GELU by tanh: (1 + tanh(u)) / 2 is that of 2u.
INLINE floats gelu_tanh_inner(floats x) {
    return x * 1.59576912F * fma(x * x, splat(0.044715F), splat(1));
}

// x / 2 · (1 + tanh(u)).
INLINE floats gelu_tanh_of(floats x) {
    return choose(x < -11, splat(-11), x) * logistic(gelu_tanh_inner(x));
}

// max(x, 0); NaN stays NaN.
INLINE floats relu_of(floats x) {
    return choose(x < 0, splat(0), x);
}

// tanh(x), within 1.6e-7 of it (relative). With e = exp(-2|x|) it is (1 - e) / (1 + e); near 0 that cancels, and the
// odd polynomial x + x³ · p(x²) serves.
INLINE floats tanh_of(floats x) {
    const floats t = __builtin_elementwise_abs(x);
    const floats e = exp_of_negative(t * -2);
    const floats far = (1 - e) / (1 + e);
    const floats square = t * t;
    const floats p = POLYNOMIAL(square, -0.333332807F, 0.133314416F, -0.0537397154F, 0.020639088F, -0.00570498733F);
    const floats near = fma(t * square, p, t);
    return __builtin_elementwise_copysign(choose(t < 0.625F, near, far), x);
}
