// SPDX-License-Identifier: Apache-2.0
// vpdpwssd on ymm in its VEX form. 4 rows by 2 vectors are 8 sums of the 16 registers.
#if defined(__x86_64__)
#include "attention.h"
#include <immintrin.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,avxvnni"))), apply_to = function)

enum { GROUP = 2 };

#include "../vector/avx2.h"

INLINE ints dot(ints sum, words x, words w) {
    return (ints)_mm256_dpwssd_avx_epi32((__m256i)sum, (__m256i)x, (__m256i)w);
}

#include "body.h"

ATTENTION_I16(avxvnni)

#pragma clang attribute pop
#endif
