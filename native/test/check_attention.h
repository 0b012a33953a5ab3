/* The part of check.c that checks attention: see there. */

/* Keys and values of one sequence in blocks of three, two KV heads, and what its tokens ask. */
typedef struct {
  int32_t type;
  int64_t length;
  int64_t head_dim;
  int64_t group; /* query heads of each KV head */
  int64_t window;
  float soft_cap;
  const float *sinks;
  int32_t *table;
  void *keys;
  void *values;
  float *q;
} attention_sequence;

static int64_t q_row(const attention_sequence *s) { return 2 * s->group * s->head_dim; }

/* A cache of so many heads. */
static void *make_cache(int32_t type, int64_t heads, int64_t head_dim) {
  if (type != GATUN_I8) {
    return make(type, heads * head_dim);
  }
  int8_t *bytes = malloc((size_t)(heads * head_width(type, head_dim)));
  for (int64_t head = 0; head < heads; head++) {
    int8_t *at = bytes + head * head_width(type, head_dim);
    float scale = (1 + uniform()) / 254;
    for (int64_t i = 0; i < head_dim; i++) {
      at[i] = (int8_t)lrintf(127 * uniform());
    }
    memcpy(at + head_dim, &scale, sizeof scale);
  }
  return bytes;
}

static attention_sequence make_sequence(int32_t type, int64_t length, int64_t head_dim,
                                        int64_t group) {
  attention_sequence s = {.type = type, .length = length, .head_dim = head_dim, .group = group};
  int64_t num_blocks = (length + 2) / 3;
  s.table = malloc((size_t)num_blocks * sizeof *s.table);
  for (int64_t i = 0; i < num_blocks; i++) {
    s.table[i] = (int32_t)(num_blocks - 1 - i);
  }
  s.keys = make_cache(type, num_blocks * 3 * 2, head_dim);
  s.values = make_cache(type, num_blocks * 3 * 2, head_dim);
  s.q = make(GATUN_F32, length * q_row(&s));
  return s;
}

static void free_sequence(attention_sequence *s) {
  free(s->table);
  free(s->keys);
  free(s->values);
  free(s->q);
}

/* Attention of tokens [from, to), the last of their context; the caller frees it. */
static float *attend(gatun_pool *pool, const attention_sequence *s, int64_t from, int64_t to) {
  float *out = malloc((size_t)((to - from) * q_row(s)) * sizeof(float));
  int64_t floats = gatun_cpu_attention_workspace(pool, 2 * s->group, 2, s->head_dim);
  float *workspace = malloc((size_t)floats * sizeof(float));
  int32_t query_start[2] = {0, (int32_t)(to - from)};
  int32_t context_len = (int32_t)to;
  failures += gatun_cpu_paged_attention(
                  pool, out, q_row(s), s->q + from * q_row(s), q_row(s), s->keys, s->values,
                  s->type, 3 * 2 * head_width(s->type, s->head_dim), 3, query_start, &context_len,
                  s->table, (s->length + 2) / 3, 1, 2 * s->group, 2, s->head_dim, 0.5f,
                  s->soft_cap, s->window, s->sinks, workspace) != GATUN_OK;
  free(workspace);
  return out;
}

static double cache_get(const attention_sequence *s, const void *cache, int64_t position,
                        int64_t kv_head, int64_t i) {
  int64_t head = (s->table[position / 3] * 3 + position % 3) * 2 + kv_head;
  if (s->type != GATUN_I8) {
    return storage_get(cache, s->type, head * s->head_dim + i);
  }
  const int8_t *bytes = (const int8_t *)cache + head * head_width(s->type, s->head_dim);
  float scale;
  memcpy(&scale, bytes + s->head_dim, sizeof scale);
  return (double)bytes[i] * scale;
}

