// SPDX-License-Identifier: Apache-2.0
// The first half of body.h: a head's queries, keys and values as bytes, ready to be multiplied.

typedef uint8_t lane_bytes __attribute__((ext_vector_type(LANES)));

enum {
    // Numbers of one word.
    FOUR = 4,
    // The greatest whole number of keys and values.
    REACH = 127,
    // What rows of scores are filled up to: whole vectors of them, and whole words of weights.
    BLOCK = 2 * LANES > FOUR ? 2 * LANES : FOUR,
};

// 1.5 · 2^23 is where floats are 1 apart: added, it rounds, and leaves the whole number in the lowest bits.
#define WHOLE 12582912.0F

INLINE size_t filled(size_t count, size_t to) {
    return (count + to - 1) / to * to;
}

// What is said of rows once, a constant, so that whole vectors are not asked for each time: whether d is a whole number
// of them.
typedef enum rows { WHOLE_ROWS, ANY_ROWS } rows;

INLINE floats load_some(rows of, const float *from, size_t count) {
    return of == WHOLE_ROWS || count >= LANES ? load(from) : load_first(from, count);
}

INLINE float float_of(uint32_t bits) {
    float value;
    __builtin_memcpy(&value, &bits, sizeof value);
    return value;
}

// The greatest absolute value of those seen in x; NaN and infinity are above all.
INLINE words greatest_of(words seen, floats x) {
    return __builtin_elementwise_max(seen, (words)x & 0x7fffffffU);
}

// The middle of each column of x[t,d], and how far from it its ends are; returns the greatest absolute value of all.
INLINE float middles_of(rows of, size_t t, size_t d, const float *x, size_t ldx, float *middles, float *reaches) {
    words greatest = 0;
    for (size_t j = 0; j < d; j += LANES) {
        const floats first = load_some(of, x + j, d - j);
        floats least = first, most = first;
        greatest = greatest_of(greatest, first);
        for (size_t i = 1; i < t; ++i) {
            const floats value = load_some(of, x + i * ldx + j, d - j);
            least = value < least ? value : least;
            most = value > most ? value : most;
            greatest = greatest_of(greatest, value);
        }
        // Halved first: their sum might overflow.
        store(middles + j, most * splat(0.5F) + least * splat(0.5F));
        store(reaches + j, most * splat(0.5F) - least * splat(0.5F));
    }
    return float_of(__builtin_reduce_max(greatest));
}

// The greatest absolute value of x[m,d].
INLINE float reach_of(rows of, size_t m, size_t d, const float *x, size_t ldx) {
    words greatest = 0;
    for (size_t i = 0; i < m; ++i) {
        for (size_t j = 0; j < d; j += LANES) {
            greatest = greatest_of(greatest, load_some(of, x + i * ldx + j, d - j));
        }
    }
    return float_of(__builtin_reduce_max(greatest));
}

// What a value is multiplied by to be a whole number up to `limit`; 0 where the reach is too near to where that would
// be infinite, 127 / 2^128 = 4e-37.
INLINE floats inverse_of(floats reach, float limit) {
    return choose(reach < 1e-30F, splat(0), splat(limit) / reach);
}

// (x - middle) · inverse, rounded, plus zero.
INLINE words rounded(floats x, floats middle, floats inverse, words zero) {
    return ((words)((x - middle) * inverse + splat(WHOLE)) + zero) & 0xffU;
}

// One head's packed sides, and scratch for ROWS queries.
typedef struct head {
    size_t t, d;
    // Words of a query; bytes of a row of weights.
    size_t depth, stride;
    // keys[t / LANES][depth][LANES] words, and what the sums of each begin at.
    uint32_t *keys;
    int32_t *offsets;
    // values[t / 4][width] words, and what the sums of each column begin at.
    uint32_t *values;
    size_t width;
    int32_t *value_offsets;
    // Of columns: the middles of keys; of values, the middles and what a whole number is.
    float *key_middles, *value_middles, *value_scales;
    // How far columns reach from their middles, and then what values are multiplied by.
    float *reaches;
    // [ROWS, 4 · depth] and [ROWS, stride].
    uint8_t *queries, *weights;
    int16_t *scores;
    // Bits that scores lose to fit 16.
    int32_t shift;
    // How a difference of two scores becomes an exponent of 2, with 11 bits behind the point: up to `most`, shifted up,
    // times `factor`, of which the upper 16 bits.
    uint16_t most, up, factor;
    // All bits of a row's last weights, none of what stands past the last token.
    uint16_t mask[2 * LANES];
    // 2^-f for f in [0, 1): weights 128 times, a - f · (b - f · c).
    uint16_t a, b, c;
    // NaN if any number of the head is none, else 0: whole numbers show nothing of it.
    float poison;
} head;

// Row of d floats to bytes; those behind are zeros up to `depth` words.
INLINE void round_row(rows of, size_t d, size_t depth, const float *x, const float *middles, floats inverse, words zero,
                      uint8_t *to) {
    for (size_t j = 0; j < d; j += LANES) {
        const floats middle = middles ? load(middles + j) : splat(0);
        const words whole = rounded(load_some(of, x + j, d - j), middle, inverse, zero);
        const lane_bytes values = __builtin_convertvector(whole, lane_bytes);
        if (of == WHOLE_ROWS || d - j >= LANES) {
            __builtin_memcpy(to + j, &values, sizeof values);
        } else {
            for (size_t lane = 0; lane < d - j; ++lane) {
                to[j + lane] = values[lane];
            }
        }
    }
    for (size_t j = d; j < depth * FOUR; ++j) {
        to[j] = 0;
    }
}

