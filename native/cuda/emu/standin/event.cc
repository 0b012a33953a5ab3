/* Events: places in streams that others ask for or wait for. */
#include "errors.h"
#include "stream.h"

namespace emu {

namespace {

struct Event {
  unsigned flags;
  std::mutex mutex;
  std::shared_ptr<Marker> marker;   /* null before it was recorded */
  std::weak_ptr<Capture> captured;  /* recorded by a stream that captured */
  bool was_captured = false;
  Stream* captured_on = nullptr;
};

Handles<CUevent, Event>& events() {
  static auto* all = new Handles<CUevent, Event>();
  return *all;
}

std::shared_ptr<Marker> marker_of(Event& event) {
  std::lock_guard<std::mutex> lock(event.mutex);
  return event.marker;
}

CUresult invalidate(Capture& capture, CUresult code, const char* call, const char* why) {
  capture.is_valid = false;
  return refuse(code, call, why);
}

/* A stream that captures, or comes to, waits for what another did in the same capture. */
CUresult wait_captured(const std::shared_ptr<Stream>& stream, Event& event, const char* call) {
  std::lock_guard<std::mutex> lock(capture_mutex());
  std::shared_ptr<Capture> source = event.captured.lock();
  if (!event.was_captured) {
    return invalidate(*stream->capture, CUDA_ERROR_STREAM_CAPTURE_ISOLATION, call,
                      "a stream that captures waits for an event from outside the capture");
  }
  if (source == nullptr) {
    return refuse(CUDA_ERROR_CAPTURED_EVENT, call, "the event belongs to a capture that has ended");
  }
  if (stream->capture != nullptr && stream->capture != source) {
    return invalidate(*stream->capture, CUDA_ERROR_STREAM_CAPTURE_MERGE, call,
                      "the event belongs to another capture");
  }
  if (stream->capture == nullptr) {
    stream->capture = source;
    source->joined.insert(stream.get());
    source->unjoined.insert(stream.get());
  } else if (stream.get() == source->origin) {
    source->unjoined.erase(event.captured_on);
  }
  return CUDA_SUCCESS;
}

}  // namespace

}  // namespace emu

using namespace emu;

#define EMU_EVENT(name, handle)                                                      \
  auto name = events().get(handle);                                                  \
  if (name == nullptr) {                                                             \
    return refuse(CUDA_ERROR_INVALID_HANDLE, __func__, "no such event, or destroyed"); \
  }

DRIVER_API CUresult cuEventCreate(CUevent* handle, unsigned flags) {
  EMU_READY();
  auto event = std::make_shared<Event>();
  event->flags = flags;
  *handle = events().add(event);
  return CUDA_SUCCESS;
}

DRIVER_API CUresult cuEventDestroy_v2(CUevent handle) {
  EMU_READY();
  return events().remove(handle) != nullptr
             ? CUDA_SUCCESS
             : refuse(CUDA_ERROR_INVALID_HANDLE, __func__, "no such event, or destroyed before");
}

DRIVER_API CUresult cuEventRecord(CUevent handle, CUstream stream_handle) {
  EMU_READY();
  EMU_EVENT(event, handle);
  auto stream = find_stream(stream_handle);
  if (stream == nullptr) {
    return refuse(CUDA_ERROR_INVALID_HANDLE, __func__, "no such stream, or destroyed");
  }
  {
    std::lock_guard<std::mutex> lock(capture_mutex());
    event->was_captured = stream->capture != nullptr;
    event->captured = stream->capture;
    event->captured_on = stream.get();
    if (event->was_captured) {
      return CUDA_SUCCESS;
    }
  }
  auto marker = stream->mark();
  {
    std::lock_guard<std::mutex> lock(event->mutex);
    event->marker = marker;
  }
  if (stream_mode() == StreamMode::kEarly) {
    stream->finish();
  }
  return CUDA_SUCCESS;
}

DRIVER_API CUresult cuEventQuery(CUevent handle) {
  EMU_READY();
  EMU_EVENT(event, handle);
  if (event->was_captured) {
    return refuse(CUDA_ERROR_CAPTURED_EVENT, __func__, "the event was recorded in a capture");
  }
  auto marker = marker_of(*event);
  if (marker == nullptr || is_done(marker)) {
    return sticky_error();
  }
  marker->stream->release(marker->position); /* who asks again and again comes to an end */
  return CUDA_ERROR_NOT_READY;
}

DRIVER_API CUresult cuEventSynchronize(CUevent handle) {
  EMU_READY();
  EMU_EVENT(event, handle);
  if (event->was_captured) {
    return refuse(CUDA_ERROR_CAPTURED_EVENT, __func__, "the event was recorded in a capture");
  }
  if (auto marker = marker_of(*event)) {
    wait_for(marker);
  }
  return sticky_error();
}

DRIVER_API CUresult cuEventElapsedTime(float* millis, CUevent from_handle, CUevent to_handle) {
  EMU_READY();
  EMU_EVENT(from, from_handle);
  EMU_EVENT(to, to_handle);
  auto first = marker_of(*from);
  auto last = marker_of(*to);
  bool is_timed = ((from->flags | to->flags) & CU_EVENT_DISABLE_TIMING) == 0;
  if (first == nullptr || last == nullptr || !is_timed) {
    return refuse(CUDA_ERROR_INVALID_HANDLE, __func__, "not recorded, or made without timing");
  }
  if (!is_done(first) || !is_done(last)) {
    return CUDA_ERROR_NOT_READY;
  }
  *millis = static_cast<float>(last->millis - first->millis);
  return CUDA_SUCCESS;
}

DRIVER_API CUresult cuEventElapsedTime_v2(float* millis, CUevent from, CUevent to) {
  return cuEventElapsedTime(millis, from, to);
}

DRIVER_API CUresult cuStreamWaitEvent(CUstream stream_handle, CUevent handle, unsigned) {
  EMU_READY();
  EMU_EVENT(event, handle);
  auto stream = find_stream(stream_handle);
  if (stream == nullptr) {
    return refuse(CUDA_ERROR_INVALID_HANDLE, __func__, "no such stream, or destroyed");
  }
  bool is_capturing;
  {
    std::lock_guard<std::mutex> lock(capture_mutex());
    is_capturing = stream->capture != nullptr;
  }
  if (is_capturing || event->was_captured) {
    return wait_captured(stream, *event, __func__);
  }
  auto marker = marker_of(*event);
  if (marker == nullptr || is_done(marker)) {
    return CUDA_SUCCESS;
  }
  Node node = {CU_NODE_HOST, __func__, [marker] { wait_for(marker); }, nullptr, false};
  return stream->add(std::make_shared<Node>(std::move(node)));
}
