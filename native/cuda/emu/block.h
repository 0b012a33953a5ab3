/*
 * One block of a kernel, on one thread of the host. Its threads (lanes of warps) are fibers that
 * run until they must wait. A fiber that ends a thread takes the next fresh one, so a kernel
 * without barriers costs a call per thread.
 *
 *   fresh -> running -> done
 *              |  ^
 *              v  |   at a barrier: until every thread of the block is there
 *            parked   in a warp operation: until all lanes of its mask are
 */
#ifndef GTN_EMU_BLOCK_H
#define GTN_EMU_BLOCK_H

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "emulator.h"
#include "fiber.h"
#include "race.h"
#include "shared_memory.h"
#include "warp_ops.h"

namespace emu {

enum class LaneState : uint8_t { kFresh, kReady, kAtBarrier, kInWarp, kDone };

/* What lanes can meet for; all lanes of a mask must come for the same. */
enum class WarpOp : uint8_t {
  kSync,
  kShuffle,
  kBallot,
  kSum,
  kMax,
  kLoadMatrices,
  kMultiply,
  kMultiplyBytes
};

const char* name_of(WarpOp op);

struct PendingCopy {
  void* shared;
  const void* global;
  bool ok;
  bool made;
  int group;
};

struct Lane : Place {
  LaneState state = LaneState::kFresh;
  WarpOp op = WarpOp::kSync;
  int number = 0; /* in the block */
  uint32_t mask = 0;
  Site site = {nullptr, 0};
  void* record = nullptr;  /* of the warp operation, on the lane's stack */
  int predicate = 0;       /* brought to the barrier */
  BarrierCounts counts{};  /* taken from it */
  Fiber* fiber = nullptr;
  std::vector<PendingCopy> copies;
  int copy_group = 0;

  int warp() const { return number / 32; }
  uint32_t bit() const { return 1u << (number % 32); }
};

/* Ends a warp operation: reads and completes the records of the lanes of a mask. */
using FinishWarpOp = void (*)(void* const* records, uint32_t mask);

class Block {
 public:
  Block();
  ~Block();

  /* Runs one block of a launch; false after a failure, which failure() tells. */
  bool run(const Kernel& kernel, const Geometry& geometry, void** arguments,
           const Options& options, uint3 index);
  const Failure& failure() const { return failure_; }

  /* Called by the lane that runs. */
  BarrierCounts wait_at_barrier(int predicate, Site site);
  void meet(WarpOp op, uint32_t mask, void* record, FinishWarpOp finish, Site site);
  [[noreturn]] void fail(FailureKind kind, const std::string& what, Site site = {nullptr, 0});

  Lane& lane() { return *static_cast<Lane*>(current); }
  Lane& lane(int number) { return lanes_[static_cast<size_t>(number)]; }
  SharedMemory& shared() { return *shared_; }
  RaceCheck& races() { return races_; }
  CopyMode copy_mode() const { return options_.copies; }
  bool flip() { return (random_() & 1) != 0; }

  /* Below the stack of a lane, where an overflow ends. */
  bool is_on_guard(const void* address) const;

  /* The block that this thread of the host runs, or null. */
  static Block* running();

 private:
  struct Worker;

  void arrange(const Geometry& geometry, uint3 index);
  void start_pass();
  Lane* next_lane();
  void enter_lane(Fiber& from, Lane& lane, Worker* idle);
  void park();
  void run_lanes(Worker& worker);
  void end_lane(Lane& lane);
  bool release_barrier();
  void release_warp(const Lane& lane, FinishWarpOp finish);
  [[noreturn]] void fail_stuck();
  uint32_t lanes_in(int warp, LaneState state) const;
  std::string describe(const Lane& lane) const;
  void forget_workers();

  const Kernel* kernel_ = nullptr;
  Options options_;
  BlockPlace place_;
  void** arguments_ = nullptr;
  Failure failure_;
  std::mt19937_64 random_;
  std::vector<Lane> lanes_;
  std::vector<int> order_;
  size_t group_ = 0;      /* where the lanes that now take turns start in order_ */
  size_t group_end_ = 0;
  size_t cursor_ = 0;
  bool woken_ = false;    /* a lane before the cursor may run again */
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Worker*> idle_;
  Fiber outside_;         /* the stack of run() */
  std::unique_ptr<SharedMemory> shared_;
  const Library* shared_of_ = nullptr;
  RaceCheck races_;
};

/* What kernels call to use the block they run in; a kernel cannot run outside one. */
Block& here();

}  // namespace emu

#endif
