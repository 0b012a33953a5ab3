/*
 * Matrix units that multiply 8-bit inputs with 8-bit weights: what the kernels for few rows and
 * for many share.
 *
 * A vector is what a lane brings of 64 columns of a row: 16 bytes, two runs of 8 columns. Each run
 * is one m16n8k32 instruction with those of the other lanes; both operands are permuted alike.
 * Sums of a span of columns are multiplied by the scale of the weights and that of the inputs and
 * added to the partition, in this order everywhere.
 */
#ifndef GTN_LINEAR_UNITS8_CUH
#define GTN_LINEAR_UNITS8_CUH

#include "linear_weights.cuh"
#include "quantized_rows.cuh"

constexpr int UNITS8_STEP = QUANTIZED_BLOCK; /* columns that kernels take at a time */

/* Signed bytes, one scale per row of inputs: sums of a whole partition are exact. */
struct Int8Units {
  using Sum = int32_t;
  static constexpr bool HAS_SPANS = false;

  static __device__ __forceinline__ void multiply(Sum (&d)[4], const uint32_t (&a)[4],
                                                  const uint32_t (&b)[2]) {
    mma_s8_16832(d, a, b);
  }
};

/*
 * 8-bit floats, one scale per row and 128 columns of inputs. Sums go to float32 sums of the
 * partition at the end of each of those: units keep fewer bits than float32 of a long sum.
 */
struct E4m3Units {
  using Sum = float;
  static constexpr bool HAS_SPANS = true;

  static __device__ __forceinline__ void multiply(Sum (&d)[4], const uint32_t (&a)[4],
                                                  const uint32_t (&b)[2]) {
    mma_e4m3_16832(d, a, b);
  }
};

/* Both runs of a vector: rows g and g + 8 of the weights, token g of the inputs. */
template <class U>
__device__ __forceinline__ void multiply_vector(typename U::Sum (&d)[4], const uint4& low,
                                                const uint4& high, const uint4& x) {
  uint32_t a0[4] = {low.x, high.x, low.y, high.y};
  uint32_t b0[2] = {x.x, x.y};
  U::multiply(d, a0, b0);
  uint32_t a1[4] = {low.z, high.z, low.w, high.w};
  uint32_t b1[2] = {x.z, x.w};
  U::multiply(d, a1, b1);
}

/* Whether sums up to here are scaled: at the end of a span, or of the partition. */
template <class U>
__device__ __forceinline__ bool ends_span(int next, int end) {
  return U::HAS_SPANS || next >= end;
}

/* The inputs' scale for the span that begins at k; 0 for a row that is not there. */
template <class U>
__device__ __forceinline__ float input_scale(const LinearArgs& a, int64_t row, int k) {
  if (row >= a.rows) {
    return 0;
  }
  const uint8_t* x = (const uint8_t*)a.x + row * a.x_stride;
  const float* scales = (const float*)(x + quantized_columns(a.in_features));
  return scales[U::HAS_SPANS ? k / UNITS8_STEP : 0];
}

template <class Sum>
__device__ __forceinline__ float add_span(float partition, Sum sum, float weight_scale,
                                          float scale) {
  return fmaf(__fmul_rn(weight_scale, scale), (float)sum, partition);
}

/* Whether rows of weights, filled up to 64 columns, have this vector of the step at k. */
__device__ __forceinline__ bool has_weights(const LinearArgs& a, int k, int vector) {
  return k + 64 * vector < a.weight_stride;
}

#endif
