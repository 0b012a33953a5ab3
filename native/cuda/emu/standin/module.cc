/* Modules: the names of an image, and the kernels of the emulation that answer to them. */
#include <dlfcn.h>

#include <cstring>

#include "../text.h"
#include "errors.h"
#include "kernel_call.h"

namespace emu {

namespace {

constexpr uint32_t kFatbinMagic = 0xba55ed50;
constexpr int kMaxOptInShared = static_cast<int>(kMaxDynamicShared);

/* What starts a fatbin; one of no bytes stands for all kernels, where no nvcc could make one. */
struct FatbinHeader {
  uint32_t magic;
  uint16_t version;
  uint16_t header_bytes;
  uint64_t bytes;
};

struct Module {
  std::string image;
  std::vector<CUfunction> functions;
};

Handles<CUmodule, Module>& modules() {
  static auto* all = new Handles<CUmodule, Module>();
  return *all;
}

Handles<CUfunction, Function>& functions() {
  static auto* all = new Handles<CUfunction, Function>();
  return *all;
}

/* Kernels lie in a library beside this one, unless the program came with its own. */
std::string load_kernels() {
  static const std::string error = [] {
    Dl_info self;
    if (!kernels().empty() || dladdr(reinterpret_cast<void*>(&load_kernels), &self) == 0) {
      return std::string();
    }
    std::string path = self.dli_fname;
    size_t slash = path.rfind('/');
    path = (slash == std::string::npos ? "" : path.substr(0, slash + 1)) +
           "libgatun_cuda_emulated.so";
    return std::string(dlopen(path.c_str(), RTLD_NOW) != nullptr ? "" : dlerror());
  }();
  return error;
}

}  // namespace

std::shared_ptr<Function> find_function(CUfunction handle) { return functions().get(handle); }

}  // namespace emu

using namespace emu;

DRIVER_API CUresult cuModuleLoadData(CUmodule* handle, const void* image) {
  EMU_READY();
  if (CUresult error = forbid_in_capture(__func__)) {
    return error;
  }
  std::string missing = load_kernels();
  if (!missing.empty()) {
    return refuse(CUDA_ERROR_NO_BINARY_FOR_GPU, __func__, "the emulated kernels: " + missing);
  }
  FatbinHeader header = {};
  memcpy(&header, image, sizeof header.magic);
  if (header.magic != kFatbinMagic) {
    return refuse(CUDA_ERROR_INVALID_IMAGE, __func__, "the image is no fatbin, by its first bytes");
  }
  memcpy(&header, image, sizeof header);
  auto module = std::make_shared<Module>();
  module->image.assign(static_cast<const char*>(image),
                       header.bytes > 0 ? header.header_bytes + header.bytes : 0);
  *handle = modules().add(module);
  return CUDA_SUCCESS;
}

DRIVER_API CUresult cuModuleLoadDataEx(CUmodule* handle, const void* image, unsigned, int*,
                                       void**) {
  return cuModuleLoadData(handle, image);
}

DRIVER_API CUresult cuModuleUnload(CUmodule handle) {
  EMU_READY();
  auto module = modules().remove(handle);
  if (module == nullptr) {
    return refuse(CUDA_ERROR_INVALID_HANDLE, __func__, "no such module, or unloaded before");
  }
  for (CUfunction function : module->functions) {
    functions().remove(function);
  }
  return CUDA_SUCCESS;
}

DRIVER_API CUresult cuModuleGetFunction(CUfunction* function, CUmodule handle, const char* name) {
  EMU_READY();
  auto module = modules().get(handle);
  if (module == nullptr) {
    return refuse(CUDA_ERROR_INVALID_HANDLE, __func__, "no such module, or unloaded");
  }
  const Kernel* kernel = find_kernel(name);
  if (kernel == nullptr) {
    return refuse(CUDA_ERROR_NOT_FOUND, __func__, text("no kernel '%s' in the emulation", name));
  }
  /* As the name of a section of its code: a name within a longer one does not count. */
  std::string section = std::string(".text.") + name + '\0';
  if (!module->image.empty() && module->image.find(section) == std::string::npos) {
    return refuse(CUDA_ERROR_NOT_FOUND, __func__,
                  text("kernel '%s' of %s is not in the image (which must not be compressed)", name,
                       kernel->file));
  }
  auto made = std::make_shared<Function>();
  made->kernel = kernel;
  *function = functions().add(made);
  module->functions.push_back(*function);
  return CUDA_SUCCESS;
}

DRIVER_API CUresult cuFuncGetAttribute(int* value, int attribute, CUfunction handle) {
  EMU_READY();
  auto function = find_function(handle);
  if (function == nullptr) {
    return refuse(CUDA_ERROR_INVALID_HANDLE, __func__, "no such function");
  }
  switch (attribute) {
    case CU_FUNC_MAX_THREADS_PER_BLOCK:
      *value = static_cast<int>(function->kernel->max_threads);
      return CUDA_SUCCESS;
    case CU_FUNC_MAX_DYNAMIC_SHARED_SIZE_BYTES:
      *value = function->max_dynamic_shared;
      return CUDA_SUCCESS;
    case CU_FUNC_PTX_VERSION:
      *value = 90; /* of the device that is emulated: kernels have all of its instructions */
      return CUDA_SUCCESS;
    case CU_FUNC_NUM_REGS:
      *value = 32;
      return CUDA_SUCCESS;
    case CU_FUNC_SHARED_SIZE_BYTES:
    case CU_FUNC_LOCAL_SIZE_BYTES:
      *value = 0; /* which nobody knows without the device's compiler */
      return CUDA_SUCCESS;
    default:
      return refuse(CUDA_ERROR_INVALID_VALUE, __func__, text("attribute %d", attribute));
  }
}

DRIVER_API CUresult cuFuncSetAttribute(CUfunction handle, int attribute, int value) {
  EMU_READY();
  auto function = find_function(handle);
  if (function == nullptr) {
    return refuse(CUDA_ERROR_INVALID_HANDLE, __func__, "no such function");
  }
  if (attribute != CU_FUNC_MAX_DYNAMIC_SHARED_SIZE_BYTES || value < 0 || value > kMaxOptInShared) {
    return refuse(CUDA_ERROR_INVALID_VALUE, __func__,
                  text("attribute %d set to %d; dynamic shared memory is at most %d", attribute,
                       value, kMaxOptInShared));
  }
  function->max_dynamic_shared = value;
  return CUDA_SUCCESS;
}

DRIVER_API CUresult cuFuncGetParamInfo(CUfunction handle, size_t index, size_t* offset,
                                       size_t* bytes) {
  EMU_READY();
  auto function = find_function(handle);
  if (function == nullptr) {
    return refuse(CUDA_ERROR_INVALID_HANDLE, __func__, "no such function");
  }
  const auto& arguments = function->kernel->arguments;
  if (index >= arguments.size()) {
    return CUDA_ERROR_INVALID_VALUE; /* how callers find the end */
  }
  *offset = arguments[index].offset;
  *bytes = arguments[index].bytes;
  return CUDA_SUCCESS;
}

DRIVER_API CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CUfunction handle,
                                                                int threads, size_t shared_bytes) {
  EMU_READY();
  if (find_function(handle) == nullptr || threads < 1) {
    return refuse(CUDA_ERROR_INVALID_VALUE, __func__, "no such function, or no threads");
  }
  int by_memory = static_cast<int>(kMaxDynamicShared / (shared_bytes + 1024));
  *blocks = 2048 / threads < by_memory ? 2048 / threads : by_memory;
  return CUDA_SUCCESS;
}
