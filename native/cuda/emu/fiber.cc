#include "fiber.h"

#include <pthread.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace emu {

namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr size_t kStackBytes = 256 << 10; /* red zones around every array */
#else
constexpr size_t kStackBytes = 128 << 10;
#endif

/* Wide, so that a large array does not reach beyond it. */
constexpr size_t kGuardBytes = 1 << 20;

/* Who is entered, for a function without arguments. */
thread_local Fiber* entered;

}  // namespace

#ifndef GTN_EMU_UCONTEXT
/* Pushes what a call must preserve, changes the stack, pops: about 5 ns; ucontext's system calls
 * for the signal mask take a microsecond. */
extern "C" void gtn_emu_switch(void** from, void* to);
#endif

#if defined(GTN_EMU_UCONTEXT)
/* No assembly. */
#elif defined(__x86_64__)
asm(R"(
.text
.globl gtn_emu_switch
.hidden gtn_emu_switch
.type gtn_emu_switch, @function
gtn_emu_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size gtn_emu_switch, .-gtn_emu_switch
)");
constexpr size_t kSavedWords = 6;
#elif defined(__aarch64__)
asm(R"(
.text
.globl gtn_emu_switch
.hidden gtn_emu_switch
.type gtn_emu_switch, %function
gtn_emu_switch:
  stp x29, x30, [sp, #-160]!
  stp x19, x20, [sp, #16]
  stp x21, x22, [sp, #32]
  stp x23, x24, [sp, #48]
  stp x25, x26, [sp, #64]
  stp x27, x28, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #16]
  ldp x21, x22, [sp, #32]
  ldp x23, x24, [sp, #48]
  ldp x25, x26, [sp, #64]
  ldp x27, x28, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  ldp x29, x30, [sp], #160
  ret
.size gtn_emu_switch, .-gtn_emu_switch
)");
#endif

void Fiber::enter() {
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
#endif
  Fiber* self = entered;
  self->entry_(self->argument_);
  abort(); /* an entry switches away and never ends */
}

Fiber::Fiber(size_t number, void (*entry)(void*), void* argument)
    : top_shift_(number % 61 * 192), entry_(entry), argument_(argument) {
  void* all = mmap(nullptr, kGuardBytes + kStackBytes, PROT_NONE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  char* stack = static_cast<char*>(all) + kGuardBytes;
  if (all == MAP_FAILED || mprotect(stack, kStackBytes, PROT_READ | PROT_WRITE) != 0) {
    perror("emulated cuda: a stack for a thread of a kernel");
    abort();
  }
  stack_ = stack;
  stack_bytes_ = kStackBytes;
  reset();
}

Fiber::~Fiber() {
  if (stack_ != nullptr) {
    munmap(stack_ - kGuardBytes, kGuardBytes + stack_bytes_);
  }
}

bool Fiber::guards(const void* address) const {
  const char* at = static_cast<const char*>(address);
  return stack_ != nullptr && at < stack_ && at >= stack_ - kGuardBytes;
}

#ifdef GTN_EMU_UCONTEXT
void Fiber::reset() {
  getcontext(&context_);
  context_.uc_stack.ss_sp = stack_;
  context_.uc_stack.ss_size = stack_bytes_ - top_shift_;
  context_.uc_link = nullptr;
  makecontext(&context_, &Fiber::enter, 0);
}
#else
void Fiber::reset() {
#ifdef __SANITIZE_ADDRESS__
  __asan_unpoison_memory_region(stack_, stack_bytes_); /* calls that never ended left red zones */
#endif
  char* top = stack_ + stack_bytes_ - top_shift_;
  void** frame = reinterpret_cast<void**>(top);
#if defined(__x86_64__)
  *--frame = nullptr; /* as if called from nowhere, with the alignment of a call */
  *--frame = reinterpret_cast<void*>(&Fiber::enter);
  frame -= kSavedWords;
  memset(frame, 0, kSavedWords * sizeof *frame);
#else
  frame -= 20;
  memset(frame, 0, 20 * sizeof *frame);
  frame[1] = reinterpret_cast<void*>(&Fiber::enter); /* x30, where ret goes */
#endif
  stack_pointer_ = frame;
}
#endif

void Fiber::switch_to(Fiber& next) {
  entered = &next;
#ifdef __SANITIZE_ADDRESS__
  void* fake_stack = nullptr;
  static thread_local const void* own_bottom;
  static thread_local size_t own_bytes;
  /* The thread's own stack is learnt from the first fiber that is entered from it. */
  const void* bottom = next.stack_ != nullptr ? next.stack_ : own_bottom;
  size_t bytes = next.stack_ != nullptr ? next.stack_bytes_ : own_bytes;
  if (own_bottom == nullptr) {
    pthread_attr_t attributes;
    void* at = nullptr;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &at, &own_bytes);
    pthread_attr_destroy(&attributes);
    own_bottom = at;
  }
  __sanitizer_start_switch_fiber(&fake_stack, bottom, bytes);
#endif
#ifdef GTN_EMU_UCONTEXT
  swapcontext(&context_, &next.context_);
#else
  gtn_emu_switch(&stack_pointer_, next.stack_pointer_);
#endif
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(fake_stack, nullptr, nullptr);
#endif
}

}  // namespace emu
