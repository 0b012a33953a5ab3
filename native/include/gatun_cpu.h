/*
 * The CPU kernels of Gatun: the whole contract between Java and C.
 *
 * One shared library per instruction set exports these functions; which one is loaded is decided at
 * start. Formulas and the meaning of each op stand in dev.gatun.tensor.Ops.
 *
 * Conventions. Activations are float32, row-major; a stride is the distance between the starts of
 * two rows in elements. Storage types are the GATUN_F32.. numbers. Pointers need the alignment of
 * their element only. Indices (ids, positions, slots, rows, blocks) have been checked by the
 * caller. Every kernel returns a status and neither allocates nor prints; there are no globals:
 * the pool belongs to whoever created it and serves one caller at a time.
 *
 * Determinism. Each output element is computed by one thread in an order that depends on the shape
 * of its own row alone, so results depend neither on the number of threads nor on the other rows.
 * They do depend on the instruction set.
 */
#ifndef GATUN_CPU_H
#define GATUN_CPU_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GATUN_CPU_ABI_VERSION 5

/* Status codes. */
#define GATUN_OK 0
#define GATUN_INVALID_ARGUMENT 1 /* an unknown type or kind, a size out of range */
#define GATUN_NO_MEMORY 2        /* of gatun_cpu_pool_create */
#define GATUN_NO_THREAD 3        /* of gatun_cpu_pool_create */
#define GATUN_NO_PERMISSION 4    /* of gatun_cpu_prepare */

/* Storage types. */
#define GATUN_F32 0
#define GATUN_F16 1
#define GATUN_BF16 2
#define GATUN_I8 3 /* of KV caches alone */

/* Activation functions. */
#define GATUN_SILU 0
#define GATUN_GELU 1
#define GATUN_GELU_TANH 2
#define GATUN_RELU 3

/* Instruction sets that there is a library for. */
#define GATUN_ISA_BASELINE 1    /* x86-64-v2: SSE4.2 */
#define GATUN_ISA_AVX2 2        /* x86-64-v3: AVX2, FMA, F16C */
#define GATUN_ISA_AVX512 3      /* AVX-512 F, BW, CD, DQ, VL, VNNI, BF16 */
#define GATUN_ISA_AVX2_VNNI 4   /* AVX2 and AVX-VNNI */
#define GATUN_ISA_NEON 5        /* Armv8.2-A with DotProd and FP16 */
#define GATUN_ISA_AVX512_VNNI 6 /* as AVX512 but for BF16 */
#define GATUN_ISA_AMX 7         /* AVX512 with AMX tiles of INT8 and BF16 */
#define GATUN_ISA_NEON_I8MM 8   /* NEON with I8MM */
#define GATUN_ISA_NEON_BF16 9   /* NEON with I8MM and BF16 */

#define GATUN_API __attribute__((visibility("default")))

/* A persistent set of threads; workers spin for some microseconds after an op, then sleep. */
typedef struct gatun_pool gatun_pool;

/*
 * One row block of a linear layer, left where it was mapped.
 * weight is [out_features, in_features] with rows `stride` elements apart; bias may be null.
 */
typedef struct {
  const void *weight;
  const void *bias;
  int64_t out_features;
  int64_t stride;
  int32_t bias_type;
  int32_t reserved;
} gatun_linear_block;

/* How a weight source stores its weights; PLAIN ones are rounded while they are packed. */
#define GATUN_SOURCE_PLAIN 0 /* [out, in] floats of value_type, rows `stride` elements apart */
#define GATUN_SOURCE_AWQ 1   /* these four as in dev.gatun.tensor.PackedLayout */
#define GATUN_SOURCE_GPTQ 2
#define GATUN_SOURCE_ROWS 3
#define GATUN_SOURCE_BYTES 4

/*
 * One row block to be packed into integers of `bits` with a scale per chunk of columns: 32, 64 or
 * 128 of them, of which group_size is a multiple. columns lists the columns of all chunks in order,
 * -1 for none, or is null for the natural order.
 */
typedef struct {
  const void *values;
  const void *scales;
  const void *zeros;
  const int32_t *columns;
  int64_t out_features;
  int64_t in_features;
  int64_t group_size;
  int64_t stride;
  int32_t source;
  int32_t value_type; /* of PLAIN */
  int32_t scale_type; /* kept while packing; BF16 for PLAIN */
  int32_t bits;       /* 8 or 4 */
  int32_t chunk;
  int32_t reserved;
} gatun_weight_source;

