/* What tests can set of the emulated device, by environment variables. */
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
