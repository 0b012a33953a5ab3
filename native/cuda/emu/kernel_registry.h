/*
 * The kernels by name. For each .cu file list-kernels writes a unit that includes it and registers
 * its kernels; sizes and offsets of the arguments come from the type of the function.
 */
#ifndef GTN_EMU_KERNEL_REGISTRY_H
#define GTN_EMU_KERNEL_REGISTRY_H

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "place.h"

namespace emu {

constexpr size_t kMaxDynamicShared = 232448; /* 227 KB, what compute capability 9.0 allows */

/* A library of kernels; its shared memory is a part of its thread-local storage. */
struct Library {
  unsigned char* (*dynamic_shared)(); /* of the calling thread, kMaxDynamicShared bytes */
};

struct Argument {
  size_t offset;
  size_t bytes;
  bool is_pointer;
};

struct Kernel {
  const char* name;
  const char* file;
  const Library* library;
  void (*call)(void** arguments);
  std::vector<Argument> arguments;
  unsigned max_threads; /* of __launch_bounds__, or 1024 */
};

EMU_API bool register_kernel(const Kernel& kernel);
EMU_API const Kernel* find_kernel(const std::string& name);
EMU_API std::vector<const Kernel*> kernels();

template <class F>
struct Signature;

template <class... A>
struct Signature<void (*)(A...)> {
  template <auto F, size_t... I>
  static void spread([[maybe_unused]] void** arguments, std::index_sequence<I...>) {
    F(*static_cast<std::remove_const_t<A>*>(arguments[I])...);
  }

  template <auto F>
  static void call(void** arguments) {
    spread<F>(arguments, std::index_sequence_for<A...>{});
  }

  /* As a struct with these members would have them. */
  static std::vector<Argument> arguments() {
    std::vector<Argument> all;
    [[maybe_unused]] size_t end = 0;
    (all.push_back(place<A>(end)), ...);
    return all;
  }

 private:
  template <class T>
  static Argument place(size_t& end) {
    size_t offset = (end + alignof(T) - 1) / alignof(T) * alignof(T);
    end = offset + sizeof(T);
    return {offset, sizeof(T), std::is_pointer_v<T>};
  }
};

/* The first argument of __launch_bounds__ counts, where there is one. */
constexpr unsigned max_threads(unsigned threads = 1024, unsigned = 0, unsigned = 0) {
  return threads;
}

}  // namespace emu

/* Defined once in each library of kernels, by dynamic_shared.cc. */
extern const emu::Library emu_library __attribute__((visibility("hidden")));

#define EMU_REGISTER(name, file, ...)                                                       \
  static const bool emu_registered_##name = emu::register_kernel(                          \
      {#name, file, &emu_library, &emu::Signature<decltype(&name)>::call<&name>,           \
       emu::Signature<decltype(&name)>::arguments(), emu::max_threads(__VA_ARGS__)});

#endif