/* One row block as gatun_cpu_pack left it. bias may be null. */
typedef struct {
  const void *packed;
  const int32_t *columns; /* those of the source */
  const void *bias;
  int64_t out_features;
  int32_t bits;
  int32_t chunk;
  int32_t scale_type;
  int32_t has_zeros;
  int32_t bias_type;
  int32_t zero_base; /* what zero points are more than the packed ones: 1 for GPTQ, else 0 */
} gatun_packed_block;

/*
 * Of the library "machine", which runs on any processor of its architecture and holds nothing else:
 * the instruction sets that this processor and its operating system offer, bit i for number i.
 */
GATUN_API int32_t gatun_cpu_machine_isas(void);

GATUN_API int32_t gatun_cpu_abi_version(void);
/* The instruction set that this library was compiled for. */
GATUN_API int32_t gatun_cpu_library_isa(void);
/*
 * Asks the operating system for registers that it hands out on request alone: AMX's tiles. Once per
 * process, before any op; on the other instruction sets there is nothing to ask for.
 */
GATUN_API int32_t gatun_cpu_prepare(void);
/* 1 if this library was compiled for dot products of BF16, else 0. */
GATUN_API int32_t gatun_cpu_has_bf16_dot(void);
/* sizeof(gatun_linear_block), so that the caller can check its own layout. */
GATUN_API int64_t gatun_cpu_linear_block_bytes(void);
/* sizeof(gatun_weight_source) and sizeof(gatun_packed_block), likewise. */
GATUN_API int64_t gatun_cpu_weight_source_bytes(void);
GATUN_API int64_t gatun_cpu_packed_block_bytes(void);

/* num_threads counts the caller, which works too; 1 starts none. */
GATUN_API int32_t gatun_cpu_pool_create(int32_t num_threads, gatun_pool **pool);
/* Ends and joins the threads. Not while an op runs. */
GATUN_API void gatun_cpu_pool_destroy(gatun_pool *pool);

GATUN_API int32_t gatun_cpu_embed(gatun_pool *pool, float *out, int64_t out_stride,
                                  const void *table, int32_t table_type, int64_t table_stride,
                                  const int32_t *ids, int64_t rows, int64_t columns, float scale);

GATUN_API int32_t gatun_cpu_gather_rows(gatun_pool *pool, float *out, int64_t out_stride,
                                        const float *x, int64_t x_stride, const int32_t *indices,
                                        int64_t rows, int64_t columns);

GATUN_API int32_t gatun_cpu_rms_norm(gatun_pool *pool, float *out, int64_t out_stride,
                                     const float *x, int64_t x_stride, const void *weight,
                                     int32_t weight_type, int64_t rows, int64_t columns,
                                     float weight_offset, float eps);

GATUN_API int32_t gatun_cpu_add_rms_norm(gatun_pool *pool, float *out, int64_t out_stride,
                                         float *residual, int64_t residual_stride, const float *x,
                                         int64_t x_stride, const void *weight, int32_t weight_type,
                                         int64_t rows, int64_t columns, float weight_offset,
                                         float eps);

/* bias may be null. */
GATUN_API int32_t gatun_cpu_layer_norm(gatun_pool *pool, float *out, int64_t out_stride,
                                       const float *x, int64_t x_stride, const void *weight,
                                       int32_t weight_type, const void *bias, int32_t bias_type,
                                       int64_t rows, int64_t columns, float eps);

GATUN_API int32_t gatun_cpu_qk_norm(gatun_pool *pool, float *heads, int64_t stride,
                                    const void *weight, int32_t weight_type, int64_t rows,
                                    int64_t num_heads, int64_t head_dim, float weight_offset,
                                    float eps);

/* All blocks have weights of weight_type; their out_features follow each other in a row of out. */
GATUN_API int32_t gatun_cpu_linear(gatun_pool *pool, float *out, int64_t out_stride,
                                   const float *x, int64_t x_stride,
                                   const gatun_linear_block *blocks, int32_t num_blocks,
                                   int32_t weight_type, int64_t rows, int64_t in_features);

/* Bytes of workspace with which gatun_cpu_bf16_linear works best; it does not grow with rows. */
GATUN_API int64_t gatun_cpu_bf16_workspace(int64_t in_features);

