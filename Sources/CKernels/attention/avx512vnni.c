// SPDX-License-Identifier: Apache-2.0
// vpdpbusd on zmm, as in gemm_i8/avx512vnni.c. 8 rows by 2 vectors are 16 sums of the 32 registers: heads of 32 columns
// have two vectors of values, and fewer sums would wait for each other.
#if defined(__x86_64__)
#include "attention.h"
#include <immintrin.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni"))),                 \
                             apply_to = function)

enum { TAKEN_OFF = 0, ROWS = 8, GROUP = 2 };

#include "../vector/fours_avx512.h"

INLINE ints dot(ints sum, activations x, weights w) {
    return (ints)_mm512_dpbusd_epi32((__m512i)sum, x, w);
}

#include "avx512.h"

INLINE ints add_halves(ints sum, halves x) {
    return (ints)_mm512_dpwssd_epi32((__m512i)sum, (__m512i)x, _mm512_set1_epi16(1));
}

#include "body.h"

ATTENTION_I8(avx512vnni)

#pragma clang attribute pop
#endif
