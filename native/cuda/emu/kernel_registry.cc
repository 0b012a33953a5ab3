#include "kernel_registry.h"

#include <map>
#include <memory>

namespace emu {

namespace {

/* Filled while libraries of kernels load, before anything runs. */
std::map<std::string, std::unique_ptr<Kernel>>& registered() {
  static std::map<std::string, std::unique_ptr<Kernel>> all;
  return all;
}

}  // namespace

bool register_kernel(const Kernel& kernel) {
  registered()[kernel.name] = std::make_unique<Kernel>(kernel);
  return true;
}

const Kernel* find_kernel(const std::string& name) {
  auto found = registered().find(name);
  return found != registered().end() ? found->second.get() : nullptr;
}

std::vector<const Kernel*> kernels() {
  std::vector<const Kernel*> all;
  for (const auto& entry : registered()) {
    all.push_back(entry.second.get());
  }
  return all;
}

}  // namespace emu
