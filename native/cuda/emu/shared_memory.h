/* Where the calling thread's shared memory of a library's kernels lies. */
#ifndef GTN_EMU_SHARED_MEMORY_H
#define GTN_EMU_SHARED_MEMORY_H

#include <cstddef>

#include "kernel_registry.h"

namespace emu {

class SharedMemory {
 public:
  /* Found on the thread that asks, and valid there alone. */
  explicit SharedMemory(const Library& library);

  /*
   * Before a block: 0xFF everywhere, NaN as a float and -1 as an integer, so that what was not
   * written shows. Bytes after the requested ones are watched.
   */
  void prepare(size_t dynamic_bytes);

  /* After a block: how many bytes after the dynamic ones were written to. */
  size_t overrun() const;

  bool holds(const void* address, size_t bytes) const;

  /* Within the array of dynamic shared memory, but beyond what the launch asked for. */
  bool is_beyond_dynamic(const void* address, size_t bytes) const;

  const unsigned char* begin() const { return begin_; }
  size_t bytes() const { return static_cast<size_t>(end_ - begin_); }
  size_t dynamic_bytes() const { return dynamic_bytes_; }

 private:
  unsigned char* dynamic_;
  unsigned char* begin_;
  unsigned char* end_;
  size_t dynamic_bytes_ = 0;
};

}  // namespace emu

#endif
