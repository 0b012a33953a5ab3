#include "race.h"

#include <algorithm>

#include "block.h"
#include "text.h"

namespace emu {

bool RaceCheck::is_on = false;

void RaceCheck::start_block(const SharedMemory& shared, size_t threads) {
  if (is_on) {
    if (shared_ != &shared || bytes_.size() != shared.bytes()) {
      bytes_.assign(shared.bytes(), Byte{});
      shared_ = &shared;
    }
    first_interval_ = ++interval_;
    warp_intervals_.assign(threads, 0);
  }
}

void RaceCheck::barrier() { interval_++; }

void RaceCheck::warp_barrier(int warp, uint32_t mask) {
  size_t first = static_cast<size_t>(warp) * 32;
  for (size_t i = 0; is_on && i < 32 && first + i < warp_intervals_.size(); i++) {
    uint16_t& interval = warp_intervals_[first + i];
    interval = static_cast<uint16_t>(interval + (mask >> i & 1));
  }
}

RaceCheck::Event RaceCheck::now(int thread, bool is_atomic) const {
  return {interval_, warp_intervals_[static_cast<size_t>(thread)],
          static_cast<uint16_t>(thread & 0x3fff), is_atomic, false};
}

bool RaceCheck::conflicts(const Event& earlier, const Event& later) const {
  if (earlier.interval != later.interval || earlier.thread == later.thread ||
      (earlier.is_atomic && later.is_atomic)) {
    return false;
  }
  bool same_warp = earlier.thread / 32 == later.thread / 32;
  return !same_warp || earlier.warp_interval == later.warp_interval;
}

RaceCheck::Byte* RaceCheck::byte_at(const void* address) {
  return &bytes_[static_cast<size_t>(static_cast<const unsigned char*>(address) -
                                     shared_->begin())];
}

void RaceCheck::fail(const void* address, const Event& earlier, const char* first,
                     const char* second) {
  Block& block = here();
  const Lane& other = block.lane(earlier.thread);
  block.fail(FailureKind::kLaunch,
             text("race: it %s shared memory at byte %td, which thread (%u, %u, %u) %s; no barrier "
                  "is between them",
                  second, static_cast<const unsigned char*>(address) - shared_->begin(),
                  other.thread_index.x, other.thread_index.y, other.thread_index.z, first),
             block.lane().site);
}

void RaceCheck::check(const void* address, size_t bytes, Access access) {
  if (shared_ == nullptr || !shared_->holds(address, bytes)) {
    return;
  }
  if (shared_->is_beyond_dynamic(address, bytes)) {
    here().fail(FailureKind::kLaunch,
                text("out of bounds: it uses bytes beyond the %zu of dynamic shared memory of the "
                     "launch",
                     shared_->dynamic_bytes()));
  }
  const unsigned char* at = static_cast<const unsigned char*>(address);
  Byte* byte = byte_at(address);
  Event event = now(here().lane().number, access == Access::kAtomic);
  const char* does = access == Access::kRead ? "reads" : "writes";
  for (size_t i = 0; i < bytes; i++, byte++) {
    if (byte->writer.is_pending && byte->writer.interval >= first_interval_) {
      fail(at + i, byte->writer, "copies to asynchronously and has not waited for", does);
    }
    if (conflicts(byte->writer, event)) {
      fail(at + i, byte->writer, "writes", does);
    }
    if (access == Access::kRead) {
      if (byte->readers[0].thread != event.thread || byte->readers[0].interval != event.interval) {
        byte->readers[1] = byte->readers[0];
      }
      byte->readers[0] = event;
    } else {
      for (const Event& reader : byte->readers) {
        if (conflicts(reader, event)) {
          fail(at + i, reader, "reads", does);
        }
      }
      byte->writer = event;
    }
  }
}

void RaceCheck::copy_issued(const void* shared, size_t bytes) {
  if (is_on && shared_->holds(shared, bytes)) {
    check(shared, bytes, Access::kWrite);
    Byte* first = byte_at(shared);
    for (size_t i = 0; i < bytes; i++) {
      first[i].writer.is_pending = true;
    }
  }
}

void RaceCheck::copy_done(const void* shared, size_t bytes) {
  if (is_on && shared_->holds(shared, bytes)) {
    Byte* first = byte_at(shared);
    for (size_t i = 0; i < bytes; i++) {
      first[i].writer.is_pending = false;
    }
    check(shared, bytes, Access::kWrite);
  }
}

}  // namespace emu
