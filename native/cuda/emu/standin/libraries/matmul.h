/* A product of matrices as its descriptors give it, checked and computed plainly. */
#ifndef GTN_EMU_MATMUL_H
#define GTN_EMU_MATMUL_H

#include <string>

#include "cublaslt.h"

namespace emu {

/* Column-major. */
struct Layout {
  int type = R_32F;
  int order = 0;
  uint64_t rows = 0;
  uint64_t columns = 0;
  int64_t leading = 0;
  int batch = 1;
  int64_t stride = 0;
};

struct MatmulDesc {
  int compute = COMPUTE_32F;
  int scale_type = R_32F;
  int pointer_mode = 0;
  int transpose_a = 0;
  int transpose_b = 0;
  uint32_t epilogue = 1;
  const void* bias = nullptr;
  int bias_type = -1; /* that of D */
  const float* a_scale = nullptr;
  const float* b_scale = nullptr;
  const float* d_scale = nullptr;
  int a_scale_mode = SCALE_SCALAR;
  int b_scale_mode = SCALE_SCALAR;
  int8_t fast_accumulation = 0;
};

/* D = epilogue(alpha op(A) op(B) + beta C), of `rows` x `columns`, over `depth`. */
struct Matmul {
  MatmulDesc desc;
  Layout a, b, c, d;
  uint64_t rows = 0;
  uint64_t columns = 0;
  uint64_t depth = 0;
  double alpha = 1;
  double beta = 0;
  const void* a_data = nullptr;
  const void* b_data = nullptr;
  const void* c_data = nullptr;
  void* d_data = nullptr;
};

size_t bytes_of(int type);
size_t bytes_of(const Layout& layout);

/* Fills in the sizes; empty, or why the shapes or types do not fit together. */
std::string prepare(Matmul& matmul, bool& is_unsupported);

void compute(const Matmul& matmul);

}  // namespace emu

#endif
