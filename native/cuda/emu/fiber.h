/* A stack of its own that can be left and gone on with; all on one thread of the host. */
#ifndef GTN_EMU_FIBER_H
#define GTN_EMU_FIBER_H

#include <cstddef>
/* May be defined elsewhere too: make cuda-check-ucontext does. */
#if !defined(__x86_64__) && !defined(__aarch64__) && !defined(GTN_EMU_UCONTEXT)
#define GTN_EMU_UCONTEXT 1
#endif
#ifdef GTN_EMU_UCONTEXT
#include <ucontext.h>
#endif

namespace emu {

class Fiber {
 public:
  /* The thread's own stack; it can only be returned to. */
  Fiber() = default;

  /* The number moves the top of the stack, so that stacks do not compete for cache sets. */
  Fiber(size_t number, void (*entry)(void*), void* argument);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /* Forgets what ran here; the next switch enters anew. */
  void reset();

  /* Leaves this fiber, which runs, for another; returns when something switches back. */
  void switch_to(Fiber& next);

  /* Below the stack, where nothing may be. */
  bool guards(const void* address) const;

 private:
  static void enter();

  char* stack_ = nullptr; /* without the guard below */
  size_t stack_bytes_ = 0;
  size_t top_shift_ = 0;
  void (*entry_)(void*) = nullptr;
  void* argument_ = nullptr;
#ifdef GTN_EMU_UCONTEXT
  ucontext_t context_;
#else
  void* stack_pointer_ = nullptr;
#endif
};

}  // namespace emu

#endif
