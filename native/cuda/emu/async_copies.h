/*
 * Copies of 16 bytes from global to shared memory that go on beside the thread. They are made when
 * issued or, in late mode, when waited for: a missing wait shows in one, a buffer that is written
 * while others still read it in the other.
 */
#ifndef GTN_EMU_ASYNC_COPIES_H
#define GTN_EMU_ASYNC_COPIES_H

#include "place.h"
#include "warp_ops.h"

namespace emu {

EMU_API void copy_async(void* shared, const void* global, bool ok, Site site);
EMU_API void copy_async_commit();
EMU_API void copy_async_wait(int groups);

}  // namespace emu

/* Zeros where not ok; global is not read then. */
static inline void cp_async16(void* shared, const void* global, bool ok,
                              emu::Site site = EMU_HERE) {
  emu::copy_async(shared, global, ok, site);
}

static inline void cp_async_commit() { emu::copy_async_commit(); }

/* Until at most GROUPS of the committed groups of this thread are under way. */
template <int GROUPS>
static inline void cp_async_wait() {
  emu::copy_async_wait(GROUPS);
}

#endif
