/*
 * attention_d*: softmax(scale q k^T) v, causal, through block tables, on the matrix units.
 *
 *   q, out [tokens, num_heads * head_dim] in bf16, head_dim <= D, a paged cache of BF16, I8 or E4M3
 *   grid (tiles, num_kv_heads, num_splits), block 32 * WARPS: a tile of 16 * WARPS rows, which are
 *   (token, head of the group) pairs, so that the heads of a group share what is loaded
 *
 * One algorithm for decodes and chunks of a prompt. Keys go by in tiles at fixed positions; a warp
 * holds 16 rows: scores of a tile are one product on the matrix units, weights become bf16 in the
 * registers where the next product wants them. The next tile is copied meanwhile. Where a
 * partition ends its state is merged into the row's, which is parked in shared memory, or written
 * to the workspace for attention_combine.
 *
 * A tile or partition that a row does not attend to leaves its state as it is, bit for bit. So a
 * row's bits depend neither on the rows beside it nor on WARPS or splits. Positions outside the
 * tile's are not read; inside, a value that is not finite spoils the other rows of its sequence.
 */
#include "attention_stage.cuh"
#include "linear_weights.cuh"

/* Which key tiles a block visits: those of every num_splits-th partition. */
template <int KEYS>
struct KeyWalk {
  int base;
  int partition_stop;
  int end;
  int splits;

  __device__ __forceinline__ KeyWalk(int first_key, int end_key, int split, int num_splits)
      : base(first_key / KEYS * KEYS),
        partition_stop(partition_end(first_key)),
        end(end_key),
        splits(num_splits) {
    skip(split);
  }
  __device__ __forceinline__ void skip(int partitions) {
    for (int i = 0; i < partitions && base < end; i++) {
      base = partition_stop;
      partition_stop = partition_end(base);
    }
  }
  __device__ __forceinline__ bool is_done() const { return base >= end; }
  __device__ __forceinline__ bool ends_partition() const {
    return base + KEYS >= partition_stop || base + KEYS >= end;
  }
  __device__ __forceinline__ void advance() {
    base += KEYS;
    if (base >= partition_stop) {
      partition_stop = partition_end(base);
      skip(splits - 1);
    }
  }
};

/* Good to 2^-23, which is far below what bf16 inputs leave of a score. */
__device__ __forceinline__ float fast_tanh(float x) {
  float t = fast_exp2(-2 * LOG2_E * fabsf(x));
  return copysignf(__fdividef(1 - t, 1 + t), x);
}

/* The two rows of a lane: g and g + 8 of its warp. */
struct LaneRows {
  int row[2];
  int low[2];  /* first attended position; none where low > high */
  int high[2]; /* last one */

  __device__ __forceinline__ LaneRows(const AttentionArgs& a, const RowTile& tile) {
#pragma unroll
    for (int half = 0; half < 2; half++) {
      row[half] = tile.first_row + threadIdx.x / 32 * 16 + threadIdx.x % 32 / 4 + 8 * half;
      bool is_there = row[half] < tile.num_rows;
      low[half] = is_there ? tile.first_key(a, row[half]) : 1;
      high[half] = is_there ? tile.position(row[half]) : 0;
    }
  }
  __device__ __forceinline__ bool is_there(int half) const { return low[half] <= high[half]; }
};

/* Of one warp: 16 rows of queries and the state of a partition. */
template <int D, int WARPS>
struct WarpAttention {
  using S = Stages<D, WARPS>;
  static constexpr int KEYS = S::KEYS;
  /* Where D leaves room for them, queries are in registers too. */
  static constexpr bool HOLDS_QUERIES = D <= 128;
  uint4 held[HOLDS_QUERIES ? D / 32 : 1][2];
  float sums[D / 8][4];
  float maximum[2];
  float weight[2]; /* of this lane's keys; lanes t of a row are added where a partition ends */

  __device__ __forceinline__ void load_queries(const AttentionArgs& a, const RowTile& tile,
                                               const LaneRows& rows) {
    int t = threadIdx.x % 4;
#pragma unroll
    for (int half = 0; half < 2; half++) {
      const bf16* x = (const bf16*)a.q;
      if (rows.is_there(half)) {
        x += tile.token(rows.row[half]) * a.q_stride;
        x += (int64_t)tile.head(rows.row[half]) * a.head_dim;
      }
      int size = rows.is_there(half) ? a.head_dim : 0;
#pragma unroll
      for (int c = 0; c < D / 32; c++) {
        float v[8];
        load8(x, 32 * c + 8 * t, size, v);
        uint4 words = make_uint4(pack_bf16x2(v[0], v[1]), pack_bf16x2(v[2], v[3]),
                                 pack_bf16x2(v[4], v[5]), pack_bf16x2(v[6], v[7]));
        if (HOLDS_QUERIES) {
          held[c][half] = words;
        } else {
          S::queries()[(2 * c + half) * 32] = words;
        }
      }
    }
  }

