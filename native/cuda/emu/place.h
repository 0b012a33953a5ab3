/* Where the running thread stands. The pointer is set each time another thread goes on. */
#ifndef GTN_EMU_PLACE_H
#define GTN_EMU_PLACE_H

#include "vector_types.h"

/* Marks what the kernels' library and the drivers' libraries use of the emulation. */
#define EMU_API __attribute__((visibility("default")))

namespace emu {

struct BlockPlace {
  uint3 block_index;
  dim3 block_dim;
  dim3 grid_dim;
};

struct Place {
  uint3 thread_index;
  const BlockPlace* block;
};

/*
 * In the static TLS block, because every use of threadIdx reads it. Only this small library may be
 * so: a library with the 227 KB of dynamic shared memory would not load into a running JVM.
 */
EMU_API extern thread_local Place* current __attribute__((tls_model("initial-exec")));

/* A place in a kernel's source, for messages. */
struct Site {
  const char* file;
  int line;

  /* As a default argument: where the function with that argument is called. */
  static constexpr Site here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {file, line};
  }
};

}  // namespace emu

#endif
