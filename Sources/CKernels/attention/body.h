// SPDX-License-Identifier: Apache-2.0
// Attention of every instruction set. The file that includes this says how it multiplies and packs, lane by lane:
//
//     activations broadcast(const uint8_t *from)      one row's four numbers, for every column
//     weights load_weights(const uint8_t *from)       LANES columns of four numbers
//     ints dot(ints sum, activations x, weights w)    sum + the products of the fours
//     TAKEN_OFF                                       what broadcast() takes off x: 0 or 128
//     ROWS, GROUP                                     queries of a tile, and its vectors: 1, 2 or 4
//     halves narrowed(ints low, ints high)            both in 16 bits, saturated
//     halves multiplied(halves x, halves y)           the upper halves of products
//     halves shifted(halves x, halves by)             x >> by, where x < 2^15 and by < 16
//     ints add_halves(ints sum, halves x)             sum + all of x, somewhere
//
// Queries, keys and values are rounded to bytes, scores and exponentials to 16 bits, weights to bytes again. So all
// products and sums are exact: their order, and with it the count of lanes, changes no bit.

#include "pack.h"

typedef int16_t shorts __attribute__((ext_vector_type(2 * LANES)));
typedef uint8_t narrow __attribute__((ext_vector_type(2 * LANES)));

// sums[rows, vectors] += x · w over `depth` words: row i of x begins at x + i · ldx bytes, vector v of w at w + v · ldv
// words, the next word's `step` words further.
INLINE void multiply(size_t rows, size_t vectors, size_t depth, const uint8_t *x, size_t ldx, const uint32_t *w,
                     size_t ldv, size_t step, ints sums[ROWS][GROUP]) {
#pragma clang loop unroll(disable)
    for (size_t p = 0; p < depth; ++p) {
        weights column[GROUP];
#pragma clang loop unroll(full)
        for (size_t v = 0; v < vectors; ++v) {
            column[v] = load_weights((const uint8_t *)(w + v * ldv + p * step));
        }
#pragma clang loop unroll(full)
        for (size_t i = 0; i < rows; ++i) {
            const activations four = broadcast(x + i * ldx + p * FOUR);
#pragma clang loop unroll(full)
            for (size_t v = 0; v < vectors; ++v) {
                sums[i][v] = dot(sums[i][v], four, column[v]);
            }
        }
    }
}

// `vectors` panels of scores from panel `first` on, and the greatest of each lane.
INLINE void score(size_t rows, size_t vectors, const head *h, size_t first, shorts greatest[ROWS]) {
    ints sums[ROWS][GROUP];
#pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; ++v) {
        ints offset;
        __builtin_memcpy(&offset, h->offsets + (first + v) * LANES, sizeof offset);
#pragma clang loop unroll(full)
        for (size_t i = 0; i < rows; ++i) {
            sums[i][v] = offset;
        }
    }
    multiply(rows, vectors, h->depth, h->queries, h->depth * FOUR, h->keys + first * LANES * h->depth, LANES * h->depth,
             LANES, sums);
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; ++i) {
#pragma clang loop unroll(full)
        for (size_t v = 0; v < vectors; v += 2) {
            const ints high = v + 1 < vectors ? sums[i][v + 1] >> (ints)(h->shift) : (ints)(INT16_MIN);
            const shorts scores = (shorts)narrowed(sums[i][v] >> (ints)(h->shift), high);
            greatest[i] = __builtin_elementwise_max(greatest[i], scores);
            __builtin_memcpy(h->scores + i * h->stride + (first + v) * LANES, &scores, sizeof scores);
        }
    }
}

