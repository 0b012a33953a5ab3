/* Kernels with a planted mistake end in a failure that says which. */
#include "check.h"
#include "vector_types.h"

namespace check {

namespace {

alignas(16) unsigned char scratch[4096];

template <class... A>
std::string failure_of(uint64_t seed, const char* kernel, unsigned threads, size_t shared,
                       A... arguments) {
  emu::Options options = emu::Options::from_seed(seed);
  return run(kernel, {dim3(1), dim3(threads), shared}, options, arguments...).message;
}

/* The mistake is named whatever the order of threads and the time of copies. */
template <class... A>
void expect_fault(const std::string& part, const char* kernel, unsigned threads, size_t shared,
                  A... arguments) {
  for (uint64_t seed = 0; seed < 18; seed++) {
    emu::Options options = emu::Options::from_seed(seed);
    emu::Failure failure = run(kernel, {dim3(1), dim3(threads), shared}, options, arguments...);
    expect_text(failure.message, std::string("kernel ") + kernel + ", block (0, 0, 0), thread (");
    expect_text(failure.message, part);
  }
}

void check_barriers(int* out) {
  expect_fault("a barrier in divergent code", "fault_divergent_barrier", 32, 0, out);
  expect_fault("a barrier that not all threads reach: thread (40, 0, 0) has ended, 63 of 64",
               "fault_left_before_barrier", 64, 0, out);
  expect_fault("stuck block: 48 threads at a barrier, 16 in a warp operation, 0 done",
               "fault_stuck", 64, 0, out);
  expect_fault("of which ffff0000 are not there", "fault_stuck", 64, 0, out);
}

void check_warp_faults(int* out) {
  expect_fault("lanes at different warp operations", "fault_different_operations", 32, 0, out);
  expect_fault("without the calling lane", "fault_outside_mask", 32, 0, out);
  expect_fault("a shuffle reads lane 20, which is outside its mask 0000ffff",
               "fault_source_outside_mask", 32, 0, out);
  expect_fault("has no lane 16 in this warp", "fault_different_operations", 16, 0, out);
  expect_text(failure_of(0, "fault_left_warp", 32, 0, out),
              "thread (7, 0, 0): ends while thread (0, 0, 0) waits for it in a shuffle");
  expect_text(failure_of(0, "fault_left_warp_early", 32, 0, out), "but thread (0, 0, 0) has ended");
  expect_fault("__trap, at faults.cu:", "fault_trap", 1, 0);
}

void check_copies(const unsigned char* in, uint4* out) {
  expect_fault("ends with 1 asynchronous copies pending", "fault_pending_copy", 1, 64, in);
  expect_fault("both must be aligned to 16", "fault_misaligned_copy", 1, 64, in);
  expect_fault("outside shared memory (0 dynamic bytes)", "fault_pending_copy", 1, 0, in);
  if (is_variant("race")) {
    expect_fault("copies to asynchronously and has not waited for", "fault_missing_copy_wait",
                 32, 1024, out, in);
    return;
  }
  /* Values tell, but only where copies are late. */
  memset(scratch, 1, sizeof scratch);
  emu::Options options;
  emu::Geometry geometry = {dim3(1), dim3(32), 1024};
  run("fault_missing_copy_wait", geometry, options, out, in);
  expect(out[3].x == 0xffffffffu, "a late copy that nobody waited for has not arrived");
  options.copies = emu::CopyMode::kEarly;
  run("fault_missing_copy_wait", geometry, options, out, in);
  expect(out[3].x == 0x01010101u, "an early copy has arrived");
}

/* A race is found whatever the order; values alone show it in some. */
void check_races(int* out) {
  if (is_variant("race")) {
    expect_fault("no barrier is between them", "fault_missing_barrier", 64, 0, out);
    expect_fault("no barrier is between them", "fault_reused_buffer", 64, 0, out);
    expect_fault("no barrier is between them", "fault_missing_warp_barrier", 32, 0, out);
    return;
  }
  expect(!run("fault_missing_barrier", {dim3(1), dim3(64), 0}, {}, out), "no failure is named");
  expect(out[0] == -1, "shared memory that was not written yet holds 0xff");
}

void check_addresses(int* out) {
  const float* floats = reinterpret_cast<const float*>(scratch);
  expect_fault("misaligned access to", "fault_misaligned_vector", 1, 0, out, floats);
  expect_fault("ldmatrix of a row at", "fault_misaligned_matrix", 32, 512, out);
  expect_fault("out of bounds: index 8 of 'int [8]', at faults.cu:", "fault_array_bounds", 8, 0,
               out, 8);
  if (is_variant("plain")) {
    expect_text(failure_of(1, "fault_dynamic_bounds", 1, 64, 70),
                "1 bytes written beyond the 64 bytes of dynamic shared memory");
    expect_fault("illegal address", "fault_null", 1, 0, static_cast<int*>(nullptr));
    expect_fault("too many local variables", "fault_stack", 1, 0, out, 7);
  } else if (is_variant("race")) {
    expect_fault("out of bounds: it uses bytes beyond the 64 of dynamic shared memory",
                 "fault_dynamic_bounds", 1, 64, 70);
  }
}

}  // namespace

void check_faults() {
  static int out[256];
  check_barriers(out);
  check_warp_faults(out);
  check_copies(scratch, reinterpret_cast<uint4*>(scratch + 2048));
  check_races(out);
  check_addresses(out);
}

}  // namespace check
