#include "async_copies.h"

#include <algorithm>
#include <cstring>

#include "block.h"
#include "text.h"

namespace emu {

namespace {

constexpr size_t kCopyBytes = 16;

void make(PendingCopy& copy) {
  if (copy.ok) {
    memcpy(copy.shared, copy.global, kCopyBytes);
  } else {
    memset(copy.shared, 0, kCopyBytes);
  }
  copy.made = true;
}

}  // namespace

void copy_async(void* shared, const void* global, bool ok, Site site) {
  Block& block = here();
  Lane& lane = block.lane();
  lane.site = site;
  if (reinterpret_cast<uintptr_t>(shared) % kCopyBytes != 0 ||
      (ok && reinterpret_cast<uintptr_t>(global) % kCopyBytes != 0)) {
    block.fail(FailureKind::kLaunch,
               text("cp_async16 from %p to %p: both must be aligned to 16", global, shared), site);
  }
  if (!block.shared().holds(shared, kCopyBytes) ||
      block.shared().is_beyond_dynamic(shared, kCopyBytes)) {
    block.fail(FailureKind::kLaunch,
               text("cp_async16 to %p, outside shared memory (%zu dynamic bytes)", shared,
                    block.shared().dynamic_bytes()),
               site);
  }
  if (RaceCheck::is_on) {
    block.races().copy_issued(shared, kCopyBytes);
  }
  PendingCopy copy = {shared, global, ok, false, lane.copy_group};
  bool early = block.copy_mode() == CopyMode::kEarly ||
               (block.copy_mode() == CopyMode::kRandom && block.flip());
  if (early) {
    make(copy);
  }
  lane.copies.push_back(copy);
}

void copy_async_commit() { here().lane().copy_group++; }

void copy_async_wait(int groups) {
  Block& block = here();
  Lane& lane = block.lane();
  auto end = lane.copies.begin();
  while (end != lane.copies.end() && end->group < lane.copy_group - groups) {
    if (!end->made) {
      make(*end);
    }
    if (RaceCheck::is_on) {
      block.races().copy_done(end->shared, kCopyBytes);
    }
    ++end;
  }
  lane.copies.erase(lane.copies.begin(), end);
}

}  // namespace emu