// The weights of each row's scores as bytes, and their sums.
INLINE void weigh(size_t rows, const head *h, const shorts greatest[ROWS], float sums[ROWS]) {
#pragma clang loop unroll(disable)
    for (size_t i = 0; i < rows; ++i) {
        const halves highest = (halves)(uint16_t)__builtin_reduce_max(greatest[i]);
        ints sum = 0;
        for (size_t j = 0; j < h->t; j += 2 * LANES) {
            halves scores;
            __builtin_memcpy(&scores, h->scores + i * h->stride + j, sizeof scores);
            const halves below = __builtin_elementwise_min(highest - scores, (halves)(h->most));
            const halves exponent = multiplied(below << (halves)(h->up), (halves)(h->factor));
            const halves f = exponent << (halves)(5);
            const halves power = (halves)(h->a) - multiplied(f, (halves)(h->b) - multiplied(f, (halves)(h->c)));
            halves weight = (shifted(power, exponent >> (halves)(11)) + (halves)(64)) >> (halves)(7);
            if (j + 2 * LANES > h->t) {
                halves mask;
                __builtin_memcpy(&mask, h->mask, sizeof mask);
                weight &= mask;
            }
            sum = add_halves(sum, weight);
            const narrow bytes = __builtin_convertvector(weight, narrow);
            __builtin_memcpy(h->weights + i * h->stride + j, &bytes, sizeof bytes);
        }
        for (size_t j = filled(h->t, 2 * LANES); j < h->stride; ++j) {
            h->weights[i * h->stride + j] = 0;
        }
        sums[i] = (float)__builtin_reduce_add(sum);
    }
}

// `vectors` of the columns of context from `column` on. The row of query i is rows_of[i].
INLINE void blend(size_t rows, size_t vectors, const head *h, size_t column, const float scales[ROWS],
                  float *const rows_of[ROWS]) {
    ints sums[ROWS][GROUP];
#pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; ++v) {
        ints offset = 0;
        if (TAKEN_OFF > 0) {
            __builtin_memcpy(&offset, h->value_offsets + column + v * LANES, sizeof offset);
        }
#pragma clang loop unroll(full)
        for (size_t i = 0; i < rows; ++i) {
            sums[i][v] = offset;
        }
    }
    multiply(rows, vectors, filled(h->t, FOUR) / FOUR, h->weights, h->stride, h->values + column, LANES, h->width,
             sums);
#pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; ++v) {
        const size_t first = column + v * LANES;
        const floats scale = load(h->value_scales + first), middle = load(h->value_middles + first);
#pragma clang loop unroll(full)
        for (size_t i = 0; i < rows; ++i) {
            const floats value = __builtin_convertvector(sums[i][v], floats) * splat(scales[i]) * scale + middle;
            if (first + LANES <= h->d) {
                store(rows_of[i] + first, value);
            } else {
                store_first(rows_of[i] + first, value, h->d - first);
            }
        }
    }
}

// `call` with each count of vectors up to GROUP made a constant.
#define GROUPS(vectors, call)                                                                                          \
    switch (vectors) {                                                                                                 \
    case 1:                                                                                                            \
        call(1);                                                                                                       \
        break;                                                                                                         \
    case 2:                                                                                                            \
        call(2);                                                                                                       \
        break;                                                                                                         \
    case 3:                                                                                                            \
        call(3);                                                                                                       \
        break;                                                                                                         \
    case 4:                                                                                                            \
        call(4);                                                                                                       \
        break;                                                                                                         \
    }
_Static_assert(GROUP == 2 || GROUP == 4, "GROUPS has a case for each count of vectors, and scores go in pairs");

// The context of `rows` queries of one head, whose bytes are in h.
INLINE void attend(size_t rows, const head *h, float *const rows_of[ROWS]) {
    shorts greatest[ROWS];
    float sums[ROWS], scales[ROWS];
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; ++i) {
        greatest[i] = INT16_MIN;
    }
    const size_t panels = (h->t + LANES - 1) / LANES;
    for (size_t first = 0; first < panels; first += GROUP) {
#define SCORE(V) score(rows, V > GROUP ? GROUP : V, h, first, greatest)
        GROUPS(panels - first < GROUP ? panels - first : GROUP, SCORE)
    }
    weigh(rows, h, greatest, sums);
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; ++i) {
        scales[i] = (1 + h->poison) / sums[i];
    }
    for (size_t column = 0; column < h->d; column += GROUP * LANES) {
        const size_t vectors = (h->d - column + LANES - 1) / LANES;
#define BLEND(V) blend(rows, V > GROUP ? GROUP : V, h, column, scales, rows_of)
        GROUPS(vectors < GROUP ? vectors : GROUP, BLEND)
    }
}

