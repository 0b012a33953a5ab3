#include "memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "../emulator.h"
#include "../text.h"
#include "settings.h"

namespace emu {

namespace {

constexpr size_t kPage = 4096;
constexpr size_t kGuard = 64 << 10;
constexpr size_t kFilledBytes = 16 << 20;
constexpr size_t kWindowBytes[] = {size_t{1} << 40, size_t{1} << 38, size_t{1} << 36};

size_t round_up(size_t bytes, size_t to) { return (bytes + to - 1) / to * to; }

int make_filled_file() {
  int file = memfd_create("emulated-cuda", MFD_CLOEXEC);
  std::vector<unsigned char> ones(1 << 20, 0xff);
  for (size_t done = 0; done < kFilledBytes; done += ones.size()) {
    if (file < 0 || write(file, ones.data(), ones.size()) != static_cast<ssize_t>(ones.size())) {
      perror("emulated cuda: a file for device memory");
      abort();
    }
  }
  return file;
}

size_t count_not_ff(const unsigned char* begin, const unsigned char* end) {
  size_t count = 0;
  for (; begin < end; begin++) {
    count += *begin != 0xff;
  }
  return count;
}

}  // namespace

Memory& Memory::instance() {
  static Memory* memory = new Memory();
  return *memory;
}

Memory::Memory()
    : total_(setting_bytes("GTN_EMU_MEMORY", size_t{1} << 30)),
      used_(setting_bytes("GTN_EMU_MEMORY_HELD", 0)),
      others_take_(setting_bytes("GTN_EMU_MEMORY_TAKEN", 0)) {
  void* window = MAP_FAILED;
  for (size_t bytes : kWindowBytes) {
    if (window == MAP_FAILED) {
      window_bytes_ = bytes;
      window = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    }
  }
  if (window == MAP_FAILED) {
    perror("emulated cuda: address space for device memory");
    abort();
  }
  window_ = static_cast<unsigned char*>(window);
  filled_ = make_filled_file();
  set_address_describer([](const void* address) { return Memory::instance().describe(address); });
}

void* Memory::allocate(size_t bytes, bool on_host) {
  std::lock_guard<std::mutex> lock(mutex_);
  size_t page_bytes = round_up(bytes, kPage);
  if (!on_host && (bytes > total_ || page_bytes > total_ - used_)) {
    return nullptr;
  }
  if (page_bytes + 2 * kGuard > window_bytes_ - window_used_) { /* addresses are used once */
    return nullptr;
  }
  unsigned char* pages = window_ + window_used_ + kGuard;
  for (size_t done = 0; done < page_bytes; done += kFilledBytes) {
    size_t part = std::min(kFilledBytes, page_bytes - done);
    if (mmap(pages + done, part, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE,
             filled_, 0) == MAP_FAILED) {
      return nullptr;
    }
  }
  window_used_ += page_bytes + kGuard;
  unsigned char* begin = pages + page_bytes - round_up(bytes, 16);
  allocations_[pages] = {++count_, pages, page_bytes, begin, bytes, on_host, false};
  used_ += on_host ? 0 : page_bytes;
  return begin;
}

std::string Memory::free(void* address, bool on_host, bool& overwritten) {
  std::lock_guard<std::mutex> lock(mutex_);
  const Allocation* found = nearest(address);
  overwritten = false;
  if (found == nullptr || found->begin != address || found->on_host != on_host) {
    return "not the start of an allocation: " + describe_locked(address);
  }
  if (found->is_freed) {
    return "freed twice: " + describe_locked(address);
  }
  Allocation& allocation = allocations_[found->pages];
  size_t before = count_not_ff(allocation.pages, allocation.begin);
  size_t after = count_not_ff(allocation.begin + allocation.bytes,
                              allocation.pages + allocation.page_bytes);
  allocation.is_freed = true;
  used_ -= on_host ? 0 : allocation.page_bytes;
  mmap(allocation.pages, allocation.page_bytes, PROT_NONE,
       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  overwritten = before + after > 0;
  return overwritten ? text("%zu bytes before and %zu bytes after allocation %lu of %zu bytes were "
                            "written to",
                            before, after, static_cast<unsigned long>(allocation.number),
                            allocation.bytes)
                     : "";
}

const Allocation* Memory::nearest(const void* address) const {
  /* The last that starts, with the guard before it, at or below the address. */
  const unsigned char* at = static_cast<const unsigned char*>(address);
  auto next = allocations_.upper_bound(at + kGuard / 2);
  return next != allocations_.begin() ? &std::prev(next)->second : nullptr;
}

std::string Memory::check(const void* address, size_t bytes) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!in_window(address)) {
    return "";
  }
  const Allocation* found = nearest(address);
  const unsigned char* at = static_cast<const unsigned char*>(address);
  bool inside = found != nullptr && !found->is_freed && at >= found->begin &&
                at + bytes <= found->begin + found->bytes;
  return inside ? "" : text("%zu bytes at %p: ", bytes, address) + describe_locked(address);
}

