/*
 * Memory of the emulated device and pinned memory of the host. Every allocation is a mapping of its
 * own between guards, with its end at the guard behind it; it is filled with 0xFF, and its address
 * is not used again, so that what is freed stays known as such.
 *
 *   | guard | slack, checked when freed | the allocation, rounded up to 16 bytes | guard |
 */
#ifndef GTN_EMU_MEMORY_H
#define GTN_EMU_MEMORY_H

#include <cstddef>
#include <map>
#include <mutex>
#include <string>

#include "../place.h"
#include "driver.h"

namespace emu {

struct Allocation {
  uint64_t number;
  unsigned char* pages; /* the mapping without the guards */
  size_t page_bytes;
  unsigned char* begin;
  size_t bytes;
  bool on_host;
  bool is_freed;
};

class EMU_API Memory {
 public:
  static Memory& instance();

  /* Null if the device has not so much left. */
  void* allocate(size_t bytes, bool on_host);

  /* The empty string, or what is wrong; a message about bytes written outside is an error too. */
  std::string free(void* address, bool on_host, bool& overwritten);

  /* Why these bytes may not be used; empty if they may. Addresses of the host's own are no concern
   * of ours. */
  std::string check(const void* address, size_t bytes);

  /* Is it in device or pinned memory, allocated here or registered. */
  bool is_pinned(const void* address);
  bool is_device(const void* address);
  bool in_window(const void* address) const;

  bool register_host(void* address, size_t bytes);
  bool unregister_host(void* address);
  bool find(const void* address, Allocation& found);

  size_t total() const { return total_; }
  size_t used();

  /* What is free; other processes may take some of it right after that. */
  size_t tell_free();

  /* What lies at an address, for messages. */
  std::string describe(const void* address);

 private:
  Memory();
  const Allocation* nearest(const void* address) const;
  std::string describe_locked(const void* address) const;

  std::mutex mutex_;
  size_t total_;
  size_t used_;        /* by others, too */
  size_t others_take_; /* once somebody has been told what is free */
  uint64_t count_ = 0;
  int filled_ = -1; /* a file of 0xFF that every allocation maps privately */
  unsigned char* window_;
  size_t window_bytes_;
  size_t window_used_ = 0;
  std::map<const void*, Allocation> allocations_; /* by begin of pages, freed ones too */
  std::map<const void*, size_t> registered_;
};

}  // namespace emu

#endif
