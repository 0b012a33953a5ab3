/* Reductions over the parts of ranks, in the order of the ranks. */
#ifndef GTN_EMU_NCCL_REDUCE_H
#define GTN_EMU_NCCL_REDUCE_H

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../../number_types.h"

namespace emu {

enum { kNcclSum = 0, kNcclProd = 1, kNcclMax = 2, kNcclMin = 3, kNcclAvg = 4 };

inline size_t nccl_bytes(int type) {
  const size_t bytes[] = {1, 1, 4, 4, 8, 8, 2, 4, 8, 2};
  return type >= 0 && type < 10 ? bytes[type] : 0;
}

/* int32, float16, float32, float64, bfloat16. */
inline bool nccl_can_reduce(int type, int op) {
  return (type == 2 || type == 6 || type == 7 || type == 8 || type == 9) && op >= kNcclSum &&
         op <= kNcclAvg;
}

inline double nccl_combine(int op, double a, double b) {
  switch (op) {
    case kNcclProd: return a * b;
    case kNcclMax: return std::max(a, b);
    case kNcclMin: return std::min(a, b);
    default: return a + b;
  }
}

template <class T, class ToDouble, class FromDouble>
void nccl_reduce_as(void* to, const std::vector<const void*>& sources, size_t count, int op,
                    ToDouble to_double, FromDouble from_double) {
  for (size_t i = 0; i < count; i++) {
    double value = to_double(static_cast<const T*>(sources[0])[i]);
    for (size_t rank = 1; rank < sources.size(); rank++) {
      value = nccl_combine(op, value, to_double(static_cast<const T*>(sources[rank])[i]));
    }
    value = op == kNcclAvg ? value / static_cast<double>(sources.size()) : value;
    static_cast<T*>(to)[i] = from_double(value);
  }
}

inline void nccl_reduce(void* to, const std::vector<const void*>& sources, size_t count, int type,
                        int op) {
  auto same = [](auto x) { return static_cast<double>(x); };
  switch (type) {
    case 2:
      return nccl_reduce_as<int32_t>(to, sources, count, op, same,
                                     [](double x) { return static_cast<int32_t>(x); });
    case 6:
      return nccl_reduce_as<f16>(
          to, sources, count, op, [](f16 x) { return static_cast<double>(to_float(x)); },
          [](double x) { return to_f16(static_cast<float>(x)); });
    case 7:
      return nccl_reduce_as<float>(to, sources, count, op, same,
                                   [](double x) { return static_cast<float>(x); });
    case 8:
      return nccl_reduce_as<double>(to, sources, count, op, same, [](double x) { return x; });
    default:
      return nccl_reduce_as<bf16>(
          to, sources, count, op, [](bf16 x) { return static_cast<double>(to_float(x)); },
          [](double x) { return to_bf16(static_cast<float>(x)); });
  }
}

}  // namespace emu

#endif
