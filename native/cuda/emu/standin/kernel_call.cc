#include "kernel_call.h"

#include <atomic>
#include <cstdlib>
#include <cstring>

#include "../text.h"
#include "errors.h"
#include "memory.h"

namespace emu {

namespace {

constexpr unsigned kMaxBlockX = 1024;
constexpr unsigned kMaxBlockZ = 64;
constexpr unsigned kMaxGridYz = 65535;

uint64_t volume(const dim3& size) { return uint64_t{size.x} * size.y * size.z; }

/* Empty, or what no device would launch. */
std::string geometry_fault(const Function& function, const Geometry& geometry) {
  const dim3& block = geometry.block;
  const dim3& grid = geometry.grid;
  if (volume(block) == 0 || volume(grid) == 0) {
    return text("an empty grid (%u, %u, %u) or block (%u, %u, %u)", grid.x, grid.y, grid.z, block.x,
                block.y, block.z);
  }
  if (block.x > kMaxBlockX || block.y > kMaxBlockX || block.z > kMaxBlockZ ||
      volume(block) > function.kernel->max_threads) {
    return text("a block of (%u, %u, %u) threads, the kernel allows %u", block.x, block.y, block.z,
                function.kernel->max_threads);
  }
  if (grid.x > 0x7fffffffu || grid.y > kMaxGridYz || grid.z > kMaxGridYz) {
    return text("a grid of (%u, %u, %u) blocks, at most 2147483647, 65535, 65535", grid.x, grid.y,
                grid.z);
  }
  if (geometry.shared_bytes > static_cast<size_t>(function.max_dynamic_shared)) {
    return text("%zu bytes of dynamic shared memory, %d are allowed; cuFuncSetAttribute asks for "
                "more",
                geometry.shared_bytes, function.max_dynamic_shared);
  }
  return "";
}

/*
 * Arguments are mostly structs whose members nobody declares here; but a word that holds an address
 * of the device's window is an address, and must lie in memory that is allocated, or at its end.
 */
std::string address_fault(const std::vector<unsigned char>& arguments) {
  for (size_t at = 0; at + 8 <= arguments.size(); at += 8) {
    uintptr_t word;
    memcpy(&word, &arguments[at], sizeof word);
    const void* address = reinterpret_cast<const void*>(word);
    Memory& memory = Memory::instance();
    if (memory.in_window(address) && !memory.check(address, 0).empty()) {
      return text("bytes %zu to %zu of the arguments are the address %p: %s", at, at + 8, address,
                  memory.describe(address).c_str());
    }
  }
  return "";
}

/* GTN_EMU_FAULT: the address that the arguments start with becomes one that no memory has. */
void plant_fault(const Kernel& kernel, std::vector<unsigned char>& arguments) {
  static const char* const planted = getenv("GTN_EMU_FAULT");
  static std::atomic<int> launches{0};
  const char* colon = planted != nullptr ? strchr(planted, ':') : nullptr;
  if (colon != nullptr && kernel.name == std::string(planted, colon) &&
      ++launches >= atoi(colon + 1)) {
    uintptr_t nowhere = 16;
    memcpy(arguments.data(), &nowhere, sizeof nowhere);
  }
}

void run(const KernelCall& call) {
  std::string fault = address_fault(call.arguments);
  if (!fault.empty()) {
    set_sticky_error(CUDA_ERROR_ILLEGAL_ADDRESS,
                     text("kernel %s: when it runs, ", call.kernel->name) + fault);
    return;
  }
  std::vector<unsigned char> arguments = call.arguments; /* which a kernel may change */
  plant_fault(*call.kernel, arguments);
  std::vector<void*> addresses;
  for (const Argument& argument : call.kernel->arguments) {
    addresses.push_back(arguments.data() + argument.offset);
  }
  static const Options options = [] {
    Options from = Options::from_environment();
    fprintf(stderr, "emulated cuda: %s\n", from.describe().c_str());
    return from;
  }();
  Failure failure = launch(*call.kernel, call.geometry, addresses.data(), options);
  if (failure) {
    set_sticky_error(failure.kind == FailureKind::kAddress ? CUDA_ERROR_ILLEGAL_ADDRESS
                                                           : CUDA_ERROR_LAUNCH_FAILED,
                     failure.message);
  }
}

}  // namespace

NodePtr make_kernel_node(const char* call, CUfunction handle, const Geometry& geometry,
                         void** values, void** extra, CUresult& error) {
  auto function = find_function(handle);
  if (function == nullptr) {
    error = refuse(CUDA_ERROR_INVALID_HANDLE, call, "no such function, or its module was unloaded");
    return nullptr;
  }
  const Kernel& kernel = *function->kernel;
  std::string fault = geometry_fault(*function, geometry);
  auto made = std::make_shared<KernelCall>();
  *made = {&kernel, handle, geometry, {}};
  if (fault.empty() && (extra != nullptr || (values == nullptr && !kernel.arguments.empty()))) {
    fault = "arguments must be given by kernelParams";
  }
  for (size_t i = 0; fault.empty() && i < kernel.arguments.size(); i++) {
    const Argument& argument = kernel.arguments[i];
    made->arguments.resize((argument.offset + argument.bytes + 15) / 16 * 16);
    if (values[i] == nullptr) {
      fault = text("argument %zu of %zu is missing", i, kernel.arguments.size());
    } else {
      memcpy(&made->arguments[argument.offset], values[i], argument.bytes);
    }
  }
  fault = fault.empty() ? address_fault(made->arguments) : fault;
  if (!fault.empty()) {
    error = refuse(CUDA_ERROR_INVALID_VALUE, call, text("kernel %s: ", kernel.name) + fault);
    return nullptr;
  }
  Node node = {CU_NODE_KERNEL, call, [made] { run(*made); }, made};
  error = CUDA_SUCCESS;
  return std::make_shared<Node>(std::move(node));
}

}  // namespace emu