// The bytes that count as 1 in a product.
INLINE activations ones(void) {
    static const uint8_t bytes[FOUR] = {TAKEN_OFF + 1, TAKEN_OFF + 1, TAKEN_OFF + 1, TAKEN_OFF + 1};
    return broadcast(bytes);
}

// Keys that are past t weigh nothing: their scores are below all others.
INLINE void pack_keys(rows of, head *h, const float *x, size_t ldx, floats inverse, int32_t zero) {
    uint8_t *const row = h->queries;
    for (size_t first = 0; first < h->t; first += LANES) {
        uint32_t *panel = h->keys + first * h->depth;
        for (size_t lane = 0; lane < LANES; ++lane) {
            if (first + lane < h->t) {
                round_row(of, h->d, h->depth, x + (first + lane) * ldx, h->key_middles, inverse, 0, row);
            } else {
                __builtin_memset(row, 0, h->depth * FOUR);
            }
            for (size_t p = 0; p < h->depth; ++p) {
                __builtin_memcpy(panel + p * LANES + lane, row + p * FOUR, FOUR);
            }
        }
    }
    for (size_t first = 0; first < h->t; first += LANES) {
        const uint32_t *panel = h->keys + first * h->depth;
        ints sum = 0;
        for (size_t p = 0; p < h->depth; ++p) {
            sum = dot(sum, ones(), load_weights((const uint8_t *)(panel + p * LANES)));
        }
        sum *= TAKEN_OFF - zero;
        if (first + LANES > h->t) {
            sum = first_lanes(h->t - first) ? sum : (ints)(-(1 << 30));
        }
        __builtin_memcpy(h->offsets + first, &sum, sizeof sum);
    }
}

// Rows past t are zeros.
INLINE void pack_values(rows of, head *h, const float *x, size_t ldx, const float *inverses) {
    const size_t quads = filled(h->t, FOUR) / FOUR;
    for (size_t j = 0; j < h->d; j += LANES) {
        const floats middle = load(h->value_middles + j), inverse = load(inverses + j);
        for (size_t q = 0; q < quads; ++q) {
            words value = 0;
            const size_t left = q * FOUR < h->t ? h->t - q * FOUR : 0;
#pragma clang loop unroll(full)
            for (size_t i = 0; i < FOUR; ++i) {
                if (left >= FOUR || i < left) {
                    const floats row = load_some(of, x + (q * FOUR + i) * ldx + j, h->d - j);
                    value |= rounded(row, middle, inverse, 0) << (uint32_t)(8 * i);
                }
            }
            __builtin_memcpy(h->values + q * h->width + j, &value, sizeof value);
        }
        if (TAKEN_OFF > 0) {
            ints sum = 0;
            for (size_t q = 0; q < quads; ++q) {
                sum = dot(sum, ones(), load_weights((const uint8_t *)(h->values + q * h->width + j)));
            }
            sum *= TAKEN_OFF;
            __builtin_memcpy(h->value_offsets + j, &sum, sizeof sum);
        }
    }
}

// How a difference of scores becomes an exponent, where 1 of it is so many powers of two. Past 15.9 of them a weight is
// nothing.
INLINE void set_exponent(head *h, float octaves) {
    const float farthest = 15.9F, bounded = octaves > 0 ? octaves < farthest ? octaves : farthest : 0;
    const uint32_t most = bounded * 65535 < farthest ? 65535 : (uint32_t)(farthest / bounded);
    uint16_t up = 0;
    while (most << (up + 1) < 65536) {
        ++up;
    }
    h->most = (uint16_t)most, h->up = up;
    // 16 bits that are cut off, 11 behind the point.
    h->factor = (uint16_t)(bounded * (float)(1U << (27 - up)) + 0.5F);
}

// Packs a head's keys and values; returns what its queries are multiplied by.
INLINE floats pack(rows of, head *h, int32_t limit, size_t queries, const float *query, size_t ldq, const float *key,
                   const float *value, size_t ldkv) {
    const size_t d = h->d;
    const float of_queries = reach_of(of, queries, d, query, ldq);
    const float of_keys = middles_of(of, h->t, d, key, ldkv, h->key_middles, h->reaches);
    float reach = 0;
    for (size_t j = 0; j < d; ++j) {
        reach = h->reaches[j] > reach ? h->reaches[j] : reach;
    }
    pack_keys(of, h, key, ldkv, inverse_of(splat(reach), REACH), limit + 1);
    const float of_values = middles_of(of, h->t, d, value, ldkv, h->value_middles, h->value_scales);
    for (size_t j = 0; j < d; j += LANES) {
        const floats of_column = load(h->value_scales + j);
        store(h->reaches + j, inverse_of(of_column, REACH));
        store(h->value_scales + j, choose(of_column < 1e-30F, splat(0), of_column / splat(REACH)));
    }
    pack_values(of, h, value, ldkv, h->reaches);
    h->poison = (of_queries + of_keys + of_values) * 0;
    // 1 / ln 2, for powers of two.
    const float unit = of_queries / (float)limit * (reach / REACH);
    set_exponent(h, unit * (float)(1U << h->shift) * (1.44269504F / __builtin_sqrtf((float)d)));
    return inverse_of(splat(of_queries), (float)limit);
}
