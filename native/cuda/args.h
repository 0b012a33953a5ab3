/*
 * Arguments of the CUDA kernels: the whole contract between Java and the device.
 *
 * A kernel takes exactly one of these structs, by value. Fields stand in descending size, so there
 * are no holes; the sizes are asserted below and again in Java. Formulas and the meaning of each op
 * stand in dev.gatun.tensor.Ops. A kernel's name ends in the type T of its activations: f32, bf16.
 *
 * Conventions. Activations are [rows, features] in T, row-major; a stride is the distance between
 * the starts of two rows, in elements. Pointers need the alignment of their element only, unless
 * it says otherwise: aligned rows (16 bytes) are faster and give the same bits. Types are the
 * GTN_.. numbers. Indices have been checked by the caller. Launch geometry is given as
 * grid (x, y, z), block, and dynamic shared memory in bytes where there is some.
 *
 *   ceil(a, b) = (a + b - 1) / b
 *   threads(n) = 32 * min(8, ceil(n, 256)), for a row of n elements
 *
 * What a CUDA graph freezes is the struct and the grid; so everything that changes from step to
 * step is behind a pointer: ids, positions, slots, context lengths, tables, tiles. Rows that only
 * fill up a bucket have slot -1 (nothing is stored) and tiles of sequence -1 (nothing is done).
 *
 * Determinism. The bits of a row depend on that row alone: every sum has one order, fixed by the
 * row's own shape and by types. Kernels that exist in several forms give the same bits in each.
 */
#ifndef GTN_CUDA_ARGS_H
#define GTN_CUDA_ARGS_H

#include <stdint.h>

/* Types; the first four are those of gatun_cpu.h. */
#define GTN_F32 0
#define GTN_F16 1
#define GTN_BF16 2
#define GTN_I8 3   /* of KV caches: a head is head_dim bytes, then the float32 of their scale */
#define GTN_E4M3 4 /* of weights and KV caches: 8-bit floats, at most 448 */

/* Activation functions, as in gatun_cpu.h. */
#define GTN_SILU 0
#define GTN_GELU 1
#define GTN_GELU_TANH 2
#define GTN_RELU 3

#ifdef __cplusplus
#define GTN_SIZE(type, bytes) static_assert(sizeof(type) == (bytes), #type)
#else
#define GTN_SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type)
#endif

/*
 * embed_T: out[r] = table[ids[r]] * scale.
 * grid (rows, 1, 1), block threads(hidden_size)
 */
typedef struct {
  void *out;          /* T [rows, hidden_size] */
  const void *table;  /* table_type [vocab, hidden_size], contiguous */
  const int32_t *ids; /* [rows] */
  int64_t out_stride;
  int32_t rows;
  int32_t hidden_size;
  int32_t table_type; /* F32, F16 or BF16 */
  float scale;
} EmbedArgs;
GTN_SIZE(EmbedArgs, 48);

/*
 * gather_rows_T: out[r] = x[indices[r]].
 * grid (rows, 1, 1), block threads(size)
 */
typedef struct {
  void *out;              /* T [rows, size] */
  const void *x;          /* T [.., size] */
  const int32_t *indices; /* [rows] */
  int64_t out_stride;
  int64_t x_stride;
  int32_t rows;
  int32_t size;
} GatherRowsArgs;
GTN_SIZE(GatherRowsArgs, 48);

/*
 * rms_norm_T:     out = x / sqrt(mean(x^2) + eps) * (weight + weight_offset)
 * add_rms_norm_T: residual += x, rounded to T; out = rms_norm(residual)
 * layer_norm_T:   out = (x - mean) / sqrt(variance + eps) * weight + bias
 * grid (rows, 1, 1), block threads(size). out may be x.
 */
typedef struct {
  void *out;          /* T [rows, size] */
  const void *x;      /* T [rows, size] */
  void *residual;     /* T [rows, size]: of add_rms_norm alone, else null */
  const void *weight; /* weight_type [size] */
  const void *bias;   /* bias_type [size], or null: of layer_norm alone */
  int64_t out_stride;
  int64_t x_stride;
  int64_t residual_stride;
  int32_t rows;
  int32_t size;
  int32_t weight_type;
  int32_t bias_type;
  float weight_offset;
  float eps;
} NormArgs;
GTN_SIZE(NormArgs, 88);

