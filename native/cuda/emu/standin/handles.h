/* Objects of the driver by handle. A handle is a number that is given out once. */
#ifndef GTN_EMU_HANDLES_H
#define GTN_EMU_HANDLES_H

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace emu {

template <class Handle, class Object>
class Handles {
 public:
  Handle add(std::shared_ptr<Object> object) {
    std::lock_guard<std::mutex> lock(mutex_);
    /* No object's address, so that nobody looks behind it. */
    static uintptr_t next = 0x1000;
    Handle handle = reinterpret_cast<Handle>(next += 0x10);
    objects_[handle] = std::move(object);
    return handle;
  }

  /* Null for a handle that does not exist, or no longer. */
  std::shared_ptr<Object> get(Handle handle) {
    std::lock_guard<std::mutex> lock(mutex_);
    auto found = objects_.find(handle);
    return found != objects_.end() ? found->second : nullptr;
  }

  std::shared_ptr<Object> remove(Handle handle) {
    std::lock_guard<std::mutex> lock(mutex_);
    auto found = objects_.find(handle);
    if (found == objects_.end()) {
      return nullptr;
    }
    std::shared_ptr<Object> object = found->second;
    objects_.erase(found);
    return object;
  }

  std::vector<std::shared_ptr<Object>> all() {
    std::lock_guard<std::mutex> lock(mutex_);
    std::vector<std::shared_ptr<Object>> objects;
    for (auto& entry : objects_) {
      objects.push_back(entry.second);
    }
    return objects;
  }

 private:
  std::mutex mutex_;
  std::map<Handle, std::shared_ptr<Object>> objects_;
};

}  // namespace emu

#endif
