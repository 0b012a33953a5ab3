/* The vector types that kernels load and store, with CUDA's alignments. */
#ifndef GTN_EMU_VECTOR_TYPES_H
#define GTN_EMU_VECTOR_TYPES_H

#include <cstdint>

#define GTN_EMU_VECTORS(type, element, align2, align4)                                     \
  struct alignas(align2) type##2 { element x, y; };                                        \
  struct alignas(align4) type##4 { element x, y, z, w; };                                  \
  static inline type##2 make_##type##2(element x, element y) { return type##2{x, y}; }     \
  static inline type##4 make_##type##4(element x, element y, element z, element w) {       \
    return type##4{x, y, z, w};                                                            \
  }

GTN_EMU_VECTORS(float, float, 8, 16)
GTN_EMU_VECTORS(int, int32_t, 8, 16)
GTN_EMU_VECTORS(uint, uint32_t, 8, 16)
GTN_EMU_VECTORS(short, int16_t, 4, 8)
GTN_EMU_VECTORS(ushort, uint16_t, 4, 8)
GTN_EMU_VECTORS(char, int8_t, 2, 4)
GTN_EMU_VECTORS(uchar, uint8_t, 2, 4)

#undef GTN_EMU_VECTORS

struct uint3 {
  uint32_t x, y, z;
};

struct dim3 {
  uint32_t x, y, z;
  constexpr dim3(uint32_t width = 1, uint32_t height = 1, uint32_t depth = 1)
      : x(width), y(height), z(depth) {}
};

#endif
