/*
 * A stand-in for libnccl: the ranks of a communicator are all in this process. A collective is work
 * on each rank's stream that waits there for the others; sends are buffered.
 */
#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "../../text.h"
#include "../errors.h"
#include "../memory.h"
#include "../stream.h"
#include "nccl_reduce.h"

namespace emu {

namespace {

enum : int { kSuccess = 0, kInvalidArgument = 4, kInvalidUsage = 5, kRemoteError = 6 };

/* What a rank brings to a collective. */
struct Part {
  std::string call; /* with counts and types: all ranks must say the same */
  std::string data;
};

/* A communicator, as all its ranks share it. */
struct World {
  std::mutex mutex;
  std::condition_variable changed;
  int size = 0;
  int joined = 0;
  bool is_aborted = false;
  std::map<uint64_t, std::map<int, Part>> rounds;  /* collectives by number, parts by rank */
  std::map<uint64_t, int> taken;                   /* ranks that have read a round */
  std::map<std::pair<int, int>, std::deque<std::string>> mail; /* by sender and receiver */
};

struct Communicator {
  std::shared_ptr<World> world;
  int rank = 0;
  uint64_t round = 0; /* counted where the work is done, so that graphs can repeat it */
};

struct UniqueId {
  char bytes[128];
};

using Handle = struct NcclComm_st*;

Handles<Handle, Communicator>& communicators() {
  static auto* all = new Handles<Handle, Communicator>();
  return *all;
}

std::mutex worlds_mutex;
std::map<std::string, std::shared_ptr<World>>& worlds() {
  static auto* all = new std::map<std::string, std::shared_ptr<World>>();
  return *all;
}

int invalid(const char* call, const std::string& why) {
  return refuse(kInvalidArgument, call, why);
}

/* Brings a part and returns all parts by rank; empty after an abort or a disagreement. */
std::map<int, Part> meet(Communicator& self, Part part) {
  World& world = *self.world;
  std::unique_lock<std::mutex> lock(world.mutex);
  uint64_t number = self.round++;
  auto& parts = world.rounds[number];
  for (const auto& other : parts) {
    if (other.second.call != part.call) {
      set_sticky_error(CUDA_ERROR_LAUNCH_FAILED,
                       text("ranks disagree: rank %d calls %s, rank %d calls %s", other.first,
                            other.second.call.c_str(), self.rank, part.call.c_str()));
      world.is_aborted = true;
    }
  }
  parts[self.rank] = std::move(part);
  world.changed.notify_all();
  world.changed.wait(lock, [&] {
    return world.is_aborted || static_cast<int>(parts.size()) == world.size;
  });
  if (world.is_aborted) {
    return {};
  }
  std::map<int, Part> all = parts;
  if (++world.taken[number] == world.size) {
    world.rounds.erase(number);
    world.taken.erase(number);
  }
  return all;
}

void send_now(Communicator& self, int peer, const std::string& data) {
  std::lock_guard<std::mutex> lock(self.world->mutex);
  self.world->mail[{self.rank, peer}].push_back(data);
  self.world->changed.notify_all();
}

void receive_now(Communicator& self, int peer, void* to, size_t bytes) {
  std::unique_lock<std::mutex> lock(self.world->mutex);
  auto& mail = self.world->mail[{peer, self.rank}];
  self.world->changed.wait(lock, [&] { return self.world->is_aborted || !mail.empty(); });
  if (self.world->is_aborted) {
    return;
  }
  if (mail.front().size() != bytes) {
    set_sticky_error(CUDA_ERROR_LAUNCH_FAILED,
                     text("rank %d receives %zu bytes, rank %d sends %zu", self.rank, bytes, peer,
                          mail.front().size()));
    return;
  }
  memcpy(to, mail.front().data(), bytes);
  mail.pop_front();
}

/* Checks what every operation has in common, and queues it. */
template <class Work>
int queue(const char* call, Handle handle, CUstream stream_handle, const void* source,
          size_t source_bytes, const void* target, size_t target_bytes, Work work) {
  auto self = communicators().get(handle);
  auto stream = find_stream(stream_handle);
  if (self == nullptr || stream == nullptr) {
    return invalid(call, "no such communicator or stream, or destroyed");
  }
  Memory& memory = Memory::instance();
  std::string fault = memory.check(source, source_bytes) + memory.check(target, target_bytes);
  if (!fault.empty()) {
    return invalid(call, fault);
  }
  Node node = {CU_NODE_KERNEL, call, [self, work] { work(*self); }, nullptr, true, true};
  return stream->add(std::make_shared<Node>(std::move(node))) == CUDA_SUCCESS ? kSuccess : 1;
}

std::string take(const void* data, size_t bytes) {
  return std::string(static_cast<const char*>(data), bytes);
}

}  // namespace

}  // namespace emu

using namespace emu;

DRIVER_API int ncclGetVersion(int* version) {
  *version = 22800;
  return kSuccess;
}

DRIVER_API const char* ncclGetErrorString(int code) {
  const char* const names[] = {"no error",         "unhandled cuda error", "unhandled system error",
                               "internal error",   "invalid argument",     "invalid usage",
                               "remote process exited or there was a network error"};
  return code >= 0 && code <= kRemoteError ? names[code] : "unknown result code";
}

DRIVER_API const char* ncclGetLastError(Handle) { return gtnEmuLastMessage(); }