using namespace emu;

DRIVER_API CUresult cuLaunchKernel(CUfunction function, unsigned grid_x, unsigned grid_y,
                                   unsigned grid_z, unsigned block_x, unsigned block_y,
                                   unsigned block_z, unsigned shared_bytes, CUstream handle,
                                   void** arguments, void** extra) {
  EMU_READY();
  auto stream = find_stream(handle);
  if (stream == nullptr) {
    return refuse(CUDA_ERROR_INVALID_HANDLE, __func__, "no such stream, or destroyed");
  }
  CUresult error;
  Geometry geometry = {dim3(grid_x, grid_y, grid_z), dim3(block_x, block_y, block_z), shared_bytes};
  NodePtr node = make_kernel_node(__func__, function, geometry, arguments, extra, error);
  return node != nullptr ? stream->add(node) : error;
}

DRIVER_API CUresult cuLaunchKernelEx(const CUlaunchConfig* config, CUfunction function,
                                     void** arguments, void** extra) {
  EMU_READY();
  for (unsigned i = 0; i < config->numAttrs; i++) {
    const CUlaunchAttribute& attribute = config->attrs[i];
    if (attribute.id == CU_LAUNCH_CLUSTER_DIMENSION) {
      const unsigned* size = reinterpret_cast<const unsigned*>(attribute.value);
      if (size[0] != 1 || size[1] != 1 || size[2] != 1) {
        return refuse(CUDA_ERROR_NOT_SUPPORTED, __func__, "clusters are not emulated");
      }
    } else if (attribute.id != CU_LAUNCH_PROGRAMMATIC_SERIALIZATION) {
      return refuse(CUDA_ERROR_NOT_SUPPORTED, __func__,
                    text("launch attribute %d is not emulated", attribute.id));
    }
  }
  return cuLaunchKernel(function, config->gridDimX, config->gridDimY, config->gridDimZ,
                        config->blockDimX, config->blockDimY, config->blockDimZ,
                        config->sharedMemBytes, config->hStream, arguments, extra);
}
