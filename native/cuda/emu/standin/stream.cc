#include "stream.h"

#include <algorithm>
#include <chrono>

#include "../text.h"
#include "errors.h"

namespace emu {

namespace {

double now_millis() {
  auto time = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::milli>(time).count();
}

/* Of all markers: they are few, and waiting is rare. */
std::mutex marker_mutex;
std::condition_variable marker_changed;

}  // namespace

Handles<CUstream, Stream>& streams() {
  static auto* all = new Handles<CUstream, Stream>();
  return *all;
}

std::shared_ptr<Stream> find_stream(CUstream handle) {
  static const std::shared_ptr<Stream> standard = [] {
    auto stream = std::make_shared<Stream>(0u);
    stream->start();
    return stream;
  }();
  return handle == nullptr ? standard : streams().get(handle);
}

NodePtr make_node(int type, const char* what, std::function<void()> run) {
  return std::make_shared<Node>(Node{type, what, std::move(run), nullptr});
}

void Stream::start() {
  /* The thread keeps the stream alive until it is closed and empty. */
  std::thread([self = shared_from_this()] { self->work(); }).detach();
}

void Stream::work() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return done_ < released_ || (is_closed_ && queue_.empty()); });
    if (queue_.empty()) {
      return;
    }
    NodePtr node = queue_.front();
    queue_.pop_front();
    lock.unlock();
    if (!node->is_checked || sticky_error() == CUDA_SUCCESS) {
      node->run();
    }
    node.reset();
    lock.lock();
    done_++;
    changed_.notify_all();
  }
}

uint64_t Stream::enqueue(NodePtr node) {
  std::unique_lock<std::mutex> lock(mutex_);
  bool at_once = stream_mode() != StreamMode::kLate || is_closed_ || node->meets_others;
  queue_.push_back(std::move(node));
  uint64_t position = ++queued_;
  if (at_once) {
    released_ = queued_;
    changed_.notify_all();
  }
  return position;
}

CUresult Stream::add(NodePtr node) {
  {
    std::lock_guard<std::mutex> lock(capture_mutex());
    if (capture != nullptr) {
      if (!capture->is_valid) {
        return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
      }
      capture->graph.nodes.push_back(std::move(node));
      if (capture->origin != this) {
        capture->unjoined.insert(this);
      }
      return CUDA_SUCCESS;
    }
  }
  bool is_waited_for = stream_mode() == StreamMode::kEarly && !node->meets_others;
  enqueue(std::move(node));
  if (is_waited_for) {
    finish();
    return sticky_error();
  }
  return CUDA_SUCCESS;
}

std::shared_ptr<Marker> Stream::mark() {
  auto marker = std::make_shared<Marker>();
  marker->stream = shared_from_this();
  Node node = {CU_NODE_HOST, "cuEventRecord", [marker] { set_done(marker); }, nullptr, false};
  uint64_t position = enqueue(std::make_shared<Node>(std::move(node)));
  std::lock_guard<std::mutex> lock(marker_mutex);
  marker->position = position;
  return marker;
}

void Stream::release(uint64_t position) {
  std::lock_guard<std::mutex> lock(mutex_);
  released_ = std::max(released_, std::min(position, queued_));
  changed_.notify_all();
}

bool Stream::is_idle() {
  std::lock_guard<std::mutex> lock(mutex_);
  return done_ == queued_;
}

uint64_t Stream::queued() {
  std::lock_guard<std::mutex> lock(mutex_);
  return queued_;
}

void Stream::finish() {
  std::unique_lock<std::mutex> lock(mutex_);
  uint64_t last = queued_;
  released_ = std::max(released_, last);
  changed_.notify_all();
  changed_.wait(lock, [&] { return done_ >= last; });
}

void Stream::close() {
  std::lock_guard<std::mutex> lock(mutex_);
  is_closed_ = true;
  released_ = queued_;
  changed_.notify_all();
}

bool is_done(const std::shared_ptr<Marker>& marker) {
  std::lock_guard<std::mutex> lock(marker_mutex);
  return marker->is_done;
}

void set_done(const std::shared_ptr<Marker>& marker) {
  std::lock_guard<std::mutex> lock(marker_mutex);
  marker->is_done = true;
  marker->millis = now_millis();
  marker_changed.notify_all();
}

void wait_for(const std::shared_ptr<Marker>& marker) {
  std::unique_lock<std::mutex> lock(marker_mutex);
  uint64_t position = marker->position;
  lock.unlock();
  marker->stream->release(position);
  lock.lock();
  marker_changed.wait(lock, [&] { return marker->is_done; });
}

void finish_streams(bool blocking_alone) {
  find_stream(nullptr)->finish();
  for (const auto& stream : streams().all()) {
    if (!blocking_alone || stream->is_blocking()) {
      stream->finish();
    }
  }
}

}  // namespace emu

using emu::find_stream;
using emu::refuse;
using emu::Stream;

DRIVER_API CUresult cuStreamCreate(CUstream* stream, unsigned flags) {
  EMU_READY();
  if (stream == nullptr || (flags & ~unsigned{CU_STREAM_NON_BLOCKING}) != 0) {
    return refuse(CUDA_ERROR_INVALID_VALUE, __func__, "no address, or unknown flags");
  }
  auto made = std::make_shared<Stream>(flags);
  made->start();
  *stream = emu::streams().add(made);
  return CUDA_SUCCESS;
}

DRIVER_API CUresult cuStreamCreateWithPriority(CUstream* stream, unsigned flags, int) {
  return cuStreamCreate(stream, flags);
}

DRIVER_API CUresult cuStreamDestroy_v2(CUstream handle) {
  EMU_READY();
  auto stream = emu::streams().remove(handle);
  if (stream == nullptr) {
    return refuse(CUDA_ERROR_INVALID_HANDLE, __func__, "no such stream, or destroyed before");
  }
  stream->close();
  return CUDA_SUCCESS;
}

#define EMU_STREAM(name, handle)                                                      \
  auto name = find_stream(handle);                                                    \
  if (name == nullptr) {                                                              \
    return refuse(CUDA_ERROR_INVALID_HANDLE, __func__, "no such stream, or destroyed"); \
  }

DRIVER_API CUresult cuStreamSynchronize(CUstream handle) {
  EMU_READY();
  EMU_STREAM(stream, handle);
  if (CUresult error = emu::forbid_on_capturing(__func__, *stream)) {
    return error;
  }
  stream->finish();
  return emu::sticky_error();
}

DRIVER_API CUresult cuStreamQuery(CUstream handle) {
  EMU_READY();
  EMU_STREAM(stream, handle);
  if (CUresult error = emu::forbid_on_capturing(__func__, *stream)) {
    return error;
  }
  if (stream->is_idle()) {
    return emu::sticky_error();
  }
  stream->release(stream->queued()); /* who asks again and again comes to an end */
  return CUDA_ERROR_NOT_READY;
}

DRIVER_API CUresult cuLaunchHostFunc(CUstream handle, CUhostFn function, void* data) {
  EMU_READY();
  EMU_STREAM(stream, handle);
  if (function == nullptr) {
    return refuse(CUDA_ERROR_INVALID_VALUE, __func__, "no function");
  }
  return stream->add(emu::make_node(CU_NODE_HOST, __func__, [=] { function(data); }));
}
