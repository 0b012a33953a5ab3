/* A launch with everything it needs: arguments are copied when the launch call returns. */
#ifndef GTN_EMU_KERNEL_CALL_H
#define GTN_EMU_KERNEL_CALL_H

#include <memory>
#include <vector>

#include "../emulator.h"
#include "driver.h"
#include "stream.h"

namespace emu {

/* A kernel of a loaded module. */
struct Function {
  const Kernel* kernel;
  int max_dynamic_shared = 48 << 10;
};

struct KernelCall {
  const Kernel* kernel;
  CUfunction function;
  Geometry geometry;
  std::vector<unsigned char> arguments;
};

std::shared_ptr<Function> find_function(CUfunction handle);

/* Checks a launch as the driver does, and the addresses among its arguments; null with an error. */
NodePtr make_kernel_node(const char* call, CUfunction handle, const Geometry& geometry,
                         void** arguments, void** extra, CUresult& error);

}  // namespace emu

#endif
