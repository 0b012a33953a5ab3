/* Images, functions, and launches that no device would make. */
#include "driver_check.h"

namespace check {

namespace {

void check_images() {
  CUmodule module = nullptr;
  CUfunction found = nullptr;
  EXPECT_ERROR(CUDA_ERROR_INVALID_IMAGE, "no fatbin", cuModuleLoadData(&module, "some text"));
  /* A header, and the name of one kernel as the device's compiler writes it. */
  const std::string names("\0.text.check_reverse_all\0.text.check_row_sum\0", 46);
  std::string image("\x50\xed\x55\xba\1\0\x10\0\0\0\0\0\0\0\0\0", 16);
  image[8] = static_cast<char>(names.size());
  image += names;
  EXPECT_OK(cuModuleLoadData(&module, image.data()));
  EXPECT_OK(cuModuleGetFunction(&found, module, "check_row_sum"));
  EXPECT_ERROR(CUDA_ERROR_NOT_FOUND, "kernel 'check_reverse' of sums.cu is not in the image",
               cuModuleGetFunction(&found, module, "check_reverse"));
  EXPECT_ERROR(CUDA_ERROR_NOT_FOUND, "no kernel 'nothing' in the emulation",
               cuModuleGetFunction(&found, module, "nothing"));
  size_t offset = 0;
  size_t bytes = 0;
  EXPECT_OK(cuFuncGetParamInfo(found, 2, &offset, &bytes));
  expect(offset == 16 && bytes == 4, "the third argument is an int");
  expect(cuFuncGetParamInfo(found, 3, &offset, &bytes) == CUDA_ERROR_INVALID_VALUE, "there is no "
         "fourth");
  EXPECT_OK(cuModuleUnload(module));
  EXPECT_ERROR(CUDA_ERROR_INVALID_HANDLE, "its module was unloaded",
               launch_on(nullptr, found, 32, 0, 0, 0, 0));
}

void check_arguments() {
  CUfunction sum = function("check_row_sum");
  CUdeviceptr out = allocate(4);
  CUdeviceptr in = allocate(400);
  int columns = 100;
  EXPECT_OK(cuMemsetD8_v2(in, 0, 400));
  EXPECT_OK(launch_on(nullptr, sum, 64, 0, out, in, columns));
  float result = 1;
  EXPECT_OK(cuMemcpyDtoH_v2(&result, out, 4));
  expect(result == 0, "the sum of zeros");
  EXPECT_ERROR(CUDA_ERROR_INVALID_VALUE, "a block of (288, 1, 1) threads, the kernel allows 256",
               launch_on(nullptr, sum, 288, 0, out, in, columns));
  EXPECT_ERROR(CUDA_ERROR_INVALID_VALUE, "an empty grid (1, 1, 1) or block (0, 1, 1)",
               launch_on(nullptr, sum, 0, 0, out, in, columns));
  EXPECT_ERROR(CUDA_ERROR_INVALID_VALUE, "50000 bytes of dynamic shared memory, 49152 are allowed",
               launch_on(nullptr, sum, 64, 50000, out, in, columns));
  EXPECT_OK(cuFuncSetAttribute(sum, CU_FUNC_MAX_DYNAMIC_SHARED_SIZE_BYTES, 50000));
  EXPECT_OK(launch_on(nullptr, sum, 64, 50000, out, in, columns));
  EXPECT_ERROR(CUDA_ERROR_INVALID_VALUE, "dynamic shared memory is at most 232448",
               cuFuncSetAttribute(sum, CU_FUNC_MAX_DYNAMIC_SHARED_SIZE_BYTES, 232449));
  void* missing[] = {&out, &in, nullptr};
  EXPECT_ERROR(CUDA_ERROR_INVALID_VALUE, "argument 2 of 3 is missing",
               cuLaunchKernel(sum, 1, 1, 1, 32, 1, 1, 0, nullptr, missing, nullptr));
  EXPECT_ERROR(CUDA_ERROR_INVALID_VALUE, "kernelParams",
               cuLaunchKernel(sum, 1, 1, 1, 32, 1, 1, 0, nullptr, nullptr, missing));
  EXPECT_OK(cuCtxSynchronize());
  EXPECT_OK(cuMemFree_v2(in));
  EXPECT_ERROR(CUDA_ERROR_INVALID_VALUE, "bytes 8 to 16 of the arguments are the address",
               launch_on(nullptr, sum, 64, 0, out, in, columns));
  CUlaunchAttribute attribute = {CU_LAUNCH_CLUSTER_DIMENSION, {2, 0, 0, 0, 1, 0, 0, 0, 1}};
  CUlaunchConfig config = {1, 1, 1, 32, 1, 1, 0, nullptr, &attribute, 1};
  EXPECT_ERROR(CUDA_ERROR_NOT_SUPPORTED, "clusters are not emulated",
               cuLaunchKernelEx(&config, sum, missing, nullptr));
}

}  // namespace

void check_modules() {
  check_images();
  check_arguments();
}

}  // namespace check
