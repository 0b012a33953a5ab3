/*
 * What tests can set of the emulated device, by environment variables:
 *
 *   GTN_EMU_ALLOW=1         without it there is no device
 *   GTN_EMU_MEMORY          bytes of the device, 1G
 *   GTN_EMU_MEMORY_HELD     of which other processes hold so many, 0
 *   GTN_EMU_MEMORY_TAKEN    that others take once cuMemGetInfo has told what is free, 0
 *   GTN_EMU_DEVICES, GTN_EMU_MULTIPROCESSORS, GTN_EMU_CAPABILITY   1, 4, 90 for 9.0
 *   GTN_EMU_STREAMS         below
 *   GTN_EMU_FAULT=KERNEL:N  from its Nth launch on the kernel is given an address that is none
 *
 * and how kernels run: options.cc; NVML's figures: libraries/nvml.cc.
 */
#ifndef GTN_EMU_SETTINGS_H
#define GTN_EMU_SETTINGS_H

#include <cstddef>

#include "../place.h"

namespace emu {

/* A number, with K, M or G behind it for bytes. */
EMU_API size_t setting_bytes(const char* variable, size_t otherwise);
EMU_API int setting(const char* variable, int otherwise);

/*
 * When the work of streams is done: as soon as a thread of the host gets to it; only when somebody
 * waits for it, which shows missing waits; or before the call that queues it returns.
 */
enum class StreamMode { kAsync, kLate, kEarly };
EMU_API StreamMode stream_mode(); /* GTN_EMU_STREAMS: async, late, early */

}  // namespace emu

#endif