bool Memory::in_window(const void* address) const {
  const unsigned char* at = static_cast<const unsigned char*>(address);
  return at >= window_ && at < window_ + window_bytes_;
}

bool Memory::is_device(const void* address) {
  std::lock_guard<std::mutex> lock(mutex_);
  const Allocation* found = in_window(address) ? nearest(address) : nullptr;
  return found != nullptr && !found->on_host;
}

bool Memory::is_pinned(const void* address) {
  std::lock_guard<std::mutex> lock(mutex_);
  const unsigned char* at = static_cast<const unsigned char*>(address);
  auto next = registered_.upper_bound(address);
  return in_window(address) ||
         (next != registered_.begin() &&
          at < static_cast<const unsigned char*>(std::prev(next)->first) + std::prev(next)->second);
}

bool Memory::register_host(void* address, size_t bytes) {
  std::lock_guard<std::mutex> lock(mutex_);
  return bytes > 0 && registered_.emplace(address, bytes).second;
}

bool Memory::unregister_host(void* address) {
  std::lock_guard<std::mutex> lock(mutex_);
  return registered_.erase(address) == 1;
}

bool Memory::find(const void* address, Allocation& result) {
  std::lock_guard<std::mutex> lock(mutex_);
  const Allocation* found = in_window(address) ? nearest(address) : nullptr;
  if (found == nullptr || found->is_freed || address < found->begin ||
      address >= found->begin + found->bytes) {
    return false;
  }
  result = *found;
  return true;
}

size_t Memory::used() {
  std::lock_guard<std::mutex> lock(mutex_);
  return used_;
}

size_t Memory::tell_free() {
  std::lock_guard<std::mutex> lock(mutex_);
  size_t told = total_ - used_;
  used_ += std::min(told, others_take_);
  others_take_ = 0;
  return told;
}

std::string Memory::describe(const void* address) {
  std::lock_guard<std::mutex> lock(mutex_);
  return describe_locked(address);
}

std::string Memory::describe_locked(const void* address) const {
  const Allocation* found = in_window(address) ? nearest(address) : nullptr;
  if (found == nullptr) {
    return in_window(address) ? "device memory that was never allocated" : "no device memory";
  }
  const unsigned char* at = static_cast<const unsigned char*>(address);
  long offset = at - found->begin;
  long bytes = static_cast<long>(found->bytes);
  std::string where = offset < 0         ? text("%ld bytes before", -offset)
                      : offset >= bytes ? text("%ld bytes after the end of", offset - bytes)
                                        : text("byte %ld of", offset);
  return where + text(" allocation %lu of %ld bytes%s%s",
                      static_cast<unsigned long>(found->number), bytes,
                      found->on_host ? " on the host" : "", found->is_freed ? ", freed" : "");
}

}  // namespace emu