static void attention(int32_t limit, size_t t, size_t queries, size_t heads, size_t d, const float *query, size_t ldq,
                      const float *key_value, size_t ldkv, uint32_t *scratch, float *context, size_t ldc) {
    const size_t panels = (t + LANES - 1) / LANES;
    head h = {.t = t, .d = d, .depth = filled(d, FOUR) / FOUR, .stride = filled(t, BLOCK)};
    h.width = filled(d, LANES);
    h.keys = scratch;
    h.offsets = (int32_t *)(h.keys + panels * LANES * h.depth);
    h.values = (uint32_t *)(h.offsets + panels * LANES);
    h.value_offsets = (int32_t *)(h.values + filled(t, FOUR) / FOUR * h.width);
    h.key_middles = (float *)(h.value_offsets + h.width);
    h.value_middles = h.key_middles + h.width, h.value_scales = h.value_middles + h.width;
    h.reaches = h.value_scales + h.width;
    h.queries = (uint8_t *)(h.reaches + h.width);
    h.scores = (int16_t *)(h.queries + ROWS * h.depth * FOUR);
    h.weights = (uint8_t *)(h.scores + ROWS * h.stride);
    // |q · k| <= limit · REACH · d, in 15 bits.
    while (((size_t)(limit * REACH) * d) >> h.shift > INT16_MAX) {
        ++h.shift;
    }
    for (size_t lane = 0; lane < 2 * LANES; ++lane) {
        h.mask[lane] = lane <= (t - 1) % (2 * LANES) ? UINT16_MAX : 0;
    }
    const float top = (float)(2 * limit + 1) * 128;
    h.a = (uint16_t)(top * 0.998274F), h.b = (uint16_t)(top * 0.666006F), h.c = (uint16_t)(top * 0.168594F);
    for (size_t column = 0; column < heads * d; column += d) {
        const float *key = key_value + column;
        const floats inverse =
            d % LANES == 0 ? pack(WHOLE_ROWS, &h, limit, queries, query + column, ldq, key, key + heads * d, ldkv)
                           : pack(ANY_ROWS, &h, limit, queries, query + column, ldq, key, key + heads * d, ldkv);
        for (size_t first = 0; first < queries;) {
            float *rows_of[ROWS];
            const size_t left = queries - first;
            const size_t rows = queries == 1 ? 1 : left > ROWS / 2 ? ROWS : ROWS / 2;
            for (size_t i = 0; i < rows; ++i) {
                // Past the last query the last is done again.
                const size_t row = first + i < queries ? first + i : queries - 1;
                const float *x = query + row * ldq + column;
                const words zero = (words)((uint32_t)limit + 1);
                if (d % LANES == 0) {
                    round_row(WHOLE_ROWS, d, h.depth, x, NULL, inverse, zero, h.queries + i * h.depth * FOUR);
                } else {
                    round_row(ANY_ROWS, d, h.depth, x, NULL, inverse, zero, h.queries + i * h.depth * FOUR);
                }
                rows_of[i] = context + row * ldc + column;
            }
            if (rows == 1) {
                attend(1, &h, rows_of);
            } else if (rows < ROWS) {
                attend(ROWS / 2, &h, rows_of);
            } else {
                attend(ROWS, &h, rows_of);
            }
            first += rows;
        }
    }
}

// The function of the family, by the instruction set's name.
#define ATTENTION_I8(ISA)                                                                                              \
    void c4b_attention_i8_##ISA(int32_t limit, size_t t, size_t queries, size_t heads, size_t d, const float *query,   \
                                size_t ldq, const float *key_value, size_t ldkv, uint32_t *scratch, float *context,    \
                                size_t ldc) {                                                                          \
        attention(limit, t, queries, heads, d, query, ldq, key_value, ldkv, scratch, context, ldc);                    \
    }
