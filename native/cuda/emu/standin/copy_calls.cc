/*
 * Copies and fills. Between device and pinned memory they are queued. From memory that is not
 * pinned the bytes are taken at once, and to it the call waits, as the driver does.
 */
#include <cstring>

#include "../text.h"
#include "errors.h"
#include "memory.h"
#include "stream.h"

namespace emu {

namespace {

void* pointer(CUdeviceptr address) { return reinterpret_cast<void*>(address); }

enum Side { kDevice, kHost, kEither };

/* Empty, or why an end of a copy cannot be. */
std::string fault_of(const char* which, Side side, const void* address, size_t bytes) {
  Memory& memory = Memory::instance();
  if (bytes == 0) {
    return "";
  }
  if (side == kDevice && !memory.in_window(address)) {
    return text("its %s %p is no device memory", which, address);
  }
  if (side == kHost && (address == nullptr || memory.is_device(address))) {
    return text("its %s %p is no memory of the host", which, address);
  }
  std::string fault = memory.check(address, bytes);
  return fault.empty() ? "" : text("its %s, ", which) + fault;
}

/* A copy whose ends are looked at again when it is made: they may be freed by then. */
NodePtr make_copy(const char* call, void* to, const void* from, size_t bytes,
                  std::shared_ptr<std::string> taken) {
  return make_node(CU_NODE_MEMCPY, call, [=] {
    std::string fault = fault_of("destination", kEither, to, bytes);
    fault = fault.empty() ? fault_of("source", kEither, from, bytes) : fault;
    if (!fault.empty()) {
      set_sticky_error(CUDA_ERROR_ILLEGAL_ADDRESS, text("%s, when made: ", call) + fault);
      return;
    }
    memcpy(to, taken != nullptr ? taken->data() : from, bytes);
  });
}

CUresult copy_async(const char* call, void* to, Side to_side, const void* from, Side from_side,
                    size_t bytes, CUstream handle) {
  auto stream = find_stream(handle);
  if (stream == nullptr) {
    return refuse(CUDA_ERROR_INVALID_HANDLE, call, "no such stream, or destroyed");
  }
  std::string fault = fault_of("destination", to_side, to, bytes);
  fault = fault.empty() ? fault_of("source", from_side, from, bytes) : fault;
  if (!fault.empty()) {
    return refuse(CUDA_ERROR_INVALID_VALUE, call, fault);
  }
  bool from_pageable = !Memory::instance().is_pinned(from);
  bool to_pageable = !Memory::instance().is_pinned(to);
  std::shared_ptr<std::string> taken;
  if (from_pageable || to_pageable) {
    std::lock_guard<std::mutex> lock(capture_mutex());
    if (stream->capture != nullptr) {
      stream->capture->is_valid = false;
      return refuse(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, call,
                    "a copy with memory that is not pinned, while the stream captures");
    }
  }
  if (from_pageable) {
    taken = std::make_shared<std::string>(static_cast<const char*>(from), bytes);
  }
  CUresult error = stream->add(make_copy(call, to, from, bytes, taken));
  if (error == CUDA_SUCCESS && to_pageable) {
    stream->finish();
    return sticky_error();
  }
  return error;
}

/* A copy without a stream is in order with the default stream and those that wait for it. */
CUresult copy_now(const char* call, void* to, Side to_side, const void* from, Side from_side,
                  size_t bytes) {
  if (CUresult error = forbid_in_capture(call)) {
    return error;
  }
  finish_streams(true);
  CUresult error = copy_async(call, to, to_side, from, from_side, bytes, nullptr);
  find_stream(nullptr)->finish();
  return error != CUDA_SUCCESS ? error : sticky_error();
}

CUresult fill_async(const char* call, void* to, uint32_t value, size_t width, size_t count,
                    CUstream handle) {
  auto stream = find_stream(handle);
  if (stream == nullptr) {
    return refuse(CUDA_ERROR_INVALID_HANDLE, call, "no such stream, or destroyed");
  }
  std::string fault = fault_of("destination", kDevice, to, width * count);
  if (fault.empty() && reinterpret_cast<uintptr_t>(to) % width != 0) {
    fault = "its destination is not aligned";
  }
  if (!fault.empty()) {
    return refuse(CUDA_ERROR_INVALID_VALUE, call, fault);
  }
  return stream->add(make_node(CU_NODE_MEMSET, call, [=] {
    std::string late_fault = fault_of("destination", kEither, to, width * count);
    if (!late_fault.empty()) {
      set_sticky_error(CUDA_ERROR_ILLEGAL_ADDRESS, text("%s, when made: ", call) + late_fault);
      return;
    }
    for (size_t i = 0; i < count; i++) {
      memcpy(static_cast<char*>(to) + width * i, &value, width);
    }
  }));
}

}  // namespace

}  // namespace emu

using namespace emu;

DRIVER_API CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t bytes,
                                         CUstream stream) {
  EMU_READY();
  return copy_async(__func__, pointer(to), kDevice, from, kHost, bytes, stream);
}

DRIVER_API CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t bytes,
                                         CUstream stream) {
  EMU_READY();
  return copy_async(__func__, to, kHost, pointer(from), kDevice, bytes, stream);
}

DRIVER_API CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes,
                                         CUstream stream) {
  EMU_READY();
  return copy_async(__func__, pointer(to), kDevice, pointer(from), kDevice, bytes, stream);
}

DRIVER_API CUresult cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, size_t bytes,
                                  CUstream stream) {
  EMU_READY();
  return copy_async(__func__, pointer(to), kEither, pointer(from), kEither, bytes, stream);
}

DRIVER_API CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, size_t bytes) {
  EMU_READY();
  return copy_now(__func__, pointer(to), kDevice, from, kHost, bytes);
}

DRIVER_API CUresult cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t bytes) {
  EMU_READY();
  return copy_now(__func__, to, kHost, pointer(from), kDevice, bytes);
}

DRIVER_API CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  EMU_READY();
  return copy_now(__func__, pointer(to), kDevice, pointer(from), kDevice, bytes);
}

DRIVER_API CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t count,
                                    CUstream stream) {
  EMU_READY();
  return fill_async(__func__, pointer(to), value, 1, count, stream);
}

DRIVER_API CUresult cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t count,
                                     CUstream stream) {
  EMU_READY();
  return fill_async(__func__, pointer(to), value, 4, count, stream);
}

DRIVER_API CUresult cuMemsetD8_v2(CUdeviceptr to, unsigned char value, size_t count) {
  EMU_READY();
  if (CUresult error = forbid_in_capture(__func__)) {
    return error;
  }
  finish_streams(true);
  CUresult error = fill_async(__func__, pointer(to), value, 1, count, nullptr);
  find_stream(nullptr)->finish();
  return error != CUDA_SUCCESS ? error : sticky_error();
}
