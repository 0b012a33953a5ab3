#include "warp_ops.h"

#include <cmath>

#include "block.h"
#include "text.h"

namespace emu {

namespace {

constexpr uint32_t kAllLanes = 0xffffffffu;

struct ShuffleRecord {
  uint64_t value;
  uint64_t result;
  int source;
};

void finish_shuffle(void* const* records, uint32_t mask) {
  for (uint32_t left = mask; left != 0; left &= left - 1) {
    ShuffleRecord* record = static_cast<ShuffleRecord*>(records[__builtin_ctz(left)]);
    record->result = static_cast<ShuffleRecord*>(records[record->source])->value;
  }
}

/* The lane that is read; its own where the other is outside its segment. */
int source_lane(Shuffle how, int lane, int operand, int width) {
  int segment = lane & ~(width - 1);
  switch (how) {
    case Shuffle::kIndex: return segment | (operand & (width - 1));
    case Shuffle::kXor: return (lane ^ operand) < segment + width ? lane ^ operand : lane;
    case Shuffle::kUp: return lane - operand >= segment ? lane - operand : lane;
    case Shuffle::kDown: return lane + operand < segment + width ? lane + operand : lane;
  }
  return lane;
}

struct VoteRecord {
  bool predicate;
  uint32_t result;
};

void finish_ballot(void* const* records, uint32_t mask) {
  uint32_t result = 0;
  for (uint32_t left = mask; left != 0; left &= left - 1) {
    int lane = __builtin_ctz(left);
    result |= static_cast<VoteRecord*>(records[lane])->predicate ? 1u << lane : 0;
  }
  for (uint32_t left = mask; left != 0; left &= left - 1) {
    static_cast<VoteRecord*>(records[__builtin_ctz(left)])->result = result;
  }
}

/* Every lane's own value becomes the result; lanes exchange at distances 16, 8, 4, 2 and 1. */
template <class T, class Combine>
void butterfly(void* const* records, Combine combine) {
  T values[32];
  for (int i = 0; i < 32; i++) {
    values[i] = *static_cast<T*>(records[i]);
  }
  for (int distance = 16; distance > 0; distance /= 2) {
    T others[32];
    for (int i = 0; i < 32; i++) {
      others[i] = values[i ^ distance];
    }
    for (int i = 0; i < 32; i++) {
      values[i] = combine(values[i], others[i]);
    }
  }
  for (int i = 0; i < 32; i++) {
    *static_cast<T*>(records[i]) = values[i];
  }
}

template <class T>
T add(T a, T b) {
  return a + b;
}

int add_wrapping(int a, int b) {
  return static_cast<int>(static_cast<unsigned>(a) + static_cast<unsigned>(b));
}

}  // namespace

BarrierCounts sync_threads(int predicate, Site site) {
  return here().wait_at_barrier(predicate, site);
}

void sync_warp(uint32_t mask, Site site) {
  here().meet(WarpOp::kSync, mask, nullptr, [](void* const*, uint32_t) {}, site);
}

uint64_t shuffle(Shuffle how, uint32_t mask, uint64_t value, int operand, int width, Site site) {
  Block& block = here();
  if (width < 1 || width > 32 || (width & (width - 1)) != 0) {
    block.fail(FailureKind::kLaunch, text("a shuffle of width %d, not a power of 2", width), site);
  }
  ShuffleRecord record = {value, 0, source_lane(how, block.lane().number % 32, operand, width)};
  if ((mask >> record.source & 1) == 0) {
    block.fail(FailureKind::kLaunch,
               text("a shuffle reads lane %d, which is outside its mask %08x", record.source, mask),
               site);
  }
  block.meet(WarpOp::kShuffle, mask, &record, finish_shuffle, site);
  return record.result;
}

uint32_t ballot(uint32_t mask, bool predicate, Site site) {
  VoteRecord record = {predicate, 0};
  here().meet(WarpOp::kBallot, mask, &record, finish_ballot, site);
  return record.result;
}

float warp_sum(float value, Site site) {
  here().meet(WarpOp::kSum, kAllLanes, &value,
              [](void* const* records, uint32_t) { butterfly<float>(records, add<float>); }, site);
  return value;
}

float warp_max(float value, Site site) {
  here().meet(WarpOp::kMax, kAllLanes, &value,
              [](void* const* records, uint32_t) {
                butterfly<float>(records, [](float a, float b) { return std::fmax(a, b); });
              },
              site);
  return value;
}

int warp_sum(int value, Site site) {
  here().meet(WarpOp::kSum, kAllLanes, &value,
              [](void* const* records, uint32_t) { butterfly<int>(records, add_wrapping); }, site);
  return value;
}

int warp_max(int value, Site site) {
  here().meet(WarpOp::kMax, kAllLanes, &value,
              [](void* const* records, uint32_t) {
                butterfly<int>(records, [](int a, int b) { return a < b ? b : a; });
              },
              site);
  return value;
}

void trap(Site site) {
  here().fail(FailureKind::kLaunch, "__trap", site);
}

}  // namespace emu
