/*
 * Kernels beside what the machine could do, in one run: the read bandwidth of all threads against
 * decode (weights streamed once), the multiply-add peak against prefill. Medians of interleaved
 * rounds, JSON out, one object per instruction set.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "pool.h"
#include "storage.h"

#define ROUNDS 15
#define BUFFER_BYTES (512LL << 20)

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a;
  double y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *values) {
  qsort(values, ROUNDS, sizeof *values, compare);
  return values[ROUNDS / 2];
}

/* Written so that the compiler keeps the loops. */
static volatile float sinks[256];

static void read_part(void *context, int32_t worker, int64_t from, int64_t to) {
  const float *data = context;
  vf a = vf_zero();
  vf b = vf_zero();
  vf c = vf_zero();
  vf d = vf_zero();
  for (int64_t i = from; i + 4 * VW <= to; i += 4 * VW) {
    a = vf_add(a, vf_load(data + i));
    b = vf_add(b, vf_load(data + i + VW));
    c = vf_add(c, vf_load(data + i + 2 * VW));
    d = vf_add(d, vf_load(data + i + 3 * VW));
  }
  sinks[worker] = vf_sum(vf_add(vf_add(a, b), vf_add(c, d)));
}

#define CHAINS 10
#define PEAK_STEPS 2000000

static void peak_part(void *context, int32_t worker, int64_t from, int64_t to) {
  (void)context;
  (void)from;
  (void)to;
  vf sums[CHAINS];
  for (int c = 0; c < CHAINS; c++) {
    sums[c] = vf_set1((float)c);
  }
  vf x = vf_set1(0.999f);
  for (int64_t i = 0; i < PEAK_STEPS; i++) {
#pragma GCC unroll 10
    for (int c = 0; c < CHAINS; c++) {
      sums[c] = vf_fma(sums[c], x, x);
    }
  }
  vf sum = vf_zero();
  for (int c = 0; c < CHAINS; c++) {
    sum = vf_add(sum, sums[c]);
  }
  sinks[worker] = vf_sum(sum);
}

typedef struct {
  int64_t in;
  int64_t out;
  int64_t rows;
} shape;

int main(void) {
  static const shape shapes[] = {
      {2048, 8192, 1},  {8192, 2048, 1},   {2048, 2048, 1},   {2048, 8192, 4},   {2048, 8192, 16},
      {2048, 8192, 64}, {2048, 8192, 512}, {8192, 2048, 512},
  };
  enum { NUM_SHAPES = sizeof shapes / sizeof shapes[0] };
  static double times[NUM_SHAPES][ROUNDS];
  double reads[ROUNDS];
  double peaks[ROUNDS];
  if (gatun_cpu_machine_isa() < gatun_cpu_library_isa()) {
    printf("{\"isa\": %d, \"skipped\": \"the processor lacks it\"}\n", gatun_cpu_library_isa());
    return 0;
  }
  int32_t num_threads = (int32_t)sysconf(_SC_NPROCESSORS_ONLN);
  gatun_pool *pool;
  if (gatun_cpu_pool_create(num_threads, &pool) != GATUN_OK) {
    return 1;
  }
  char *buffer = aligned_alloc(64, BUFFER_BYTES);
  /* Aligned as in Backend.allocate: a vector across two cache lines loads at half speed. */
  float *x = aligned_alloc(64, 512 * 8192 * sizeof(float));
  float *out = aligned_alloc(64, 512 * 8192 * sizeof(float));
  for (int64_t i = 0; i < 512 * 8192; i++) {
    x[i] = 0.5f;
  }
  for (int64_t i = 0; i < BUFFER_BYTES; i += 4) {
    *(uint32_t *)(void *)(buffer + i) = 0x3c003c00u + (uint32_t)(i & 0xff);
  }
  int64_t at = 0;
  for (int round = 0; round < ROUNDS; round++) {
    double start = now();
    pool_run(pool, read_part, buffer, BUFFER_BYTES / 4, 1);
    reads[round] = now() - start;
    start = now();
    pool_run(pool, peak_part, NULL, num_threads, 1);
    peaks[round] = now() - start;
    for (int s = 0; s < NUM_SHAPES; s++) {
      /* Walks through the buffer, so that no weight is in a cache. */
      int64_t bytes = shapes[s].in * shapes[s].out * 2;
      int repeats = shapes[s].rows >= 64 ? 1 : (int)((128LL << 20) / bytes);
      start = now();
      for (int i = 0; i < repeats; i++) {
        at = at + bytes > BUFFER_BYTES ? 0 : at;
        gatun_linear_block block = {buffer + at, NULL, shapes[s].out, shapes[s].in, 0, 0};
        gatun_cpu_linear(pool, out, shapes[s].out, x, shapes[s].in, &block, 1, GATUN_BF16,
                         shapes[s].rows, shapes[s].in);
        at += bytes;
      }
      times[s][round] = (now() - start) / repeats;
    }
  }
  double read_rate = (double)BUFFER_BYTES / median(reads);
  double peak_rate = 2.0 * CHAINS * VW * PEAK_STEPS * num_threads / median(peaks);
  printf("{\"isa\": %d, \"threads\": %d, \"read_gb_s\": %.1f, \"fma_gflop_s\": %.0f,\n",
         gatun_cpu_library_isa(), num_threads, read_rate * 1e-9, peak_rate * 1e-9);
  printf(" \"linear_bf16\": [\n");
  for (int s = 0; s < NUM_SHAPES; s++) {
    double time = median(times[s]);
    double size = (double)shapes[s].in * (double)shapes[s].out;
    double rate = 2 * size / time;
    double flops = 2 * size * (double)shapes[s].rows / time;
    printf("  {\"in\": %ld, \"out\": %ld, \"rows\": %ld, \"gb_s\": %.1f, \"of_read\": %.2f, "
           "\"gflop_s\": %.0f, \"of_fma\": %.2f}%s\n",
           (long)shapes[s].in, (long)shapes[s].out, (long)shapes[s].rows, rate * 1e-9,
           rate / read_rate, flops * 1e-9, flops / peak_rate, s + 1 < NUM_SHAPES ? "," : "]}");
  }
  gatun_cpu_pool_destroy(pool);
  free(buffer);
  free(x);
  free(out);
  return 0;
}
