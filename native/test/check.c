/*
 * Kernels against plain double loops on odd sizes, in a sanitizer build: what a tail reads beyond a
 * row, or writes, is found by the address sanitizer, because every buffer has its exact size. The
 * full check of every op and shape is BackendContract in Java; here are the tails.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "pool.h"
#include "simd_math.h"
#include "storage.h"

static uint32_t state = 1;
static int failures = 0;

static float uniform(void) {
  state = state * 1664525u + 1013904223u;
  return (float)(state >> 8) / 8388608.0f - 1.0f;
}

static uint32_t bits32(void) {
  uniform();
  return state;
}

static void *make(int32_t type, int64_t count) {
  void *data = malloc((size_t)(count * storage_bytes(type)));
  for (int64_t i = 0; i < count; i++) {
    storage_set(data, type, i, uniform());
  }
  return data;
}

static void expect(const char *what, int64_t a, int64_t b, double actual, double expected,
                   double error) {
  if (!(fabs(actual - expected) <= error)) {
    printf("%s [%ld, %ld]: %.9g, expected %.9g +- %.2g\n", what, (long)a, (long)b, actual,
           expected, error);
    failures++;
  }
}

#include "check_attention.h"

static void check_linear(gatun_pool *pool, int32_t type, int64_t rows, int64_t in, int64_t out) {
  float *x = make(GATUN_F32, rows * in);
  float *y = make(GATUN_F32, rows * out);
  float *again = make(GATUN_F32, rows * out);
  void *weight = make(type, in * out);
  void *bias = make(type, out);
  int64_t cut = out / 3;
  gatun_linear_block blocks[2] = {
      {weight, bias, cut, in, type, 0},
      {storage_at(weight, type, cut * in), storage_at(bias, type, cut), out - cut, in, type, 0}};
  failures += gatun_cpu_linear(pool, y, out, x, in, blocks, 2, type, rows, in) != GATUN_OK;
  for (int64_t r = 0; r < rows; r++) {
    gatun_cpu_linear(NULL, again + r * out, out, x + r * in, in, blocks, 2, type, 1, in);
    for (int64_t o = 0; o < out; o++) {
      double sum = storage_get(bias, type, o);
      for (int64_t i = 0; i < in; i++) {
        sum += (double)x[r * in + i] * storage_get(weight, type, o * in + i);
      }
      expect("linear", r, o, y[r * out + o], sum, 1e-6 * (double)(in + 2));
      expect("linear: a row alone", r, o, again[r * out + o], y[r * out + o], 0);
    }
  }
  free(x);
  free(y);
  free(again);
  free(weight);
  free(bias);
}

/* Inputs are rounded before they are multiplied, so the error is that of float32 sums alone. */
static void check_bf16_linear(gatun_pool *pool, int64_t rows, int64_t in, int64_t out) {
  float *x = make(GATUN_F32, rows * in);
  float *y = make(GATUN_F32, rows * out);
  float *again = make(GATUN_F32, out);
  uint16_t *weight = make(GATUN_BF16, in * out);
  uint16_t *bias = make(GATUN_BF16, out);
  int64_t cut = out / 3;
  gatun_linear_block blocks[2] = {{weight, bias, cut, in, GATUN_BF16, 0},
                                  {weight + cut * in, bias + cut, out - cut, in, GATUN_BF16, 0}};
  int64_t bytes = gatun_cpu_bf16_workspace(in);
  bytes = rows > 30 ? bytes / 16 * 4 : bytes; /* several passes */
  void *workspace = aligned_alloc(64, (size_t)(bytes + 63) / 64 * 64);
  failures += gatun_cpu_bf16_linear(pool, y, out, x, in, blocks, 2, rows, in, workspace, bytes) !=
              GATUN_OK;
  for (int64_t r = 0; r < rows; r++) {
    gatun_cpu_bf16_linear(NULL, again, out, x + r * in, in, blocks, 2, 1, in, workspace, bytes);
    for (int64_t o = 0; o < out; o++) {
      double sum = bf16_to_float(bias[o]);
      for (int64_t i = 0; i < in; i++) {
        sum += (double)bf16_to_float(float_to_bf16(x[r * in + i])) *
               bf16_to_float(weight[o * in + i]);
      }
      expect("bf16 linear", r, o, y[r * out + o], sum, 1e-6 * (double)(in + 2));
      expect("bf16 linear: a row alone", r, o, again[o], y[r * out + o], 0);
    }
  }
  free(x);
  free(y);
  free(again);
  free(weight);
  free(bias);
  free(workspace);
}

