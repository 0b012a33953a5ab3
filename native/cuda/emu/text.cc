#include "text.h"

#include <cstdarg>
#include <cstdio>
#include <cstring>

namespace emu {

std::string text(const char* format, ...) {
  char buffer[2048];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(buffer, sizeof buffer, format, arguments);
  va_end(arguments);
  return buffer;
}

std::string text(const Site& site) {
  if (site.file == nullptr) {
    return "";
  }
  const char* slash = strrchr(site.file, '/');
  return text("%s:%d", slash != nullptr ? slash + 1 : site.file, site.line);
}

}  // namespace emu
