/*
 * Streams are queues, each with a thread of the host that does its work in order. Work is a node,
 * the same that a graph holds: a stream that captures adds it to a graph instead.
 */
#ifndef GTN_EMU_STREAM_H
#define GTN_EMU_STREAM_H

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "../place.h"
#include "driver.h"
#include "handles.h"
#include "settings.h"

namespace emu {

struct KernelCall;
class Stream;

/* Work that a stream does, or a graph repeats; everything it needs was copied into it. */
struct Node {
  int type;         /* CU_NODE_.. */
  const char* what; /* the call, for messages */
  std::function<void()> run;
  std::shared_ptr<const KernelCall> kernel; /* of kernel nodes */
  bool is_checked = true; /* not done after a failure; markers are */
  bool meets_others = false; /* of other streams: neither kept back nor waited for */
};
using NodePtr = std::shared_ptr<const Node>;

struct Graph {
  std::vector<NodePtr> nodes; /* in an order that keeps every dependency */
  std::vector<CUgraphNode> handles;
};

/* A graph that streams record. */
struct Capture {
  int mode = CU_CAPTURE_GLOBAL;
  std::thread::id thread;
  bool is_valid = true;
  Graph graph;
  Stream* origin = nullptr;
  std::set<Stream*> joined;  /* other streams whose work became a part of it */
  std::set<Stream*> unjoined; /* of these, whose last work the origin does not wait for */
};

/* A place in a stream's work: when it is done, so is all before it. */
struct Marker {
  std::shared_ptr<Stream> stream;
  uint64_t position = 0;
  bool is_done = false;
  double millis = 0;
};

class Stream : public std::enable_shared_from_this<Stream> {
 public:
  explicit Stream(unsigned flags) : flags_(flags) {}
  void start();

  /* Queues work, or captures it; the error of a capture that it ends. */
  EMU_API CUresult add(NodePtr node);

  /* A place after all that was queued so far. */
  std::shared_ptr<Marker> mark();

  /* Lets work up to a place be done, where streams are late. */
  void release(uint64_t position);
  bool is_idle();
  void finish(); /* waits until all that was queued is done */
  void close();  /* ends the thread when all is done */

  bool is_blocking() const { return (flags_ & CU_STREAM_NON_BLOCKING) == 0; }
  uint64_t queued();

  std::shared_ptr<Capture> capture; /* guarded by capture_mutex() */

 private:
  void work();
  uint64_t enqueue(NodePtr node);

  unsigned flags_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<NodePtr> queue_;
  uint64_t queued_ = 0;
  uint64_t released_ = 0;
  uint64_t done_ = 0;
  bool is_closed_ = false;
};

/* Waits for a marker, releasing what leads to it. */
void wait_for(const std::shared_ptr<Marker>& marker);
bool is_done(const std::shared_ptr<Marker>& marker);
void set_done(const std::shared_ptr<Marker>& marker);

EMU_API Handles<CUstream, Stream>& streams();

/* The stream of a handle; null is the default stream. Null if there is none of this handle. */
EMU_API std::shared_ptr<Stream> find_stream(CUstream handle);

/* Waits for all streams, or for those that the default stream waits for. */
void finish_streams(bool blocking_alone);

std::mutex& capture_mutex();

/*
 * CUDA_SUCCESS, or the error of a call that may not be made while a stream captures; the capture is
 * invalid from then on. Relaxed captures forbid none, those of another thread only global ones.
 */
CUresult forbid_in_capture(const char* call);

/* The same for a call on this stream, whatever the mode. */
CUresult forbid_on_capturing(const char* call, Stream& stream);

EMU_API NodePtr make_node(int type, const char* what, std::function<void()> run);

}  // namespace emu

#endif
