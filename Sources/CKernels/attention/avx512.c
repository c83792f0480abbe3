// SPDX-License-Identifier: Apache-2.0
// vpmaddwd on zmm and an addition. 4 rows by 4 vectors are 16 sums of the 32 registers.
#if defined(__x86_64__)
#include "attention.h"
#include <immintrin.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))), apply_to = function)

enum { GROUP = 4 };

#include "../vector/avx512.h"

INLINE ints dot(ints sum, words x, words w) {
    return sum + (ints)_mm512_madd_epi16((__m512i)x, (__m512i)w);
}

#include "body.h"

ATTENTION_I16(avx512)

#pragma clang attribute pop
#endif