  __device__ __forceinline__ uint4 query(int c, int half) const {
    return HOLDS_QUERIES ? held[c][half] : S::queries()[(2 * c + half) * 32];
  }

  __device__ __forceinline__ void begin_partition() {
#pragma unroll
    for (int n = 0; n < D / 8; n++) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
        sums[n][i] = 0;
      }
    }
    maximum[0] = maximum[1] = NO_MAXIMUM;
    weight[0] = weight[1] = 0;
  }

  /* Fragment n holds keys 8 n + 2 t, + 1 of rows g (0, 1) and g + 8 (2, 3). */
  __device__ __forceinline__ void score(const AttentionArgs& a, int stage, int base,
                                        const LaneRows& rows, float (&scores)[KEYS / 8][4]) {
    int g = threadIdx.x % 32 / 4;
    int t = threadIdx.x % 4;
    bool is_bytes = a.cache_type == GTN_I8;
#pragma unroll
    for (int n = 0; n < KEYS / 8; n++) {
      scores[n][0] = scores[n][1] = scores[n][2] = scores[n][3] = 0;
    }
#pragma unroll
    for (int c = 0; c < D / 32; c++) {
      uint4 low = query(c, 0);
      uint4 high = query(c, 1);
#pragma unroll
      for (int n = 0; n < KEYS / 8; n++) {
        uint4 key = *(const uint4*)(S::keys(stage) + S::key_vector(8 * n + g, 4 * c + t));
        mma_chunk(scores[n], low, high, key);
      }
    }
#pragma unroll
    for (int n = 0; n < KEYS / 8; n++) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
        int key = 8 * n + 2 * t + i % 2;
        bool is_attended = base + key >= rows.low[i / 2] && base + key <= rows.high[i / 2];
        float dot = is_bytes ? scores[n][i] * S::key_scales(stage)[key] : scores[n][i];
        scores[n][i] = is_attended ? score_of(a, dot, fast_tanh) : NO_MAXIMUM;
      }
    }
  }

  /* Turns scores into weights and brings the state to the new maximum. */
  __device__ __forceinline__ void weigh(float (&scores)[KEYS / 8][4]) {
#pragma unroll
    for (int half = 0; half < 2; half++) {
      float largest = maximum[half];
#pragma unroll
      for (int n = 0; n < KEYS / 8; n++) {
        largest = fmaxf(largest, fmaxf(scores[n][2 * half], scores[n][2 * half + 1]));
      }
      largest = fmaxf(largest, __shfl_xor_sync(0xffffffffu, largest, 1));
      largest = fmaxf(largest, __shfl_xor_sync(0xffffffffu, largest, 2));
      float reference = largest == NO_MAXIMUM ? 0.0f : largest;
      float kept = fast_exp2(maximum[half] - reference);
      maximum[half] = largest;
      float sum = 0;
#pragma unroll
      for (int n = 0; n < KEYS / 8; n++) {
#pragma unroll
        for (int i = 2 * half; i < 2 * half + 2; i++) {
          scores[n][i] = fast_exp2(scores[n][i] - reference);
          sum += scores[n][i];
        }
      }
      weight[half] = fmaf(weight[half], kept, sum);
#pragma unroll
      for (int n = 0; n < D / 8; n++) {
        sums[n][2 * half] *= kept;
        sums[n][2 * half + 1] *= kept;
      }
    }
  }

  __device__ __forceinline__ void add_values(const AttentionArgs& a, int stage,
                                             float (&weights)[KEYS / 8][4]) {
    int lane = threadIdx.x % 32;
    if (a.cache_type == GTN_I8) {
#pragma unroll
      for (int n = 0; n < KEYS / 8; n++) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
          weights[n][i] *= S::value_scales(stage)[8 * n + 2 * (lane % 4) + i % 2];
        }
      }
    }