/* Random words in the place of a checkpoint's integers, zero points and columns. */
static void *words(int64_t bytes) {
  uint8_t *data = malloc((size_t)bytes);
  for (int64_t i = 0; i < bytes; i++) {
    data[i] = (uint8_t)(bits32() >> 13);
  }
  return data;
}

/* The last column is in no chunk's place of its own: pairs are swapped. */
static int32_t *swapped_columns(int64_t in, int64_t places) {
  int32_t *columns = malloc((size_t)places * sizeof *columns);
  for (int64_t i = 0; i < places; i++) {
    columns[i] = i < in ? (int32_t)(i + 1 < in || i % 2 == 1 ? i ^ 1 : i) : -1;
  }
  return columns;
}

static uint32_t lane_at(const void *data, int64_t word, int64_t index, int32_t bits) {
  uint32_t value;
  memcpy(&value, (const char *)data + 4 * word, 4);
  return value >> (bits * index) & ((1u << bits) - 1);
}

/* scale * (value - zero) of a source, plainly; ROWS, BYTES and GPTQ, groups as long as chunks. */
static double source_weight(const gatun_weight_source *s, int64_t o, int64_t i) {
  int64_t n = 32 / s->bits;
  int64_t groups = (s->in_features + s->group_size - 1) / s->group_size;
  int64_t place = i;
  for (int64_t p = 0; s->columns != NULL && p < groups * s->chunk; p++) {
    place = s->columns[p] == i ? p : place;
  }
  int64_t group = place / s->group_size;
  double scale;
  double steps;
  if (s->source == GATUN_SOURCE_GPTQ) {
    scale = storage_get(s->scales, s->scale_type, group * s->out_features + o);
    steps = (double)lane_at(s->values, i / 8 * s->out_features + o, i % 8, 4) -
            (double)(lane_at(s->zeros, group * (s->out_features / 8) + o / 8, o % 8, 4) + 1);
  } else if (s->source == GATUN_SOURCE_ROWS) {
    scale = storage_get(s->scales, s->scale_type, o * groups + group);
    steps = (double)lane_at(s->values, o * ((s->in_features + n - 1) / n) + i / n, i % n, s->bits) -
            (double)(1 << (s->bits - 1));
  } else {
    scale = storage_get(s->scales, s->scale_type, o * groups + group);
    steps = ((const int8_t *)s->values)[o * s->in_features + i];
  }
  return scale * steps;
}

static void check_packed_source(gatun_pool *pool, gatun_weight_source *s, int64_t rows) {
  int64_t in = s->in_features;
  int64_t out = s->out_features;
  float *x = make(GATUN_F32, rows * in);
  float *y = make(GATUN_F32, rows * out);
  float *again = make(GATUN_F32, out);
  float *bias = make(GATUN_F32, out);
  int64_t workspace_bytes = gatun_cpu_packed_workspace(in);
  void *workspace = aligned_alloc(64, (size_t)(workspace_bytes + 63) / 64 * 64);
  void *packed = aligned_alloc(64, (size_t)gatun_cpu_packed_bytes(s));
  for (int64_t i = 0; i < rows * in; i++) {
    x[i] = x[i] < 0 ? -0.5f : 0.5f; /* nothing is lost when they are rounded */
  }
  failures += gatun_cpu_pack(pool, s, packed) != GATUN_OK;
  gatun_packed_block block = {.packed = packed,
                              .columns = s->columns,
                              .bias = bias,
                              .out_features = out,
                              .bits = s->bits,
                              .chunk = s->chunk,
                              .scale_type = s->scale_type,
                              .has_zeros = s->source == GATUN_SOURCE_GPTQ,
                              .bias_type = GATUN_F32,
                              .zero_base = s->source == GATUN_SOURCE_GPTQ};
  failures += gatun_cpu_packed_linear(pool, y, out, x, in, &block, 1, rows, in, workspace,
                                      workspace_bytes) != GATUN_OK;
  for (int64_t r = 0; r < rows; r++) {
    gatun_cpu_packed_linear(NULL, again, out, x + r * in, in, &block, 1, 1, in, workspace,
                            workspace_bytes);
    for (int64_t o = 0; o < out; o++) {
      double sum = bias[o];
      for (int64_t i = 0; i < in; i++) {
        sum += (double)x[r * in + i] * source_weight(s, o, i);
      }
      expect("packed linear", r, o, y[r * out + o], sum, 1e-4 * (double)(in + 2));
      expect("packed linear: a row alone", r, o, again[o], y[r * out + o], 0);
    }
  }
  free(x);
  free(y);
  free(again);
  free(bias);
  free(workspace);
  free(packed);
}

