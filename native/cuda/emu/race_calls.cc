/*
 * The calls that -fsanitize=thread puts before each access of a kernel; the sanitizer's own library
 * is not linked. Copies made inside libc are not seen.
 */
#include "block.h"
#include "race.h"
#include "text.h"

namespace {

using emu::RaceCheck;

void access(const void* address, size_t bytes, RaceCheck::Access kind) {
  emu::Block* block = emu::Block::running();
  if (block != nullptr) {
    block->races().check(address, bytes, kind);
  }
}

}  // namespace

#define EMU_RACE_CALLS(bytes)                                                \
  extern "C" EMU_API void __tsan_read##bytes(void* address) {                \
    access(address, bytes, RaceCheck::Access::kRead);                        \
  }                                                                          \
  extern "C" EMU_API void __tsan_write##bytes(void* address) {               \
    access(address, bytes, RaceCheck::Access::kWrite);                       \
  }                                                                          \
  extern "C" EMU_API void __tsan_unaligned_read##bytes(void* address) {      \
    access(address, bytes, RaceCheck::Access::kRead);                        \
  }                                                                          \
  extern "C" EMU_API void __tsan_unaligned_write##bytes(void* address) {     \
    access(address, bytes, RaceCheck::Access::kWrite);                       \
  }

EMU_RACE_CALLS(1)
EMU_RACE_CALLS(2)
EMU_RACE_CALLS(4)
EMU_RACE_CALLS(8)
EMU_RACE_CALLS(16)

extern "C" EMU_API void __tsan_read_range(void* address, size_t bytes) {
  access(address, bytes, RaceCheck::Access::kRead);
}
extern "C" EMU_API void __tsan_write_range(void* address, size_t bytes) {
  access(address, bytes, RaceCheck::Access::kWrite);
}
extern "C" EMU_API void __tsan_func_entry(void*) {}
extern "C" EMU_API void __tsan_func_exit() {}
extern "C" EMU_API void __tsan_vptr_update(void**, void*) {}
extern "C" EMU_API void __tsan_init() { RaceCheck::is_on = true; }