#pragma unroll
    for (int k = 0; k < KEYS / 16; k++) {
      uint32_t p[4] = {pack_bf16x2(weights[2 * k][0], weights[2 * k][1]),
                       pack_bf16x2(weights[2 * k][2], weights[2 * k][3]),
                       pack_bf16x2(weights[2 * k + 1][0], weights[2 * k + 1][1]),
                       pack_bf16x2(weights[2 * k + 1][2], weights[2 * k + 1][3])};
      int row = 16 * k + lane % 16;
#pragma unroll
      for (int n = 0; n < D / 16; n++) {
        uint32_t v[4];
        ldmatrix_x4_trans(v, S::values(stage) + S::value_vector(row, 2 * n + lane / 16));
        uint32_t low[2] = {v[0], v[1]};
        uint32_t high[2] = {v[2], v[3]};
        mma_bf16_16816(sums[2 * n], p, low);
        mma_bf16_16816(sums[2 * n + 1], p, high);
      }
    }
  }

  __device__ __forceinline__ void end_partition() {
#pragma unroll
    for (int half = 0; half < 2; half++) {
      weight[half] += __shfl_xor_sync(0xffffffffu, weight[half], 1);
      weight[half] += __shfl_xor_sync(0xffffffffu, weight[half], 2);
    }
  }
};

/* What a row has of the partitions before: statistics here, sums in shared memory. */
struct Merged {
  float maximum[2];
  float weight[2];
  bool is_first;
};

/* Merges the partition into the parked state; afterwards the sums are in the warp's registers. */
template <int D, int WARPS>
__device__ __forceinline__ void merge(Merged& merged, WarpAttention<D, WARPS>& warp) {
  float* parked = Stages<D, WARPS>::parked();
  Merge merges[2] = {Merge(merged.maximum[0], warp.maximum[0]),
                     Merge(merged.maximum[1], warp.maximum[1])};
#pragma unroll
  for (int half = 0; half < 2; half++) {
    merged.weight[half] = merges[half].sum(merged.weight[half], warp.weight[half]);
    merged.maximum[half] = merges[half].maximum;
  }
#pragma unroll
  for (int n = 0; n < D / 8; n++) {
#pragma unroll
    for (int i = 0; i < 4; i++) {
      float before = merged.is_first ? 0.0f : parked[(4 * n + i) * 32];
      warp.sums[n][i] = merges[i / 2].sum(before, warp.sums[n][i]);
    }
  }
  merged.is_first = false;
}

template <int D, int WARPS>
__device__ __forceinline__ void park(const WarpAttention<D, WARPS>& warp) {
  float* parked = Stages<D, WARPS>::parked();
#pragma unroll
  for (int n = 0; n < D / 8; n++) {
#pragma unroll
    for (int i = 0; i < 4; i++) {
      parked[(4 * n + i) * 32] = warp.sums[n][i];
    }
  }
}

template <int D, int WARPS>
__device__ __forceinline__ void write_partial(const AttentionArgs& a, const RowTile& tile,
                                              const LaneRows& rows, int base,
                                              const WarpAttention<D, WARPS>& warp) {
  int t = threadIdx.x % 4;
  int partition = partition_index(base);
#pragma unroll
  for (int half = 0; half < 2; half++) {
    bool has_any = rows.is_there(half) && partition >= partition_index(rows.low[half]) &&
                   partition <= partition_index(rows.high[half]);
    if (has_any) {
      int64_t index = state_index(a, tile, rows.row[half], partition);
#pragma unroll
      for (int n = 0; n < D / 8; n++) {
        int column = 8 * n + 2 * t;
        float* out = a.partial_sums + index * a.head_dim + column;
        if (column < a.head_dim) {
          out[0] = warp.sums[n][2 * half];
        }
        if (column + 1 < a.head_dim) {
          out[1] = warp.sums[n][2 * half + 1];
        }
      }
      if (t == 0) {
        a.partial_stats[2 * index] = warp.maximum[half];
        a.partial_stats[2 * index + 1] = warp.weight[half];
      }
    }
  }
}

template <int D, int WARPS>
__device__ __forceinline__ void write_out(const AttentionArgs& a, const RowTile& tile,
                                          const LaneRows& rows, const Merged& merged,
                                          const WarpAttention<D, WARPS>& warp) {
  int t = threadIdx.x % 4;
#pragma unroll
  for (int half = 0; half < 2; half++) {
    if (rows.is_there(half)) {
      bf16* out = (bf16*)a.out + tile.token(rows.row[half]) * a.out_stride;
      out += (int64_t)tile.head(rows.row[half]) * a.head_dim;
      bool is_pair = ((uintptr_t)out & 3) == 0;
#pragma unroll
      for (int n = 0; n < D / 8; n++) {
        int column = 8 * n + 2 * t;
        float x = warp.sums[n][2 * half] / merged.weight[half];
        float y = warp.sums[n][2 * half + 1] / merged.weight[half];
        if (is_pair && column + 1 < a.head_dim) {
          *(uint32_t*)(out + column) = pack_bf16x2(x, y);
        } else {
          if (column < a.head_dim) {
            out[column] = to_bf16(x);
          }
          if (column + 1 < a.head_dim) {
            out[column + 1] = to_bf16(y);
          }
        }
      }
    }
  }
}

