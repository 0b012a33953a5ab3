/* Order within streams and between them, and that work is not done before somebody waits. */
#include <atomic>
#include <thread>

#include "driver_check.h"

namespace check {

namespace {

std::atomic<int> step{0};

void count_step(void* expected) {
  step = step == static_cast<int>(reinterpret_cast<intptr_t>(expected)) ? step + 1 : -100;
}

void* number(int value) { return reinterpret_cast<void*>(static_cast<intptr_t>(value)); }

void check_order() {
  step = 0;
  CUstream first = make_stream();
  CUstream second = make_stream();
  CUevent event = nullptr;
  EXPECT_OK(cuEventCreate(&event, CU_EVENT_DISABLE_TIMING));
  EXPECT_OK(cuEventQuery(event));
  EXPECT_OK(cuLaunchHostFunc(first, count_step, number(0)));
  EXPECT_OK(cuLaunchHostFunc(first, count_step, number(1)));
  EXPECT_OK(cuEventRecord(event, first));
  EXPECT_OK(cuStreamWaitEvent(second, event, 0));
  EXPECT_OK(cuLaunchHostFunc(second, count_step, number(2)));
  if (is_late()) {
    expect(step == 0, "nothing is done before somebody waits");
    expect(cuEventQuery(event) == CUDA_ERROR_NOT_READY, "nor is the event reached");
  } else if (is_early()) {
    expect(step == 3, "all is done when the call returns");
  }
  EXPECT_OK(cuStreamSynchronize(second));
  expect(step == 3, "in order over two streams");
  EXPECT_OK(cuEventSynchronize(event));
  EXPECT_OK(cuEventQuery(event));
  EXPECT_OK(cuEventDestroy_v2(event));
  EXPECT_ERROR(CUDA_ERROR_INVALID_HANDLE, "no such event", cuEventRecord(event, first));
  /* Who only asks comes to an end too. */
  EXPECT_OK(cuLaunchHostFunc(first, count_step, number(3)));
  while (cuStreamQuery(first) == CUDA_ERROR_NOT_READY) {
    std::this_thread::yield();
  }
  expect(step == 4, "asked until done");
  EXPECT_OK(cuStreamDestroy_v2(first));
  EXPECT_ERROR(CUDA_ERROR_INVALID_HANDLE, "no such stream", cuStreamSynchronize(first));
  EXPECT_OK(cuStreamDestroy_v2(second));
}

/* A pinned source is read when the copy is made; one that is not pinned, at once. */
void check_sources() {
  CUstream stream = make_stream();
  CUdeviceptr memory = allocate(4);
  void* pinned_memory = nullptr;
  EXPECT_OK(cuMemHostAlloc(&pinned_memory, 4, 0));
  int* pinned = static_cast<int*>(pinned_memory);
  *pinned = 1;
  EXPECT_OK(cuMemcpyHtoDAsync_v2(memory, pinned, 4, stream));
  *pinned = is_late() ? 2 : 1;
  int result = 0;
  EXPECT_OK(cuMemcpyDtoHAsync_v2(&result, memory, 4, stream));
  expect(result == (is_late() ? 2 : 1), "a pinned source that was written to too early");
  int pageable = 5;
  EXPECT_OK(cuMemcpyHtoDAsync_v2(memory, &pageable, 4, stream));
  pageable = 6;
  EXPECT_OK(cuMemcpyDtoHAsync_v2(&result, memory, 4, stream));
  expect(result == 5, "a source that is not pinned was taken");
  *pinned = 0;
  EXPECT_OK(cuMemcpyDtoHAsync_v2(pinned, memory, 4, stream));
  expect(!is_late() || *pinned == 0, "a pinned destination is not waited for");
  EXPECT_OK(cuStreamSynchronize(stream));
  expect(*pinned == 5, "but the stream is");
  EXPECT_OK(cuStreamDestroy_v2(stream));
}

/* The values of a launch are those of the call, whatever becomes of the caller's memory. */
void check_frozen_arguments() {
  CUstream stream = make_stream();
  CUdeviceptr out = allocate(64);
  CUdeviceptr in = allocate(64);
  int numbers[16] = {7};
  EXPECT_OK(cuMemcpyHtoD_v2(in, numbers, 64));
  CUdeviceptr held_out = out;
  CUdeviceptr held_in = in;
  void* arguments[] = {&held_out, &held_in};
  EXPECT_OK(cuLaunchKernel(function("check_reverse"), 1, 1, 1, 16, 1, 1, 64, stream, arguments,
                           nullptr));
  held_out = held_in = 0;
  EXPECT_OK(cuStreamSynchronize(stream));
  EXPECT_OK(cuMemcpyDtoH_v2(numbers, out, 64));
  expect(numbers[15] == 7, "arguments are copied");
  EXPECT_OK(cuStreamDestroy_v2(stream));
}

}  // namespace

void check_streams() {
  check_order();
  check_sources();
  check_frozen_arguments();
}

}  // namespace check
