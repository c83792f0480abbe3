// SPDX-License-Identifier: Apache-2.0
// The family: backward passes, losses and the optimiser. See ckernels.h.
#pragma once

#include "ckernels.h"

extern const c4b_training c4b_training_scalar, c4b_training_avx2, c4b_training_avx512, c4b_training_neon;
