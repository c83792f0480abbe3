// SPDX-License-Identifier: Apache-2.0
// The family: attention of one text in bytes, see ckernels.h.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef void c4b_attention_i8(int32_t limit, size_t t, size_t queries, size_t heads, size_t d, const float *query,
                              size_t ldq, const float *key_value, size_t ldkv, uint32_t *scratch, float *context,
                              size_t ldc);

enum {
    // The most queries that go through a head together.
    C4B_ATTENTION_ROWS = 8,
    // What rows of scratch are filled up to: the most lanes that a vector has.
    C4B_ATTENTION_LANES = 16,
};

c4b_attention_i8 c4b_attention_i8_scalar, c4b_attention_i8_avx2, c4b_attention_i8_avxvnni, c4b_attention_i8_avx512,
    c4b_attention_i8_avx512vnni, c4b_attention_i8_neon, c4b_attention_i8_neondot;
