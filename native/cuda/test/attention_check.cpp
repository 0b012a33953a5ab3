/* The attention kernels against dense attention in double, and every way to run a row against
 * the others, bit by bit. */
#include "attention_case.h"

using namespace check;

namespace {

AttentionKernel plain(const AttentionShape& shape) {
  return {shape.type == GTN_F32 ? "attention_plain_f32" : "attention_plain_bf16", 16, 128,
          (size_t)(16 * shape.head_dim * 4)};
}

/* On the matrix units: the kernel of one warp and that of several. */
std::vector<AttentionKernel> units(const AttentionShape& shape) {
  if (shape.head_dim <= 64) {
    return {{"attention_d64_w1_bf16", 16, 32, 37888}, {"attention_d64_w4_bf16", 64, 128, 50176}};
  }
  if (shape.head_dim <= 128) {
    return {{"attention_d128_w1_bf16", 16, 32, 74752}, {"attention_d128_w4_bf16", 64, 128, 99328}};
  }
  return {{"attention_d256_w1_bf16", 16, 32, 90624}, {"attention_d256_w2_bf16", 32, 64, 115200}};
}

std::vector<AttentionKernel> kernels(const AttentionShape& shape) {
  bool is_plain = shape.type == GTN_F32 || shape.cache_type == GTN_F32 ||
                  shape.cache_type == GTN_F16;
  return is_plain ? std::vector<AttentionKernel>{plain(shape)} : units(shape);
}

std::string describe(const AttentionShape& s) {
  return text("attention %d over %d, blocks of %d, %d x %d heads of %d, cap %g, window %d%s",
              s.type, s.cache_type, s.block_size, s.num_kv_heads, s.group, s.head_dim,
              (double)s.soft_cap, s.window, s.has_sinks ? ", sinks" : "");
}

/* A whole prompt, a later chunk and a decode, by every kernel and with splits; rows of the chunk
 * alone and as one-token steps. */
void check_shape(const AttentionShape& shape, const std::vector<int>& lengths) {
  std::string label = describe(shape);
  std::mt19937_64 random = random_of(label);
  AttentionLayer layer(shape, lengths, random);
  std::vector<Chunk> mixed = {{0, 0, lengths[0]},
                              {1, lengths[1] / 2, lengths[1]},
                              {2, lengths[2] - 1, lengths[2]}};
  std::vector<AttentionKernel> all = kernels(shape);
  int pad = below(random, 2) * 3;
  Matrix first = layer.run(all[0], 1, mixed, random, pad);
  layer.check(label, first, mixed);
  for (const AttentionKernel& kernel : all) {
    for (int splits = 1; splits <= 3; splits += 2) {
      Matrix other = layer.run(kernel, splits, mixed, random);
      same_rows(text("%s, %s, %d splits", label.c_str(), kernel.name, splits), other, 0, first);
      padding_is_untouched(label, other);
    }
  }
  int begin = lengths[1] / 2;
  for (int i = 0; i < 3; i++) {
    int position = begin + below(random, lengths[1] - begin);
    Matrix alone = layer.run(all[0], 1, {{1, position, position + 1}}, random);
    same_rows(label + text(", position %d alone", position), first,
              lengths[0] + position - begin, alone);
  }
}

CHECK_CASE(attention_plain_matches_double_and_itself) {
  int block_sizes[] = {1, 4, 16};
  int count = 0;
  for (int type : {GTN_F32, GTN_BF16}) {
    for (int cache_type : {GTN_F32, GTN_F16, GTN_BF16, GTN_I8, GTN_E4M3}) {
      for (int head_dim : {8, 20, 64, 96, 128}) {
        AttentionShape shape;
        shape.type = type;
        shape.cache_type = type == GTN_BF16 && cache_type > GTN_F16 ? GTN_F16 : cache_type;
        shape.head_dim = head_dim;
        shape.group = count % 8 + 1;
        shape.num_kv_heads = count % 3 + 1;
        shape.block_size = block_sizes[count++ % 3];
        check_shape(shape, {9, 20, 33});
      }
    }
  }
}

CHECK_CASE(attention_on_matrix_units_matches_double_and_itself) {
  int block_sizes[] = {16, 4, 1};
  int count = 0;
  for (int cache_type : {GTN_BF16, GTN_I8, GTN_E4M3}) {
    for (int head_dim : {8, 20, 64, 80, 128, 256}) {
      AttentionShape shape;
      shape.cache_type = cache_type;
      shape.head_dim = head_dim;
      shape.group = count % 8 + 1;
      shape.num_kv_heads = count % 2 + 1;
      shape.block_size = block_sizes[count++ % 3];
      check_shape(shape, {9, 40, 70});
    }
  }
}

CHECK_CASE(attention_with_window_cap_and_sinks) {
  for (int type : {GTN_F32, GTN_BF16}) {
    for (int window : {0, 1, 5, 16, 30, 1000}) {
      for (float soft_cap : {0.0f, 3.0f, 50.0f}) {
        AttentionShape shape;
        shape.type = type;
        shape.cache_type = type;
        shape.head_dim = 32;
        shape.group = 3;
        shape.window = window;
        shape.soft_cap = soft_cap;
        shape.has_sinks = window % 2 == 0;
        check_shape(shape, {26, 30, 70});
      }
    }
  }
}

/* Chunks and decodes on both sides of partitions' ends give the bits of one long chunk. */
void check_partitions(AttentionShape shape, int length, const std::vector<int>& positions) {
  std::string label = describe(shape) + " over partitions";
  std::mt19937_64 random = random_of(label);
  AttentionLayer layer(shape, {length}, random);
  int begin = length - 24;
  std::vector<AttentionKernel> all = kernels(shape);
  Matrix whole = layer.run(all.back(), 1, {{0, begin, length}}, random);
  layer.check(label, whole, {{0, begin, length}});
  same_rows(label + ", split", layer.run(all[0], 3, {{0, begin, length}}, random), 0, whole);
  for (int position : positions) {
    std::vector<Chunk> decode = {{0, position, position + 1}};
    Matrix alone = layer.run(all[0], 1, decode, random);
    layer.check(label + text(", decode at %d", position), alone, decode);
    Matrix split = layer.run(all[0], 2, decode, random);
    same_rows(label + text(", split decode at %d", position), split, 0, alone);
    if (position >= begin) {
      same_rows(label + text(", decode at %d", position), whole, position - begin, alone);
    }
  }
}

CHECK_CASE(attention_across_partitions_keeps_its_bits) {
  for (int type : {GTN_F32, GTN_BF16}) {
    for (int window : {0, 257, 300}) {
      AttentionShape shape;
      shape.type = type;
      shape.cache_type = type;
      shape.head_dim = type == GTN_F32 ? 20 : 64;
      shape.group = 3;
      shape.num_kv_heads = 1;
      shape.window = window;
      shape.has_sinks = window == 300;
      check_partitions(shape, 530, {254, 255, 256, 257, 511, 512, 529});
    }
  }
  AttentionShape wide;
  wide.head_dim = 256;
  wide.group = 2;
  wide.num_kv_heads = 1;
  check_partitions(wide, 270, {255, 256, 269});
}

/* Partitions grow beyond 8192 positions. */
CHECK_CASE(attention_over_a_long_context) {
  AttentionShape shape;
  shape.head_dim = 32;
  shape.group = 2;
  shape.num_kv_heads = 1;
  std::mt19937_64 random = random_of("long");
  AttentionLayer layer(shape, {8800}, random);
  std::vector<Chunk> chunk = {{0, 8797, 8800}};
  Matrix whole = layer.run(units(shape)[1], 1, chunk, random);
  layer.check("long context", whole, chunk);
  same_rows("long context, split", layer.run(units(shape)[0], 7, chunk, random), 0, whole);
}

/* Scores of some hundreds: exp overflows unless the largest is subtracted. */
CHECK_CASE(attention_survives_large_scores) {
  for (int type : {GTN_F32, GTN_BF16}) {
    AttentionShape shape;
    shape.type = type;
    shape.cache_type = type;
    shape.head_dim = 16;
    shape.steepness = 400;
    check_shape(shape, {30, 20, 10});
  }
}

}  // namespace
