/*
 * attention_plain: softmax(scale q k^T) v, causal, through block tables, in float32.
 *
 *   q, out [tokens, num_heads * head_dim] in T, a paged cache of any type
 *   grid (tiles, num_kv_heads, num_splits), block 128, shared 16 * head_dim * 4: a tile of 16 rows,
 *   a warp takes every fourth row
 *
 * Plainly written, for activations in float32 and caches that the matrix units do not take. Keys
 * go by in tiles of 32 at fixed positions: lane l computes the score of key l, then lanes hold
 * every 32nd dimension of the values' sum. Slots outside a row's positions are not read.
 */
#include "attention.cuh"

constexpr int TILE_ROWS = 16;
constexpr int WARPS = 4;

__device__ __forceinline__ float element(const void* cache, int type, int64_t at) {
  if (type == GTN_I8) {
    return (float)((const int8_t*)cache)[at];
  }
  return type == GTN_E4M3 ? to_float(((const e4m3*)cache)[at]) : load_typed(cache, type, at);
}

__device__ __forceinline__ float bytes_scale(const void* cache, int64_t at, int head_dim) {
  const uint8_t* bytes = (const uint8_t*)cache + at + head_dim;
  uint32_t bits = bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (uint32_t)bytes[3] << 24;
  return __uint_as_float(bits);
}

/* A row's state; lane l holds dimensions l, l + 32, .. of the sums. */
struct State {
  float maximum;
  float weight;
  float sums[HEAD_STEPS];

  __device__ __forceinline__ State(float first_max, float first_sum)
      : maximum(first_max), weight(first_sum), sums{0, 0, 0, 0, 0, 0, 0, 0} {}

  __device__ __forceinline__ void merge(const State& more) {
    Merge merge(maximum, more.maximum);
    maximum = merge.maximum;
    weight = merge.sum(weight, more.weight);
#pragma unroll
    for (int step = 0; step < HEAD_STEPS; step++) {
      sums[step] = merge.sum(sums[step], more.sums[step]);
    }
  }
};

/* What a warp's lanes tell each other of 32 keys. */
struct KeyTile {
  int64_t places[32];
  float weights[32];
};

/* Keys [from, to) of a tile that begins at base join the state. */
__device__ __forceinline__ void attend(const AttentionArgs& a, const RowTile& tile,
                                       const float* q, int base, int from, int to, KeyTile& keys,
                                       State& state) {
  int lane = threadIdx.x % 32;
  int position = base + lane;
  bool is_inside = position >= from && position < to;
  int64_t place = is_inside ? key_place(a, tile, position) : 0;
  float score = NO_MAXIMUM;
  if (is_inside) {
    float dot = 0;
    for (int i = 0; i < a.head_dim; i++) {
      dot = fmaf(q[i], element(a.keys, a.cache_type, place + i), dot);
    }
    dot *= a.cache_type == GTN_I8 ? bytes_scale(a.keys, place, a.head_dim) : 1.0f;
    score = score_of(a, dot, [](float x) { return tanhf(x); });
  }
  float maximum = fmaxf(state.maximum, warp_max(score));
  float reference = maximum == NO_MAXIMUM ? 0.0f : maximum;
  float kept = fast_exp2(state.maximum - reference);
  float weight = is_inside ? fast_exp2(score - reference) : 0.0f;
  state.maximum = maximum;
  state.weight = fmaf(state.weight, kept, warp_sum(weight));
  bool has_scale = is_inside && a.cache_type == GTN_I8;
  keys.places[lane] = place;
  keys.weights[lane] = has_scale ? weight * bytes_scale(a.values, place, a.head_dim) : weight;
  __syncwarp();
#pragma unroll
  for (int step = 0; step < HEAD_STEPS; step++) {
    int i = lane + 32 * step;
    if (i < a.head_dim) {
      float sum = state.sums[step] * kept;
      for (int key = max(from - base, 0); key < min(to - base, 32); key++) {
        float value = element(a.values, a.cache_type, keys.places[key] + i);
        sum = fmaf(keys.weights[key], value, sum);
      }
      state.sums[step] = sum;
    }
  }
  __syncwarp();
}

template <class T>
__device__ __forceinline__ void write_out(const AttentionArgs& a, const RowTile& tile, int row,
                                          const State& state) {
  T* out = (T*)a.out + tile.token(row) * a.out_stride + (int64_t)tile.head(row) * a.head_dim;
#pragma unroll
  for (int step = 0; step < HEAD_STEPS; step++) {
    int i = threadIdx.x % 32 + 32 * step;
    if (i < a.head_dim) {
      out[i] = from_float<T>(state.sums[step] / state.weight);
    }
  }
}

__device__ __forceinline__ void write_partial(const AttentionArgs& a, const RowTile& tile,
                                              int row, int partition, const State& state) {
  int64_t index = state_index(a, tile, row, partition);
#pragma unroll
  for (int step = 0; step < HEAD_STEPS; step++) {
    int i = threadIdx.x % 32 + 32 * step;
    if (i < a.head_dim) {
      a.partial_sums[index * a.head_dim + i] = state.sums[step];
    }
  }
  if (threadIdx.x % 32 == 0) {
    a.partial_stats[2 * index] = state.maximum;
    a.partial_stats[2 * index + 1] = state.weight;
  }
}

template <class T>
__device__ __forceinline__ void attend_row(const AttentionArgs& a, const RowTile& tile, int row,
                                           const float* q, KeyTile& keys) {
  State merged(first_maximum(a, tile.head(row)), first_weight(a));
  int first_key = tile.first_key(a, row);
  int end = tile.position(row) + 1;
  int count = 0;
  for (int from = first_key; from < end; from = partition_end(from)) {
    int to = min(partition_end(from), end);
    if (count++ % a.num_splits != (int)blockIdx.z) {
      continue;
    }
    State state(NO_MAXIMUM, 0);
    for (int base = from / 32 * 32; base < to; base += 32) {
      attend(a, tile, q, base, from, to, keys, state);
    }
    if (a.num_splits == 1) {
      merged.merge(state);
    } else {
      write_partial(a, tile, row, partition_index(from), state);
    }
  }
  if (a.num_splits == 1) {
    write_out<T>(a, tile, row, merged);
  }
}

template <class T>
__device__ __forceinline__ void attention_plain(const AttentionArgs& a) {
  __shared__ KeyTile keys[WARPS];
  RowTile tile(a);
  int warp = threadIdx.x / 32;
  float* queries = (float*)smem_raw;
  for (int i = warp; i < TILE_ROWS; i += WARPS) {
    int row = tile.first_row + i;
    if (row < tile.num_rows) {
      const T* q = (const T*)a.q + tile.token(row) * a.q_stride;
      q += (int64_t)tile.head(row) * a.head_dim;
      float* query = queries + i * a.head_dim;
      for (int j = threadIdx.x % 32; j < a.head_dim; j += 32) {
        query[j] = to_float(q[j]);
      }
      __syncwarp();
      attend_row<T>(a, tile, row, query, keys[warp]);
    }
  }
}

extern "C" __global__ void __launch_bounds__(128, 4)
    attention_plain_f32(const __grid_constant__ AttentionArgs a) {
  attention_plain<float>(a);
}

extern "C" __global__ void __launch_bounds__(128, 4)
    attention_plain_bf16(const __grid_constant__ AttentionArgs a) {
  attention_plain<bf16>(a);
}
