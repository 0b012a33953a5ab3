/*
 * A stand-in for libnvidia-ml: what it reports can be set by environment variables and, while it
 * runs, by gtnEmuNvmlSet. Memory is that of the emulated device.
 */
#include <cstring>
#include <map>
#include <mutex>
#include <string>

#include "../memory.h"
#include "../settings.h"

namespace {

enum : int { kSuccess = 0, kUninitialized = 1, kInvalidArgument = 2, kNotSupported = 3,
             kInsufficientSize = 7 };

using Device = struct NvmlDevice_st*;

struct MemoryInfo {
  unsigned long long total, free, used;
};

struct MemoryInfoV2 {
  unsigned version;
  unsigned long long total, reserved, free, used;
};

struct Utilization {
  unsigned gpu, memory;
};

bool initialized = false;
std::mutex mutex;

std::map<std::string, unsigned>& values() {
  auto from = [](const char* variable, int otherwise) {
    return static_cast<unsigned>(emu::setting(variable, otherwise));
  };
  static std::map<std::string, unsigned> all = {
      {"utilization", from("GTN_EMU_UTILIZATION", 0)},
      {"memory_utilization", from("GTN_EMU_MEMORY_UTILIZATION", 0)},
      {"temperature", from("GTN_EMU_TEMPERATURE", 40)},
      {"power_milliwatts", from("GTN_EMU_POWER_MILLIWATTS", 100000)},
      {"ecc_corrected", from("GTN_EMU_ECC_CORRECTED", 0)},
      {"ecc_uncorrected", from("GTN_EMU_ECC_UNCORRECTED", 0)},
  };
  return all;
}

unsigned value(const char* name) {
  std::lock_guard<std::mutex> lock(mutex);
  return values()[name];
}

int check(Device device) {
  if (!initialized) {
    return kUninitialized;
  }
  uintptr_t number = reinterpret_cast<uintptr_t>(device);
  return number >= 1 && number <= static_cast<uintptr_t>(emu::setting("GTN_EMU_DEVICES", 1))
             ? kSuccess
             : kInvalidArgument;
}

int copy_text(const std::string& text, char* to, unsigned bytes) {
  if (text.size() >= bytes) {
    return kInsufficientSize;
  }
  memcpy(to, text.c_str(), text.size() + 1);
  return kSuccess;
}

}  // namespace

/* Sets what is reported from now on; false for a name that there is not. */
DRIVER_API int gtnEmuNvmlSet(const char* name, unsigned number) {
  std::lock_guard<std::mutex> lock(mutex);
  auto found = values().find(name);
  if (found == values().end()) {
    return 0;
  }
  found->second = number;
  return 1;
}

DRIVER_API int nvmlInit_v2() {
  initialized = true;
  return kSuccess;
}

DRIVER_API int nvmlShutdown() {
  int result = initialized ? kSuccess : kUninitialized;
  initialized = false;
  return result;
}

DRIVER_API const char* nvmlErrorString(int code) {
  switch (code) {
    case kSuccess: return "Success";
    case kUninitialized: return "Uninitialized";
    case kInvalidArgument: return "Invalid Argument";
    case kNotSupported: return "Not Supported";
    case kInsufficientSize: return "Insufficient Size";
    default: return "Unknown Error";
  }
}

DRIVER_API int nvmlSystemGetDriverVersion(char* version, unsigned bytes) {
  return copy_text("emulated", version, bytes);
}

DRIVER_API int nvmlDeviceGetCount_v2(unsigned* count) {
  *count = static_cast<unsigned>(emu::setting("GTN_EMU_DEVICES", 1));
  return initialized ? kSuccess : kUninitialized;
}

DRIVER_API int nvmlDeviceGetHandleByIndex_v2(unsigned index, Device* device) {
  *device = reinterpret_cast<Device>(static_cast<uintptr_t>(index) + 1);
  return check(*device);
}

/* "0000:NN:00.0", as cuDeviceGetPCIBusId has it, with four or eight digits of the domain. */
DRIVER_API int nvmlDeviceGetHandleByPciBusId_v2(const char* id, Device* device) {
  const char* bus = strchr(id, ':');
  if (bus == nullptr) {
    return kInvalidArgument;
  }
  return nvmlDeviceGetHandleByIndex_v2(static_cast<unsigned>(strtoul(bus + 1, nullptr, 16)),
                                       device);
}

DRIVER_API int nvmlDeviceGetName(Device device, char* name, unsigned bytes) {
  int error = check(device);
  return error != kSuccess ? error : copy_text("emulated", name, bytes);
}

DRIVER_API int nvmlDeviceGetUUID(Device device, char* uuid, unsigned bytes) {
  int error = check(device);
  return error != kSuccess
             ? error
             : copy_text("GPU-emulated-" + std::to_string(reinterpret_cast<uintptr_t>(device) - 1),
                         uuid, bytes);
}

DRIVER_API int nvmlDeviceGetMemoryInfo(Device device, MemoryInfo* info) {
  emu::Memory& memory = emu::Memory::instance();
  *info = {memory.total(), memory.total() - memory.used(), memory.used()};
  return check(device);
}

DRIVER_API int nvmlDeviceGetMemoryInfo_v2(Device device, MemoryInfoV2* info) {
  emu::Memory& memory = emu::Memory::instance();
  *info = {info->version, memory.total(), 0, memory.total() - memory.used(), memory.used()};
  return check(device);
}

DRIVER_API int nvmlDeviceGetUtilizationRates(Device device, Utilization* rates) {
  *rates = {value("utilization"), value("memory_utilization")};
  return check(device);
}

DRIVER_API int nvmlDeviceGetTemperature(Device device, int sensor, unsigned* degrees) {
  *degrees = value("temperature");
  return sensor != 0 ? kInvalidArgument : check(device);
}

DRIVER_API int nvmlDeviceGetPowerUsage(Device device, unsigned* milliwatts) {
  *milliwatts = value("power_milliwatts");
  return check(device);
}

DRIVER_API int nvmlDeviceGetEccMode(Device device, int* now, int* pending) {
  *now = *pending = 1;
  return check(device);
}

/* Type 0 counts corrected errors, 1 uncorrected ones; lifetimes of counters are all the same. */
DRIVER_API int nvmlDeviceGetTotalEccErrors(Device device, int type, int,
                                           unsigned long long* count) {
  *count = value(type == 0 ? "ecc_corrected" : "ecc_uncorrected");
  return check(device);
}
