// SPDX-License-Identifier: Apache-2.0
// vpmaddubsw on ymm, as in gemm_i8/avx2.c. 4 rows by 2 vectors are 8 sums of the 16 registers.
#if defined(__x86_64__)
#include "attention.h"
#include <immintrin.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

enum { TAKEN_OFF = 0, ROWS = 4, GROUP = 2 };

#include "../vector/fours_avx2.h"

// Exact where x is up to 127: 2 · 127 · 127 < 2^15.
INLINE ints dot(ints sum, activations x, weights w) {
    return sum + (ints)_mm256_madd_epi16(_mm256_maddubs_epi16(x, w), _mm256_set1_epi16(1));
}

#include "avx2.h"

#include "body.h"

ATTENTION_I8(avx2)

#pragma clang attribute pop
#endif
