/*
 * Attention beside what the machine could do, in one run: decode of some sequences beside reading
 * their keys and values once, prefill of a prompt beside the peak of multiply-adds, for each type
 * of cache and the heads of a model of 0.5 B and one of 1 B parameters. Blocks are scattered over a
 * cache larger than the processor's. Medians of interleaved rounds, JSON out, one object per
 * instruction set.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "probes.h"
#include "storage.h"
#include "timing.h"

#define SIDE_BYTES (256LL << 20) /* of keys, and of values */
#define BLOCK_SIZE 16
#define MAX_SEQUENCES 16
#define MAX_CONTEXT 4096
#define MAX_TOKENS 2048
#define MAX_ROW (32 * 64)

typedef struct {
  const char *name;
  int64_t heads;
  int64_t kv_heads;
  int64_t head_dim;
} shape;

typedef struct {
  int32_t sequences;
  int32_t tokens; /* of each */
  int32_t context;
} load;

static const shape shapes[] = {{"14/2x64", 14, 2, 64}, {"32/8x64", 32, 8, 64}};
static const load loads[] = {{1, 1, 512},  {1, 1, 4096},    {16, 1, 512},
                             {16, 1, 4096}, {1, 512, 512}, {1, 2048, 2048}};
static const char *const types[] = {"float32", "float16", "bfloat16", "int8"};

enum {
  NUM_SHAPES = sizeof shapes / sizeof shapes[0],
  NUM_LOADS = sizeof loads / sizeof loads[0],
  NUM_TYPES = sizeof types / sizeof types[0]
};

typedef struct {
  gatun_pool *pool;
  int32_t num_threads;
  char *keys;
  char *values;
  float *q;
  float *out;
  float *workspace;
  int32_t *blocks; /* ids in random order */
  int64_t next;    /* of blocks, so that no call finds its own in a cache */
} bench;

static int64_t row_bytes(int32_t type, const shape *s) {
  return s->kv_heads * head_width(type, s->head_dim) * storage_bytes(type);
}

static void shuffle(int32_t *ids, int64_t count) {
  uint32_t state = 1;
  for (int64_t i = 0; i < count; i++) {
    state = state * 1664525u + 1013904223u;
    int64_t j = (int64_t)((uint64_t)state * (uint64_t)(i + 1) >> 32);
    ids[i] = ids[j];
    ids[j] = (int32_t)i;
  }
}

static double time_call(bench *b, int32_t type, const shape *s, const load *l) {
  int32_t query_start[MAX_SEQUENCES + 1] = {0};
  int32_t context_lens[MAX_SEQUENCES];
  static int32_t tables[MAX_SEQUENCES * MAX_CONTEXT / BLOCK_SIZE];
  int64_t total = SIDE_BYTES / (row_bytes(type, s) * BLOCK_SIZE);
  int64_t per_sequence = l->context / BLOCK_SIZE;
  shuffle(b->blocks, total);
  for (int64_t i = 0; i < l->sequences; i++) {
    query_start[i + 1] = (int32_t)(i + 1) * l->tokens;
    context_lens[i] = l->context;
    for (int64_t j = 0; j < per_sequence; j++) {
      tables[i * per_sequence + j] = b->blocks[b->next++ % total];
    }
  }
  double start = now();
  gatun_cpu_paged_attention(b->pool, b->out, s->heads * s->head_dim, b->q,
                            s->heads * s->head_dim, b->keys, b->values, type,
                            BLOCK_SIZE * s->kv_heads * head_width(type, s->head_dim), BLOCK_SIZE,
                            query_start, context_lens, tables, per_sequence, l->sequences, s->heads,
                            s->kv_heads, s->head_dim, 0.125f, 0, 0, NULL, b->workspace);
  return now() - start;
}

/* The mean of some calls on other blocks each, where one alone is too short to be timed. */
static double time_case(bench *b, int32_t type, const shape *s, const load *l) {
  int64_t bytes = 2 * l->sequences * l->context * row_bytes(type, s);
  int64_t calls = l->tokens > 1 ? 1 : 1 + (16 << 20) / bytes;
  double sum = 0;
  for (int64_t i = 0; i < calls; i++) {
    sum += time_call(b, type, s, l);
  }
  return sum / (double)calls;
}

static double time_part(bench *b, gatun_task task, void *context, int64_t count) {
  double start = now();
  pool_run(b->pool, task, context, count, 1);
  return now() - start;
}

