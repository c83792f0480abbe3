// SPDX-License-Identifier: Apache-2.0
// One register of floats, the vocabulary of the bodies that the instruction sets share. Included by avx512.h, avx2.h,
// neon.h and scalar.h after they set LANES and LANE_NUMBERS, inside their target attribute; those add load_first and
// store_first.
//
// Sums and products are fused only where fma() says so: what a compiler fuses on its own may differ between the copies
// of an inlined function, and then a row's bits would depend on the copy that happened to compute it.
#pragma STDC FP_CONTRACT OFF

typedef float floats __attribute__((ext_vector_type(LANES)));
typedef int32_t ints __attribute__((ext_vector_type(LANES)));
typedef uint32_t words __attribute__((ext_vector_type(LANES)));

#define INLINE static inline __attribute__((always_inline))

INLINE floats splat(float value) {
    return (floats)(value);
}

INLINE floats load(const float *from) {
    floats values;
    __builtin_memcpy(&values, from, sizeof values);
    return values;
}

INLINE void store(float *to, floats values) {
    __builtin_memcpy(to, &values, sizeof values);
}

// a · b + c, rounded once.
INLINE floats fma(floats a, floats b, floats c) {
    return __builtin_elementwise_fma(a, b, c);
}

// All bits set in the first `count` lanes: a condition for choose().
INLINE ints first_lanes(size_t count) {
    return (ints){LANE_NUMBERS} < (ints)((int32_t)count);
}

// Lane by lane, yes where the condition holds, else no. Comparisons with NaN don't hold.
INLINE floats choose(ints condition, floats yes, floats no) {
    return condition ? yes : no;
}
