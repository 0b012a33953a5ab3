/*
 * Runs kernels on the host, for tests. Many blocks at a time, each on a thread of the host, where
 * a block's threads take turns on stacks of their own (block.h).
 */
#ifndef GTN_EMU_EMULATOR_H
#define GTN_EMU_EMULATOR_H

#include <cstdint>
#include <string>

#include "kernel_registry.h"
#include "place.h"

namespace emu {

/* In which order threads that may run do run, between two barriers. */
enum class Order { kForward, kReverse, kRandom };

/* When an asynchronous copy is made: as late or as early as allowed, or either by chance. */
enum class CopyMode { kLate, kEarly, kRandom };

struct Options {
  uint64_t seed = 1;
  Order order = Order::kForward;
  bool warp_by_warp = false; /* a warp runs until it waits for others, or all threads interleave */
  CopyMode copies = CopyMode::kLate;

  /* Every choice drawn from the seed. */
  EMU_API static Options from_seed(uint64_t seed);

  /*
   * GTN_EMU_SEED, 1 where it is not set; GTN_EMU_ORDER (forward, reverse, random), GTN_EMU_WARPS
   * (0, 1) and GTN_EMU_COPIES (late, early, random) overrule what the seed draws.
   */
  EMU_API static Options from_environment();

  EMU_API std::string describe() const;
};

struct Geometry {
  dim3 grid;
  dim3 block;
  size_t shared_bytes = 0;
};

enum class FailureKind { kNone, kLaunch, kAddress };

/* What went wrong first, naming kernel, block and thread. */
struct Failure {
  FailureKind kind = FailureKind::kNone;
  std::string message;

  explicit operator bool() const { return kind != FailureKind::kNone; }
};

/* Runs to the end, or to the first failure; arguments point at the values. One at a time. */
EMU_API Failure launch(const Kernel& kernel, const Geometry& geometry, void** arguments,
                       const Options& options);

/* Says what lies at an address that a kernel may not touch; empty if it is not known. */
using AddressDescriber = std::string (*)(const void* address);
EMU_API void set_address_describer(AddressDescriber describer);

}  // namespace emu

#endif
