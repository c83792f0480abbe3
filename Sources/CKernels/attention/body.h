// SPDX-License-Identifier: Apache-2.0
// Attention of every instruction set. The file that includes this says how it multiplies:
//
//     ints dot(ints sum, words x, words w)      sum + the products of two pairs of s16, lane by lane
//     GROUP                                     vectors of a tile: ROWS · GROUP sums stay in registers
//
// Queries, keys and values are rounded to whole numbers with one scale for each of them in a head of a text, the
// exponentials to 12 bits of their row's greatest. So all products and sums are exact: their order, and with it the
// count of lanes, changes no bit.
//
// Pairs: a word holds two numbers that are multiplied and added together. Queries and keys pair column j with column j
// + d / 2, values pair a token with the next.

typedef uint16_t halves __attribute__((ext_vector_type(LANES)));

enum {
    ROWS = C4B_ATTENTION_ROWS,
    // 2047² · d < 2^30, so that no difference of two scores overflows: up to d = 256. Past that the limit falls with
    // the root of d, to the next whole number below.
    SCORE_LIMIT = 2047,
    SCORE_DEPTH = 256,
    // 4095 · 1023 · 512 < 2^31: tokens whose weighted values are summed before they become floats.
    WEIGHT_LIMIT = 4095,
    VALUE_LIMIT = 1023,
    VALUE_DEPTH = 512,
};

// How one head's numbers are rounded: x ~ whole · scale.
typedef struct rounding {
    float scale;
    floats inverse;
} rounding;

// The rounding of x[m,d] to -limit … limit. NaN and infinity make the scale so.
INLINE rounding rounding_of(size_t m, size_t d, const float *x, size_t ldx, float limit) {
    words greatest = 0;
    for (size_t i = 0; i < m; ++i) {
        size_t j = 0;
        for (; j + LANES <= d; j += LANES) {
            greatest = __builtin_elementwise_max(greatest, (words)load(x + i * ldx + j) & 0x7fffffffU);
        }
        if (j < d) {
            greatest = __builtin_elementwise_max(greatest, (words)load_first(x + i * ldx + j, d - j) & 0x7fffffffU);
        }
    }
    const uint32_t bits = __builtin_reduce_max(greatest);
    float value;
    __builtin_memcpy(&value, &bits, sizeof value);
    // Far enough from where the inverse would be infinite, below 2047 / 2^128 = 6e-36.
    return value < 1e-30F ? (rounding){0, splat(0)} : (rounding){value / limit, splat(limit / value)};
}

// Rounds the first `count` (at most LANES) of x and of y, and pairs them. 1.5 · 2^23 is where floats are 1 apart:
// added, it rounds, and leaves the whole number lowest.
INLINE words paired(const float *x, const float *y, size_t count, size_t count_y, floats inverse) {
    const floats shift = splat(12582912.0F);
    const floats low = count >= LANES ? load(x) : load_first(x, count);
    const floats high = count_y >= LANES ? load(y) : count_y > 0 ? load_first(y, count_y) : splat(0);
    return ((words)(low * inverse + shift) & 0xffffU) | ((words)(high * inverse + shift) << 16);
}

// One row of queries or keys, d columns as (d + 1) / 2 pairs.
INLINE void pair_row(size_t d, const float *x, floats inverse, uint32_t *pairs) {
    const size_t half = (d + 1) / 2;
    for (size_t j = 0; j < half; j += LANES) {
        const size_t rest = half - j, rest_high = d - half > j ? d - half - j : 0;
        const words values = paired(x + j, x + half + j, rest, rest_high, inverse);
        if (rest >= LANES) {
            __builtin_memcpy(pairs + j, &values, sizeof values);
        } else {
            store_first((float *)(pairs + j), (floats)values, rest);
        }
    }
}

// keys[panel][pair][LANES] from t rows of keys; those past t are zeros.
INLINE void pack_keys(size_t t, size_t d, const float *x, size_t ldx, floats inverse, uint32_t *row, uint32_t *keys) {
    const size_t half = (d + 1) / 2;
    for (size_t first = 0; first < t; first += LANES) {
        uint32_t *panel = keys + first * half;
        for (size_t lane = 0; lane < LANES; ++lane) {
            if (first + lane < t) {
                pair_row(d, x + (first + lane) * ldx, inverse, row);
            } else {
                __builtin_memset(row, 0, half * sizeof *row);
            }
            for (size_t j = 0; j < half; ++j) {
                panel[j * LANES + lane] = row[j];
            }
        }
    }
}

// values[t / 2][d] pairs, rows filled up to whole vectors.
INLINE void pack_values(size_t t, size_t d, const float *x, size_t ldx, floats inverse, uint32_t *values) {
    for (size_t i = 0; i < t; i += 2) {
        for (size_t j = 0; j < d; j += LANES) {
            const float *from = x + i * ldx + j;
            const size_t rest = d - j;
            const words pairs = paired(from, from + ldx, rest, i + 1 < t ? rest : 0, inverse);
            __builtin_memcpy(values, &pairs, sizeof pairs);
            values += LANES;
        }
    }
}