/*
 * As gatun_cpu_linear over BF16 weights, with rows of x rounded to BF16: twice the multiply-adds
 * where the processor has dot products of BF16. workspace is aligned to 64 bytes and belongs to
 * this call alone.
 */
GATUN_API int32_t gatun_cpu_bf16_linear(gatun_pool *pool, float *out, int64_t out_stride,
                                        const float *x, int64_t x_stride,
                                        const gatun_linear_block *blocks, int32_t num_blocks,
                                        int64_t rows, int64_t in_features, void *workspace,
                                        int64_t workspace_bytes);

/* Bytes that packing takes, or -1 if the source is not one that can be packed. */
GATUN_API int64_t gatun_cpu_packed_bytes(const gatun_weight_source *source);

/* Packs into memory aligned to 64 bytes. The layout is the library's own. */
GATUN_API int32_t gatun_cpu_pack(gatun_pool *pool, const gatun_weight_source *source,
                                 void *packed);

/* Bytes of workspace with which gatun_cpu_packed_linear works best; it does not grow with rows. */
GATUN_API int64_t gatun_cpu_packed_workspace(int64_t in_features);

/*
 * As gatun_cpu_linear over packed blocks. Rows of x are rounded to 8 bits with a scale per chunk;
 * sums within a chunk are exact integers, sums over chunks float32 in order. workspace is aligned
 * to 64 bytes and belongs to this call alone.
 */
GATUN_API int32_t gatun_cpu_packed_linear(gatun_pool *pool, float *out, int64_t out_stride,
                                          const float *x, int64_t x_stride,
                                          const gatun_packed_block *blocks, int32_t num_blocks,
                                          int64_t rows, int64_t in_features, void *workspace,
                                          int64_t workspace_bytes);

GATUN_API int32_t gatun_cpu_rope(gatun_pool *pool, float *heads, int64_t stride,
                                 const int32_t *positions, const float *cos_sin,
                                 int64_t cos_sin_stride, int64_t rows, int64_t num_heads,
                                 int64_t head_dim, int64_t rotary_dim);

/*
 * keys and values are [num_blocks, block_size, num_kv_heads, head_dim]; block_stride in elements.
 * With GATUN_I8 a head is head_dim bytes and then the float32 by which each is multiplied.
 */
GATUN_API int32_t gatun_cpu_store_kv(gatun_pool *pool, void *keys, void *values, int32_t kv_type,
                                     int64_t block_stride, int64_t block_size, const float *k,
                                     int64_t k_stride, const float *v, int64_t v_stride,
                                     const int32_t *slots, int64_t rows, int64_t num_kv_heads,
                                     int64_t head_dim);

/* Floats that gatun_cpu_paged_attention needs as workspace. */
GATUN_API int64_t gatun_cpu_attention_workspace(const gatun_pool *pool, int64_t num_heads,
                                                int64_t num_kv_heads, int64_t head_dim);

/*
 * sinks is float32 [num_heads] or null; soft_cap 0 and window 0 mean none. block_tables is
 * [num_sequences, max_blocks]. workspace belongs to this call alone.
 */
GATUN_API int32_t gatun_cpu_paged_attention(
    gatun_pool *pool, float *out, int64_t out_stride, const float *q, int64_t q_stride,
    const void *keys, const void *values, int32_t kv_type, int64_t block_stride,
    int64_t block_size, const int32_t *query_start, const int32_t *context_lens,
    const int32_t *block_tables, int64_t max_blocks, int64_t num_sequences, int64_t num_heads,
    int64_t num_kv_heads, int64_t head_dim, float scale, float soft_cap, int64_t window,
    const float *sinks, float *workspace);

/* gate_up is [rows, 2 * columns], gate first. */
GATUN_API int32_t gatun_cpu_gated_activation(gatun_pool *pool, float *out, int64_t out_stride,
                                             const float *gate_up, int64_t gate_up_stride,
                                             int64_t rows, int64_t columns, int32_t kind);

GATUN_API int32_t gatun_cpu_activation(gatun_pool *pool, float *out, int64_t out_stride,
                                       const float *x, int64_t x_stride, int64_t rows,
                                       int64_t columns, int32_t kind);

GATUN_API int32_t gatun_cpu_add(gatun_pool *pool, float *out, int64_t out_stride, const float *a,
                                int64_t a_stride, const float *b, int64_t b_stride, int64_t rows,
                                int64_t columns);

#ifdef __cplusplus
}
#endif
#endif
