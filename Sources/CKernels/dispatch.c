// SPDX-License-Identifier: Apache-2.0
// One table for each instruction set of this build, best first. What the processor has is asked when it runs: nothing
// here is compiled for the machine that builds it.
#include "ckernels.h"

#include "attention/attention.h"
#include "gemm_bf16/gemm_bf16.h"
#include "gemm_f32/gemm_f32.h"
#include "gemm_i8/gemm_i8.h"
#include "rows/rows.h"
#include "training/training.h"
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif

// The families that compute with floats, and those with bytes; an instruction set may bring only the latter.
#define FLOATS(isa, ISA)                                                                                               \
    .panel_f32 = C4B_GEMM_F32_PANEL_##ISA, .gemm_f32 = c4b_gemm_f32_##isa, .gemm_add_f32 = c4b_gemm_add_f32_##isa,     \
    .softmax_f32 = c4b_softmax_f32_##isa, .layer_norm_f32 = c4b_layer_norm_f32_##isa,                                  \
    .quantise_i8 = c4b_quantise_i8_##isa, .layer_norm_i8 = c4b_layer_norm_i8_##isa, .gelu_f32 = c4b_gelu_f32_##isa,    \
    .gelu_tanh_f32 = c4b_gelu_tanh_f32_##isa, .relu_f32 = c4b_relu_f32_##isa, .silu_f32 = c4b_silu_f32_##isa,          \
    .tanh_f32 = c4b_tanh_f32_##isa, .training = &c4b_training_##isa
#define BYTES(isa, ISA, format, attention)                                                                             \
    format, .panel_i8 = C4B_GEMM_I8_PANEL_##ISA, .gemm_i8 = c4b_gemm_i8_##isa, .gemm_add_i8 = c4b_gemm_add_i8_##isa,   \
            .gemm_gelu_i8 = c4b_gemm_gelu_i8_##isa, .peak_i8 = c4b_peak_i8_##isa,                                      \
            .attention_i8 = c4b_attention_i8_##attention

// See c4b_format_i8 and attention_limit.
enum { STEPS_IN_16_BITS = 170 };
#define IN_32_BITS .format_i8 = {253, 0}, .attention_limit = 127
#define IN_16_BITS .format_i8 = {STEPS_IN_16_BITS, 32767 / (STEPS_IN_16_BITS + 2)}, .attention_limit = 63

#if defined(__x86_64__)
static const c4b_kernels amx = {.isa = "amx", FLOATS(avx512, AVX512), BYTES(amx, AMX, IN_32_BITS, avx512vnni)};
static const c4b_kernels avx512vnni = {
    .isa = "avx512vnni", FLOATS(avx512, AVX512), BYTES(avx512vnni, AVX512VNNI, IN_32_BITS, avx512vnni)};
static const c4b_kernels avx512 = {.isa = "avx512", FLOATS(avx512, AVX512), BYTES(avx512, AVX512, IN_16_BITS, avx512)};
static const c4b_kernels avxvnni = {.isa = "avxvnni", FLOATS(avx2, AVX2), BYTES(avxvnni, AVXVNNI, IN_32_BITS, avxvnni)};
static const c4b_kernels avx2 = {.isa = "avx2", FLOATS(avx2, AVX2), BYTES(avx2, AVX2, IN_16_BITS, avx2)};
#elif defined(__aarch64__)
static const c4b_kernels neondot = {.isa = "neondot", FLOATS(neon, NEON), BYTES(neondot, NEONDOT, IN_32_BITS, neondot)};
static const c4b_kernels neon = {.isa = "neon", FLOATS(neon, NEON), BYTES(neon, NEON, IN_32_BITS, neon)};
#endif
static const c4b_kernels scalar = {.isa = "scalar", FLOATS(scalar, SCALAR), BYTES(scalar, SCALAR, IN_32_BITS, scalar)};

static const c4b_kernels *const tables[] = {
#if defined(__x86_64__)
    &amx,    &avx512vnni, &avx512, &avxvnni, &avx2,
#elif defined(__aarch64__)
    &neondot,
    &neon,
#endif
    &scalar,
};

enum { TABLES = sizeof tables / sizeof tables[0] };

#if defined(__x86_64__)
// Whether the processor multiplies tiles of bytes and of bfloat16, and the system lets this process have the registers:
// Linux hands them out on request (Documentation/arch/x86/xstate.rst), for all threads from then on.
static bool has_amx(void) {
    enum { REQUEST = 0x1023, TILE_DATA = 18 };
    const unsigned amx_bf16 = 1U << 22, amx_tile = 1U << 24, amx_int8 = 1U << 25;
    const unsigned wanted = amx_bf16 | amx_tile | amx_int8;
    unsigned a, b, c, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & wanted) == wanted &&
           syscall(SYS_arch_prctl, REQUEST, TILE_DATA) == 0;
}
#endif

// Every aarch64 processor has NEON, not every one its dot product. On x86 the compiler's runtime also asks whether the
// system saves the registers.
static bool runs_here(const c4b_kernels *table) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                            __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
    if (table == &amx) {
        return has_avx512 && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bf16") && has_amx();
    }
    if (table == &avx512vnni) {
        return has_avx512 && __builtin_cpu_supports("avx512vnni");
    }
    if (table == &avx512) {
        return has_avx512;
    }
    if (table == &avxvnni) {
        return has_avx2 && __builtin_cpu_supports("avxvnni");
    }
    if (table == &avx2) {
        return has_avx2;
    }
#elif defined(__aarch64__)
    if (table == &neondot) {
        return getauxval(AT_HWCAP) & HWCAP_ASIMDDP;
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
    if (kernels == &amx) {
        return &c4b_bf16_amx;
    }
    if (kernels->training == &c4b_training_avx512 && __builtin_cpu_supports("avx512bf16")) {
        return &c4b_bf16_avx512;
    }
#endif
    return kernels == &scalar ? &c4b_bf16_scalar : NULL;
}
