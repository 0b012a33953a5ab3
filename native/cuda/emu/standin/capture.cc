/* Streams that record their work into a graph, and what may not be done meanwhile. */
#include "errors.h"
#include "graph.h"
#include "stream.h"

namespace emu {

namespace {

CUresult invalidate(Capture& capture, const char* call, const char* why) {
  capture.is_valid = false;
  return refuse(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, call, why);
}

}  // namespace

std::mutex& capture_mutex() {
  static auto* mutex = new std::mutex();
  return *mutex;
}

CUresult forbid_in_capture(const char* call) {
  std::lock_guard<std::mutex> lock(capture_mutex());
  for (const auto& stream : streams().all()) {
    Capture* capture = stream->capture.get();
    if (capture != nullptr && capture->mode != CU_CAPTURE_RELAXED &&
        (capture->mode == CU_CAPTURE_GLOBAL || capture->thread == std::this_thread::get_id())) {
      return invalidate(*capture, call, "not permitted while a stream captures");
    }
  }
  return CUDA_SUCCESS;
}

CUresult forbid_on_capturing(const char* call, Stream& stream) {
  std::lock_guard<std::mutex> lock(capture_mutex());
  return stream.capture != nullptr
             ? invalidate(*stream.capture, call, "not permitted on a stream that captures")
             : CUDA_SUCCESS;
}

}  // namespace emu

using namespace emu;

DRIVER_API CUresult cuStreamBeginCapture_v2(CUstream handle, int mode) {
  EMU_READY();
  auto stream = find_stream(handle);
  if (stream == nullptr || handle == nullptr) {
    return refuse(stream == nullptr ? CUDA_ERROR_INVALID_HANDLE
                                    : CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED,
                  __func__, "no such stream, or the default stream");
  }
  std::lock_guard<std::mutex> lock(capture_mutex());
  if (stream->capture != nullptr) {
    return refuse(CUDA_ERROR_ILLEGAL_STATE, __func__, "the stream captures already");
  }
  stream->capture = std::make_shared<Capture>();
  stream->capture->mode = mode;
  stream->capture->thread = std::this_thread::get_id();
  stream->capture->origin = stream.get();
  return CUDA_SUCCESS;
}

DRIVER_API CUresult cuStreamEndCapture(CUstream handle, CUgraph* graph) {
  EMU_READY();
  *graph = nullptr;
  auto stream = find_stream(handle);
  std::lock_guard<std::mutex> lock(capture_mutex());
  std::shared_ptr<Capture> capture = stream != nullptr ? stream->capture : nullptr;
  if (capture == nullptr) {
    return refuse(CUDA_ERROR_ILLEGAL_STATE, __func__, "the stream does not capture");
  }
  if (capture->origin != stream.get()) {
    return refuse(CUDA_ERROR_STREAM_CAPTURE_UNMATCHED, __func__,
                  "the capture began on another stream");
  }
  if (capture->mode != CU_CAPTURE_RELAXED && capture->thread != std::this_thread::get_id()) {
    return refuse(CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD, __func__,
                  "another thread began the capture");
  }
  for (Stream* joined : capture->joined) {
    joined->capture = nullptr;
  }
  stream->capture = nullptr;
  if (!capture->is_valid) {
    return refuse(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, __func__,
                  "a call that is not permitted was made during the capture");
  }
  if (!capture->unjoined.empty()) {
    return refuse(CUDA_ERROR_STREAM_CAPTURE_UNJOINED, __func__,
                  "another stream has captured work that this one does not wait for");
  }
  *graph = add_graph(std::move(capture->graph));
  return CUDA_SUCCESS;
}

DRIVER_API CUresult cuStreamIsCapturing(CUstream handle, int* status) {
  EMU_READY();
  auto stream = find_stream(handle);
  if (stream == nullptr) {
    return refuse(CUDA_ERROR_INVALID_HANDLE, __func__, "no such stream, or destroyed");
  }
  std::lock_guard<std::mutex> lock(capture_mutex());
  *status = stream->capture == nullptr ? 0 : stream->capture->is_valid ? 1 : 2;
  return CUDA_SUCCESS;
}
