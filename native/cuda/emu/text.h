/* Messages by printf's rules. */
#ifndef GTN_EMU_TEXT_H
#define GTN_EMU_TEXT_H

#include <string>

#include "place.h"

namespace emu {

EMU_API std::string text(const char* format, ...) __attribute__((format(printf, 1, 2)));

/* File, without folders, and line; empty if unknown. */
EMU_API std::string text(const Site& site);

}  // namespace emu

#endif
