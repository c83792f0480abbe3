// SPDX-License-Identifier: Apache-2.0
// One table for each instruction set of this build, best first. What the processor has is asked when it runs: nothing
// here is compiled for the machine that builds it.
#include "ckernels.h"

#include "gemm_bf16/gemm_bf16.h"
#include "gemm_f32/gemm_f32.h"
#include "rows/rows.h"
#include "training/training.h"
#include <string.h>

#if defined(__x86_64__)
static const c4b_kernels avx512 = {
    .isa = "avx512",
    .panel_f32 = C4B_GEMM_F32_PANEL_AVX512,
    .gemm_f32 = c4b_gemm_f32_avx512,
    .gemm_add_f32 = c4b_gemm_add_f32_avx512,
    .softmax_f32 = c4b_softmax_f32_avx512,
    .layer_norm_f32 = c4b_layer_norm_f32_avx512,
    .gelu_f32 = c4b_gelu_f32_avx512,
    .tanh_f32 = c4b_tanh_f32_avx512,
    .training = &c4b_training_avx512,
};

static const c4b_kernels avx2 = {
    .isa = "avx2",
    .panel_f32 = C4B_GEMM_F32_PANEL_AVX2,
    .gemm_f32 = c4b_gemm_f32_avx2,
    .gemm_add_f32 = c4b_gemm_add_f32_avx2,
    .softmax_f32 = c4b_softmax_f32_avx2,
    .layer_norm_f32 = c4b_layer_norm_f32_avx2,
    .gelu_f32 = c4b_gelu_f32_avx2,
    .tanh_f32 = c4b_tanh_f32_avx2,
    .training = &c4b_training_avx2,
};
#elif defined(__aarch64__)
static const c4b_kernels neon = {
    .isa = "neon",
    .panel_f32 = C4B_GEMM_F32_PANEL_NEON,
    .gemm_f32 = c4b_gemm_f32_neon,
    .gemm_add_f32 = c4b_gemm_add_f32_neon,
    .softmax_f32 = c4b_softmax_f32_neon,
    .layer_norm_f32 = c4b_layer_norm_f32_neon,
    .gelu_f32 = c4b_gelu_f32_neon,
    .tanh_f32 = c4b_tanh_f32_neon,
    .training = &c4b_training_neon,
};
#endif

static const c4b_kernels scalar = {
    .isa = "scalar",
    .panel_f32 = C4B_GEMM_F32_PANEL_SCALAR,
    .gemm_f32 = c4b_gemm_f32_scalar,
    .gemm_add_f32 = c4b_gemm_add_f32_scalar,
    .softmax_f32 = c4b_softmax_f32_scalar,
    .layer_norm_f32 = c4b_layer_norm_f32_scalar,
    .gelu_f32 = c4b_gelu_f32_scalar,
    .tanh_f32 = c4b_tanh_f32_scalar,
    .training = &c4b_training_scalar,
};

static const c4b_kernels *const tables[] = {
#if defined(__x86_64__)
    &avx512,
    &avx2,
#elif defined(__aarch64__)
    &neon,
#endif
    &scalar,
};

enum { TABLES = sizeof tables / sizeof tables[0] };

// Every aarch64 processor has NEON. On x86 the compiler's runtime also asks whether the system saves the registers.
static bool runs_here(const c4b_kernels *table) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (table == &avx512) {
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
    }
    if (table == &avx2) {
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    }
#endif
    return table != NULL;
}

const c4b_kernels *c4b_kernels_named(const char *isa) {
    for (size_t i = 0; isa && i < TABLES; ++i) {
        if (strcmp(tables[i]->isa, isa) == 0) {
            return runs_here(tables[i]) ? tables[i] : NULL;
        }
    }
    return NULL;
}

const char *c4b_isa_name(size_t index) {
    return index < TABLES ? tables[index]->isa : NULL;
}

const c4b_bf16 *c4b_bf16_for(const c4b_kernels *kernels) {
#if defined(__x86_64__)
    if (kernels->training == &c4b_training_avx512 && __builtin_cpu_supports("avx512bf16")) {
        return &c4b_bf16_avx512;
    }
#endif
    return kernels == &scalar ? &c4b_bf16_scalar : NULL;
}
