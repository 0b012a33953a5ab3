#include "settings.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace emu {

size_t setting_bytes(const char* variable, size_t otherwise) {
  const char* value = getenv(variable);
  if (value == nullptr) {
    return otherwise;
  }
  char* end = nullptr;
  size_t number = strtoull(value, &end, 10);
  const char* units = "KMG";
  const char* unit = *end != '\0' ? strchr(units, *end) : nullptr;
  if (end == value || (*end != '\0' && (unit == nullptr || end[1] != '\0'))) {
    fprintf(stderr, "emulated cuda: %s is '%s', not a number with K, M or G\n", variable, value);
    abort();
  }
  return unit == nullptr ? number : number << (10 * (unit - units + 1));
}

int setting(const char* variable, int otherwise) {
  return static_cast<int>(setting_bytes(variable, static_cast<size_t>(otherwise)));
}

StreamMode stream_mode() {
  static const StreamMode mode = [] {
    const char* value = getenv("GTN_EMU_STREAMS");
    if (value == nullptr || strcmp(value, "async") == 0) {
      return StreamMode::kAsync;
    }
    if (strcmp(value, "late") == 0) {
      return StreamMode::kLate;
    }
    if (strcmp(value, "early") == 0) {
      return StreamMode::kEarly;
    }
    fprintf(stderr, "emulated cuda: GTN_EMU_STREAMS is '%s', not async, late or early\n", value);
    abort();
  }();
  return mode;
}

}  // namespace emu
