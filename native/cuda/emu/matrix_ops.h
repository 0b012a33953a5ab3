/*
 * The matrix units: fragments lie in the lanes' registers as PTX's mma.sync and ldmatrix have them.
 * With g = lane / 4 and t = lane % 4, for 16-bit elements (m16n8k16):
 *
 *   a[0]: row g,     columns 2t, 2t+1      a[1]: row g + 8, the same columns
 *   a[2]: row g,     columns 2t+8, 2t+9    a[3]: row g + 8, the same columns
 *   b[0]: rows 2t, 2t+1 of column g        b[1]: rows 2t+8, 2t+9 of column g
 *   d[0], d[1]: row g, columns 2t, 2t+1    d[2], d[3]: row g + 8, the same columns
 *
 * For 8-bit elements (m16n8k32) a register holds four neighbours: 4t to 4t+3, and 4t+16 to 4t+19.
 * Every element of d is a sum in ascending order of k that starts with d, each product and each sum
 * rounded to float (int32 for bytes, wrapping). The hardware sums in another order.
 */
#ifndef GTN_EMU_MATRIX_OPS_H
#define GTN_EMU_MATRIX_OPS_H

#include <cstdint>

#include "place.h"
#include "warp_ops.h"

namespace emu {

enum class MatrixType { kBf16, kF16, kE4m3 };

EMU_API void load_matrices(uint32_t* registers, int count, bool transposed, const void* row,
                           Site site);
EMU_API void multiply(MatrixType type, float* d, const uint32_t* a, const uint32_t* b, Site site);
EMU_API void multiply_bytes(int32_t* d, const uint32_t* a, const uint32_t* b, Site site);

}  // namespace emu

/*
 * Lane i names a row of 16 bytes in shared memory: row i % 8 of matrix i / 8. Lane i receives of
 * matrix m the elements 2t and 2t+1 of row g; transposed, of column g. x2 reads lanes 0 to 15.
 */
static inline void ldmatrix_x4(uint32_t (&r)[4], const void* row, emu::Site site = EMU_HERE) {
  emu::load_matrices(r, 4, false, row, site);
}
static inline void ldmatrix_x2(uint32_t (&r)[2], const void* row, emu::Site site = EMU_HERE) {
  emu::load_matrices(r, 2, false, row, site);
}
static inline void ldmatrix_x4_trans(uint32_t (&r)[4], const void* row,
                                     emu::Site site = EMU_HERE) {
  emu::load_matrices(r, 4, true, row, site);
}
static inline void ldmatrix_x2_trans(uint32_t (&r)[2], const void* row,
                                     emu::Site site = EMU_HERE) {
  emu::load_matrices(r, 2, true, row, site);
}

static inline void mma_bf16_16816(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2],
                                  emu::Site site = EMU_HERE) {
  emu::multiply(emu::MatrixType::kBf16, d, a, b, site);
}
static inline void mma_f16_16816(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2],
                                 emu::Site site = EMU_HERE) {
  emu::multiply(emu::MatrixType::kF16, d, a, b, site);
}
static inline void mma_e4m3_16832(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2],
                                  emu::Site site = EMU_HERE) {
  emu::multiply(emu::MatrixType::kE4m3, d, a, b, site);
}
static inline void mma_s8_16832(int32_t (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2],
                                emu::Site site = EMU_HERE) {
  emu::multiply_bytes(d, a, b, site);
}

#endif
