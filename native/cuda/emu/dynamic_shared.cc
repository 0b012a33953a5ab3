/*
 * The array of dynamic shared memory, in an object of its own: linked into every library of
 * kernels, whose thread-local storage is then found around it.
 */
#include "kernel_registry.h"

alignas(128) thread_local unsigned char smem_raw[emu::kMaxDynamicShared];

const emu::Library emu_library = {[]() -> unsigned char* { return smem_raw; }};
