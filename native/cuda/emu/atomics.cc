#include "atomics.h"

#include <cstring>

#include "block.h"

namespace {

/* Other blocks run on other threads of the host, so these are atomics of the host too. */
template <class T, class Change>
T atomically(T* address, Change change) {
  emu::Block& block = emu::here();
  if (reinterpret_cast<uintptr_t>(address) % sizeof(T) != 0) {
    block.fail(emu::FailureKind::kLaunch, "an atomic operation on a misaligned address");
  }
  if (emu::RaceCheck::is_on) {
    block.races().check(address, sizeof(T), emu::RaceCheck::Access::kAtomic);
  }
  T before;
  __atomic_load(address, &before, __ATOMIC_SEQ_CST);
  for (;;) {
    T after = change(before);
    if (__atomic_compare_exchange(address, &before, &after, false, __ATOMIC_SEQ_CST,
                                  __ATOMIC_SEQ_CST)) {
      return before;
    }
  }
}

}  // namespace

#define EMU_ATOMIC(name, type, expression) \
  type name(type* address, type value) {   \
    return atomically(address, [=](type old) -> type { return expression; }); \
  }

#define EMU_ATOMICS(type, sum)                               \
  EMU_ATOMIC(atomicAdd, type, sum)                           \
  EMU_ATOMIC(atomicMax, type, old < value ? value : old)     \
  EMU_ATOMIC(atomicMin, type, value < old ? value : old)     \
  EMU_ATOMIC(atomicExch, type, (void(old), value))

#define EMU_ATOMIC_BITS(type, difference)                    \
  EMU_ATOMIC(atomicSub, type, difference)                    \
  EMU_ATOMIC(atomicOr, type, old | value)                    \
  EMU_ATOMIC(atomicAnd, type, old & value)                   \
  type atomicCAS(type* address, type compare, type value) {  \
    return atomically(address, [=](type old) -> type { return old == compare ? value : old; }); \
  }

EMU_ATOMICS(int, static_cast<int>(static_cast<unsigned>(old) + static_cast<unsigned>(value)))
EMU_ATOMICS(unsigned, old + value)
EMU_ATOMICS(unsigned long long, old + value)
EMU_ATOMICS(float, old + value)
EMU_ATOMIC_BITS(int, static_cast<int>(static_cast<unsigned>(old) - static_cast<unsigned>(value)))
EMU_ATOMIC_BITS(unsigned, old - value)
EMU_ATOMIC_BITS(unsigned long long, old - value)
