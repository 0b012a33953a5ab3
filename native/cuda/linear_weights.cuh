/*
 * What linear kernels share: groups of columns, and how weights become fragments of the matrix
 * units.
 *
 * A chunk is 32 columns, which two m16n8k16 instructions take. Lane (g, t), g = lane / 4 and
 * t = lane % 4, brings columns 8 t .. 8 t + 7 of its rows, 16 bytes: the first instruction gets the
 * first four of them, the second one the others. Both operands are permuted alike, so products
 * meet as they should, and both are read by plain 16-byte loads, from global memory or shared.
 * Every kernel feeds the same columns to the same places of the same instructions: that is why
 * they give the same bits.
 */
#ifndef GTN_LINEAR_WEIGHTS_CUH
#define GTN_LINEAR_WEIGHTS_CUH

#include "rows.cuh"

/* Group sizes are powers of 2, or there is one group. */
struct ColumnGroups {
  int shift;
  uint32_t mask;

  __device__ __forceinline__ explicit ColumnGroups(const LinearArgs& a) {
    bool is_whole = a.group_size >= a.in_features || a.group_size == 0;
    shift = is_whole ? 31 : 31 - __clz(a.group_size);
    mask = is_whole ? 0x7fffffffu : (uint32_t)a.group_size - 1;
  }
  __device__ __forceinline__ int of(int column) const { return column >> shift; }
  __device__ __forceinline__ bool ends_at(int column) const {
    return ((uint32_t)column & mask) == 0;
  }
};

__device__ __forceinline__ float scale_of(const LinearArgs& a, int feature, int group) {
  return load_typed(a.scales, a.scale_type, (int64_t)group * a.out_features + feature);
}

__device__ __forceinline__ float zero_in_group(const LinearArgs& a, int feature, int group,
                                               int middle) {
  return a.zeros == nullptr
             ? (float)middle
             : (float)((const uint8_t*)a.zeros)[(int64_t)group * a.out_features + feature];
}
__device__ __forceinline__ float zero_of(const LinearArgs& a, int feature, int column,
                                         int middle) {
  return zero_in_group(a, feature, ColumnGroups(a).of(column), middle);
}

template <class T>
__device__ __forceinline__ void store_out(const LinearArgs& a, int64_t row, int feature,
                                          float value) {
  if (a.out_type == GTN_F32) {
    ((float*)a.out)[row * a.out_stride + feature] = value;
  } else {
    ((T*)a.out)[row * a.out_stride + feature] = from_float<T>(value);
  }
}

/* d += two instructions over one chunk: rows g and g + 8 of the weights, token g of the inputs. */
__device__ __forceinline__ void mma_chunk(float (&d)[4], const uint4& low, const uint4& high,
                                          const uint4& x) {
  uint32_t a0[4] = {low.x, high.x, low.y, high.y};
  uint32_t b0[2] = {x.x, x.y};
  mma_bf16_16816(d, a0, b0);
  uint32_t a1[4] = {low.z, high.z, low.w, high.w};
  uint32_t b1[2] = {x.z, x.w};
  mma_bf16_16816(d, a1, b1);
}

/*
 * Kinds of weights. STEP columns are read at a time, WORDS vectors of a row by each lane; chunk c
 * of a step becomes eight bf16, exactly; of a kind that IS_SPLIT these and the bf16 of rest are
 * added up.
 */
struct Bf16Weights {
  static constexpr bool IS_PACKED = false;
  static constexpr bool IS_SPLIT = false;
  static constexpr int STEP = 64;
  static constexpr int WORDS = 2;
  static constexpr int ROW_BYTES = 128; /* of a step */

  static __device__ __forceinline__ int64_t row_start(const LinearArgs& a, int feature) {
    return feature * a.weight_stride * 2;
  }
  static __device__ __forceinline__ uint4 chunk(const uint4* words, int c, uint32_t) {
    return words[c];
  }
  static __device__ __forceinline__ uint32_t minus_zero(const LinearArgs&, int, int) { return 0; }
};

/*
 * FP16, whose 11 bits are those of two bf16: the first 8 and the rest, each exactly. So no weight
 * is rounded and no input leaves bf16, for twice the instructions and no byte more.
 */
struct F16Weights : Bf16Weights {
  static constexpr bool IS_SPLIT = true;

  /* Two neighbours in float32. */
  struct Pair {
    float low;
    float high;

    __device__ __forceinline__ explicit Pair(uint32_t word)
        : low(to_float(f16{(uint16_t)word})), high(to_float(f16{(uint16_t)(word >> 16)})) {}
  };
  /* The upper halves of two float32. */
  static __device__ __forceinline__ uint32_t upper(float low, float high) {
    return __byte_perm(__float_as_uint(low), __float_as_uint(high), 0x7632);
  }
  static __device__ __forceinline__ uint32_t leading_pair(uint32_t word) {
    Pair pair(word);
    return upper(pair.low, pair.high);
  }
  static __device__ __forceinline__ float rest_of(float value) {
    return value - __uint_as_float(__float_as_uint(value) & 0xffff0000u);
  }
  static __device__ __forceinline__ uint32_t rest_pair(uint32_t word) {
    Pair pair(word);
    return upper(rest_of(pair.low), rest_of(pair.high));
  }
  static __device__ __forceinline__ uint4 chunk(const uint4* words, int c, uint32_t) {
    const uint4& w = words[c];
    return make_uint4(leading_pair(w.x), leading_pair(w.y), leading_pair(w.z), leading_pair(w.w));
  }
  static __device__ __forceinline__ uint4 rest(const uint4* words, int c) {
    const uint4& w = words[c];
    return make_uint4(rest_pair(w.x), rest_pair(w.y), rest_pair(w.z), rest_pair(w.w));
  }
};

