/* Layers of attention over random sequences, run in any batch by any kernel. */
#ifndef GTN_ATTENTION_CASE_H
#define GTN_ATTENTION_CASE_H

#include "check.h"

namespace check {

struct AttentionShape {
  int type = GTN_BF16; /* of q and out */
  int cache_type = GTN_BF16;
  int block_size = 16;
  int num_kv_heads = 2;
  int group = 2;
  int head_dim = 64;
  float soft_cap = 0;
  int window = 0;
  bool has_sinks = false;
  float steepness = 3;

  int num_heads() const { return num_kv_heads * group; }
  /* Steeper than usual: with values in [-1, 1) weights would be almost equal. */
  float scale() const { return (float)(steepness / sqrt((double)head_dim)); }
};

/* Tokens [from, to) of a sequence are scheduled; those before are in the cache. */
struct Chunk {
  int sequence;
  int from;
  int to;
};

struct AttentionKernel {
  const char* name;
  int tile_rows;
  unsigned block;
  size_t shared;
};

class AttentionLayer {
 public:
  /* One sequence of each length, with q, k and v of every position. */
  AttentionLayer(const AttentionShape& shape, std::vector<int> lengths, std::mt19937_64& random);

  /* Runs the chunks as one batch; slots that no sequence attends to are NaN. */
  Matrix run(const AttentionKernel& kernel, int num_splits, const std::vector<Chunk>& chunks,
             std::mt19937_64& placement, int pad = 3) const;
  /* Dense attention in double. */
  void check(const std::string& label, const Matrix& out,
             const std::vector<Chunk>& chunks) const;

  const AttentionShape shape;

 private:
  struct Side {
    Array elements;           /* cache_type [position][kv head][head_dim] */
    std::vector<float> scales; /* of I8, [position][kv head] */
    float at(int64_t head_index, int i, int head_dim) const {
      return elements.get(head_index * head_dim + i) * scales[(size_t)head_index];
    }
  };
  struct Sequence {
    Matrix q;
    Side k;
    Side v;
  };
  struct Cache;

  Side side(int length, std::mt19937_64& random) const;
  void store(const Side& from, int position, Array& cache, int slot) const;
  void expect(const Sequence& sequence, int position, int head, Doubles& expected,
              Doubles& error) const;

  std::vector<Sequence> sequences;
  Array sinks;
};

}  // namespace check

#endif
