/* Allocation of device and pinned memory. */
#include <cstring>

#include "../text.h"
#include "errors.h"
#include "memory.h"
#include "stream.h"

namespace emu {

namespace {

void* pointer(CUdeviceptr address) { return reinterpret_cast<void*>(address); }

CUresult allocate(const char* call, size_t bytes, bool on_host, void** result) {
  Memory& memory = Memory::instance();
  if (CUresult error = forbid_in_capture(call)) {
    return error;
  }
  if (bytes == 0) {
    return refuse(CUDA_ERROR_INVALID_VALUE, call, "an allocation of 0 bytes");
  }
  *result = memory.allocate(bytes, on_host);
  return *result != nullptr
             ? CUDA_SUCCESS
             : refuse(CUDA_ERROR_OUT_OF_MEMORY, call,
                      text("%zu bytes, of %zu are %zu in use (GTN_EMU_MEMORY)", bytes,
                           memory.total(), memory.used()));
}

/* Bytes written outside an allocation are a failure of the device. */
CUresult free_memory(const char* call, void* address, bool on_host) {
  bool overwritten;
  std::string fault = Memory::instance().free(address, on_host, overwritten);
  if (overwritten) {
    set_sticky_error(CUDA_ERROR_ILLEGAL_ADDRESS, fault);
    return CUDA_ERROR_ILLEGAL_ADDRESS;
  }
  return fault.empty() ? CUDA_SUCCESS : refuse(CUDA_ERROR_INVALID_VALUE, call, fault);
}

}  // namespace

}  // namespace emu

using namespace emu;

DRIVER_API CUresult cuMemGetInfo_v2(size_t* free_bytes, size_t* total) {
  EMU_READY();
  *total = Memory::instance().total();
  *free_bytes = Memory::instance().tell_free();
  return CUDA_SUCCESS;
}

DRIVER_API CUresult cuMemAlloc_v2(CUdeviceptr* address, size_t bytes) {
  EMU_READY();
  void* result = nullptr;
  CUresult error = allocate(__func__, bytes, false, &result);
  *address = reinterpret_cast<CUdeviceptr>(result);
  return error;
}

DRIVER_API CUresult cuMemFree_v2(CUdeviceptr address) {
  EMU_READY();
  if (CUresult error = forbid_in_capture(__func__)) {
    return error;
  }
  finish_streams(false); /* as the device does, before memory can be somebody else's */
  return address == 0 ? CUDA_SUCCESS : free_memory(__func__, pointer(address), false);
}

DRIVER_API CUresult cuMemAllocAsync(CUdeviceptr* address, size_t bytes, CUstream handle) {
  auto stream = find_stream(handle);
  if (stream == nullptr) {
    return refuse(CUDA_ERROR_INVALID_HANDLE, __func__, "no such stream, or destroyed");
  }
  return cuMemAlloc_v2(address, bytes);
}

DRIVER_API CUresult cuMemFreeAsync(CUdeviceptr address, CUstream handle) {
  EMU_READY();
  auto stream = find_stream(handle);
  if (stream == nullptr) {
    return refuse(CUDA_ERROR_INVALID_HANDLE, __func__, "no such stream, or destroyed");
  }
  if (CUresult error = forbid_on_capturing(__func__, *stream)) {
    return error;
  }
  const char* call = __func__;
  return stream->add(make_node(CU_NODE_HOST, call, [=] {
    if (free_memory(call, pointer(address), false) == CUDA_ERROR_INVALID_VALUE) {
      set_sticky_error(CUDA_ERROR_ILLEGAL_ADDRESS, "cuMemFreeAsync of no allocation");
    }
  }));
}

DRIVER_API CUresult cuMemGetAddressRange_v2(CUdeviceptr* base, size_t* bytes, CUdeviceptr address) {
  EMU_READY();
  Allocation found;
  if (!Memory::instance().find(pointer(address), found)) {
    return refuse(CUDA_ERROR_NOT_FOUND, __func__, Memory::instance().describe(pointer(address)));
  }
  *base = reinterpret_cast<CUdeviceptr>(found.begin);
  *bytes = found.bytes;
  return CUDA_SUCCESS;
}

DRIVER_API CUresult cuMemHostAlloc(void** address, size_t bytes, unsigned) {
  EMU_READY();
  return allocate(__func__, bytes, true, address);
}

DRIVER_API CUresult cuMemAllocHost_v2(void** address, size_t bytes) {
  EMU_READY();
  return allocate(__func__, bytes, true, address);
}

DRIVER_API CUresult cuMemFreeHost(void* address) {
  EMU_READY();
  if (CUresult error = forbid_in_capture(__func__)) {
    return error;
  }
  finish_streams(false);
  return free_memory(__func__, address, true);
}

DRIVER_API CUresult cuMemHostRegister_v2(void* address, size_t bytes, unsigned) {
  EMU_READY();
  return Memory::instance().register_host(address, bytes)
             ? CUDA_SUCCESS
             : refuse(CUDA_ERROR_INVALID_VALUE, __func__, "no bytes, or registered before");
}

DRIVER_API CUresult cuMemHostUnregister(void* address) {
  EMU_READY();
  return Memory::instance().unregister_host(address)
             ? CUDA_SUCCESS
             : refuse(CUDA_ERROR_INVALID_VALUE, __func__, "not registered");
}

DRIVER_API CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr* address, void* host, unsigned) {
  EMU_READY();
  *address = reinterpret_cast<CUdeviceptr>(host);
  return Memory::instance().is_pinned(host)
             ? CUDA_SUCCESS
             : refuse(CUDA_ERROR_INVALID_VALUE, __func__, "not pinned memory");
}