/*
 * qk_norm_T: rms_norm over each head, in place.
 * grid (ceil(rows * num_heads, 4), 1, 1), block 128
 */
typedef struct {
  void *heads;        /* T [rows, num_heads * head_dim] */
  const void *weight; /* weight_type [head_dim] */
  int64_t stride;
  int32_t rows;
  int32_t num_heads;
  int32_t head_dim;
  int32_t weight_type;
  float weight_offset;
  float eps;
} QkNormArgs;
GTN_SIZE(QkNormArgs, 48);

/*
 * rope_T: rotates each head in place, halves rotary_dim / 2 apart.
 * grid (rows, ceil(num_heads * rotary_dim / 2, 128), 1), block 128
 */
typedef struct {
  void *heads;              /* T [rows, num_heads * head_dim] */
  const float *cos_sin;     /* [max_positions, rotary_dim]: cosines, then sines */
  const int32_t *positions; /* [rows] */
  int64_t stride;
  int32_t rows;
  int32_t num_heads;
  int32_t head_dim;
  int32_t rotary_dim; /* even, at most head_dim */
} RopeArgs;
GTN_SIZE(RopeArgs, 48);

/*
 * store_kv_T: writes k and v to their slots, rounded to cache_type.
 * grid (rows, ceil(2 * num_kv_heads, 4), 1), block 128
 */
typedef struct {
  void *keys;   /* cache_type [num_blocks, block_size, num_kv_heads, head width] */
  void *values; /* likewise */
  const void *k;        /* T [rows, num_kv_heads * head_dim] */
  const void *v;        /* likewise */
  const int32_t *slots; /* [rows]; block * block_size + offset, or -1 for none */
  int64_t k_stride;
  int64_t v_stride;
  int64_t block_stride; /* elements of the cache from one block to the next */
  int32_t rows;
  int32_t num_kv_heads;
  int32_t head_dim; /* head width is head_dim, with I8 head_dim + 4; at most 256 */
  int32_t block_size;
  int32_t cache_type; /* F32, F16, BF16, I8 or E4M3 */
  int32_t padding;
} StoreKvArgs;
GTN_SIZE(StoreKvArgs, 88);

/*
 * rope_store_kv_T: rope of q and k, then store_kv of k and v, in one pass over qkv; the same bits
 * in q and in the cache as the three calls. k in qkv is left as it was.
 * grid (rows, ceil(num_heads + 2 * num_kv_heads, 4), 1), block 128
 */
typedef struct {
  void *keys;
  void *values;
  void *qkv;                /* T [rows, (num_heads + 2 num_kv_heads) * head_dim]: q, k, v */
  const float *cos_sin;     /* [max_positions, rotary_dim] */
  const int32_t *positions; /* [rows] */
  const int32_t *slots;     /* [rows], -1 for none */
  int64_t stride;
  int64_t block_stride;
  int32_t rows;
  int32_t num_heads;
  int32_t num_kv_heads;
  int32_t head_dim; /* at most 256 */
  int32_t rotary_dim;
  int32_t block_size;
  int32_t cache_type;
  int32_t padding;
} RopeStoreKvArgs;
GTN_SIZE(RopeStoreKvArgs, 96);

/*
 * gated_activation_T: out = f(gate) * up with x = [gate, up], [rows, 2 * size].
 * activation_T:       out = f(x).
 * add_T:              out = x + y.
 * grid (rows, ceil(size, 8 * threads(size)), 1), block threads(size). out may be x, and y.
 */
typedef struct {
  void *out;     /* T [rows, size] */
  const void *x; /* T [rows, size] or [rows, 2 * size] */
  const void *y; /* T [rows, size]: of add alone, else null */
  int64_t out_stride;
  int64_t x_stride;
  int64_t y_stride;
  int32_t rows;
  int32_t size;
  int32_t function; /* GTN_SILU .. */
  int32_t padding;
} ElementwiseArgs;
GTN_SIZE(ElementwiseArgs, 64);