/* Signed bytes without zero points. */
struct ByteWeights {
  static constexpr bool IS_PACKED = true;
  static constexpr bool IS_SPLIT = false;
  static constexpr int STEP = 64;
  static constexpr int WORDS = 1;
  static constexpr int ROW_BYTES = 64;

  static __device__ __forceinline__ int64_t row_start(const LinearArgs& a, int feature) {
    return feature * a.weight_stride;
  }
  /* Bytes moved up by 128 become the last bits of 2^23, from which 2^23 + 128 is taken again. */
  static __device__ __forceinline__ float value(uint32_t bytes, uint32_t selector) {
    return __uint_as_float(__byte_perm(bytes, 0x4b000000u, selector)) - 8388736.0f;
  }
  static __device__ __forceinline__ uint4 chunk(const uint4* words, int c, uint32_t) {
    uint32_t low = (c == 0 ? words[0].x : words[0].z) ^ 0x80808080u;
    uint32_t high = (c == 0 ? words[0].y : words[0].w) ^ 0x80808080u;
    return make_uint4(pack_bf16x2(value(low, 0x7650), value(low, 0x7651)),
                      pack_bf16x2(value(low, 0x7652), value(low, 0x7653)),
                      pack_bf16x2(value(high, 0x7650), value(high, 0x7651)),
                      pack_bf16x2(value(high, 0x7652), value(high, 0x7653)));
  }
  static __device__ __forceinline__ uint32_t minus_zero(const LinearArgs&, int, int) { return 0; }
};

/* E4M3 without zero points, filled up with zeros; no NaN among them. */
struct E4m3Weights {
  static constexpr bool IS_PACKED = true;
  static constexpr bool IS_SPLIT = false;
  static constexpr int STEP = 64;
  static constexpr int WORDS = 1;
  static constexpr int ROW_BYTES = 64;

  static __device__ __forceinline__ int64_t row_start(const LinearArgs& a, int feature) {
    return feature * a.weight_stride;
  }
  /* Bytes 0 and 1, or 2 and 3: bits of exponent and mantissa in the places of bf16's, whose
   * exponents are 120 higher. A subnormal one is brought to its value by the product, too. */
  static __device__ __forceinline__ uint32_t pair(uint32_t word, uint32_t selector) {
    uint32_t halves = __byte_perm(word, 0, selector); /* each byte the upper one of a half */
    uint32_t bits = (halves & 0x80008000u) | (halves >> 4 & 0x07f007f0u);
    return multiply_bf16x2(bits, 0x7b807b80u);
  }
  static __device__ __forceinline__ uint4 chunk(const uint4* words, int c, uint32_t) {
    uint32_t low = c == 0 ? words[0].x : words[0].z;
    uint32_t high = c == 0 ? words[0].y : words[0].w;
    return make_uint4(pair(low, 0x1404), pair(low, 0x3424), pair(high, 0x1404),
                      pair(high, 0x3424));
  }
  static __device__ __forceinline__ uint32_t minus_zero(const LinearArgs&, int, int) { return 0; }
};

struct NibbleWeights {
  static constexpr bool IS_PACKED = true;
  static constexpr bool IS_SPLIT = false;
  static constexpr int STEP = 128;
  static constexpr int WORDS = 1;
  static constexpr int ROW_BYTES = 64;

  static __device__ __forceinline__ int64_t row_start(const LinearArgs& a, int feature) {
    return feature * a.weight_stride;
  }
  /* 0x4300 | n is 128 + n in bf16; minus_zero takes 128 and the zero point away, exactly. */
  static __device__ __forceinline__ uint32_t pair(uint32_t word, int shift, uint32_t minus) {
    return add_bf16x2((word >> shift & 0x000f000fu) | 0x43004300u, minus);
  }
  static __device__ __forceinline__ uint4 chunk(const uint4* words, int c, uint32_t minus) {
    uint32_t word = c == 0 ? words[0].x : c == 1 ? words[0].y : c == 2 ? words[0].z : words[0].w;
    return make_uint4(pair(word, 0, minus), pair(word, 4, minus), pair(word, 8, minus),
                      pair(word, 12, minus));
  }
  static __device__ __forceinline__ uint32_t minus_zero(const LinearArgs& a, int feature,
                                                        int group) {
    float minus = -128.0f - zero_in_group(a, feature, group, 8);
    return pack_bf16x2(minus, minus);
  }
};

#endif
