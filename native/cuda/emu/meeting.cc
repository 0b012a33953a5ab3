/* How the threads of a block wait for each other, and what is wrong when they cannot go on. */
#include <cstdlib>

#include "block.h"
#include "text.h"

namespace emu {

namespace {

bool same_site(const Site& a, const Site& b) {
  return a.line == b.line && (a.file == b.file || std::string(a.file) == b.file);
}

}  // namespace

const char* name_of(WarpOp op) {
  switch (op) {
    case WarpOp::kSync: return "__syncwarp";
    case WarpOp::kShuffle: return "a shuffle";
    case WarpOp::kBallot: return "a vote";
    case WarpOp::kSum: return "warp_sum";
    case WarpOp::kMax: return "warp_max";
    case WarpOp::kLoadMatrices: return "ldmatrix";
    case WarpOp::kMultiply: return "mma";
    case WarpOp::kMultiplyBytes: return "mma_s8";
  }
  abort();
}

BarrierCounts Block::wait_at_barrier(int predicate, Site site) {
  Lane& self = lane();
  self.predicate = predicate != 0;
  self.site = site;
  self.state = LaneState::kAtBarrier;
  park();
  return self.counts;
}

/*
 * At the end of a pass: true if threads may go on, false if all are done. A barrier needs every
 * thread: one that has left, or waits elsewhere, is an error even where the hardware would go on.
 */
bool Block::release_barrier() {
  int waiting = 0;
  int total = 0;
  const Lane* first = nullptr;
  const Lane* done = nullptr;
  for (const Lane& lane : lanes_) {
    if (lane.state == LaneState::kDone) {
      done = &lane;
    } else if (lane.state == LaneState::kAtBarrier) {
      first = first == nullptr ? &lane : first;
      waiting++;
      total += lane.predicate;
      if (!same_site(first->site, lane.site)) {
        fail(FailureKind::kLaunch,
             text("a barrier in divergent code: %s waits at %s, %s at %s",
                  describe(*first).c_str(), text(first->site).c_str(), describe(lane).c_str(),
                  text(lane.site).c_str()));
      }
    } else {
      fail_stuck();
    }
  }
  if (waiting == 0) {
    return false;
  }
  if (done != nullptr) {
    fail(FailureKind::kLaunch,
         text("a barrier that not all threads reach: %s has ended, %d of %zu threads wait at %s",
              describe(*done).c_str(), waiting, lanes_.size(), text(first->site).c_str()));
  }
  for (Lane& lane : lanes_) {
    lane.counts = {total, waiting};
    lane.state = LaneState::kReady;
  }
  races_.barrier();
  start_pass();
  return true;
}

void Block::fail_stuck() {
  int counts[5] = {};
  const Lane* in_warp = nullptr;
  const Lane* at_barrier = nullptr;
  for (const Lane& lane : lanes_) {
    counts[static_cast<int>(lane.state)]++;
    in_warp = lane.state == LaneState::kInWarp ? &lane : in_warp;
    at_barrier = lane.state == LaneState::kAtBarrier ? &lane : at_barrier;
  }
  std::string what =
      text("stuck block: %d threads at a barrier, %d in a warp operation, %d done",
           counts[static_cast<int>(LaneState::kAtBarrier)],
           counts[static_cast<int>(LaneState::kInWarp)],
           counts[static_cast<int>(LaneState::kDone)]);
  if (in_warp != nullptr) {
    uint32_t there = lanes_in(in_warp->warp(), LaneState::kInWarp);
    what += text("; %s waits in %s at %s for the lanes %08x, of which %08x are not there",
                 describe(*in_warp).c_str(), name_of(in_warp->op), text(in_warp->site).c_str(),
                 in_warp->mask, in_warp->mask & ~there);
  }
  if (at_barrier != nullptr) {
    what += text("; %s waits at the barrier at %s", describe(*at_barrier).c_str(),
                 text(at_barrier->site).c_str());
  }
  fail(FailureKind::kLaunch, what);
}

void Block::meet(WarpOp op, uint32_t mask, void* record, FinishWarpOp finish, Site site) {
  Lane& self = lane();
  self.op = op;
  self.mask = mask;
  self.record = record;
  self.site = site;
  if ((mask & self.bit()) == 0) {
    fail(FailureKind::kLaunch,
         text("%s for the lanes %08x, without the calling lane %d", name_of(op), mask,
              self.number % 32),
         site);
  }
  size_t first = static_cast<size_t>(self.warp()) * 32;
  uint32_t there = self.bit();
  for (size_t i = 0; i < 32; i++) {
    if ((mask >> i & 1) == 0 || first + i == static_cast<size_t>(self.number)) {
      continue;
    }
    if (first + i >= lanes_.size()) {
      fail(FailureKind::kLaunch,
           text("%s for the lanes %08x, but the block of %zu threads has no lane %zu in this warp",
                name_of(op), mask, lanes_.size(), i),
           site);
    }
    const Lane& other = lanes_[first + i];
    if (other.state == LaneState::kDone) {
      fail(FailureKind::kLaunch,
           text("%s for the lanes %08x, but %s has ended", name_of(op), mask,
                describe(other).c_str()),
           site);
    }
    if (other.state == LaneState::kInWarp && other.mask == mask) {
      if (other.op != op) {
        fail(FailureKind::kLaunch,
             text("lanes at different warp operations: %s in %s at %s, this one in %s",
                  describe(other).c_str(), name_of(other.op), text(other.site).c_str(),
                  name_of(op)),
             site);
      }
      there |= other.bit();
    }
  }
  if (there == mask) {
    release_warp(self, finish);
  } else {
    self.state = LaneState::kInWarp;
    park();
  }
}

/* The last lane computes for all and goes on. */
void Block::release_warp(const Lane& last, FinishWarpOp finish) {
  void* records[32] = {};
  size_t first = static_cast<size_t>(last.warp()) * 32;
  for (uint32_t left = last.mask; left != 0; left &= left - 1) {
    size_t i = static_cast<size_t>(__builtin_ctz(left));
    records[i] = lanes_[first + i].record;
    lanes_[first + i].state = LaneState::kReady;
  }
  finish(records, last.mask);
  if (last.op == WarpOp::kSync) {
    races_.warp_barrier(last.warp(), last.mask);
  }
  woken_ = true;
}

}  // namespace emu
