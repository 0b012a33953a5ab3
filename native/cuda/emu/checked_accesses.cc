/*
 * The calls that -fsanitize=alignment,bounds makes where a kernel uses a misaligned vector or an
 * index beyond an array; the sanitizer's own library is not linked.
 */
#include "block.h"
#include "text.h"

namespace {

struct Location {
  const char* file;
  uint32_t line;
  uint32_t column;
};

struct TypeName {
  uint16_t kind;
  uint16_t info;
  char name[1];
};

struct Mismatch {
  Location location;
  const TypeName* type;
  unsigned char log_alignment;
  unsigned char kind;
};

struct OutOfBounds {
  Location location;
  const TypeName* array;
  const TypeName* index;
};

emu::Site site_of(const Location& location) {
  return {location.file, static_cast<int>(location.line)};
}

}  // namespace

extern "C" EMU_API void __ubsan_handle_type_mismatch_v1(Mismatch* data, uintptr_t address) {
  emu::here().fail(emu::FailureKind::kLaunch,
                   emu::text("misaligned access to %s at %#lx, which needs an alignment of %d",
                             data->type->name, static_cast<unsigned long>(address),
                             1 << data->log_alignment),
                   site_of(data->location));
}

extern "C" EMU_API void __ubsan_handle_out_of_bounds(OutOfBounds* data, uintptr_t index) {
  emu::here().fail(emu::FailureKind::kLaunch,
                   emu::text("out of bounds: index %ld of %s", static_cast<long>(index),
                             data->array->name),
                   site_of(data->location));
}
