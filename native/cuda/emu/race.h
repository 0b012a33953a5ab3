/*
 * Finds accesses to shared memory that no barrier orders, whatever order the threads ran in. A race
 * build compiles the kernels with -fsanitize=thread, whose calls race_calls.cc answers; other
 * builds tell it nothing and it costs nothing.
 *
 * Of every byte: its last writer and the last two readers, each with the interval between barriers
 * (of the block, and of its warp) it happened in. Only barriers and __syncwarp order memory;
 * shuffles, votes and matrix operations do not.
 */
#ifndef GTN_EMU_RACE_H
#define GTN_EMU_RACE_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "shared_memory.h"

namespace emu {

class RaceCheck {
 public:
  void start_block(const SharedMemory& shared, size_t threads);
  void barrier();
  void warp_barrier(int warp, uint32_t mask);

  /* A thread that starts has its own calls; see race_calls.cc. */
  void enter_lane() {}

  /* What the running thread does; these fail its block. Atomics do not race with each other. */
  enum class Access : uint8_t { kRead, kWrite, kAtomic };
  void check(const void* address, size_t bytes, Access access);

  /* An asynchronous copy owns its bytes until it is waited for. */
  void copy_issued(const void* shared, size_t bytes);
  void copy_done(const void* shared, size_t bytes);

  /* Set by the first call of a race build. */
  static bool is_on;

 private:
  struct Event {
    uint32_t interval; /* of the block; unique over all blocks of this thread of the host */
    uint16_t warp_interval;
    uint16_t thread : 14;
    uint16_t is_atomic : 1;
    uint16_t is_pending : 1;
  };
  struct Byte {
    Event writer;
    Event readers[2];
  };

  Event now(int thread, bool is_atomic) const;
  bool conflicts(const Event& earlier, const Event& later) const;
  Byte* byte_at(const void* address);
  [[noreturn]] void fail(const void* address, const Event& earlier, const char* first,
                         const char* second);

  const SharedMemory* shared_ = nullptr;
  std::vector<Byte> bytes_;
  std::vector<uint16_t> warp_intervals_; /* by thread: __syncwarp may name some lanes alone */
  uint32_t interval_ = 0;
  uint32_t first_interval_ = 0; /* of the block */
};

}  // namespace emu

#endif
