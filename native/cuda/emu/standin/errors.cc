#include "errors.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>

namespace emu {

namespace {

std::mutex mutex;
std::string last_message;
std::atomic<CUresult> sticky{CUDA_SUCCESS};
std::atomic<bool> initialized{false};

struct ErrorName {
  CUresult code;
  const char* name;
  const char* text;
};

#define NAMED(code, text) {code, #code, text}
const ErrorName kErrors[] = {
    NAMED(CUDA_SUCCESS, "no error"),
    NAMED(CUDA_ERROR_INVALID_VALUE, "invalid argument"),
    NAMED(CUDA_ERROR_OUT_OF_MEMORY, "out of memory"),
    NAMED(CUDA_ERROR_NOT_INITIALIZED, "initialization error"),
    NAMED(CUDA_ERROR_NO_DEVICE, "no CUDA-capable device is detected"),
    NAMED(CUDA_ERROR_INVALID_DEVICE, "invalid device ordinal"),
    NAMED(CUDA_ERROR_INVALID_IMAGE, "device kernel image is invalid"),
    NAMED(CUDA_ERROR_INVALID_CONTEXT, "invalid device context"),
    NAMED(CUDA_ERROR_NO_BINARY_FOR_GPU, "no kernel image is available for execution on the device"),
    NAMED(CUDA_ERROR_INVALID_HANDLE, "invalid resource handle"),
    NAMED(CUDA_ERROR_ILLEGAL_STATE, "the operation cannot be performed in the present state"),
    NAMED(CUDA_ERROR_NOT_FOUND, "named symbol not found"),
    NAMED(CUDA_ERROR_NOT_READY, "device not ready"),
    NAMED(CUDA_ERROR_ILLEGAL_ADDRESS, "an illegal memory access was encountered"),
    NAMED(CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, "too many resources requested for launch"),
    NAMED(CUDA_ERROR_LAUNCH_FAILED, "unspecified launch failure"),
    NAMED(CUDA_ERROR_NOT_SUPPORTED, "operation not supported"),
    NAMED(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "operation not permitted while a stream captures"),
    NAMED(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, "operation failed due to a previous error during "
                                                 "capture"),
    NAMED(CUDA_ERROR_STREAM_CAPTURE_MERGE, "operation would merge two captures"),
    NAMED(CUDA_ERROR_STREAM_CAPTURE_UNMATCHED, "capture was not started on this stream"),
    NAMED(CUDA_ERROR_STREAM_CAPTURE_UNJOINED, "capture has work that was not joined"),
    NAMED(CUDA_ERROR_STREAM_CAPTURE_ISOLATION, "capture would depend on work outside it"),
    NAMED(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, "capture would depend on the default stream"),
    NAMED(CUDA_ERROR_CAPTURED_EVENT, "operation not permitted on an event of a capture"),
    NAMED(CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD, "capture was started by another thread"),
    NAMED(CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE, "the graph could not be updated"),
};
#undef NAMED

const ErrorName* find(CUresult code) {
  for (const ErrorName& error : kErrors) {
    if (error.code == code) {
      return &error;
    }
  }
  return nullptr;
}

}  // namespace

CUresult refuse(CUresult code, const char* call, const std::string& why) {
  const ErrorName* error = find(code);
  fprintf(stderr, "emulated cuda: %s: %s (%s)\n", call, why.c_str(),
          error != nullptr ? error->name : "unknown");
  std::lock_guard<std::mutex> lock(mutex);
  last_message = std::string(call) + ": " + why;
  return code;
}

CUresult sticky_error() { return sticky; }

void set_sticky_error(CUresult code, const std::string& why) {
  CUresult none = CUDA_SUCCESS;
  if (sticky.compare_exchange_strong(none, code)) {
    refuse(code, "device", why);
  }
}

void clear_sticky_error() { sticky = CUDA_SUCCESS; }

bool is_allowed() {
  const char* allow = getenv("GTN_EMU_ALLOW");
  return allow != nullptr && strcmp(allow, "1") == 0;
}

void initialize() { initialized = true; }

CUresult ready(const char* call) {
  if (!initialized) {
    return refuse(CUDA_ERROR_NOT_INITIALIZED, call, "cuInit was not called");
  }
  return sticky;
}

}  // namespace emu

DRIVER_API CUresult cuGetErrorName(CUresult code, const char** name) {
  const emu::ErrorName* error = emu::find(code);
  *name = error != nullptr ? error->name : nullptr;
  return error != nullptr ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

DRIVER_API CUresult cuGetErrorString(CUresult code, const char** text) {
  const emu::ErrorName* error = emu::find(code);
  *text = error != nullptr ? error->text : nullptr;
  return error != nullptr ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

/* For tests: why the last refused call was refused; valid until the same thread asks again. */
DRIVER_API const char* gtnEmuLastMessage() {
  static thread_local std::string copy;
  std::lock_guard<std::mutex> lock(emu::mutex);
  copy = emu::last_message;
  return copy.c_str();
}
