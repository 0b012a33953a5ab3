/* What the machine could do, measured beside the kernels: read bandwidth and multiply-add peaks. */
#ifndef GATUN_PROBES_H
#define GATUN_PROBES_H

#include "pool.h"
#include "simd.h"

#define CHAINS 10
#define PEAK_STEPS 1000000

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

/* 2 CHAINS VW PEAK_STEPS floating-point operations per thread. */
static void float_peak_part(void *context, int32_t worker, int64_t from, int64_t to) {
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

/* 8 CHAINS VW PEAK_STEPS integer operations per thread. */
static void byte_peak_part(void *context, int32_t worker, int64_t from, int64_t to) {
  (void)from;
  (void)to;
  vi sums[CHAINS];
  for (int c = 0; c < CHAINS; c++) {
    sums[c] = vi_set1(c);
  }
  vi w = vi_load(context);
  vi x = vi_set1(0x01020304);
  for (int64_t i = 0; i < PEAK_STEPS; i++) {
#pragma GCC unroll 10
    for (int c = 0; c < CHAINS; c++) {
      sums[c] = vi_dot_bytes(sums[c], w, x);
    }
    /* Without it the compiler hoists what VNNI does not fuse. */
    __asm__ volatile("" : "+" VECTOR_REGISTER(w), "+" VECTOR_REGISTER(x));
  }
  vi sum = vi_set1(0);
  for (int c = 0; c < CHAINS; c++) {
    sum = vi_add(sum, sums[c]);
  }
  sinks[worker] = vf_sum(vf_of(sum));
}

#endif