/*
 * linear_*: out = x weight^T + bias.
 *
 *   kernel                          x, T   weight                    grid, block, shared memory
 *   linear_plain_f32, _bf16         T      F32, F16 or BF16          A
 *   linear_packed8_f32              f32    packed bytes              A
 *   linear_packed4_f32              f32    packed nibbles            A
 *   linear_packed_e4m3_f32          f32    packed E4M3               A
 *   linear_skinny_bf16              bf16   BF16, tensor cores        B
 *   linear_skinny_f16_bf16          bf16   F16, as two bf16 each     B
 *   linear_skinny_packed8_bf16      bf16   packed bytes              B
 *   linear_skinny_packed4_bf16      bf16   packed nibbles            B
 *   linear_skinny_packed_e4m3_bf16  bf16   packed E4M3               B
 *   linear_tiled128_bf16            bf16   BF16, tensor cores        C, 98304
 *   linear_tiled64_bf16             bf16   BF16, tensor cores        D, 98304
 *   linear_tiled128_f16_bf16        bf16   F16, as two bf16 each     C, 98304
 *   linear_tiled64_f16_bf16         bf16   F16, as two bf16 each     D, 98304
 *   linear_tiled64_packed8_bf16     bf16   packed bytes              D, 65536
 *   linear_tiled64_packed4_bf16     bf16   packed nibbles            D, 73728
 *   linear_tiled64_packed_e4m3_bf16 bf16   packed E4M3               D, 65536
 *   linear_skinny_int8_bf16         bytes  packed bytes, one group   B
 *   linear_tiled64_int8_bf16        bytes  packed bytes, one group   D, 98304
 *   linear_skinny_e4m3_bf16         E4M3   packed E4M3               B
 *   linear_tiled64_e4m3_bf16        E4M3   packed E4M3               D, 98304
 *   linear_merge_bf16               -      -                         E
 *
 *   A  grid (ceil(out_features, 64), ceil(rows, 8), 1), block 64
 *   B  grid (ceil(out_features, 16), ceil(rows, 8), 1), block 32 * partitions
 *   C  grid (ceil(out_features, 128), ceil(rows, 128), splits), block 256
 *   D  grid (ceil(out_features, 128), ceil(rows, 64), splits), block 256
 *   E  grid (ceil(out_features, 256), rows, 1), block 256
 *
 * Sums run over partitions of partition_length columns, which are then added in order:
 *   partition_length = 128 * ceil(in_features, 1024), partitions = ceil(in_features,
 *   partition_length), at most 8.
 * Skinny and tiled kernels of a kind of weights give the same bits, for any rows and any splits:
 * skinny is meant for up to 8 rows, tiled64 for up to 64, tiled128 for more. With splits = 1 a
 * tiled kernel writes out. With more, split s computes its share of the partitions and writes
 * their sums to workspace, and linear_merge_bf16 has to follow; splits is at most partitions. The
 * f32 kernels and linear_plain_bf16 have one order of their own.
 *
 * linear_.._int8_bf16 take quantised rows of quantize_int8_T, with x_stride in bytes: integers are
 * multiplied, sums of a partition are exact and then scaled. in_features is at most 131072.
 * linear_.._e4m3_bf16 take those of quantize_e4m3_T and groups of 128 columns or one; they trap
 * where the code was not made for compute capability 8.9 or newer.
 *
 * Plain weights: [out_features, in_features], weight_stride in elements. For skinny and tiled
 * rows have 16-byte alignment and are filled up with zeros to a multiple of 64 columns.
 *
 * Packed weights: weight = scale * (value - zero). Columns have been brought into the order of
 * their groups (PackedBlock.columnOrder; x is gathered to match by gather_columns_T), so group g
 * is columns [g * group_size, (g + 1) * group_size).
 *   scales  scale_type [groups, out_features]
 *   zeros   uint8 [groups, out_features], or null for none (bytes) and for 8 (nibbles)
 *   bytes   int8, value - 128 of PackedLayout. A row is blocks of 64 columns, 64 bytes each, and
 *           a block is 8 runs of 8 columns: run 2 t + c, t = 0..3, c = 0..1, holds columns
 *           32 c + 8 t + 0..7 in order.
 *   E4M3    8-bit floats in the places of bytes, none of them NaN, rows filled up with zeros.
 *   nibbles a row is blocks of 128 columns, 64 bytes each, and a block is 16 little-endian words
 *           of 8 columns: word 4 t + c, t = 0..3, c = 0..3, holds columns 32 c + 8 t + 0..7, from
 *           the lowest bits up in the order 0 2 4 6 1 3 5 7.
 *   Rows are filled up to whole blocks with any values; weight_stride is in bytes, a multiple of
 *   16, and rows have 16-byte alignment. group_size is 32, 64, 128, or at least in_features.
 */
