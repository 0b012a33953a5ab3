/* What the library is, and what it needs before it can run. */
#define _GNU_SOURCE
#include "gatun_cpu.h"
#include "simd.h"

#if HAS_AMX && !defined(AMX_EMULATED)
#include <sys/syscall.h>
#include <unistd.h>
#endif

int32_t gatun_cpu_abi_version(void) { return GATUN_CPU_ABI_VERSION; }

int32_t gatun_cpu_library_isa(void) { return GATUN_LIBRARY_ISA; }

int32_t gatun_cpu_prepare(void) {
#if HAS_AMX && !defined(AMX_EMULATED)
  /* Linux's arch_prctl(ARCH_REQ_XCOMP_PERM, XTILEDATA), of 5.16 and later. */
  return syscall(SYS_arch_prctl, 0x1023, 18) == 0 ? GATUN_OK : GATUN_NO_PERMISSION;
#else
  return GATUN_OK;
#endif
}

int32_t gatun_cpu_has_bf16_dot(void) { return HAS_BF16_DOT; }

int64_t gatun_cpu_linear_block_bytes(void) { return (int64_t)sizeof(gatun_linear_block); }

int64_t gatun_cpu_weight_source_bytes(void) { return (int64_t)sizeof(gatun_weight_source); }

int64_t gatun_cpu_packed_block_bytes(void) { return (int64_t)sizeof(gatun_packed_block); }
