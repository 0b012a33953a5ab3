#include "shared_memory.h"

#include <link.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

namespace emu {

namespace {

constexpr size_t kWatchedBytes = 4096;

struct Search {
  unsigned char* inside;
  unsigned char* begin;
  unsigned char* end;
};

/* The thread-local storage, of the calling thread, of the library that an address belongs to. */
int find_segment(dl_phdr_info* info, size_t, void* data) {
  Search* search = static_cast<Search*>(data);
  unsigned char* begin = static_cast<unsigned char*>(info->dlpi_tls_data);
  for (int i = 0; begin != nullptr && i < info->dlpi_phnum; i++) {
    if (info->dlpi_phdr[i].p_type == PT_TLS) {
      unsigned char* end = begin + info->dlpi_phdr[i].p_memsz;
      if (search->inside >= begin && search->inside < end) {
        search->begin = begin;
        search->end = end;
        return 1;
      }
    }
  }
  return 0;
}

}  // namespace

SharedMemory::SharedMemory(const Library& library) : dynamic_(library.dynamic_shared()) {
  Search search = {dynamic_, nullptr, nullptr};
  if (dl_iterate_phdr(find_segment, &search) == 0) {
    fprintf(stderr, "emulated cuda: the kernels' shared memory is in no library's TLS\n");
    abort();
  }
  begin_ = search.begin;
  end_ = search.end;
}

void SharedMemory::prepare(size_t dynamic_bytes) {
  dynamic_bytes_ = dynamic_bytes;
  unsigned char* dynamic_end = dynamic_ + kMaxDynamicShared;
  size_t watched = std::min(dynamic_bytes + kWatchedBytes, kMaxDynamicShared);
#ifdef __SANITIZE_ADDRESS__
  __asan_unpoison_memory_region(dynamic_, kMaxDynamicShared);
#endif
  memset(begin_, 0xff, static_cast<size_t>(dynamic_ - begin_));
  memset(dynamic_, 0xff, watched);
  memset(dynamic_end, 0xff, static_cast<size_t>(end_ - dynamic_end));
#ifdef __SANITIZE_ADDRESS__
  __asan_poison_memory_region(dynamic_ + dynamic_bytes, kMaxDynamicShared - dynamic_bytes);
#endif
}

#ifdef __SANITIZE_ADDRESS__
size_t SharedMemory::overrun() const { return 0; }
#else
size_t SharedMemory::overrun() const {
  size_t written = 0;
  for (size_t i = dynamic_bytes_; i < std::min(dynamic_bytes_ + kWatchedBytes, kMaxDynamicShared);
       i++) {
    written += dynamic_[i] != 0xff;
  }
  return written;
}
#endif

bool SharedMemory::holds(const void* address, size_t bytes) const {
  const unsigned char* at = static_cast<const unsigned char*>(address);
  return at >= begin_ && at + bytes <= end_;
}

bool SharedMemory::is_beyond_dynamic(const void* address, size_t bytes) const {
  const unsigned char* at = static_cast<const unsigned char*>(address);
  return at >= dynamic_ && at < dynamic_ + kMaxDynamicShared &&
         at + bytes > dynamic_ + dynamic_bytes_;
}

}  // namespace emu
