/*
 * copy_blocks:    buffers[b][destination] = buffers[b][source] for pairs of blocks
 * gather_blocks:  staging[i][b] = buffers[b][blocks[i]]
 * scatter_blocks: buffers[b][blocks[i]] = staging[i][b]
 *
 * Buffers are the keys and values of every layer. Gathering them to one piece makes one copy to
 * the host of what would be two per layer.
 *   grid (pairs or blocks, num_buffers, ceil(block_bytes, 16384)), block 256: a thread moves 16
 *   bytes at a time, four times
 */
#include "rows.cuh"

constexpr int64_t PIECE = 16384;

/* This block's piece of `bytes`. */
__device__ __forceinline__ void copy_piece(char* to, const char* from, int64_t bytes) {
  int64_t begin = blockIdx.z * PIECE;
  int64_t end = begin + PIECE < bytes ? begin + PIECE : bytes;
  if (is_aligned(to) && is_aligned(from) && bytes % 16 == 0) {
    for (int64_t at = begin + 16 * threadIdx.x; at < end; at += 16 * 256) {
      *(uint4*)(to + at) = *(const uint4*)(from + at);
    }
    return;
  }
  for (int64_t at = begin + threadIdx.x; at < end; at += 256) {
    to[at] = from[at];
  }
}

extern "C" __global__ void __launch_bounds__(256)
    copy_blocks(const __grid_constant__ CopyBlocksArgs a) {
  int64_t source = a.pairs[2 * blockIdx.x];
  int64_t destination = a.pairs[2 * blockIdx.x + 1];
  char* buffer = (char*)a.buffers[blockIdx.y];
  if (source >= 0) {
    copy_piece(buffer + destination * a.block_bytes, buffer + source * a.block_bytes,
               a.block_bytes);
  }
}

__device__ __forceinline__ char* staging_place(const StageBlocksArgs& a) {
  int64_t index = (int64_t)blockIdx.x * a.num_buffers + blockIdx.y;
  return (char*)a.staging + index * a.block_bytes;
}

extern "C" __global__ void __launch_bounds__(256)
    gather_blocks(const __grid_constant__ StageBlocksArgs a) {
  int64_t block = a.blocks[blockIdx.x];
  if (block >= 0) {
    copy_piece(staging_place(a), (const char*)a.buffers[blockIdx.y] + block * a.block_bytes,
               a.block_bytes);
  }
}

extern "C" __global__ void __launch_bounds__(256)
    scatter_blocks(const __grid_constant__ StageBlocksArgs a) {
  int64_t block = a.blocks[blockIdx.x];
  if (block >= 0) {
    copy_piece((char*)a.buffers[blockIdx.y] + block * a.block_bytes, staging_place(a),
               a.block_bytes);
  }
}
