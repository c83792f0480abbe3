// SPDX-License-Identifier: Apache-2.0
// vpmaddubsw on zmm, as in gemm_i8/avx512.c. 8 rows by 2 vectors are 16 sums of the 32 registers.
#if defined(__x86_64__)
#include "attention.h"
#include <immintrin.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))), apply_to = function)

enum { TAKEN_OFF = 0, ROWS = 8, GROUP = 2 };

#include "../vector/fours_avx512.h"

// Exact where x is up to 127: 2 · 127 · 127 < 2^15.
INLINE ints dot(ints sum, activations x, weights w) {
    return sum + (ints)_mm512_madd_epi16(_mm512_maddubs_epi16(x, w), _mm512_set1_epi16(1));
}

#include "avx512.h"

INLINE ints add_halves(ints sum, halves x) {
    return sum + (ints)_mm512_madd_epi16((__m512i)x, _mm512_set1_epi16(1));
}

#include "body.h"

ATTENTION_I8(avx512)

#pragma clang attribute pop
#endif
