/* What the library is. */
#include "gatun_cpu.h"
#include "simd.h"

int32_t gatun_cpu_abi_version(void) { return GATUN_CPU_ABI_VERSION; }

int32_t gatun_cpu_library_isa(void) { return GATUN_LIBRARY_ISA; }

int32_t gatun_cpu_has_bf16_dot(void) { return HAS_BF16_DOT; }

int64_t gatun_cpu_linear_block_bytes(void) { return (int64_t)sizeof(gatun_linear_block); }

int64_t gatun_cpu_weight_source_bytes(void) { return (int64_t)sizeof(gatun_weight_source); }

int64_t gatun_cpu_packed_block_bytes(void) { return (int64_t)sizeof(gatun_packed_block); }