/* One token and head in double; weights has room for each position. */
static void expect_head(const attention_sequence *s, const float *out, int64_t t, int64_t h,
                        double *weights) {
  int64_t first = s->window > 0 && t + 1 > s->window ? t + 1 - s->window : 0;
  double sum = s->sinks == NULL ? 0 : exp(s->sinks[h]);
  for (int64_t j = first; j <= t; j++) {
    double dot = 0;
    for (int64_t i = 0; i < s->head_dim; i++) {
      dot += (double)s->q[t * q_row(s) + h * s->head_dim + i] *
             cache_get(s, s->keys, j, h / s->group, i);
    }
    double score = 0.5 * dot;
    weights[j] = exp(s->soft_cap > 0 ? s->soft_cap * tanh(score / s->soft_cap) : score);
    sum += weights[j];
  }
  for (int64_t i = 0; i < s->head_dim; i++) {
    double expected = 0;
    for (int64_t j = first; j <= t; j++) {
      double value = cache_get(s, s->values, j, h / s->group, i);
      expected += weights[j] / sum * value;
    }
    expect("attention", t, h, out[h * s->head_dim + i], expected, 1e-5);
  }
}

/* Tokens [from, to) against the plain loop; then in chunks and on one thread: the same bits. */
static void check_tokens(gatun_pool *pool, const attention_sequence *s, int64_t from, int64_t to,
                         int64_t chunk) {
  float *out = attend(pool, s, from, to);
  double *weights = malloc((size_t)s->length * sizeof *weights);
  for (int64_t t = from; t < to; t++) {
    for (int64_t h = 0; h < 2 * s->group; h++) {
      expect_head(s, out + (t - from) * q_row(s), t, h, weights);
    }
  }
  for (int64_t t = from; t < to; t += chunk) {
    int64_t end = t + chunk < to ? t + chunk : to;
    float *part = attend(t % 2 == 0 ? NULL : pool, s, t, end);
    for (int64_t i = 0; i < (end - t) * q_row(s); i++) {
      float whole = out[(t - from) * q_row(s) + i];
      expect("attention: a chunk", t, i, float_bits(part[i]), float_bits(whole), 0);
    }
    free(part);
  }
  free(out);
  free(weights);
}

static void check_attention(gatun_pool *pool, int32_t type) {
  static const float sinks[6] = {0.5f, -1, 2, 0, 1, -2};
  for (int64_t head_dim = 1; head_dim < 140; head_dim += 23) {
    attention_sequence s = make_sequence(type, 150, head_dim, 1 + head_dim % 8);
    check_tokens(pool, &s, 0, 70, 1 + head_dim % 9);
    s.window = 67;
    check_tokens(pool, &s, 0, 150, 40);
    free_sequence(&s);
  }
  /* Partitions end at 256, 512, 768 ... 8192, 8704: contexts and windows that cross the borders. */
  attention_sequence s = make_sequence(type, 9000, 16, 3);
  check_tokens(pool, &s, 250, 262, 1);
  check_tokens(pool, &s, 760, 790, 7);
  check_tokens(pool, &s, 8702, 8707, 1);
  s.sinks = sinks;
  check_tokens(pool, &s, 1020, 1029, 1);
  s.window = 260;
  check_tokens(pool, &s, 500, 540, 11);
  s.soft_cap = 2;
  check_tokens(pool, &s, 8999, 9000, 1);
  s.window = 1;
  check_tokens(pool, &s, 510, 514, 3);
  free_sequence(&s);
}

/* Two heads of a token in bytes: each within half a step of its number. */
static void check_byte_store(int64_t head_dim) {
  float *k = make(GATUN_F32, 2 * head_dim);
  int64_t width = head_width(GATUN_I8, head_dim);
  int8_t *keys = malloc((size_t)(2 * width));
  int8_t *values = malloc((size_t)(2 * width));
  int32_t slot = 0;
  failures += gatun_cpu_store_kv(NULL, keys, values, GATUN_I8, 2 * width, 1, k, 2 * head_dim, k,
                                 2 * head_dim, &slot, 1, 2, head_dim) != GATUN_OK;
  for (int64_t head = 0; head < 2; head++) {
    float scale;
    float largest = 0;
    memcpy(&scale, keys + head * width + head_dim, sizeof scale);
    for (int64_t i = 0; i < head_dim; i++) {
      float x = k[head * head_dim + i];
      largest = fabsf(x) > largest ? fabsf(x) : largest;
      expect("a stored byte", head, i, keys[head * width + i] * scale, x, 0.50001 * scale);
    }
    expect("a scale", head, 0, scale, largest / 127, 0);
  }
  failures += memcmp(keys, values, (size_t)(2 * width)) != 0;
  free(k);
  free(keys);
  free(values);
}
