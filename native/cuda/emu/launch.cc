/* Spreads the blocks of a launch over threads of the host. */
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "block.h"
#include "emulator.h"
#include "faults.h"

namespace emu {

namespace {

/* A launch as all its threads see it. */
struct Run {
  const Kernel& kernel;
  const Geometry& geometry;
  void** arguments;
  const Options& options;
  uint64_t blocks;
  std::atomic<uint64_t> next{0};
  std::atomic<bool> failed{false};
  std::mutex mutex;
  Failure failure;

  uint3 index(uint64_t number) const {
    number = options.order == Order::kReverse ? blocks - 1 - number : number;
    return {static_cast<uint32_t>(number % geometry.grid.x),
            static_cast<uint32_t>(number / geometry.grid.x % geometry.grid.y),
            static_cast<uint32_t>(number / geometry.grid.x / geometry.grid.y)};
  }
};

/* The stacks and shared memory of a host thread are kept from launch to launch. */
void take_blocks(Run& run) {
  static thread_local std::unique_ptr<Block> block;
  if (block == nullptr) {
    block = std::make_unique<Block>();
    watch_faults();
  }
  for (uint64_t number; !run.failed && (number = run.next++) < run.blocks;) {
    if (!block->run(run.kernel, run.geometry, run.arguments, run.options, run.index(number))) {
      std::lock_guard<std::mutex> lock(run.mutex);
      if (!run.failed) {
        run.failure = block->failure();
        run.failed = true;
      }
    }
  }
}

/* Threads that help with a launch; they live as long as the process. */
class Helpers {
 public:
  static Helpers& instance() {
    static Helpers* helpers = new Helpers();
    return *helpers;
  }

  void run(Run& run) {
    std::unique_lock<std::mutex> lock(mutex_);
    uint64_t wanted = std::min<uint64_t>(run.blocks - 1, count_);
    while (threads_ < wanted) {
      std::thread([this] { help(); }).detach();
      threads_++;
    }
    run_ = &run;
    wanted_ = wanted;
    changed_.notify_all();
    lock.unlock();
    take_blocks(run);
    lock.lock();
    wanted_ = 0; /* who has not started need not */
    changed_.wait(lock, [this] { return busy_ == 0; });
    run_ = nullptr;
  }

 private:
  Helpers() {
    const char* threads = getenv("GTN_EMU_THREADS");
    uint64_t all = threads != nullptr ? strtoull(threads, nullptr, 10)
                                      : std::thread::hardware_concurrency();
    count_ = all > 0 ? all - 1 : 0;
  }

  void help() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return wanted_ > 0; });
      wanted_--;
      busy_++;
      Run* run = run_;
      lock.unlock();
      take_blocks(*run);
      lock.lock();
      busy_--;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  Run* run_ = nullptr;
  uint64_t count_ = 0;
  uint64_t threads_ = 0;
  uint64_t wanted_ = 0;
  uint64_t busy_ = 0;
};

}  // namespace

Failure launch(const Kernel& kernel, const Geometry& geometry, void** arguments,
               const Options& options) {
  static std::mutex one_at_a_time;
  std::lock_guard<std::mutex> lock(one_at_a_time);
  uint64_t blocks = uint64_t{geometry.grid.x} * geometry.grid.y * geometry.grid.z;
  Run run{kernel, geometry, arguments, options, blocks, {}, {}, {}, {}};
  if (blocks > 1) {
    Helpers::instance().run(run);
  } else {
    take_blocks(run);
  }
  return run.failure;
}

}  // namespace emu
