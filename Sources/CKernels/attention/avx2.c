// SPDX-License-Identifier: Apache-2.0
// vpmaddwd on ymm and an addition. 4 rows by 2 vectors are 8 sums of the 16 registers.
#if defined(__x86_64__)
#include "attention.h"
#include <immintrin.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

enum { GROUP = 2 };

#include "../vector/avx2.h"

INLINE ints dot(ints sum, words x, words w) {
    return sum + (ints)_mm256_madd_epi16((__m256i)x, (__m256i)w);
}

#include "body.h"

ATTENTION_I16(avx2)

#pragma clang attribute pop
#endif
