// SPDX-License-Identifier: Apache-2.0
// The matrix product of every instruction set with fused multiply-add. The file that includes this says how wide it is:
// TILE_ROWS rows of x times PANEL columns (a whole number of vectors) are the sums that live in registers.
//
// Each sum starts at its bias, or at what y holds where the product is added to it, and takes x[p] · w[p] by one fused
// multiply-add for each p in order, whatever tile, row or column it stands in. That is why a row's bits don't depend on
// m.

enum {
    PANEL_VECTORS = PANEL / LANES,
    // Tiles of few rows take several panels at once: a fused multiply-add takes four cycles and two start in each, so
    // fewer than eight sums leave the processor waiting; and a single row is bound by how fast w streams in.
    MAX_PANELS = 4,
    // Floats of one cache line.
    LINE = 64 / sizeof(float),
};

// The bytes of x that stay in the second-level cache while all of w passes once.
static const size_t block_bytes = 256 * 1024;

// y[rows, columns] from x[rows,k] and `panels` neighbouring panels of w; columns ends within the last of them.
// Meanwhile the k cache lines from `ahead` on are fetched: weights that come next, at a pace that no row waits for. Few
// rows are done too soon for that to help. Inlined for each constant `adds`, `rows` and `panels`, so that `sum` is
// registers.
INLINE void tile(bool adds, size_t rows, size_t panels, size_t columns, size_t k, const float *x, size_t ldx,
                 const float *w, const float *ahead, const float *bias, float *y, size_t ldy) {
    const size_t vectors = panels * PANEL_VECTORS;
    const size_t whole = columns / LANES;
    const size_t rest = columns % LANES;
    floats sum[TILE_ROWS][MAX_PANELS * PANEL_VECTORS];
#pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; ++v) {
        floats start = splat(0);
        if (bias && v < whole) {
            start = load(bias + v * LANES);
        } else if (bias && v == whole && rest > 0) {
            start = load_first(bias + v * LANES, rest);
        }
#pragma clang loop unroll(full)
        for (size_t i = 0; i < rows; ++i) {
            if (adds && v < whole) {
                start = load(y + i * ldy + v * LANES);
            } else if (adds && v == whole && rest > 0) {
                start = load_first(y + i * ldy + v * LANES, rest);
            }
            sum[i][v] = start;
        }
    }
    // One step of k already fills the multipliers; two in one loop were a quarter slower with AVX-512.
#pragma clang loop unroll(disable)
    for (size_t p = 0; p < k; ++p) {
        if (rows > 3) {
            __builtin_prefetch(ahead + p * LINE, 0, 2);
        }
        floats weights[MAX_PANELS * PANEL_VECTORS];
#pragma clang loop unroll(full)
        for (size_t v = 0; v < vectors; ++v) {
            weights[v] = load(w + (v / PANEL_VECTORS * k + p) * PANEL + v % PANEL_VECTORS * LANES);
        }
#pragma clang loop unroll(full)
        for (size_t i = 0; i < rows; ++i) {
            const floats activation = splat(x[i * ldx + p]);
#pragma clang loop unroll(full)
            for (size_t v = 0; v < vectors; ++v) {
                sum[i][v] = fma(activation, weights[v], sum[i][v]);
            }
        }
    }
#pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; ++v) {
        if (v < whole) {
#pragma clang loop unroll(full)
            for (size_t i = 0; i < rows; ++i) {
                store(y + i * ldy + v * LANES, sum[i][v]);
            }
        } else if (v == whole && rest > 0) {
#pragma clang loop unroll(full)
            for (size_t i = 0; i < rows; ++i) {
                store_first(y + i * ldy + v * LANES, sum[i][v], rest);
            }
        }
    }
}

// One tile, with its counts made constants. `panels` is 1 but for the few rows that gemm() groups.
INLINE void tile_of(bool adds, size_t rows, size_t panels, size_t columns, size_t k, const float *x, size_t ldx,
                    const float *w, const float *ahead, const float *bias, float *y, size_t ldy) {
#define TILE(ROWS, PANELS)                                                                                             \
    case ROWS * 8 + PANELS:                                                                                            \
        return tile(adds, ROWS, PANELS, columns, k, x, ldx, w, ahead, bias, y, ldy)
    switch (rows * 8 + panels) {
        TILE(1, 4);
        TILE(1, 1);
        TILE(2, 2);
        TILE(2, 1);
        TILE(3, 2);
        TILE(3, 1);
        TILE(4, 1);
        TILE(5, 1);
        TILE(6, 1);
#if TILE_ROWS == 12
        TILE(7, 1);
        TILE(8, 1);
        TILE(9, 1);
        TILE(10, 1);
        TILE(11, 1);
        TILE(12, 1);
#endif
    }
#undef TILE
}

_Static_assert(TILE_ROWS == 6 || TILE_ROWS == 12, "tile_of has a case for each count of rows");

// The rows are split evenly: 13 make tiles of 7 and 6, not of 12 and a slow 1. A block of tiles, as many as the cache
// holds the rows of, goes through w panel by panel: a panel is read once for the block, from the nearest cache after.
// A model's weights don't fit the caches, so each tile of the block fetches a slice of the panel that follows; with 48
// rows and 47 MB of weights that took a quarter of the time away.
INLINE void gemm(bool adds, size_t m, size_t n, size_t k, const float *x, size_t ldx, const float *packed,
                 const float *bias, float *y, size_t ldy) {
    const size_t tiles = (m + TILE_ROWS - 1) / TILE_ROWS;
    const size_t block = 1 + block_bytes / (TILE_ROWS * sizeof(float) * (k + 1));
    const size_t together = m == 1 ? 4 : m <= 3 ? 2 : 1;
    for (size_t from = 0; from < tiles; from += block) {
        const size_t to = tiles - from < block ? tiles : from + block;
        for (size_t first = 0; first < n;) {
            const size_t panels = n - first > (together - 1) * PANEL ? together : 1;
            const size_t columns = n - first < panels * PANEL ? n - first : panels * PANEL;
            const float *w = packed + first * k;
            // After the last panel the next block begins with the first.
            const float *next = first + columns < n ? w + columns * k : packed;
            for (size_t t = from; t < to; ++t) {
                const size_t row = m * t / tiles;
                const size_t rows = m * (t + 1) / tiles - row;
                const float *slice = next + t % (PANEL / LINE) * LINE * k;
                tile_of(adds, rows, panels, columns, k, x + row * ldx, ldx, w, slice, bias ? bias + first : NULL,
                        y + row * ldy + first, ldy);
            }
            first += columns;
        }
    }
}
