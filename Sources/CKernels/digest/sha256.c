// SPDX-License-Identifier: Apache-2.0
// SHA-256 as in FIPS 180-4: §4.1.2 functions, §5.1.1 padding, §6.2.2 the loop. The names a … h, w and t are the
// standard's.
#include "sha256.h"

#include "ckernels.h"
#include <string.h>

const uint32_t c4b_sha256_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotated(uint32_t x, unsigned bits) {
    return x >> bits | x << (32 - bits);
}

static uint32_t big_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void add_blocks_scalar(uint32_t state[8], const uint8_t *bytes, size_t blocks) {
    for (; blocks > 0; --blocks, bytes += 64) {
        uint32_t w[64];
        for (size_t t = 0; t < 16; ++t) {
            w[t] = big_endian(bytes + 4 * t);
        }
        for (size_t t = 16; t < 64; ++t) {
            const uint32_t s0 = rotated(w[t - 15], 7) ^ rotated(w[t - 15], 18) ^ w[t - 15] >> 3;
            const uint32_t s1 = rotated(w[t - 2], 17) ^ rotated(w[t - 2], 19) ^ w[t - 2] >> 10;
            w[t] = w[t - 16] + s0 + w[t - 7] + s1;
        }
        uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
        uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
        for (size_t t = 0; t < 64; ++t) {
            const uint32_t s1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
            const uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + c4b_sha256_constants[t] + w[t];
            const uint32_t s0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
            const uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
            h = g, g = f, f = e, e = d + t1;
            d = c, c = b, b = a, a = t1 + t2;
        }
        state[0] += a, state[1] += b, state[2] += c, state[3] += d;
        state[4] += e, state[5] += f, state[6] += g, state[7] += h;
    }
}

static c4b_sha256_blocks *blocks_here(void) {
#if defined(__x86_64__)
    if (c4b_sha256_is_native()) {
        return c4b_sha256_blocks_native;
    }
#endif
    return add_blocks_scalar;
}

void c4b_sha256(const uint8_t *bytes, size_t count, uint8_t digest[32]) {
    c4b_sha256_blocks *add_blocks = blocks_here();
    uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    add_blocks(state, bytes, count / 64);

    // The end: the bytes left over, a one bit, zeros, and the length in bits; one block if that fits, else two.
    const size_t left = count % 64;
    const size_t padded = left < 56 ? 64 : 128;
    uint8_t end[128] = {0};
    if (left > 0) {
        memcpy(end, bytes + (count - left), left);
    }
    end[left] = 0x80;
    const uint64_t bits = (uint64_t)count * 8;
    for (size_t i = 0; i < 8; ++i) {
        end[padded - 1 - i] = (uint8_t)(bits >> (8 * i));
    }
    add_blocks(state, end, padded / 64);

    for (size_t i = 0; i < 32; ++i) {
        digest[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
    }
}
