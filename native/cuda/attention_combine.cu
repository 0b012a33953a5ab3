/*
 * attention_combine: merges the partitions of a row in order, where attention was split.
 *
 *   grid (tiles, num_kv_heads, tile rows), block 32 * ceil(head_dim, 32): a row, a thread takes a
 *   dimension
 */
#include "attention.cuh"

template <class T>
__device__ __forceinline__ void attention_combine(const AttentionArgs& a) {
  RowTile tile(a);
  int row = tile.first_row + blockIdx.z;
  int i = threadIdx.x;
  if (row >= tile.num_rows || i >= a.head_dim) {
    return;
  }
  int head = tile.head(row);
  int first = partition_index(tile.first_key(a, row));
  int last = partition_index(tile.position(row));
  float maximum = first_maximum(a, head);
  float weight = first_weight(a);
  float sum = 0;
  for (int partition = first; partition <= last; partition++) {
    int64_t index = state_index(a, tile, row, partition);
    Merge merge(maximum, a.partial_stats[2 * index]);
    maximum = merge.maximum;
    weight = merge.sum(weight, a.partial_stats[2 * index + 1]);
    sum = merge.sum(sum, a.partial_sums[index * a.head_dim + i]);
  }
  T* out = (T*)a.out + tile.token(row) * a.out_stride + (int64_t)head * a.head_dim;
  out[i] = from_float<T>(sum / weight);
}

extern "C" __global__ void __launch_bounds__(256)
    attention_combine_f32(const __grid_constant__ AttentionArgs a) {
  attention_combine<float>(a);
}

extern "C" __global__ void __launch_bounds__(256)
    attention_combine_bf16(const __grid_constant__ AttentionArgs a) {
  attention_combine<bf16>(a);
}
