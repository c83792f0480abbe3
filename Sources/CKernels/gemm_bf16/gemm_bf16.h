// SPDX-License-Identifier: Apache-2.0
// The family: products of matrices rounded to bfloat16, see c4b_bf16 in ckernels.h.
#pragma once

#include "ckernels.h"

extern const c4b_bf16 c4b_bf16_scalar, c4b_bf16_avx512;
