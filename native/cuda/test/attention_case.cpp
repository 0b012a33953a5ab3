#include "attention_case.h"

#include <algorithm>

namespace check {

AttentionLayer::AttentionLayer(const AttentionShape& layer_shape, std::vector<int> lengths,
                               std::mt19937_64& random)
    : shape(layer_shape) {
  for (int length : lengths) {
    Matrix q(shape.type, length, shape.num_heads() * shape.head_dim);
    q.fill(random);
    sequences.push_back({std::move(q), side(length, random), side(length, random)});
  }
  if (shape.has_sinks) {
    sinks = Array(GTN_BF16, shape.num_heads());
    for (int i = 0; i < shape.num_heads(); i++) {
      sinks.set(i, 4 * uniform(random));
    }
  }
}

AttentionLayer::Side AttentionLayer::side(int length, std::mt19937_64& random) const {
  int heads = length * shape.num_kv_heads;
  Side made = {Array(shape.cache_type, (int64_t)heads * shape.head_dim), {}};
  bool is_bytes = shape.cache_type == GTN_I8;
  for (int64_t i = 0; i < made.elements.length(); i++) {
    made.elements.set(i, is_bytes ? (float)(below(random, 255) - 127) : uniform(random));
  }
  for (int i = 0; i < heads; i++) {
    made.scales.push_back(is_bytes ? (1.5f + uniform(random)) / 254 : 1);
  }
  return made;
}

void AttentionLayer::store(const Side& from, int position, Array& cache, int slot) const {
  bool is_bytes = shape.cache_type == GTN_I8;
  int width = is_bytes ? shape.head_dim + 4 : shape.head_dim;
  for (int head = 0; head < shape.num_kv_heads; head++) {
    int64_t place = (int64_t)(slot * shape.num_kv_heads + head) * width;
    int64_t index = (int64_t)position * shape.num_kv_heads + head;
    for (int i = 0; i < shape.head_dim; i++) {
      cache.set(place + i, from.elements.get(index * shape.head_dim + i));
    }
    if (is_bytes) {
      memcpy((char*)cache.data() + place + shape.head_dim, &from.scales[(size_t)index], 4);
    }
  }
}

/* What a batch is on the device. */
struct AttentionLayer::Cache {
  Array keys;
  Array values;
  std::vector<int32_t> query_start{0};
  std::vector<int32_t> context_lens{};
  std::vector<int32_t> tables{};
  std::vector<int32_t> tiles{};
};

Matrix AttentionLayer::run(const AttentionKernel& kernel, int num_splits,
                           const std::vector<Chunk>& chunks, std::mt19937_64& placement,
                           int pad) const {
  int max_blocks = 1, num_blocks = 2, tokens = 0;
  for (const Chunk& chunk : chunks) {
    int blocks = (int)ceil_div(chunk.to, shape.block_size);
    max_blocks = std::max(max_blocks, blocks + 1);
    num_blocks += blocks;
    tokens += chunk.to - chunk.from;
  }
  int width = shape.head_dim + (shape.cache_type == GTN_I8 ? 4 : 0);
  int64_t block_stride = (int64_t)shape.block_size * shape.num_kv_heads * width;
  Cache cache = {Array(shape.cache_type, num_blocks * block_stride),
                 Array(shape.cache_type, num_blocks * block_stride)};
  std::vector<int> free_blocks;
  for (int block = 1; block < num_blocks; block++) {
    free_blocks.push_back(block);
  }
  std::shuffle(free_blocks.begin(), free_blocks.end(), placement);

  Matrix q(shape.type, tokens, shape.num_heads() * shape.head_dim, pad);
  Matrix out(shape.type, tokens, q.columns, pad);
  int token = 0;
  for (const Chunk& chunk : chunks) {
    const Sequence& sequence = sequences[(size_t)chunk.sequence];
    int index = (int)cache.context_lens.size();
    int first = shape.window == 0 ? 0 : std::max(0, chunk.from + 1 - shape.window);
    cache.tables.resize((size_t)(index + 1) * (size_t)max_blocks, 0);
    for (int position = first; position < chunk.to; position++) {
      int32_t& block = cache.tables[(size_t)(index * max_blocks + position / shape.block_size)];
      if (block == 0) {
        block = free_blocks.back();
        free_blocks.pop_back();
      }
      int slot = block * shape.block_size + position % shape.block_size;
      store(sequence.k, position, cache.keys, slot);
      store(sequence.v, position, cache.values, slot);
    }
    for (int position = chunk.from; position < chunk.to; position++, token++) {
      for (int i = 0; i < q.columns; i++) {
        q.set(token, i, sequence.q.get(position, i));
      }
    }
    cache.query_start.push_back(token);
    cache.context_lens.push_back(chunk.to);
    int rows = (chunk.to - chunk.from) * shape.group;
    for (int row = 0; row < rows; row += kernel.tile_rows) {
      cache.tiles.insert(cache.tiles.end(), {index, row});
    }
    cache.tiles.insert(cache.tiles.end(), {-1, 0});
  }

  AttentionArgs a = {};
  a.out = out.data();
  a.q = q.data();
  a.keys = cache.keys.data();
  a.values = cache.values.data();
  a.query_start = cache.query_start.data();
  a.context_lens = cache.context_lens.data();
  a.block_tables = cache.tables.data();
  a.tiles = cache.tiles.data();
  a.sinks = shape.has_sinks ? sinks.data() : nullptr;
  a.out_stride = out.stride;
  a.q_stride = q.stride;
  a.block_stride = block_stride;
  a.num_heads = shape.num_heads();
  a.num_kv_heads = shape.num_kv_heads;
  a.head_dim = shape.head_dim;
  a.block_size = shape.block_size;
  a.max_blocks = max_blocks;
  a.window = shape.window;
  a.cache_type = shape.cache_type;
  a.sink_type = GTN_BF16;
  a.num_splits = num_splits;
  a.max_partitions = 40;
  a.scale = shape.scale();
  a.soft_cap = shape.soft_cap;
  int64_t states = num_splits == 1 ? 0 : (int64_t)tokens * a.num_heads * a.max_partitions;
  Array sums(GTN_F32, states * shape.head_dim);
  Array stats(GTN_F32, states * 2);
  a.partial_sums = (float*)sums.data();
  a.partial_stats = (float*)stats.data();
  unsigned tiles = (unsigned)cache.tiles.size() / 2;
  unsigned kv_heads = (unsigned)shape.num_kv_heads;
  dim3 grid(tiles, kv_heads, (unsigned)num_splits);
  check::run({kernel.name, grid, kernel.block, kernel.shared}, a);
  if (num_splits > 1) {
    bool is_f32 = shape.type == GTN_F32;
    dim3 rows(tiles, kv_heads, (unsigned)kernel.tile_rows);
    check::run({is_f32 ? "attention_combine_f32" : "attention_combine_bf16", rows,
                32 * ceil_div(shape.head_dim, 32)},
               a);
  }
  return out;
}

/* An error d of the scores changes a weight by a factor of at most exp(2 d). */
void AttentionLayer::expect(const Sequence& sequence, int position, int head, Doubles& expected,
                            Doubles& error) const {
  int first = shape.window == 0 ? 0 : std::max(0, position + 1 - shape.window);
  int kv_head = head / shape.group;
  Doubles scores;
  double score_error = 0;
  double largest = shape.has_sinks ? sinks.get(head) : -INFINITY;
  for (int key = first; key <= position; key++) {
    double dot = 0, magnitude = 0;
    for (int i = 0; i < shape.head_dim; i++) {
      double x = sequence.q.get(position, head * shape.head_dim + i);
      double product = x * sequence.k.at(key * shape.num_kv_heads + kv_head, i, shape.head_dim);
      dot += product;
      magnitude += fabs(product);
    }
    double score = dot * shape.scale();
    score = shape.soft_cap > 0 ? shape.soft_cap * tanh(score / shape.soft_cap) : score;
    double roundoffs = (shape.head_dim + 4) * magnitude * shape.scale() + 4 * fabs(score);
    bool is_rough = shape.type == GTN_BF16 && shape.soft_cap > 0;
    score_error = fmax(score_error, roundoffs * F32_ROUNDOFF + (is_rough ? 1e-5 : 0));
    scores.push_back(score);
    largest = fmax(largest, score);
  }
  double sum = shape.has_sinks ? exp(sinks.get(head) - largest) : 0;
  for (double& score : scores) {
    score = exp(score - largest);
    sum += score;
  }
  /* Weights become bf16 before the matrix units take them. */
  double weight_error = shape.type == GTN_BF16 ? 0x1p-8 : 0;
  double loss =
      2 * score_error + (2.0 * (double)scores.size() + 32) * F32_ROUNDOFF + weight_error;
  for (int i = 0; i < shape.head_dim; i++) {
    double value = 0, magnitude = 0;
    for (int key = first; key <= position; key++) {
      double v = sequence.v.at(key * shape.num_kv_heads + kv_head, i, shape.head_dim);
      value += scores[(size_t)(key - first)] / sum * v;
      magnitude += scores[(size_t)(key - first)] / sum * fabs(v);
    }
    expected.push_back(value);
    error.push_back(loss * magnitude);
  }
}

void AttentionLayer::check(const std::string& label, const Matrix& out,
                           const std::vector<Chunk>& chunks) const {
  Doubles expected, error;
  for (const Chunk& chunk : chunks) {
    for (int position = chunk.from; position < chunk.to; position++) {
      for (int head = 0; head < shape.num_heads(); head++) {
        expect(sequences[(size_t)chunk.sequence], position, head, expected, error);
      }
    }
  }
  close(label, out, expected, error);
}

}  // namespace check
