/* Allocations, their guards, and what copies may touch. */
#include "driver_check.h"

namespace check {

namespace {

void check_allocations() {
  size_t free_before = 0;
  size_t free_bytes = 0;
  size_t total = 0;
  EXPECT_OK(cuMemGetInfo_v2(&free_before, &total));
  CUdeviceptr memory = allocate(1000);
  EXPECT_OK(cuMemGetInfo_v2(&free_bytes, &total));
  expect(free_before - free_bytes == 4096 && total == 64 << 20, "a page is in use");
  CUdeviceptr other = 0;
  EXPECT_ERROR(CUDA_ERROR_OUT_OF_MEMORY, "67108864 bytes, of 67108864 are 4096 in use",
               cuMemAlloc_v2(&other, total));
  EXPECT_ERROR(CUDA_ERROR_INVALID_VALUE, "0 bytes", cuMemAlloc_v2(&other, 0));
  unsigned char bytes[1000] = {};
  EXPECT_OK(cuMemcpyDtoH_v2(bytes, memory, 1000));
  expect(bytes[0] == 0xff && bytes[999] == 0xff, "new memory holds 0xff");
  CUdeviceptr base = 0;
  size_t size = 0;
  EXPECT_OK(cuMemGetAddressRange_v2(&base, &size, memory + 7));
  expect(base == memory && size == 1000, "the range of an address");
  EXPECT_ERROR(CUDA_ERROR_INVALID_VALUE, "not the start of an allocation",
               cuMemFree_v2(memory + 8));
  EXPECT_OK(cuMemFree_v2(memory));
  EXPECT_ERROR(CUDA_ERROR_INVALID_VALUE, "freed twice", cuMemFree_v2(memory));
  expect(allocate(1000) != memory, "addresses are not used again");
}

void check_copies() {
  CUdeviceptr memory = allocate(100);
  unsigned char bytes[200] = {1, 2, 3};
  EXPECT_OK(cuMemcpyHtoD_v2(memory, bytes, 100));
  EXPECT_OK(cuMemcpyDtoD_v2(memory + 50, memory, 50));
  EXPECT_OK(cuMemsetD8_v2(memory, 9, 2));
  EXPECT_OK(cuMemcpyDtoH_v2(bytes + 100, memory, 100));
  expect(bytes[100] == 9 && bytes[102] == 3 && bytes[151] == 2, "copies and fills");
  EXPECT_ERROR(CUDA_ERROR_INVALID_VALUE, "destination, 101 bytes at",
               cuMemcpyHtoD_v2(memory, bytes, 101));
  EXPECT_ERROR(CUDA_ERROR_INVALID_VALUE, "byte 60 of allocation",
               cuMemcpyDtoH_v2(bytes, memory + 60, 41));
  EXPECT_ERROR(CUDA_ERROR_INVALID_VALUE, "is no device memory",
               cuMemcpyHtoD_v2(reinterpret_cast<CUdeviceptr>(bytes), bytes, 1));
  EXPECT_ERROR(CUDA_ERROR_INVALID_VALUE, "is no memory of the host",
               cuMemcpyDtoH_v2(reinterpret_cast<void*>(memory), memory, 1));
  EXPECT_OK(cuMemFree_v2(memory));
  EXPECT_ERROR(CUDA_ERROR_INVALID_VALUE, "of 100 bytes, freed", cuMemcpyHtoD_v2(memory, bytes, 1));
}

/* Bytes beside an allocation belong to nobody, and are looked at when it is freed. */
void check_slack() {
  CUdeviceptr memory = allocate(100);
  reinterpret_cast<unsigned char*>(memory)[100] = 0;
  EXPECT_ERROR(CUDA_ERROR_ILLEGAL_ADDRESS, "0 bytes before and 1 bytes after",
               cuMemFree_v2(memory));
  size_t bytes;
  expect_code(cuMemGetInfo_v2(&bytes, &bytes), CUDA_ERROR_ILLEGAL_ADDRESS, "it stays");
  EXPECT_OK(cuDevicePrimaryCtxReset_v2(0));
}

void check_pinned() {
  void* memory = nullptr;
  EXPECT_OK(cuMemHostAlloc(&memory, 64, 0));
  EXPECT_OK(cuMemFreeHost(memory));
  EXPECT_ERROR(CUDA_ERROR_INVALID_VALUE, "freed twice", cuMemFreeHost(memory));
  int own;
  EXPECT_OK(cuMemHostRegister_v2(&own, sizeof own, 0));
  CUdeviceptr device = 0;
  EXPECT_OK(cuMemHostGetDevicePointer_v2(&device, &own, 0));
  EXPECT_OK(cuMemHostUnregister(&own));
  EXPECT_ERROR(CUDA_ERROR_INVALID_VALUE, "not registered", cuMemHostUnregister(&own));
}

}  // namespace

void check_memory() {
  check_allocations();
  check_copies();
  check_slack();
  check_pinned();
}

}  // namespace check