typedef struct {
  const void *x;      /* T [rows, in_features] */
  const void *weight; /* see above */
  const void *scales; /* of packed weights, else null */
  const void *zeros;  /* likewise */
  const float *bias;  /* [out_features] or null */
  void *out;          /* out_type [rows, out_features]; must not alias x */
  float *workspace;   /* [partitions, rows, out_features] where splits > 1, else null */
  int64_t x_stride;
  int64_t weight_stride;
  int64_t out_stride;
  int32_t rows;
  int32_t in_features;
  int32_t out_features;
  int32_t partition_length;
  int32_t splits;      /* 1 for all but the tiled kernels; linear_merge does not look at it */
  int32_t group_size;  /* of packed weights, else 0 */
  int32_t weight_type; /* of linear_plain_T: F32, F16 or BF16 */
  int32_t scale_type;  /* of packed weights: F32, F16 or BF16 */
  int32_t out_type;    /* T or F32 */
  int32_t padding;
} LinearArgs;
GTN_SIZE(LinearArgs, 120);

/*
 * gather_columns_T: out[r][c] = x[r][columns[c]], 0 where columns[c] is -1.
 * grid (rows, ceil(size, 256), 1), block 256
 */
typedef struct {
  void *out;              /* T [rows, size] */
  const void *x;          /* T [rows, ..] */
  const int32_t *columns; /* [size] */
  int64_t out_stride;
  int64_t x_stride;
  int32_t rows;
  int32_t size;
} GatherColumnsArgs;
GTN_SIZE(GatherColumnsArgs, 48);

/*
 * quantize_int8_T, quantize_e4m3_T: quantised rows, the x of linear_.._int8_T and _e4m3_T.
 * grid (rows, 1, 1), block threads(size)
 *
 * A row is filled up with zeros to blocks of 128 columns, 128 bytes each; columns lie in a block
 * as in two blocks of packed bytes of LinearArgs. Behind them stand the floats by which each is
 * multiplied. int8: one, a 127th of the row's largest magnitude. e4m3: one per block, a 448th of
 * the block's. NaN if an element is not finite.
 */
typedef struct {
  void *out;          /* quantised rows, 16-byte aligned */
  const void *x;      /* T [rows, size] */
  int64_t out_stride; /* bytes, a multiple of 16 */
  int64_t x_stride;
  int32_t rows;
  int32_t size;
} QuantizeArgs;
GTN_SIZE(QuantizeArgs, 40);

