/*
 * What the processor and its operating system offer. This file alone is a library of its own,
 * compiled for the least processor of its architecture, so that asking is safe anywhere.
 */
#define _GNU_SOURCE
#include "gatun_cpu.h"

#define BIT(isa) (1 << (isa))

#if defined(__x86_64__)
#include <cpuid.h>

/* Register `word` (EAX to EDX) of a CPUID leaf; 0 if there is no such leaf. */
static uint32_t cpuid(uint32_t leaf, uint32_t subleaf, int word) {
  uint32_t words[4] = {0, 0, 0, 0};
  if (!__get_cpuid_count(leaf, subleaf, &words[0], &words[1], &words[2], &words[3])) {
    return 0;
  }
  return words[word];
}

static int has_all(uint32_t word, uint32_t bits) { return (word & bits) == bits; }

/* AMX tiles of INT8 and BF16, and a system that saves them; only where there is AVX. */
static int has_tiles(void) {
  uint32_t saved;
  uint32_t high;
  __asm__("xgetbv" : "=a"(saved), "=d"(high) : "c"(0));
  return has_all(cpuid(7, 0, 3), 1u << 22 | 1u << 24 | 1u << 25) && has_all(saved, 3u << 17);
}

/* The compiler's own reader also asks whether the system saves the registers. */
int32_t gatun_cpu_machine_isas(void) {
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("sse4.2") || !__builtin_cpu_supports("popcnt")) {
    return 0;
  }
  int32_t isas = BIT(GATUN_ISA_BASELINE);
  /* x86-64-v3 is more than AVX2 and FMA; a virtual machine may hide a part of it. */
  int has_v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
               __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
               has_all(cpuid(1, 0, 2), bit_F16C | bit_MOVBE) &&
               has_all(cpuid(0x80000001, 0, 2), bit_LZCNT);
  if (!has_v3) {
    return isas;
  }
  isas |= BIT(GATUN_ISA_AVX2);
  if (has_all(cpuid(7, 1, 0), 1u << 4)) { /* AVX-VNNI */
    isas |= BIT(GATUN_ISA_AVX2_VNNI);
  }
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni")) {
    isas |= BIT(GATUN_ISA_AVX512_VNNI);
    if (__builtin_cpu_supports("avx512bf16")) {
      isas |= BIT(GATUN_ISA_AVX512) | (has_tiles() ? BIT(GATUN_ISA_AMX) : 0);
    }
  }
  return isas;
}

#elif defined(__aarch64__)
#include <sys/auxv.h>

/*
 * Bits of the kernel's hwcap.h, which older headers lack. Of AT_HWCAP: LSE, FPHP, ASIMDHP, RDM and
 * DotProd.
 */
#define HWCAP_NEON (1UL << 8 | 1UL << 9 | 1UL << 10 | 1UL << 12 | 1UL << 20)
/* Of AT_HWCAP2. */
#define MORE_I8MM (1UL << 13)
#define MORE_BF16 (1UL << 14)

int32_t gatun_cpu_machine_isas(void) {
  if ((getauxval(AT_HWCAP) & HWCAP_NEON) != HWCAP_NEON) {
    return 0;
  }
  int32_t isas = BIT(GATUN_ISA_NEON);
  unsigned long more = getauxval(AT_HWCAP2);
  if ((more & MORE_I8MM) != 0) {
    isas |= BIT(GATUN_ISA_NEON_I8MM);
    isas |= (more & MORE_BF16) != 0 ? BIT(GATUN_ISA_NEON_BF16) : 0;
  }
  return isas;
}

#else
#error "no instruction set of this architecture has kernels: see simd.h"
#endif
