// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Takes `blocks` blocks of 64 bytes into the state a … h.
typedef void c4b_sha256_blocks(uint32_t state[8], const uint8_t *bytes, size_t blocks);

extern const uint32_t c4b_sha256_constants[64];

#if defined(__x86_64__)
bool c4b_sha256_is_native(void);
c4b_sha256_blocks c4b_sha256_blocks_native;
#endif