/* Keys of one stage join the partition's state; nothing if none of the warp's rows attends. */
template <int D, int WARPS>
__device__ __forceinline__ void attend(const AttentionArgs& a, int stage, int base, int warp_low,
                                       int warp_high, const LaneRows& rows,
                                       WarpAttention<D, WARPS>& warp) {
  constexpr int KEYS = Stages<D, WARPS>::KEYS;
  if (base <= warp_high && base + KEYS > warp_low) {
    float scores[KEYS / 8][4];
    warp.score(a, stage, base, rows, scores);
    warp.weigh(scores);
    warp.add_values(a, stage, scores);
  }
}

template <int D, int WARPS>
__device__ __forceinline__ void attention(const AttentionArgs& a) {
  using S = Stages<D, WARPS>;
  RowTile tile(a);
  if (tile.first_row >= tile.num_rows) {
    return;
  }
  int last_row = min(tile.first_row + 16 * WARPS, tile.num_rows) - 1;
  int from = tile.first_key(a, tile.first_row);
  int to = tile.position(last_row) + 1;
  int warp_first = tile.first_row + threadIdx.x / 32 * 16;
  bool has_rows = warp_first < tile.num_rows;
  int warp_low = has_rows ? tile.first_key(a, warp_first) : 1;
  int warp_high = has_rows ? tile.position(min(warp_first + 15, last_row)) : 0;

  LaneRows rows(a, tile);
  WarpAttention<D, WARPS> warp;
  warp.load_queries(a, tile, rows);
  warp.begin_partition();
  Merged merged;
#pragma unroll
  for (int half = 0; half < 2; half++) {
    int head = rows.is_there(half) ? tile.head(rows.row[half]) : 0;
    merged.maximum[half] = first_maximum(a, head);
    merged.weight[half] = first_weight(a);
  }
  merged.is_first = true;

  KeyWalk<S::KEYS> walk(from, to, blockIdx.z, a.num_splits);
  KeyWalk<S::KEYS> ahead = walk;
  if (!ahead.is_done()) {
    load_stage<D, WARPS>(a, tile, 0, ahead.base, from, to);
    ahead.advance();
  }
  cp_async_commit();
  for (int step = 0; !walk.is_done(); step++, walk.advance()) {
    if (!ahead.is_done()) {
      load_stage<D, WARPS>(a, tile, (step + 1) % 2, ahead.base, from, to);
      ahead.advance();
    }
    cp_async_commit();
    cp_async_wait<1>();
    __syncthreads(); /* This stage is there. */
    attend(a, step % 2, walk.base, warp_low, warp_high, rows, warp);
    if (walk.ends_partition()) {
      warp.end_partition();
      if (a.num_splits > 1) {
        write_partial(a, tile, rows, walk.base, warp);
      } else {
        merge(merged, warp);
        if (walk.base + S::KEYS >= to) {
          write_out(a, tile, rows, merged, warp);
        } else {
          park(warp);
        }
      }
      warp.begin_partition();
    }
    __syncthreads(); /* It has been read, and may be filled again. */
  }
  cp_async_wait<0>();
}

extern "C" __global__ void __launch_bounds__(32)
    attention_d64_w1_bf16(const __grid_constant__ AttentionArgs a) {
  attention<64, 1>(a);
}

extern "C" __global__ void __launch_bounds__(128, 3)
    attention_d64_w4_bf16(const __grid_constant__ AttentionArgs a) {
  attention<64, 4>(a);
}

extern "C" __global__ void __launch_bounds__(32)
    attention_d128_w1_bf16(const __grid_constant__ AttentionArgs a) {
  attention<128, 1>(a);
}

extern "C" __global__ void __launch_bounds__(128, 2)
    attention_d128_w4_bf16(const __grid_constant__ AttentionArgs a) {
  attention<128, 4>(a);
}

extern "C" __global__ void __launch_bounds__(32)
    attention_d256_w1_bf16(const __grid_constant__ AttentionArgs a) {
  attention<256, 1>(a);
}

extern "C" __global__ void __launch_bounds__(64)
    attention_d256_w2_bf16(const __grid_constant__ AttentionArgs a) {
  attention<256, 2>(a);
}
