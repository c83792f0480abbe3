// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#include "training.h"
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#include "../vector/avx2.h"

#include "body.h"

const c4b_training c4b_training_avx2 = TRAINING;

#pragma clang attribute pop
#endif
