/* The emulated device, its context and what it says of itself. */
#include <cstring>
#include <map>

#include "errors.h"
#include "memory.h"
#include "settings.h"
#include "stream.h"

namespace emu {

namespace {

constexpr int kDriverVersion = 13000;
thread_local CUcontext current_context = nullptr;

int num_devices() { return setting("GTN_EMU_DEVICES", 1); }

/* A context of a device is its number, from 1. */
CUcontext primary(CUdevice device) {
  return reinterpret_cast<CUcontext>(static_cast<uintptr_t>(device) + 1);
}

CUresult check_device(CUdevice device, const char* call) {
  return device >= 0 && device < num_devices()
             ? CUDA_SUCCESS
             : refuse(CUDA_ERROR_INVALID_DEVICE, call, "no device of this number");
}

/* By the number of the attribute; GTN_EMU_CAPABILITY is 90 for compute capability 9.0. */
const std::map<int, int>& attributes() {
  static const std::map<int, int> all = {
      {1, 1024},     /* threads per block, then its sides */
      {2, 1024},     {3, 1024},   {4, 64},
      {5, 0x7fffffff}, {6, 65535}, {7, 65535}, /* sides of a grid */
      {8, 48 << 10}, /* shared memory per block */
      {10, 32},      /* warp size */
      {12, 65536},   /* registers per block */
      {13, 1000000}, /* clock, kHz */
      {16, setting("GTN_EMU_MULTIPROCESSORS", 4)},
      {18, 0},       /* is integrated */
      {19, 1},       /* can map host memory */
      {33, 0},       {34, 0},     {50, 0}, /* place on the bus */
      {36, 1000000}, /* memory clock, kHz */
      {37, 128},     /* memory bus width */
      {38, 4 << 20}, /* L2 cache */
      {39, 2048},    /* threads per multiprocessor */
      {41, 1},       /* unified addressing */
      {75, setting("GTN_EMU_CAPABILITY", 90) / 10},
      {76, setting("GTN_EMU_CAPABILITY", 90) % 10},
      {81, 233472},  /* shared memory per multiprocessor */
      {82, 65536},   /* registers per multiprocessor */
      {97, 232448},  /* shared memory per block, asked for */
      {115, 0},      /* memory pools */
  };
  return all;
}

}  // namespace

}  // namespace emu

using namespace emu;

DRIVER_API CUresult cuInit(unsigned) {
  if (!is_allowed()) {
    return refuse(CUDA_ERROR_NO_DEVICE, __func__,
                  "this libcuda is an emulation for tests and no device; GTN_EMU_ALLOW=1 lets "
                  "tests use it");
  }
  initialize();
  return CUDA_SUCCESS;
}

DRIVER_API CUresult cuDriverGetVersion(int* version) {
  *version = kDriverVersion;
  return CUDA_SUCCESS;
}

DRIVER_API CUresult cuDeviceGetCount(int* count) {
  EMU_READY();
  *count = num_devices();
  return CUDA_SUCCESS;
}

DRIVER_API CUresult cuDeviceGet(CUdevice* device, int number) {
  EMU_READY();
  *device = number;
  return check_device(number, __func__);
}

DRIVER_API CUresult cuDeviceGetName(char* name, int bytes, CUdevice device) {
  EMU_READY();
  strncpy(name, "emulated", static_cast<size_t>(bytes));
  return check_device(device, __func__);
}

DRIVER_API CUresult cuDeviceGetUuid_v2(CUuuid* uuid, CUdevice device) {
  EMU_READY();
  memset(uuid, 0xee, sizeof *uuid);
  uuid->bytes[15] = static_cast<char>(device);
  return check_device(device, __func__);
}

DRIVER_API CUresult cuDeviceGetPCIBusId(char* id, int bytes, CUdevice device) {
  EMU_READY();
  snprintf(id, static_cast<size_t>(bytes), "0000:%02x:00.0", static_cast<unsigned>(device) & 0xff);
  return check_device(device, __func__);
}

DRIVER_API CUresult cuDeviceTotalMem_v2(size_t* bytes, CUdevice device) {
  EMU_READY();
  *bytes = Memory::instance().total();
  return check_device(device, __func__);
}

DRIVER_API CUresult cuDeviceGetAttribute(int* value, int attribute, CUdevice device) {
  EMU_READY();
  auto found = attributes().find(attribute);
  if (found == attributes().end()) {
    return refuse(CUDA_ERROR_INVALID_VALUE, __func__,
                  "attribute " + std::to_string(attribute) + " is not emulated");
  }
  *value = found->second;
  return check_device(device, __func__);
}

DRIVER_API CUresult cuDeviceCanAccessPeer(int* can, CUdevice, CUdevice) {
  EMU_READY();
  *can = 1; /* all devices share the host's memory */
  return CUDA_SUCCESS;
}

DRIVER_API CUresult cuCtxEnablePeerAccess(CUcontext, unsigned) {
  EMU_READY();
  return CUDA_SUCCESS;
}

DRIVER_API CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device) {
  EMU_READY();
  *context = primary(device);
  return check_device(device, __func__);
}

DRIVER_API CUresult cuDevicePrimaryCtxRelease_v2(CUdevice) { return CUDA_SUCCESS; }

DRIVER_API CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice device, unsigned) {
  EMU_READY();
  return check_device(device, __func__);
}

/* Forgets a failure; a process that has seen one on a device had better end. */
DRIVER_API CUresult cuDevicePrimaryCtxReset_v2(CUdevice) {
  clear_sticky_error();
  return CUDA_SUCCESS;
}

DRIVER_API CUresult cuCtxSetCurrent(CUcontext context) {
  EMU_READY();
  current_context = context;
  return CUDA_SUCCESS;
}

DRIVER_API CUresult cuCtxGetCurrent(CUcontext* context) {
  EMU_READY();
  *context = current_context;
  return CUDA_SUCCESS;
}

DRIVER_API CUresult cuCtxSynchronize() {
  EMU_READY();
  if (CUresult error = forbid_in_capture(__func__)) {
    return error;
  }
  finish_streams(false);
  return sticky_error();
}
