// SPDX-License-Identifier: Apache-2.0
// vpdpbusd on ymm in its VEX form. 4 rows by 2 vectors are 8 sums of the 16 registers.
#if defined(__x86_64__)
#include "attention.h"
#include <immintrin.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,avxvnni"))), apply_to = function)

enum { TAKEN_OFF = 0, ROWS = 4, GROUP = 2 };

#include "../vector/fours_avx2.h"

INLINE ints dot(ints sum, activations x, weights w) {
    return (ints)_mm256_dpbusd_avx_epi32((__m256i)sum, x, w);
}

#include "avx2.h"

#include "body.h"

ATTENTION_I8(avxvnni)

#pragma clang attribute pop
#endif