// sums[rows, vectors] = x · w over `depth` pairs: row i of x begins at x + i · ldx, vector v of w at w + v · ldv, the
// next pair's `step` words further.
INLINE void multiply(size_t rows, size_t vectors, size_t depth, const uint32_t *x, size_t ldx, const uint32_t *w,
                     size_t ldv, size_t step, ints sums[ROWS][GROUP]) {
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows * vectors; ++i) {
        sums[i / vectors][i % vectors] = 0;
    }
#pragma clang loop unroll(disable)
    for (size_t p = 0; p < depth; ++p) {
        words column[GROUP];
#pragma clang loop unroll(full)
        for (size_t v = 0; v < vectors; ++v) {
            __builtin_memcpy(&column[v], w + v * ldv + p * step, sizeof column[v]);
        }
#pragma clang loop unroll(full)
        for (size_t i = 0; i < rows; ++i) {
            const words pair = x[i * ldx + p];
#pragma clang loop unroll(full)
            for (size_t v = 0; v < vectors; ++v) {
                sums[i][v] = dot(sums[i][v], pair, column[v]);
            }
        }
    }
}

// One head's packed sides and scratch for ROWS queries.
typedef struct head {
    size_t t, d;
    // Words between rows of scores: t, filled up to whole vectors and pairs.
    size_t stride;
    const uint32_t *keys, *values;
    // [ROWS, d / 2], [ROWS, stride] and [ROWS, stride / 2].
    uint32_t *queries, *scores, *weights;
    // What a difference of scores is in powers of two, and a value's scale.
    float exponent, scale;
} head;

// `vectors` panels of scores from panel `first` on, and the greatest of each lane.
INLINE void score(size_t rows, size_t vectors, const head *h, size_t first, ints greatest[ROWS]) {
    const size_t half = (h->d + 1) / 2;
    ints sums[ROWS][GROUP];
    multiply(rows, vectors, half, h->queries, half, h->keys + first * LANES * half, LANES * half, LANES, sums);
#pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; ++v) {
        const size_t column = (first + v) * LANES;
#pragma clang loop unroll(full)
        for (size_t i = 0; i < rows; ++i) {
            __builtin_memcpy(h->scores + i * h->stride + column, &sums[i][v], sizeof(ints));
            // Below any score.
            const ints least = -(1 << 30);
            const ints seen = column + LANES <= h->t ? sums[i][v] : first_lanes(h->t - column) ? sums[i][v] : least;
            greatest[i] = __builtin_elementwise_max(greatest[i], seen);
        }
    }
}

// 4095 · 2^x for x <= 0, rounded; within 4e-6 of it before that. The polynomial was fitted as those of
// rows/functions.h.
INLINE words weight_of(floats x) {
    const floats shift = splat(12582912.0F);
    const floats bounded = choose(x > -24, x, splat(-24));
    const floats shifted = bounded + shift;
    const floats r = bounded - (shifted - shift);
    floats p = splat(39.1895676F);
    p = fma(p, r, splat(228.983643F));
    p = fma(p, r, splat(983.81329F));
    p = fma(p, r, splat(2838.33374F));
    p = fma(p, r, splat(4094.99707F));
    const floats power = (floats)(((words)shifted << 23) + (words)p);
    return (words)(power + shift) & 0xffffU;
}

// The weights of each row's scores, as pairs of tokens, and their sums.
INLINE void weigh(size_t rows, const head *h, const ints greatest[ROWS], float sums[ROWS]) {
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; ++i) {
        const ints highest = __builtin_reduce_max(greatest[i]);
        words sum = 0;
        for (size_t j = 0; j < h->stride; j += LANES) {
            ints scores;
            __builtin_memcpy(&scores, h->scores + i * h->stride + j, sizeof scores);
            words weights = weight_of(__builtin_convertvector(scores - highest, floats) * splat(h->exponent));
            if (j + LANES > h->t) {
                weights &= (words)((ints){LANE_NUMBERS} < (ints)((int32_t)h->t - (int32_t)j));
            }
            sum += weights;
            const halves narrow = __builtin_convertvector(weights, halves);
            __builtin_memcpy((uint16_t *)(h->weights + i * h->stride / 2) + j, &narrow, sizeof narrow);
        }
        sums[i] = (float)__builtin_reduce_add(sum);
    }
}

