// SPDX-License-Identifier: Apache-2.0
#if defined(__aarch64__)
#include "training.h"

#include "../vector/neon.h"

#include "body.h"

const c4b_training c4b_training_neon = TRAINING;
#endif
