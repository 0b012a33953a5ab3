#include "block.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <numeric>

#include "text.h"

namespace emu {

thread_local Place* current = nullptr;

namespace {
thread_local Block* running_block = nullptr;
}

/* A fiber and the lane that it enters next. */
struct Block::Worker {
  Worker(size_t number, Block& owner)
      : block(owner), fiber(number, [](void* self) {
          Worker* worker = static_cast<Worker*>(self);
          worker->block.run_lanes(*worker);
        }, this) {}

  Block& block;
  Lane* lane = nullptr;
  Fiber fiber;
};

Block::Block() = default;
Block::~Block() = default;

Block* Block::running() { return running_block; }

Block& here() {
  if (running_block == nullptr) {
    fprintf(stderr, "emulated cuda: a device function was called outside a kernel\n");
    abort();
  }
  return *running_block;
}

bool Block::run(const Kernel& kernel, const Geometry& geometry, void** arguments,
                const Options& options, uint3 index) {
  kernel_ = &kernel;
  options_ = options;
  arguments_ = arguments;
  failure_ = Failure{};
  /* Every block has its own order, whichever thread of the host runs it. */
  uint64_t number = (uint64_t{index.z} * geometry.grid.y + index.y) * geometry.grid.x + index.x;
  random_.seed(options.seed * 0x9e3779b97f4a7c15u + number);
  if (shared_of_ != kernel.library) {
    shared_ = std::make_unique<SharedMemory>(*kernel.library);
    shared_of_ = kernel.library;
  }
  shared_->prepare(geometry.shared_bytes);
  races_.start_block(*shared_, geometry.block.x * geometry.block.y * geometry.block.z);
  arrange(geometry, index);

  running_block = this;
  Lane* first = next_lane();
  enter_lane(outside_, *first, nullptr);
  running_block = nullptr;
  current = nullptr;

  size_t overrun = shared_->overrun();
  if (!failure_ && overrun > 0) {
    failure_ = {FailureKind::kLaunch,
                text("kernel %s, block (%u, %u, %u): %zu bytes written beyond the %zu bytes of "
                     "dynamic shared memory of the launch",
                     kernel.name, index.x, index.y, index.z, overrun, geometry.shared_bytes)};
  }
  if (failure_) {
    forget_workers();
  }
  return !failure_;
}

void Block::arrange(const Geometry& geometry, uint3 index) {
  place_ = {index, geometry.block, geometry.grid};
  size_t count = size_t{geometry.block.x} * geometry.block.y * geometry.block.z;
  lanes_.resize(count);
  for (size_t i = 0; i < count; i++) {
    Lane& lane = lanes_[i];
    lane.number = static_cast<int>(i);
    lane.block = &place_;
    lane.thread_index = {static_cast<uint32_t>(i % geometry.block.x),
                         static_cast<uint32_t>(i / geometry.block.x % geometry.block.y),
                         static_cast<uint32_t>(i / geometry.block.x / geometry.block.y)};
    lane.state = LaneState::kFresh;
    lane.site = {nullptr, 0};
    lane.copies.clear();
    lane.copy_group = 0;
  }
  order_.resize(count);
  start_pass();
}

/* Everybody's turn comes again; the order is another one where it is random. */
void Block::start_pass() {
  std::iota(order_.begin(), order_.end(), 0);
  if (options_.order == Order::kReverse) {
    std::reverse(order_.begin(), order_.end());
  } else if (options_.order == Order::kRandom && !options_.warp_by_warp) {
    std::shuffle(order_.begin(), order_.end(), random_);
  } else if (options_.order == Order::kRandom) {
    size_t warps = (order_.size() + 31) / 32;
    std::vector<int> warp_order(warps);
    std::iota(warp_order.begin(), warp_order.end(), 0);
    std::shuffle(warp_order.begin(), warp_order.end(), random_);
    auto at = order_.begin();
    for (int warp : warp_order) {
      auto end = at + std::min<long>(32, static_cast<long>(order_.size()) - 32l * warp);
      std::iota(at, end, 32 * warp);
      std::shuffle(at, end, random_);
      at = end;
    }
  }
  group_ = group_end_ = cursor_ = 0;
  woken_ = false;
}

/* The lane whose turn it is, or null when all are done. */
Lane* Block::next_lane() {
  for (;;) {
    while (cursor_ < group_end_) {
      Lane& lane = lanes_[static_cast<size_t>(order_[cursor_++])];
      if (lane.state == LaneState::kFresh || lane.state == LaneState::kReady) {
        return &lane;
      }
    }
    if (woken_) {
      woken_ = false;
      cursor_ = group_;
    } else if (group_end_ < order_.size()) {
      group_ = cursor_ = group_end_;
      /* In reverse the first group may be short: it is the last warp. */
      int warp = order_[group_] / 32;
      while (group_end_ < order_.size() &&
             (!options_.warp_by_warp || order_[group_end_] / 32 == warp)) {
        group_end_++;
      }
    } else if (!release_barrier()) {
      return nullptr;
    }
  }
}

/* Leaves a fiber for the one that runs a lane; a fresh lane gets one that is free. */
void Block::enter_lane(Fiber& from, Lane& lane, Worker* idle) {
  if (lane.state == LaneState::kFresh) {
    if (idle_.empty()) {
      workers_.push_back(std::make_unique<Worker>(workers_.size(), *this));
      idle_.push_back(workers_.back().get());
    }
    Worker* worker = idle_.back();
    idle_.pop_back();
    worker->lane = &lane;
    lane.fiber = &worker->fiber;
  }
  if (idle != nullptr) {
    idle_.push_back(idle);
  }
  from.switch_to(*lane.fiber);
}

/* The lane that runs waits; returns when it may go on. */
void Block::park() {
  Lane& self = lane();
  Lane* next = next_lane();
  if (next == nullptr) {
    fail_stuck();
  }
  if (next != &self) {
    enter_lane(*self.fiber, *next, nullptr);
  }
  current = &self;
}

/* What a fiber does: lane after lane. */
void Block::run_lanes(Worker& worker) {
  for (;;) {
    Lane& lane = *worker.lane;
    current = &lane;
    races_.enter_lane();
    kernel_->call(arguments_);
    end_lane(lane);
    Lane* next = next_lane();
    if (next == nullptr) {
      idle_.push_back(&worker);
      worker.fiber.switch_to(outside_);
    } else if (next->state == LaneState::kFresh) {
      worker.lane = next;
      next->fiber = &worker.fiber;
    } else {
      enter_lane(worker.fiber, *next, &worker);
    }
  }
}

void Block::end_lane(Lane& lane) {
  if (!lane.copies.empty()) {
    fail(FailureKind::kLaunch,
         text("ends with %zu asynchronous copies pending: cp_async_wait is missing",
              lane.copies.size()),
         lane.site);
  }
  lane.state = LaneState::kDone;
  int first = lane.warp() * 32;
  for (uint32_t left = lanes_in(lane.warp(), LaneState::kInWarp); left != 0; left &= left - 1) {
    const Lane& other = lanes_[static_cast<size_t>(first + __builtin_ctz(left))];
    if ((other.mask & lane.bit()) != 0) {
      fail(FailureKind::kLaunch, text("ends while %s waits for it in %s at %s",
                                      describe(other).c_str(), name_of(other.op),
                                      text(other.site).c_str()));
    }
  }
}

uint32_t Block::lanes_in(int warp, LaneState state) const {
  uint32_t lanes = 0;
  for (size_t i = 0; i < 32 && size_t(warp) * 32 + i < lanes_.size(); i++) {
    lanes |= lanes_[size_t(warp) * 32 + i].state == state ? 1u << i : 0;
  }
  return lanes;
}

bool Block::is_on_guard(const void* address) const {
  return std::any_of(workers_.begin(), workers_.end(),
                     [&](const auto& worker) { return worker->fiber.guards(address); });
}

std::string Block::describe(const Lane& lane) const {
  return text("thread (%u, %u, %u)", lane.thread_index.x, lane.thread_index.y,
              lane.thread_index.z);
}

void Block::fail(FailureKind kind, const std::string& what, Site site) {
  const Lane& self = lane();
  const uint3& index = place_.block_index;
  failure_ = {kind, text("kernel %s, block (%u, %u, %u), %s: %s%s%s", kernel_->name, index.x,
                         index.y, index.z, describe(self).c_str(), what.c_str(),
                         site.file != nullptr ? ", at " : "", text(site).c_str())};
  self.fiber->switch_to(outside_);
  abort(); /* nobody returns to a failed block */
}

/* The stacks of a failed block hold calls that will never end. */
void Block::forget_workers() {
  idle_.clear();
  for (auto& worker : workers_) {
    worker->fiber.reset();
    idle_.push_back(worker.get());
  }
}

}  // namespace emu