static void check_packed(gatun_pool *pool, int32_t source, int32_t bits, int32_t chunk,
                         int64_t rows, int64_t in, int64_t out) {
  int64_t groups = (in + chunk - 1) / chunk;
  int is_gptq = source == GATUN_SOURCE_GPTQ;
  int64_t values = is_gptq ? in / 8 * out * 4 : out * ((in * bits + 31) / 32) * 4;
  values = source == GATUN_SOURCE_BYTES ? in * out : values;
  gatun_weight_source s = {.out_features = out,
                           .in_features = in,
                           .group_size = chunk,
                           .source = source,
                           .scale_type = (int32_t)(rows % 3),
                           .bits = bits,
                           .chunk = chunk};
  void *data = words(values);
  void *zeros = words(groups * (out / 8) * 4 + 1);
  void *scales = make(s.scale_type, groups * out);
  int32_t *columns = swapped_columns(in, groups * chunk);
  s.values = data;
  s.scales = scales;
  s.zeros = zeros;
  s.columns = is_gptq ? columns : NULL;
  check_packed_source(pool, &s, rows);
  free(data);
  free(zeros);
  free(scales);
  free(columns);
}

/* Plain weights: rounding is checked in Java; here that nothing is read beyond them. */
static void check_rounded(gatun_pool *pool, int32_t type, int32_t bits, int64_t in, int64_t out) {
  void *weight = make(type, in * out);
  gatun_weight_source s = {.values = weight,
                           .out_features = out,
                           .in_features = in,
                           .group_size = bits == 8 ? 128 : 32,
                           .stride = in,
                           .source = GATUN_SOURCE_PLAIN,
                           .value_type = type,
                           .scale_type = GATUN_BF16,
                           .bits = bits,
                           .chunk = bits == 8 ? 128 : 32};
  void *packed = aligned_alloc(64, (size_t)gatun_cpu_packed_bytes(&s));
  failures += gatun_cpu_pack(pool, &s, packed) != GATUN_OK;
  s.chunk = 48;
  failures += gatun_cpu_packed_bytes(&s) != -1;
  free(weight);
  free(packed);
}

static void check_rows(gatun_pool *pool, int64_t columns) {
  int64_t rows = 3;
  float *x = make(GATUN_F32, rows * columns);
  float *gate_up = make(GATUN_F32, rows * 2 * columns);
  float *out = make(GATUN_F32, rows * columns);
  uint16_t *weight = make(GATUN_BF16, columns);
  gatun_cpu_rms_norm(pool, out, columns, x, columns, weight, GATUN_BF16, rows, columns, 1, 1e-5f);
  for (int64_t r = 0; r < rows; r++) {
    double squares = 0;
    for (int64_t i = 0; i < columns; i++) {
      squares += (double)x[r * columns + i] * x[r * columns + i];
    }
    for (int64_t i = 0; i < columns; i++) {
      double factor = 1 + bf16_to_float(weight[i]);
      double expected = x[r * columns + i] / sqrt(squares / (double)columns + 1e-5) * factor;
      expect("rms_norm", r, i, out[r * columns + i], expected, 1e-5);
    }
  }
  gatun_cpu_gated_activation(pool, out, columns, gate_up, 2 * columns, rows, columns, GATUN_SILU);
  for (int64_t r = 0; r < rows; r++) {
    for (int64_t i = 0; i < columns; i++) {
      double gate = gate_up[r * 2 * columns + i];
      double expected = gate / (1 + exp(-gate)) * gate_up[r * 2 * columns + columns + i];
      expect("gated silu", r, i, out[r * columns + i], expected, 1e-6);
    }
  }
  free(x);
  free(gate_up);
  free(out);
  free(weight);
}

static float lane(vf v) {
  float lanes[VW];
  vf_store(lanes, v);
  return lanes[VW - 1];
}

/* The errors that simd_math.h promises. */
static void check_functions(void) {
  for (float x = -87.3f; x < 88.0f; x += 0.00137f) {
    double expected = exp((double)x);
    expect("exp", 0, 0, lane(vf_exp(vf_set1(x))) / expected, 1, 2.5e-7);
  }
  for (float x = -12.0f; x < 12.0f; x += 0.00037f) {
    double expected = tanh((double)x);
    if (expected != 0) {
      expect("tanh", 0, 0, lane(vf_tanh(vf_set1(x))) / expected, 1, 4e-7);
    }
  }
  expect("exp far below", 0, 0, lane(vf_exp(vf_set1(-1e4f))), 0, 0);
  failures += !isnan(lane(vf_exp(vf_set1(NAN))));
  failures += !isnan(lane(vf_tanh(vf_set1(NAN))));
}

