// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#include "training.h"
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))), apply_to = function)

#include "../vector/avx512.h"

#include "body.h"

const c4b_training c4b_training_avx512 = TRAINING;

#pragma clang attribute pop
#endif
