#include "faults.h"

#include <signal.h>
#include <sys/mman.h>

#include <atomic>
#include <cstdlib>
#include <mutex>

#include "block.h"
#include "emulator.h"
#include "text.h"

namespace emu {

namespace {

std::atomic<AddressDescriber> describer{nullptr};

#ifndef __SANITIZE_ADDRESS__

constexpr size_t kSignalStackBytes = 64 << 10;

struct sigaction previous_segv;
struct sigaction previous_bus;

/* To whoever was here before us: a JVM uses these signals for itself. */
void pass_on(int signal, siginfo_t* info, void* context) {
  const struct sigaction& previous = signal == SIGSEGV ? previous_segv : previous_bus;
  if ((previous.sa_flags & SA_SIGINFO) != 0) {
    previous.sa_sigaction(signal, info, context);
  } else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
    previous.sa_handler(signal);
  } else {
    ::signal(signal, SIG_DFL); /* the access is repeated, and ends the process */
  }
}

/*
 * The fault is in a kernel's own code, which holds no lock, so this may allocate; and it leaves
 * for the stack outside the block, never to return.
 */
void on_fault(int signal, siginfo_t* info, void* context) {
  Block* block = Block::running();
  if (block == nullptr) {
    pass_on(signal, info, context);
    return;
  }
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  AddressDescriber describe = describer;
  std::string what = describe != nullptr ? describe(info->si_addr) : "";
  if (info->si_code == SI_KERNEL || signal == SIGBUS) {
    what = "an address that is not canonical or not aligned";
  } else if (what.empty() && block->is_on_guard(info->si_addr)) {
    what = "the end of its stack: too many local variables for the emulation";
  }
  block->fail(FailureKind::kAddress,
              text("illegal address %p%s%s", info->si_addr, what.empty() ? "" : ": ", what.c_str()),
              block->lane().site);
}

void install() {
  struct sigaction action = {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  sigaction(SIGSEGV, nullptr, &previous_segv);
  sigaction(SIGBUS, nullptr, &previous_bus);
  action.sa_mask = previous_segv.sa_mask;
  sigaction(SIGSEGV, &action, nullptr);
  sigaction(SIGBUS, &action, nullptr);
}

#endif

}  // namespace

void set_address_describer(AddressDescriber function) { describer = function; }

#ifdef __SANITIZE_ADDRESS__
void watch_faults() {} /* the sanitizer reports them */
#else
void watch_faults() {
  static std::once_flag installed;
  std::call_once(installed, install);
  /* The stack that overflowed cannot take the signal. */
  stack_t stack = {};
  stack.ss_size = kSignalStackBytes;
  stack.ss_sp = mmap(nullptr, kSignalStackBytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (stack.ss_sp != MAP_FAILED) {
    sigaltstack(&stack, nullptr);
  }
}
#endif

}  // namespace emu
