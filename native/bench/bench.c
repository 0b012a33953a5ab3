/*
 * Linear kernels beside what the machine could do, in one run: each format at the layer shapes of a
 * model of 0.5 B and one of 1 B parameters, from one row (decode) to 512 (prefill). The roof of a
 * case is the longer of reading its weights once at the read bandwidth and computing at the peak of
 * its multiply-adds, both measured in the same rounds. Medians of interleaved rounds, JSON out, one
 * object per instruction set.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "packed.h"
#include "probes.h"
#include "timing.h"

#define BUFFER_BYTES (512LL << 20)
#define MAX_ROWS 512
#define MAX_IN 8192
#define MAX_OUT 16384

typedef struct {
  const char *name;
  int32_t bits; /* 16 for BF16 weights read in place */
  int32_t chunk;
  int32_t has_zeros;
} format;

typedef struct {
  const char *name;
  int64_t in;
  int64_t out;
} shape;

static const format formats[] = {{"bf16", 16, 0, 0},
                                 {"int8 g128", 8, 128, 0},
                                 {"int4 g128", 4, 128, 1},
                                 {"int4 g32", 4, 32, 1}};
static const shape shapes[] = {{"0.5B gateUp", 896, 9728},
                               {"0.5B down", 4864, 896},
                               {"1B qkv", 2048, 3072},
                               {"1B gateUp", 2048, 16384},
                               {"1B down", 8192, 2048}};
static const int64_t row_counts[] = {1, 4, 16, 512};

enum {
  NUM_FORMATS = sizeof formats / sizeof formats[0],
  NUM_SHAPES = sizeof shapes / sizeof shapes[0],
  NUM_ROW_COUNTS = sizeof row_counts / sizeof row_counts[0]
};

typedef struct {
  gatun_pool *pool;
  int32_t num_threads;
  char *buffer; /* weights; walked through, so that none is in a cache */
  int64_t at;
  float *x;
  float *out;
  char *workspace;
  int64_t workspace_bytes;
} bench;

static int64_t weight_bytes(const format *f, const shape *s) {
  return f->bits == 16 ? s->in * s->out * 2
                       : packed_layout_of(s->out, s->in, f->bits, f->chunk, GATUN_BF16,
                                          f->has_zeros).total_bytes;
}

static void call_once(bench *b, const format *f, const shape *s, int64_t rows) {
  int64_t bytes = weight_bytes(f, s);
  b->at = b->at + bytes > BUFFER_BYTES ? 0 : b->at;
  if (f->bits == 16) {
    gatun_linear_block block = {b->buffer + b->at, NULL, s->out, s->in, 0, 0};
    gatun_cpu_linear(b->pool, b->out, s->out, b->x, s->in, &block, 1, GATUN_BF16, rows, s->in);
  } else {
    gatun_packed_block block = {.packed = b->buffer + b->at,
                                .out_features = s->out,
                                .bits = f->bits,
                                .chunk = f->chunk,
                                .scale_type = GATUN_BF16,
                                .has_zeros = f->has_zeros};
    gatun_cpu_packed_linear(b->pool, b->out, s->out, b->x, s->in, &block, 1, rows, s->in,
                            b->workspace, b->workspace_bytes);
  }
  b->at += round_up(bytes, 64);
}

static double time_case(bench *b, const format *f, const shape *s, int64_t rows) {
  int64_t repeats = rows >= 64 ? 1 : 1 + (64LL << 20) / weight_bytes(f, s);
  double start = now();
  for (int64_t i = 0; i < repeats; i++) {
    call_once(b, f, s, rows);
  }
  return (now() - start) / (double)repeats;
}

static double time_part(bench *b, gatun_task task, void *context, int64_t count) {
  double start = now();
  pool_run(b->pool, task, context, count, 1);
  return now() - start;
}