DRIVER_API int ncclGetUniqueId(UniqueId* id) {
  static int count = 0;
  std::lock_guard<std::mutex> lock(worlds_mutex);
  memset(id, 0, sizeof *id);
  snprintf(id->bytes, sizeof id->bytes, "emulated %d", ++count);
  worlds()[id->bytes] = std::make_shared<World>();
  return kSuccess;
}

/* Waits for the other ranks, each of which a thread of its own starts. */
DRIVER_API int ncclCommInitRank(Handle* handle, int size, UniqueId id, int rank) {
  std::shared_ptr<World> world;
  {
    std::lock_guard<std::mutex> lock(worlds_mutex);
    auto found = worlds().find(std::string(id.bytes, strnlen(id.bytes, sizeof id.bytes)));
    world = found != worlds().end() ? found->second : nullptr;
  }
  if (world == nullptr || size < 1 || rank < 0 || rank >= size) {
    return invalid(__func__, text("rank %d of %d, or an id that was not given out", rank, size));
  }
  std::unique_lock<std::mutex> lock(world->mutex);
  if (world->size != 0 && world->size != size) {
    return invalid(__func__, text("%d ranks, others say %d", size, world->size));
  }
  world->size = size;
  world->joined++;
  world->changed.notify_all();
  world->changed.wait(lock, [&] { return world->joined >= size; });
  auto self = std::make_shared<Communicator>();
  self->world = world;
  self->rank = rank;
  *handle = communicators().add(self);
  return kSuccess;
}

DRIVER_API int ncclCommDestroy(Handle handle) {
  return communicators().remove(handle) != nullptr
             ? kSuccess
             : invalid(__func__, "no such communicator, or destroyed before");
}

DRIVER_API int ncclCommAbort(Handle handle) {
  auto self = communicators().remove(handle);
  if (self == nullptr) {
    return invalid(__func__, "no such communicator, or destroyed before");
  }
  std::lock_guard<std::mutex> lock(self->world->mutex);
  self->world->is_aborted = true;
  self->world->changed.notify_all();
  return kSuccess;
}

DRIVER_API int ncclCommGetAsyncError(Handle handle, int* error) {
  auto self = communicators().get(handle);
  if (self == nullptr) {
    return invalid(__func__, "no such communicator, or destroyed");
  }
  std::lock_guard<std::mutex> lock(self->world->mutex);
  *error = self->world->is_aborted ? kRemoteError : kSuccess;
  return kSuccess;
}

DRIVER_API int ncclCommCount(Handle handle, int* count) {
  auto self = communicators().get(handle);
  *count = self != nullptr ? self->world->size : 0;
  return self != nullptr ? kSuccess : invalid(__func__, "no such communicator, or destroyed");
}

DRIVER_API int ncclCommUserRank(Handle handle, int* rank) {
  auto self = communicators().get(handle);
  *rank = self != nullptr ? self->rank : -1;
  return self != nullptr ? kSuccess : invalid(__func__, "no such communicator, or destroyed");
}

/* Work is queued as it is called: sends are buffered, so nothing has to be started together. */
DRIVER_API int ncclGroupStart() { return kSuccess; }
DRIVER_API int ncclGroupEnd() { return kSuccess; }

DRIVER_API int ncclAllReduce(const void* from, void* to, size_t count, int type, int op,
                             Handle handle, CUstream stream) {
  size_t bytes = count * nccl_bytes(type);
  if (bytes == 0 || !nccl_can_reduce(type, op)) {
    return invalid(__func__, text("%zu elements of type %d, operation %d", count, type, op));
  }
  return queue(__func__, handle, stream, from, bytes, to, bytes, [=](Communicator& self) {
    auto parts = meet(self, {text("ncclAllReduce of %zu, type %d, operation %d", count, type, op),
                             take(from, bytes)});
    std::vector<const void*> sources;
    for (const auto& part : parts) {
      sources.push_back(part.second.data.data());
    }
    if (!sources.empty()) {
      nccl_reduce(to, sources, count, type, op);
    }
  });
}

DRIVER_API int ncclAllGather(const void* from, void* to, size_t count, int type, Handle handle,
                             CUstream stream) {
  size_t bytes = count * nccl_bytes(type);
  auto self_now = communicators().get(handle);
  size_t ranks = self_now != nullptr ? static_cast<size_t>(self_now->world->size) : 1;
  if (bytes == 0) {
    return invalid(__func__, text("%zu elements of type %d", count, type));
  }
  return queue(__func__, handle, stream, from, bytes, to, bytes * ranks, [=](Communicator& self) {
    auto parts = meet(self, {text("ncclAllGather of %zu, type %d", count, type),
                             take(from, bytes)});
    for (const auto& part : parts) {
      memcpy(static_cast<char*>(to) + static_cast<size_t>(part.first) * bytes,
             part.second.data.data(), bytes);
    }
  });
}

DRIVER_API int ncclSend(const void* from, size_t count, int type, int peer, Handle handle,
                        CUstream stream) {
  size_t bytes = count * nccl_bytes(type);
  return queue(__func__, handle, stream, from, bytes, from, bytes,
               [=](Communicator& self) { send_now(self, peer, take(from, bytes)); });
}

DRIVER_API int ncclRecv(void* to, size_t count, int type, int peer, Handle handle,
                        CUstream stream) {
  size_t bytes = count * nccl_bytes(type);
  return queue(__func__, handle, stream, to, bytes, to, bytes,
               [=](Communicator& self) { receive_now(self, peer, to, bytes); });
}
