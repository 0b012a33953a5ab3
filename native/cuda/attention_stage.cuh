/*
 * Keys and values of some positions in shared memory, as bf16, for attention on the matrix units.
 *
 * A stage holds KEYS rows of D keys, then KEYS rows of D values, in vectors of 16 bytes whose order
 * within a row depends on the row, so that no read meets a bank twice: keys are read 64 bytes of
 * two rows at a time, values as the same vector of eight rows. Bytes and 8-bit floats become bf16
 * exactly; the scales of bytes lie behind the stages.
 */
#ifndef GTN_ATTENTION_STAGE_CUH
#define GTN_ATTENTION_STAGE_CUH

#include "attention.cuh"

template <int D, int WARPS>
struct Stages {
  static constexpr int KEYS = D <= 128 ? 64 : 32;
  static constexpr int STAGES = 2;
  static constexpr int VECTORS = D / 8;
  static constexpr int SIDE_BYTES = KEYS * D * 2;
  static constexpr int ALL_BYTES = STAGES * 2 * SIDE_BYTES;
  static constexpr int WARP_KEYS = KEYS / WARPS; /* rows that a warp loads */
  static constexpr int LANE_KEYS = (WARP_KEYS + 31) / 32;
  static constexpr int PARKED_BYTES = 16 * WARPS * D * 4;
  static constexpr int SCALE_BYTES = STAGES * 2 * KEYS * 4;

  static __device__ __forceinline__ unsigned char* keys(int stage) {
    return smem_raw + stage * 2 * SIDE_BYTES;
  }
  static __device__ __forceinline__ unsigned char* values(int stage) {
    return keys(stage) + SIDE_BYTES;
  }
  static __device__ __forceinline__ int key_vector(int row, int c) {
    return (row * VECTORS + (c ^ ((row & 1) << 2))) * 16;
  }
  static __device__ __forceinline__ int value_vector(int row, int c) {
    return (row * VECTORS + (c ^ (row & 7))) * 16;
  }
  /* A row tile's sums, between partitions: element i of a lane, next to those of other lanes. */
  static __device__ __forceinline__ float* parked() {
    return (float*)(smem_raw + ALL_BYTES) + threadIdx.x / 32 * (16 * D) + threadIdx.x % 32;
  }
  static __device__ __forceinline__ float* key_scales(int stage) {
    return (float*)(smem_raw + ALL_BYTES + PARKED_BYTES) + stage * 2 * KEYS;
  }
  static __device__ __forceinline__ float* value_scales(int stage) {
    return key_scales(stage) + KEYS;
  }
  /* Of this lane, where a warp has no registers for them; vector i at 32 i. */
  static __device__ __forceinline__ uint4* queries() {
    unsigned char* all = smem_raw + ALL_BYTES + PARKED_BYTES + SCALE_BYTES;
    return (uint4*)all + threadIdx.x / 32 * (2 * D) + threadIdx.x % 32;
  }
};

/* Columns [8 c, 8 c + 8) of a head in the cache as bf16, zeros from head_dim on. */
__device__ __forceinline__ uint4 head_vector(const AttentionArgs& a, const void* cache,
                                             int64_t place, int c) {
  float v[8];
#pragma unroll
  for (int i = 0; i < 8; i++) {
    int column = 8 * c + i;
    v[i] = 0;
    if (column < a.head_dim) {
      if (a.cache_type == GTN_BF16) {
        v[i] = to_float(((const bf16*)cache)[place + column]);
      } else if (a.cache_type == GTN_I8) {
        v[i] = (float)((const int8_t*)cache)[place + column];
      } else {
        v[i] = to_float(((const e4m3*)cache)[place + column]);
      }
    }
  }
  return make_uint4(pack_bf16x2(v[0], v[1]), pack_bf16x2(v[2], v[3]), pack_bf16x2(v[4], v[5]),
                    pack_bf16x2(v[6], v[7]));
}

__device__ __forceinline__ float head_scale(const void* cache, int64_t place, int head_dim) {
  const uint8_t* bytes = (const uint8_t*)cache + place + head_dim;
  uint32_t bits = bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (uint32_t)bytes[3] << 24;
  return __uint_as_float(bits);
}

/* Whether heads in the cache are whole vectors of bf16, which are copied asynchronously. */
__device__ __forceinline__ bool has_vectors(const AttentionArgs& a) {
  return a.cache_type == GTN_BF16 && a.head_dim % 8 == 0 && a.block_stride % 8 == 0 &&
         is_aligned(a.keys) && is_aligned(a.values);
}

/* What lane and step i of a warp copy: vector c of a row, from a place that another lane knows. */
struct StagePlace {
  int row;
  int c;
  int64_t place;

  __device__ __forceinline__ StagePlace(int vectors, int i, int lane, const int64_t (&places)[2])
      : row((32 * i + lane) / vectors), c((32 * i + lane) % vectors) {
    /* The rows of one step lie in one half of the warp's 64 rows. */
    place = __shfl_sync(0xffffffffu, 32 * i / vectors < 32 ? places[0] : places[1], row % 32);
  }
};

/* A warp's share of the positions from base on; zeros outside [from, to). */
template <int D, int WARPS>
__device__ __forceinline__ void load_stage(const AttentionArgs& a, const RowTile& tile, int stage,
                                           int base, int from, int to) {
  using S = Stages<D, WARPS>;
  int warp_row = threadIdx.x / 32 * S::WARP_KEYS;
  int lane = threadIdx.x % 32;
  int64_t places[2] = {-1, -1}; /* of rows lane, lane + 32; -1 outside */
#pragma unroll
  for (int i = 0; i < S::LANE_KEYS; i++) {
    int row = warp_row + lane + 32 * i;
    bool is_inside = lane + 32 * i < S::WARP_KEYS && base + row >= from && base + row < to;
    places[i] = is_inside ? key_place(a, tile, base + row) : -1;
    if (a.cache_type == GTN_I8 && lane + 32 * i < S::WARP_KEYS) {
      S::key_scales(stage)[row] = is_inside ? head_scale(a.keys, places[i], a.head_dim) : 0.0f;
      S::value_scales(stage)[row] = is_inside ? head_scale(a.values, places[i], a.head_dim) : 0.0f;
    }
  }
  if (has_vectors(a)) {
#pragma unroll
    for (int i = 0; i < S::WARP_KEYS * S::VECTORS / 32; i++) {
      StagePlace at(S::VECTORS, i, lane, places);
      bool is_there = at.place >= 0 && 8 * at.c < a.head_dim;
      int64_t from_place = is_there ? at.place + 8 * at.c : 0;
      cp_async16(S::keys(stage) + S::key_vector(warp_row + at.row, at.c),
                 (const bf16*)a.keys + from_place, is_there);
      cp_async16(S::values(stage) + S::value_vector(warp_row + at.row, at.c),
                 (const bf16*)a.values + from_place, is_there);
    }
    return;
  }
#pragma unroll 1
  for (int i = 0; i < S::WARP_KEYS * S::VECTORS / 32; i++) {
    StagePlace at(S::VECTORS, i, lane, places);
    bool is_there = at.place >= 0 && 8 * at.c < a.head_dim;
    uint4 zeros = make_uint4(0, 0, 0, 0);
    *(uint4*)(S::keys(stage) + S::key_vector(warp_row + at.row, at.c)) =
        is_there ? head_vector(a, a.keys, at.place, at.c) : zeros;
    *(uint4*)(S::values(stage) + S::value_vector(warp_row + at.row, at.c)) =
        is_there ? head_vector(a, a.values, at.place, at.c) : zeros;
  }
}

#endif