/*
 * attention_*: softmax(scale q k^T) v, causal, through block tables.
 *
 * A tile is some rows of one sequence and KV head: row r is query token r / group and the head
 * r % group of the group of query heads, group = num_heads / num_kv_heads. tiles is a list of
 * {sequence, first row} made by the host, for one KV head: tile rows from the first row on, as far
 * as the sequence has tokens * group rows. sequence -1 is no tile.
 *
 *   kernel                         tile rows   head_dim   block   shared memory
 *   attention_plain_f32, _bf16     16          <= 256     128     16 * head_dim * 4
 *   attention_d64_w1_bf16          16          <= 64      32      37888
 *   attention_d64_w4_bf16          64          <= 64      128     50176
 *   attention_d128_w1_bf16         16          <= 128     32      74752
 *   attention_d128_w4_bf16         64          <= 128     128     99328
 *   attention_d256_w1_bf16         16          <= 256     32      90624
 *   attention_d256_w2_bf16         32          <= 256     64      115200
 *   grid (number of tiles, num_kv_heads, num_splits)
 *
 * d.. kernels run on tensor cores and take caches of BF16, I8 and E4M3; plain ones take any. Bits
 * differ between plain and d.., so a model uses one of them throughout: d.. for bf16 activations
 * and those caches, with the least d that holds head_dim, plain for the rest.
 * w1 and w4 (w2) give the same bits: w1 for decodes, the other for longer chunks; w1 also where
 * blocks may not have as much shared memory as the other wants.
 *
 * Positions are cut into partitions that depend on the position alone. The partition of position p
 * has the least length L(p) = 256 * 2^i with p < 32 L(p), and the index p / L(p) + 16 i: 128 Ki
 * positions have 96. A row's partitions, from that of its first attended position on, are merged in
 * order. With num_splits = 1 a kernel does that itself and writes out. With more, split s takes
 * every num_splits-th partition from the tile's s-th on and leaves its sums in the workspace, and
 * attention_combine_T has to follow with the same arguments:
 *   grid (number of tiles, num_kv_heads, tile rows), block 32 * ceil(head_dim, 32)
 */
typedef struct {
  void *out;     /* T [tokens, num_heads * head_dim]; may be q */
  const void *q; /* T [tokens, num_heads * head_dim] */
  const void *keys;
  const void *values;
  const int32_t *query_start;  /* [sequences + 1] */
  const int32_t *context_lens; /* [sequences] */
  const int32_t *block_tables; /* [sequences, max_blocks] */
  const int32_t *tiles;        /* [grid x, 2] */
  const void *sinks;           /* sink_type [num_heads] or null */
  float *partial_sums;  /* [tokens, num_heads, max_partitions, head_dim] where num_splits > 1 */
  float *partial_stats; /* [tokens, num_heads, max_partitions, 2] likewise */
  int64_t out_stride;
  int64_t q_stride;
  int64_t block_stride; /* elements of the cache from one block to the next */
  int32_t num_heads;
  int32_t num_kv_heads;
  int32_t head_dim;
  int32_t block_size;
  int32_t max_blocks;
  int32_t window; /* 0 for all */
  int32_t cache_type;
  int32_t sink_type;
  int32_t num_splits;
  int32_t max_partitions; /* at least what any row of the tiles has */
  float scale;
  float soft_cap; /* 0 for none */
} AttentionArgs;
GTN_SIZE(AttentionArgs, 160);

/*
 * copy_blocks: copies whole blocks in every buffer.
 * grid (num_pairs, num_buffers, ceil(block_bytes, 16384)), block 256
 */
typedef struct {
  void *const *buffers; /* [num_buffers]: keys and values of every layer */
  const int32_t *pairs; /* [num_pairs, 2]: source, destination; a source of -1 is no pair */
  int64_t block_bytes;
  int32_t num_pairs;
  int32_t num_buffers;
} CopyBlocksArgs;
GTN_SIZE(CopyBlocksArgs, 32);

/*
 * gather_blocks:  staging[i][b] = buffers[b][blocks[i]], for one copy to the host
 * scatter_blocks: buffers[b][blocks[i]] = staging[i][b]
 * grid (num_blocks, num_buffers, ceil(block_bytes, 16384)), block 256
 */
typedef struct {
  void *const *buffers;  /* [num_buffers] */
  const int32_t *blocks; /* [num_blocks]; -1 is no block */
  void *staging;         /* [num_blocks, num_buffers, block_bytes] */
  int64_t block_bytes;
  int32_t num_blocks;
  int32_t num_buffers;
} StageBlocksArgs;
GTN_SIZE(StageBlocksArgs, 40);

/*
 * argmax_T: the likeliest token of each row, the lowest of equals; -1 if a row holds NaN, positive
 * infinity or nothing finite.
 * grid (rows, 1, 1), block 1024
 */
typedef struct {
  const void *logits; /* T [rows, vocab_size] */
  int32_t *out;       /* [rows] */
  int64_t stride;
  int32_t rows;
  int32_t vocab_size;
} ArgmaxArgs;
GTN_SIZE(ArgmaxArgs, 32);

#include "args_sample.h"

#endif