/* Vectors are rounded as single numbers are: any bits, and for F16 those near its subnormals. */
static void check_stores(void) {
  for (int i = 0; i < 100000; i++) {
    float values[VW];
    uint16_t stored[VW];
    for (int j = 0; j < VW; j++) {
      uint32_t bits = bits32() ^ bits32() >> 16;
      values[j] = bits_float(i % 2 == 0 ? bits : bits % 0x10000000u + 0x30000000u);
    }
    for (int32_t type = GATUN_F16; type <= GATUN_BF16; type++) {
      storage_store(stored, type, 0, vf_load(values));
      for (int j = 0; j < VW; j++) {
        uint16_t single;
        storage_set(&single, type, 0, values[j]);
        expect("a stored half", type, float_bits(values[j]), stored[j], single, 0);
      }
    }
  }
}

/* Every F16 number survives the way to float32 and back. */
static void check_halves(void) {
  for (uint32_t bits = 0; bits < 0x10000; bits++) {
    float wide = f16_to_float((uint16_t)bits);
    if (!isnan(wide)) {
      expect("f16", bits, 0, float_to_f16(wide), bits, 0);
    }
  }
}

enum { POOL_ITEMS = 1000 };

static void count_items(void *context, int32_t worker, int64_t from, int64_t to) {
  (void)worker;
  int32_t *counts = context;
  for (int64_t i = from; i < to; i++) {
    counts[i]++;
  }
}

/* Every item once, whoever takes it; ops follow each other quicker than a late thread looks. */
static void check_pool(gatun_pool *pool) {
  int32_t counts[POOL_ITEMS] = {0};
  int32_t expected[POOL_ITEMS] = {0};
  for (int64_t op = 0; op < 20000; op++) {
    int64_t count = (int64_t)(bits32() >> 8) % (op % 16 == 0 ? POOL_ITEMS : 12);
    pool_run(pool, count_items, counts, count, 1 + op % 7);
    count_items(expected, 0, 0, count);
  }
  failures += memcmp(counts, expected, sizeof counts) != 0;
}

const char *check_level(void) { return LEVEL; }

/* Another encoding of a level's instructions, or none, needs another processor. */
int32_t check_isa(void) {
#if defined(VNNI_EVEX)
  return GATUN_ISA_AVX512_VNNI;
#elif defined(AMX_EMULATED)
  return GATUN_ISA_AVX512;
#else
  return gatun_cpu_library_isa();
#endif
}

int check(void) {
  gatun_pool *pool = NULL;
  failures += gatun_cpu_prepare() != GATUN_OK;
  failures += gatun_cpu_pool_create(3, &pool) != GATUN_OK;
  check_pool(pool);
  check_functions();
  check_halves();
  check_stores();
  for (int32_t type = GATUN_F32; type <= GATUN_BF16; type++) {
    for (int64_t size = 1; size < 40; size += 3) {
      check_linear(pool, type, size, size + 5, 41 - size);
    }
    check_linear(pool, type, 7, 4133, 9); /* three blocks of columns */
    check_linear(pool, type, 70, 65, 67); /* two panels */
    check_attention(pool, type);
  }
  check_attention(pool, GATUN_I8);
  for (int64_t head_dim = 1; head_dim < 140; head_dim += 23) {
    check_byte_store(head_dim);
  }
  for (int64_t size = 1; size < 40; size += 3) {
    check_bf16_linear(pool, size, size * 11, 41 - size);
  }
  check_bf16_linear(pool, 70, 65, 67);
  check_bf16_linear(pool, 19, 70, 210); /* whole tiles of all instruction sets */
  check_bf16_linear(pool, 7, 4133, 9); /* three blocks of columns */
  for (int64_t size = 1; size < 40; size += 6) {
    check_packed(pool, GATUN_SOURCE_ROWS, 4, 32, size, size * 7, 41 - size);
    check_packed(pool, GATUN_SOURCE_ROWS, 8, 64, size, size * 9, 75 - size);
    check_packed(pool, GATUN_SOURCE_BYTES, 8, 128, size, size * 11, 70 - size);
    check_packed(pool, GATUN_SOURCE_GPTQ, 4, 32, size, size * 8, 8 * size);
    check_rounded(pool, (int32_t)(size % 3), size % 4 == 1 ? 8 : 4, size * 9, size + 30);
  }
  check_packed(pool, GATUN_SOURCE_BYTES, 8, 128, 300, 40, 35); /* two blocks of rows */
  for (int64_t columns = 1; columns < 70; columns++) {
    check_rows(pool, columns);
  }
  gatun_cpu_pool_destroy(pool);
  return failures;
}
