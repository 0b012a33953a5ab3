/* What the checks of the stand-in libcuda share. Run once for each GTN_EMU_STREAMS. */
#ifndef GTN_EMU_DRIVER_CHECK_H
#define GTN_EMU_DRIVER_CHECK_H

#include "../check.h"
#include "standin/driver_calls.h"
#include "standin/settings.h"

namespace check {

/* The call gives this code; of an error the reason holds this text. */
inline void expect_code(CUresult actual, CUresult expected, const std::string& what,
                        const char* part = "") {
  expect(actual == expected,
         what + ": code " + std::to_string(actual) + ", not " + std::to_string(expected));
  if (*part != '\0') {
    expect_text(gtnEmuLastMessage(), part);
  }
}

#define EXPECT_OK(call) check::expect_code(call, CUDA_SUCCESS, #call)
#define EXPECT_ERROR(code, part, call) check::expect_code(call, code, #call, part)

inline bool is_late() { return emu::stream_mode() == emu::StreamMode::kLate; }
inline bool is_early() { return emu::stream_mode() == emu::StreamMode::kEarly; }

inline CUfunction function(const char* name) {
  static CUmodule module = [] {
    const unsigned char empty[64] = {0x50, 0xed, 0x55, 0xba};
    CUmodule loaded = nullptr;
    EXPECT_OK(cuModuleLoadData(&loaded, empty));
    return loaded;
  }();
  CUfunction found = nullptr;
  EXPECT_OK(cuModuleGetFunction(&found, module, name));
  return found;
}

inline CUdeviceptr allocate(size_t bytes) {
  CUdeviceptr address = 0;
  EXPECT_OK(cuMemAlloc_v2(&address, bytes));
  return address;
}

inline CUstream make_stream() {
  CUstream stream = nullptr;
  EXPECT_OK(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
  return stream;
}

template <class... A>
CUresult launch_on(CUstream stream, CUfunction kernel, unsigned threads, unsigned shared_bytes,
                   A... arguments) {
  void* addresses[] = {&arguments..., nullptr};
  return cuLaunchKernel(kernel, 1, 1, 1, threads, 1, 1, shared_bytes, stream, addresses, nullptr);
}

void check_memory();
void check_modules();
void check_streams();
void check_graphs();
void check_failures();
void check_blas();
void check_nvml();
void check_nccl();

}  // namespace check

#endif
