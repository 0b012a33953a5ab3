/*
 * Barriers of a block and exchanges within a warp. The lanes named by a mask meet: each leaves a
 * record and waits, and the last to come computes the results of all.
 */
#ifndef GTN_EMU_WARP_OPS_H
#define GTN_EMU_WARP_OPS_H

#include <cstdint>
#include <cstring>

#include "place.h"

/* As a default argument: the place in the kernel that calls. */
#define EMU_HERE (::emu::Site::here())

namespace emu {

struct BarrierCounts {
  int total; /* threads that came with a predicate other than 0 */
  int threads;
};

enum class Shuffle { kIndex, kXor, kUp, kDown };

EMU_API BarrierCounts sync_threads(int predicate, Site site);
EMU_API void sync_warp(uint32_t mask, Site site);
EMU_API uint64_t shuffle(Shuffle how, uint32_t mask, uint64_t value, int operand, int width,
                         Site site);
EMU_API uint32_t ballot(uint32_t mask, bool predicate, Site site);
EMU_API float warp_sum(float value, Site site);
EMU_API float warp_max(float value, Site site);
EMU_API int warp_sum(int value, Site site);
EMU_API int warp_max(int value, Site site);
[[noreturn]] EMU_API void trap(Site site);

template <class T>
T shuffle_any(Shuffle how, uint32_t mask, T value, int operand, int width, Site site) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8, "shuffles move words of 4 or 8 bytes");
  uint64_t word = 0;
  memcpy(&word, &value, sizeof value);
  word = shuffle(how, mask, word, operand, width, site);
  memcpy(&value, &word, sizeof value);
  return value;
}

}  // namespace emu

static inline void __syncthreads(emu::Site site = EMU_HERE) { emu::sync_threads(0, site); }
static inline int __syncthreads_or(int predicate, emu::Site site = EMU_HERE) {
  return emu::sync_threads(predicate, site).total > 0;
}
static inline int __syncthreads_and(int predicate, emu::Site site = EMU_HERE) {
  emu::BarrierCounts counts = emu::sync_threads(predicate, site);
  return counts.total == counts.threads;
}
static inline int __syncthreads_count(int predicate, emu::Site site = EMU_HERE) {
  return emu::sync_threads(predicate, site).total;
}
static inline void __syncwarp(uint32_t mask = 0xffffffffu, emu::Site site = EMU_HERE) {
  emu::sync_warp(mask, site);
}

template <class T>
static inline T __shfl_sync(uint32_t mask, T value, int lane, int width = 32,
                            emu::Site site = EMU_HERE) {
  return emu::shuffle_any(emu::Shuffle::kIndex, mask, value, lane, width, site);
}
template <class T>
static inline T __shfl_xor_sync(uint32_t mask, T value, int lanes, int width = 32,
                                emu::Site site = EMU_HERE) {
  return emu::shuffle_any(emu::Shuffle::kXor, mask, value, lanes, width, site);
}
template <class T>
static inline T __shfl_up_sync(uint32_t mask, T value, int delta, int width = 32,
                               emu::Site site = EMU_HERE) {
  return emu::shuffle_any(emu::Shuffle::kUp, mask, value, delta, width, site);
}
template <class T>
static inline T __shfl_down_sync(uint32_t mask, T value, int delta, int width = 32,
                                 emu::Site site = EMU_HERE) {
  return emu::shuffle_any(emu::Shuffle::kDown, mask, value, delta, width, site);
}

static inline uint32_t __ballot_sync(uint32_t mask, int predicate, emu::Site site = EMU_HERE) {
  return emu::ballot(mask, predicate != 0, site);
}
static inline int __any_sync(uint32_t mask, int predicate, emu::Site site = EMU_HERE) {
  return emu::ballot(mask, predicate != 0, site) != 0;
}
static inline int __all_sync(uint32_t mask, int predicate, emu::Site site = EMU_HERE) {
  return emu::ballot(mask, predicate == 0, site) == 0;
}

/* Of all 32 lanes, as five shuffles by 16, 8, 4, 2 and 1 give it: the same bits in every lane. */
static inline float warp_sum(float value, emu::Site site = EMU_HERE) {
  return emu::warp_sum(value, site);
}
static inline float warp_max(float value, emu::Site site = EMU_HERE) {
  return emu::warp_max(value, site);
}
static inline int warp_sum(int value, emu::Site site = EMU_HERE) {
  return emu::warp_sum(value, site);
}
static inline int warp_max(int value, emu::Site site = EMU_HERE) {
  return emu::warp_max(value, site);
}

static inline void __trap(emu::Site site = EMU_HERE) { emu::trap(site); }
static inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
static inline void __threadfence_block() {}

#endif