static int open_bench(bench *b) {
  b->num_threads = (int32_t)sysconf(_SC_NPROCESSORS_ONLN);
  if (gatun_cpu_pool_create(b->num_threads, &b->pool) != GATUN_OK) {
    return 0;
  }
  int64_t floats = 0;
  for (int s = 0; s < NUM_SHAPES; s++) {
    int64_t needed = gatun_cpu_attention_workspace(b->pool, shapes[s].heads, shapes[s].kv_heads,
                                                   shapes[s].head_dim);
    floats = needed > floats ? needed : floats;
  }
  b->keys = aligned_alloc(64, SIDE_BYTES);
  b->values = aligned_alloc(64, SIDE_BYTES);
  b->q = aligned_alloc(64, MAX_TOKENS * MAX_ROW * sizeof(float));
  b->out = aligned_alloc(64, MAX_TOKENS * MAX_ROW * sizeof(float));
  b->workspace = aligned_alloc(64, (size_t)(floats + 15) / 16 * 64);
  b->blocks = malloc(SIDE_BYTES / BLOCK_SIZE);
  if (b->keys == NULL || b->values == NULL || b->q == NULL || b->out == NULL ||
      b->workspace == NULL || b->blocks == NULL) {
    return 0;
  }
  for (int64_t i = 0; i < MAX_TOKENS * MAX_ROW; i++) {
    b->q[i] = 0.01f * (float)(i % 101 - 50);
  }
  /* Small numbers of any type. */
  for (int64_t i = 0; i < SIDE_BYTES; i += 4) {
    *(uint32_t *)(void *)(b->keys + i) = 0x3c003c00u + (uint32_t)(i & 0xff);
    *(uint32_t *)(void *)(b->values + i) = 0x3c003c00u + (uint32_t)(i & 0xff);
  }
  return 1;
}

static void print_case(int32_t type, const shape *s, const load *l, double time,
                       double read_rate, double peak, int is_last) {
  double bytes = 2.0 * l->sequences * l->context * (double)row_bytes(type, s);
  double positions = 0;
  for (int32_t t = 0; t < l->tokens; t++) {
    positions += (double)l->sequences * (l->context - t);
  }
  double operations = 4 * positions * (double)(s->heads * s->head_dim);
  printf("  {\"cache\": \"%s\", \"heads\": \"%s\", \"sequences\": %d, \"tokens\": %d, "
         "\"context\": %d, \"us\": %.0f, \"gb_s\": %.1f, \"of_read\": %.2f, \"gflop_s\": %.0f, "
         "\"of_peak\": %.2f}%s\n",
         types[type], s->name, l->sequences, l->tokens, l->context, time * 1e6,
         bytes / time * 1e-9, bytes / read_rate / time, operations / time * 1e-9,
         operations / peak / time, is_last ? "]}" : ",");
}

static void print_all(double (*times)[NUM_SHAPES][NUM_LOADS][ROUNDS], double read_rate,
                      double peak) {
  for (int t = 0; t < NUM_TYPES; t++) {
    for (int s = 0; s < NUM_SHAPES; s++) {
      for (int l = 0; l < NUM_LOADS; l++) {
        int is_last = t + 1 == NUM_TYPES && s + 1 == NUM_SHAPES && l + 1 == NUM_LOADS;
        print_case(t, &shapes[s], &loads[l], median(times[t][s][l]), read_rate, peak, is_last);
      }
    }
  }
}

int main(void) {
  static double times[NUM_TYPES][NUM_SHAPES][NUM_LOADS][ROUNDS];
  double reads[ROUNDS];
  double floats[ROUNDS];
  if ((gatun_cpu_machine_isas() >> gatun_cpu_library_isa() & 1) == 0) {
    printf("{\"isa\": %d, \"skipped\": \"the processor lacks it\"}\n", gatun_cpu_library_isa());
    return 0;
  }
  (void)byte_peak_part; /* attention multiplies floats alone */
  bench b = {0};
  if (!open_bench(&b)) {
    return 1;
  }
  for (int round = 0; round < ROUNDS; round++) {
    reads[round] = time_part(&b, read_part, b.keys, SIDE_BYTES / 4);
    floats[round] = time_part(&b, float_peak_part, NULL, b.num_threads);
    for (int t = 0; t < NUM_TYPES; t++) {
      for (int s = 0; s < NUM_SHAPES; s++) {
        for (int l = 0; l < NUM_LOADS; l++) {
          times[t][s][l][round] = time_case(&b, t, &shapes[s], &loads[l]);
        }
      }
    }
  }
  double read_rate = (double)SIDE_BYTES / median(reads);
  double peak = 2.0 * CHAINS * VW * PEAK_STEPS * b.num_threads / median(floats);
  printf("{\"isa\": %d, \"threads\": %d, \"read_gb_s\": %.1f, \"float_gflop_s\": %.0f,\n"
         " \"attention\": [\n",
         gatun_cpu_library_isa(), b.num_threads, read_rate * 1e-9, peak * 1e-9);
  print_all(times, read_rate, peak);
  gatun_cpu_pool_destroy(b.pool);
  free(b.keys);
  free(b.values);
  free(b.q);
  free(b.out);
  free(b.workspace);
  free(b.blocks);
  return 0;
}