static int open_bench(bench *b) {
  b->num_threads = (int32_t)sysconf(_SC_NPROCESSORS_ONLN);
  b->workspace_bytes = gatun_cpu_packed_workspace(MAX_IN);
  b->buffer = aligned_alloc(64, BUFFER_BYTES);
  /* Aligned as in Backend.allocate: a vector across two cache lines loads at half speed. */
  b->x = aligned_alloc(64, MAX_ROWS * MAX_IN * sizeof(float));
  b->out = aligned_alloc(64, MAX_ROWS * MAX_OUT * sizeof(float));
  b->workspace = aligned_alloc(64, (size_t)round_up(b->workspace_bytes, 64));
  if (b->buffer == NULL || b->x == NULL || b->out == NULL || b->workspace == NULL ||
      gatun_cpu_prepare() != GATUN_OK ||
      gatun_cpu_pool_create(b->num_threads, &b->pool) != GATUN_OK) {
    return 0;
  }
  for (int64_t i = 0; i < MAX_ROWS * MAX_IN; i++) {
    b->x[i] = 0.01f * (float)(i % 101 - 50);
  }
  for (int64_t i = 0; i < BUFFER_BYTES; i += 4) {
    *(uint32_t *)(void *)(b->buffer + i) = 0x3c003c00u + (uint32_t)(i & 0xff);
  }
  return 1;
}

static void print_case(const format *f, const shape *s, int64_t rows, double time,
                       double read_rate, double peak, int is_last) {
  double bytes = (double)weight_bytes(f, s);
  double operations = 2.0 * (double)(s->in * s->out * rows);
  double reading = bytes / read_rate;
  double computing = operations / peak;
  double roof = reading > computing ? reading : computing;
  printf("  {\"format\": \"%s\", \"layer\": \"%s\", \"rows\": %ld, \"us\": %.0f, "
         "\"roof_us\": %.0f, \"of_roof\": %.2f, \"bound\": \"%s\", \"gb_s\": %.1f, "
         "\"gop_s\": %.0f}%s\n",
         f->name, s->name, (long)rows, time * 1e6, roof * 1e6, roof / time,
         reading > computing ? "read" : "compute", bytes / time * 1e-9, operations / time * 1e-9,
         is_last ? "]}" : ",");
}

int main(void) {
  static double times[NUM_FORMATS][NUM_SHAPES][NUM_ROW_COUNTS][ROUNDS];
  double reads[ROUNDS];
  double floats[ROUNDS];
  double integers[ROUNDS];
  if ((gatun_cpu_machine_isas() >> gatun_cpu_library_isa() & 1) == 0) {
    printf("{\"isa\": %d, \"skipped\": \"the processor lacks it\"}\n", gatun_cpu_library_isa());
    return 0;
  }
  bench b = {0};
  if (!open_bench(&b)) {
    return 1;
  }
  for (int round = 0; round < ROUNDS; round++) {
    reads[round] = time_part(&b, read_part, b.buffer, BUFFER_BYTES / 4);
    floats[round] = time_part(&b, float_peak_part, NULL, b.num_threads);
    integers[round] = time_part(&b, byte_peak_part, b.buffer, b.num_threads);
    for (int f = 0; f < NUM_FORMATS; f++) {
      for (int s = 0; s < NUM_SHAPES; s++) {
        for (int r = 0; r < NUM_ROW_COUNTS; r++) {
          times[f][s][r][round] = time_case(&b, &formats[f], &shapes[s], row_counts[r]);
        }
      }
    }
  }
  double read_rate = (double)BUFFER_BYTES / median(reads);
  double steps = (double)CHAINS * VW * PEAK_STEPS * b.num_threads;
  double float_peak = 2 * steps / median(floats);
  double integer_peak = 8 * steps / median(integers);
  printf("{\"isa\": %d, \"threads\": %d, \"read_gb_s\": %.1f, \"float_gflop_s\": %.0f, "
         "\"int8_gop_s\": %.0f,\n \"linear\": [\n",
         gatun_cpu_library_isa(), b.num_threads, read_rate * 1e-9, float_peak * 1e-9,
         integer_peak * 1e-9);
  for (int f = 0; f < NUM_FORMATS; f++) {
    for (int s = 0; s < NUM_SHAPES; s++) {
      for (int r = 0; r < NUM_ROW_COUNTS; r++) {
        int is_last = f + 1 == NUM_FORMATS && s + 1 == NUM_SHAPES && r + 1 == NUM_ROW_COUNTS;
        print_case(&formats[f], &shapes[s], row_counts[r], median(times[f][s][r]), read_rate,
                   formats[f].bits == 16 ? float_peak : integer_peak, is_last);
      }
    }
  }
  gatun_cpu_pool_destroy(b.pool);
  free(b.buffer);
  free(b.x);
  free(b.out);
  free(b.workspace);
  return 0;
}
