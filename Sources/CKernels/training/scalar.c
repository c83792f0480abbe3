// SPDX-License-Identifier: Apache-2.0
#include "training.h"

#include "../vector/scalar.h"

#include "body.h"

const c4b_training c4b_training_scalar = TRAINING;
