/* Atomics on global and shared memory; out of line, so that a race build knows what they are. */
#ifndef GTN_EMU_ATOMICS_H
#define GTN_EMU_ATOMICS_H

#include <cstdint>

#include "place.h"

#define GTN_EMU_ATOMICS(type)                               \
  EMU_API type atomicAdd(type* address, type value);        \
  EMU_API type atomicMax(type* address, type value);        \
  EMU_API type atomicMin(type* address, type value);        \
  EMU_API type atomicExch(type* address, type value);

#define GTN_EMU_ATOMIC_BITS(type)                           \
  EMU_API type atomicSub(type* address, type value);        \
  EMU_API type atomicOr(type* address, type value);         \
  EMU_API type atomicAnd(type* address, type value);        \
  EMU_API type atomicCAS(type* address, type compare, type value);

GTN_EMU_ATOMICS(int)
GTN_EMU_ATOMICS(unsigned)
GTN_EMU_ATOMICS(unsigned long long)
GTN_EMU_ATOMICS(float)
GTN_EMU_ATOMIC_BITS(int)
GTN_EMU_ATOMIC_BITS(unsigned)
GTN_EMU_ATOMIC_BITS(unsigned long long)

#undef GTN_EMU_ATOMICS
#undef GTN_EMU_ATOMIC_BITS

#endif
