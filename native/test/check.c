/*
 * Kernels against plain double loops on odd sizes, in a sanitizer build: what a tail reads beyond a
 * row, or writes, is found by the address sanitizer, because every buffer has its exact size. The
 * full check of every op and shape is BackendContract in Java; here are the tails.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "gatun_cpu.h"
#include "simd_math.h"
#include "storage.h"

static uint32_t state = 1;
static int failures = 0;

static float uniform(void) {
  state = state * 1664525u + 1013904223u;
  return (float)(state >> 8) / 8388608.0f - 1.0f;
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

/* One sequence of `length` tokens in blocks of three, two KV heads, `group` query heads each. */
static void check_attention(gatun_pool *pool, int32_t type, int64_t length, int64_t head_dim,
                            int64_t group, int64_t window) {
  int64_t num_blocks = (length + 2) / 3;
  int64_t row = 2 * head_dim;
  int64_t q_row = row * group;
  int32_t *table = malloc((size_t)num_blocks * sizeof *table);
  for (int64_t i = 0; i < num_blocks; i++) {
    table[i] = (int32_t)(num_blocks - 1 - i);
  }
  void *keys = make(type, num_blocks * 3 * row);
  void *values = make(type, num_blocks * 3 * row);
  float *q = make(GATUN_F32, length * q_row);
  float *out = make(GATUN_F32, length * q_row);
  int64_t floats = gatun_cpu_attention_workspace(pool, 2 * group, 2, head_dim);
  float *workspace = malloc((size_t)floats * sizeof(float));
  int32_t query_start[2] = {0, (int32_t)length};
  int32_t context_len = (int32_t)length;
  failures += gatun_cpu_paged_attention(pool, out, q_row, q, q_row, keys, values, type, 3 * row, 3,
                                        query_start, &context_len, table, num_blocks, 1, 2 * group,
                                        2, head_dim, 0.5f, 0, window, NULL,
                                        workspace) != GATUN_OK;
  double *weights = malloc((size_t)length * sizeof *weights);
  for (int64_t t = 0; t < length; t++) {
    for (int64_t h = 0; h < 2 * group; h++) {
      int64_t first = window > 0 && t + 1 > window ? t + 1 - window : 0;
      double sum = 0;
      for (int64_t j = first; j <= t; j++) {
        int64_t at = (table[j / 3] * 3 + j % 3) * row + h / group * head_dim;
        double dot = 0;
        for (int64_t i = 0; i < head_dim; i++) {
          dot += (double)q[t * q_row + h * head_dim + i] * storage_get(keys, type, at + i);
        }
        weights[j] = exp(0.5 * dot);
        sum += weights[j];
      }
      for (int64_t i = 0; i < head_dim; i++) {
        double expected = 0;
        for (int64_t j = first; j <= t; j++) {
          int64_t at = (table[j / 3] * 3 + j % 3) * row + h / group * head_dim;
          expected += weights[j] / sum * storage_get(values, type, at + i);
        }
        expect("attention", t, h, out[t * q_row + h * head_dim + i], expected, 1e-5);
      }
    }
  }
  free(table);
  free(keys);
  free(values);
  free(q);
  free(out);
  free(workspace);
  free(weights);
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

/* Every F16 number survives the way to float32 and back. */
static void check_halves(void) {
  for (uint32_t bits = 0; bits < 0x10000; bits++) {
    float wide = f16_to_float((uint16_t)bits);
    if (!isnan(wide)) {
      expect("f16", bits, 0, float_to_f16(wide), bits, 0);
    }
  }
}

int main(void) {
  if (gatun_cpu_machine_isa() < gatun_cpu_library_isa()) {
    printf("native check: isa %d skipped, this processor lacks it\n", gatun_cpu_library_isa());
    return 0;
  }
  gatun_pool *pool = NULL;
  failures += gatun_cpu_pool_create(3, &pool) != GATUN_OK;
  check_functions();
  check_halves();
  for (int32_t type = GATUN_F32; type <= GATUN_BF16; type++) {
    for (int64_t size = 1; size < 40; size += 3) {
      check_linear(pool, type, size, size + 5, 41 - size);
    }
    check_linear(pool, type, 7, 4133, 9); /* three blocks of columns */
    check_linear(pool, type, 70, 65, 67); /* two panels */
    for (int64_t head_dim = 1; head_dim < 140; head_dim += 23) {
      check_attention(pool, type, 70, head_dim, 1 + head_dim % 5, 0);
      check_attention(pool, type, 150, head_dim, 3, 67);
    }
  }
  for (int64_t columns = 1; columns < 70; columns++) {
    check_rows(pool, columns);
  }
  gatun_cpu_pool_destroy(pool);
  printf("native check: isa %d, %d failures\n", gatun_cpu_library_isa(), failures);
  return failures != 0;
}
