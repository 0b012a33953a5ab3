/* What the checks of the emulation share. */
#ifndef GTN_EMU_CHECK_H
#define GTN_EMU_CHECK_H

#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "emulator.h"

namespace check {

/* plain, race or asan: how the kernels are compiled. */
inline std::string variant;
inline bool is_variant(const char* name) { return variant == name; }

inline int cases = 0;
inline int failures = 0;

inline void expect(bool holds, const std::string& what) {
  cases++;
  if (!holds) {
    printf("cuda check (%s): %s\n", variant.c_str(), what.c_str());
    failures++;
  }
}

inline void expect_text(const std::string& actual, const std::string& part) {
  expect(actual.find(part) != std::string::npos, "'" + actual + "' lacks '" + part + "'");
}

/* A NaN is never close. */
inline void expect_close(const std::string& what, double actual, double expected, double error) {
  expect(std::fabs(actual - expected) <= error,
         what + " is " + std::to_string(actual) + ", not " + std::to_string(expected));
}

template <class... A>
emu::Failure run(const char* name, const emu::Geometry& geometry, const emu::Options& options,
                 A... arguments) {
  const emu::Kernel* kernel = emu::find_kernel(name);
  if (kernel == nullptr) {
    return {emu::FailureKind::kLaunch, std::string("no kernel ") + name};
  }
  void* addresses[] = {&arguments..., nullptr};
  return emu::launch(*kernel, geometry, addresses, options);
}

/* The kernel ends well, in every thread order and copy mode. */
template <class Check, class... A>
void run_all(const char* name, const emu::Geometry& geometry, Check check, A... arguments) {
  for (uint64_t seed = 0; seed < 18; seed++) {
    emu::Options options = emu::Options::from_seed(seed);
    emu::Failure failure = run(name, geometry, options, arguments...);
    expect(!failure, std::string(name) + ", " + options.describe() + ": " + failure.message);
    check(std::string(name) + ", " + options.describe());
  }
}

void check_values();
void check_numbers();
void check_faults();

}  // namespace check

#endif
