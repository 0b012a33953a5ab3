/* How the stand-in says no: a code for the caller, and the reason on stderr. */
#ifndef GTN_EMU_ERRORS_H
#define GTN_EMU_ERRORS_H

#include <string>

#include "../place.h"
#include "driver_calls.h"

namespace emu {

/* Prints the reason, keeps it for gtnEmuLastMessage, and returns the code. */
EMU_API CUresult refuse(CUresult code, const char* call, const std::string& why);

/* After a kernel has failed every call returns its error, as on a device. */
EMU_API CUresult sticky_error();
EMU_API void set_sticky_error(CUresult code, const std::string& why);
void clear_sticky_error();

/* CUDA_SUCCESS if calls may be made: allowed by the environment, initialized, nothing failed. */
EMU_API CUresult ready(const char* call);
void initialize();
bool is_allowed();

}  // namespace emu

#define EMU_READY()                            \
  if (CUresult early = emu::ready(__func__)) { \
    return early;                              \
  }

#endif
