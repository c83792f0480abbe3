// SPDX-License-Identifier: Apache-2.0
// The family: attention of one text in whole numbers of 16 bits, see ckernels.h.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef void c4b_attention_i16(size_t t, size_t queries, size_t heads, size_t d, const float *query, size_t ldq,
                               const float *key_value, size_t ldkv, uint32_t *scratch, float *context, size_t ldc);

enum {
    // Queries that go through a head together.
    C4B_ATTENTION_ROWS = 4,
    // What rows of scratch are filled up to: the most lanes that a vector has.
    C4B_ATTENTION_LANES = 16,
};

c4b_attention_i16 c4b_attention_i16_scalar, c4b_attention_i16_avx2, c4b_attention_i16_avxvnni, c4b_attention_i16_avx512,
    c4b_attention_i16_avx512vnni, c4b_attention_i16_neon;