// `vectors` of the columns of context from `column` on. The row of query i is rows_of[i].
INLINE void blend(size_t rows, size_t vectors, const head *h, size_t column, const float scales[ROWS],
                  float *const rows_of[ROWS]) {
    const size_t width = (h->d + LANES - 1) / LANES * LANES, pairs = (h->t + 1) / 2;
    floats total[ROWS][GROUP];
    for (size_t from = 0; from < pairs; from += VALUE_DEPTH / 2) {
        const size_t depth = pairs - from < VALUE_DEPTH / 2 ? pairs - from : VALUE_DEPTH / 2;
        ints sums[ROWS][GROUP];
        multiply(rows, vectors, depth, h->weights + from, h->stride / 2, h->values + from * width + column, LANES,
                 width, sums);
#pragma clang loop unroll(full)
        for (size_t i = 0; i < rows * vectors; ++i) {
            const floats part = __builtin_convertvector(sums[i / vectors][i % vectors], floats);
            total[i / vectors][i % vectors] = from == 0 ? part : total[i / vectors][i % vectors] + part;
        }
    }
#pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; ++v) {
        const size_t first = column + v * LANES;
#pragma clang loop unroll(full)
        for (size_t i = 0; i < rows; ++i) {
            const floats value = total[i][v] * splat(scales[i]);
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
_Static_assert(GROUP <= 4, "GROUPS has a case for each count of vectors");

// The context of `rows` queries of one head, whose pairs are in h.
INLINE void attend(size_t rows, const head *h, float *const rows_of[ROWS]) {
    ints greatest[ROWS];
    float sums[ROWS], scales[ROWS];
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; ++i) {
        greatest[i] = -(1 << 30);
    }
    const size_t panels = (h->t + LANES - 1) / LANES;
    for (size_t first = 0; first < panels; first += GROUP) {
#define SCORE(V) score(rows, V > GROUP ? GROUP : V, h, first, greatest)
        GROUPS(panels - first < GROUP ? panels - first : GROUP, SCORE)
    }
    weigh(rows, h, greatest, sums);
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; ++i) {
        scales[i] = h->scale / sums[i];
    }
    for (size_t column = 0; column < h->d; column += GROUP * LANES) {
        const size_t vectors = (h->d - column + LANES - 1) / LANES;
#define BLEND(V) blend(rows, V > GROUP ? GROUP : V, h, column, scales, rows_of)
        GROUPS(vectors < GROUP ? vectors : GROUP, BLEND)
    }
}

static void attention(size_t t, size_t queries, size_t heads, size_t d, const float *query, size_t ldq,
                      const float *key_value, size_t ldkv, uint32_t *scratch, float *context, size_t ldc) {
    const size_t half = (d + 1) / 2, wide = (t + LANES - 1) / LANES * LANES;
    const float limit =
        d <= SCORE_DEPTH ? SCORE_LIMIT : __builtin_floorf(SCORE_LIMIT * __builtin_sqrtf((float)SCORE_DEPTH / (float)d));
    head h = {.t = t, .d = d, .stride = wide + wide % 2};
    uint32_t *keys = scratch, *values = keys + wide * half;
    h.queries = values + (t + 1) / 2 * ((d + LANES - 1) / LANES * LANES);
    h.scores = h.queries + ROWS * half;
    h.weights = h.scores + ROWS * h.stride;
    h.keys = keys, h.values = values;
    for (size_t column = 0; column < heads * d; column += d) {
        const float *key = key_value + column, *value = key + heads * d;
        const rounding of_queries = rounding_of(queries, d, query + column, ldq, limit);
        const rounding of_keys = rounding_of(t, d, key, ldkv, limit),
                       of_values = rounding_of(t, d, value, ldkv, VALUE_LIMIT);
        pack_keys(t, d, key, ldkv, of_keys.inverse, h.queries, keys);
        pack_values(t, d, value, ldkv, of_values.inverse, values);
        // 1 / ln 2, for powers of two.
        h.exponent = of_queries.scale * of_keys.scale * (1.44269504F / __builtin_sqrtf((float)d));
        // NaN if a query or a key was no number, for weights show nothing of it.
        h.scale = of_values.scale + h.exponent * 0;
        for (size_t first = 0; first < queries; first += ROWS) {
            float *rows_of[ROWS];
            const size_t rows = queries == 1 ? 1 : ROWS;
            for (size_t i = 0; i < rows; ++i) {
                // Past the last query the last is done again.
                const size_t row = first + i < queries ? first + i : queries - 1;
                pair_row(d, query + row * ldq + column, of_queries.inverse, h.queries + i * half);
                rows_of[i] = context + row * ldc + column;
            }
            if (rows == 1) {
                attend(1, &h, rows_of);
            } else {
                attend(ROWS, &h, rows_of);
            }
        }
    }
}

// The function of the family, by the instruction set's name.
#define ATTENTION_I16(ISA)                                                                                             \
    void c4b_attention_i16_##ISA(size_t t, size_t queries, size_t heads, size_t d, const float *query, size_t ldq,     \
                                 const float *key_value, size_t ldkv, uint32_t *scratch, float *context, size_t ldc) { \
        attention(t, queries, heads, d, query, ldq, key_value, ldkv, scratch, context, ldc);                           \
    }
