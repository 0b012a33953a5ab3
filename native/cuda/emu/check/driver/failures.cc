/* A kernel that fails takes its context with it; addresses are named by their allocation. */
#include "driver_check.h"

namespace check {

namespace {

/* The failure shows where somebody waits, or at once, and in every call from then on. */
template <class... A>
void expect_sticky(CUresult code, const char* part, const char* kernel, unsigned threads,
                   A... arguments) {
  CUstream stream = make_stream();
  CUresult launched = launch_on(stream, function(kernel), threads, 0, arguments...);
  expect(launched == (is_early() ? code : CUDA_SUCCESS), std::string(kernel) + " is launched");
  expect_code(cuStreamSynchronize(stream), code, kernel, part);
  CUdeviceptr memory = 0;
  expect_code(cuMemAlloc_v2(&memory, 16), code, std::string(kernel) + " is not forgotten");
  const char* name = nullptr;
  EXPECT_OK(cuGetErrorName(code, &name));
  EXPECT_OK(cuDevicePrimaryCtxReset_v2(0));
  EXPECT_OK(cuStreamDestroy_v2(stream));
}

void check_freed_meanwhile() {
  if (!is_late()) {
    return; /* only late streams keep work back for certain */
  }
  CUstream stream = make_stream();
  CUdeviceptr memory = allocate(64);
  EXPECT_OK(cuMemFreeAsync(memory, stream));
  EXPECT_OK(launch_on(stream, function("fault_null"), 1, 0, memory));
  expect_code(cuStreamSynchronize(stream), CUDA_ERROR_ILLEGAL_ADDRESS, "freed before it ran",
              "kernel fault_null: when it runs, bytes 0 to 8 of the arguments are the address");
  EXPECT_OK(cuDevicePrimaryCtxReset_v2(0));
}

}  // namespace

void check_failures() {
  CUdeviceptr memory = allocate(64);
  CUdeviceptr small = allocate(128);
  expect_sticky(CUDA_ERROR_LAUNCH_FAILED, "__trap", "fault_trap", 1);
  expect_sticky(CUDA_ERROR_LAUNCH_FAILED, "a barrier in divergent code", "fault_divergent_barrier",
                32, small);
  expect_sticky(CUDA_ERROR_ILLEGAL_ADDRESS, "0 bytes after the end of allocation", "fault_null", 32,
                memory);
  expect_sticky(CUDA_ERROR_ILLEGAL_ADDRESS, "no device memory", "fault_null", 1, CUdeviceptr{0});
  CUdeviceptr in = allocate(100 * 4);
  expect_sticky(CUDA_ERROR_ILLEGAL_ADDRESS, "of 400 bytes", "check_row_sum", 32, small, in, 101);
  EXPECT_OK(cuMemFree_v2(small));
  check_freed_meanwhile();
}

}  // namespace check
