/* What the library is and what the machine offers. */
#include "gatun_cpu.h"
#include "simd.h"

int32_t gatun_cpu_abi_version(void) { return GATUN_CPU_ABI_VERSION; }

int32_t gatun_cpu_library_isa(void) { return GATUN_LIBRARY_ISA; }

int32_t gatun_cpu_has_bf16_dot(void) { return HAS_BF16_DOT; }

int64_t gatun_cpu_linear_block_bytes(void) { return (int64_t)sizeof(gatun_linear_block); }

int64_t gatun_cpu_weight_source_bytes(void) { return (int64_t)sizeof(gatun_weight_source); }

int64_t gatun_cpu_packed_block_bytes(void) { return (int64_t)sizeof(gatun_packed_block); }

/* The compiler's own CPUID reader, which also asks whether the system saves the registers. */
int32_t gatun_cpu_machine_isa(void) {
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("sse4.2") || !__builtin_cpu_supports("popcnt")) {
    return GATUN_ISA_NONE;
  }
  /* F16C and BMI have come with every processor that has AVX2 and FMA. */
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) {
    return GATUN_ISA_BASELINE;
  }
  int has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bf16");
  return has_avx512 ? GATUN_ISA_AVX512 : GATUN_ISA_AVX2;
}
