/* Copies of blocks and argmax: exact. */
#include "check.h"

using namespace check;

namespace {

/* Buffers of blocks of bytes that all differ. */
struct Buffers {
  std::vector<std::vector<uint8_t>> bytes;
  std::vector<void*> pointers;

  Buffers(int count, int blocks, int64_t block_bytes, std::mt19937_64& random) {
    for (int b = 0; b < count; b++) {
      bytes.emplace_back(blocks * block_bytes);
      for (uint8_t& byte : bytes.back()) {
        byte = (uint8_t)random();
      }
    }
    for (std::vector<uint8_t>& buffer : bytes) {
      pointers.push_back(buffer.data());
    }
  }
};

void same(const std::string& label, const uint8_t* actual, const uint8_t* expected, int64_t n) {
  if (memcmp(actual, expected, (size_t)n) != 0) {
    fail("%s differs", label.c_str());
  }
  count(n);
}

CHECK_CASE(copy_blocks_copies_pairs_in_every_buffer) {
  const int32_t pairs[] = {1, 2, 5, 0, -1, 4, 1, 3};
  for (int64_t block_bytes : {2, 48, 100, 32768 + 16}) {
    std::mt19937_64 random = random_of(text("copy %ld", (long)block_bytes));
    Buffers buffers(3, 6, block_bytes, random);
    std::vector<std::vector<uint8_t>> before = buffers.bytes;
    CopyBlocksArgs a = {buffers.pointers.data(), pairs, block_bytes, 4, 3};
    run({"copy_blocks", dim3(4, 3, ceil_div(block_bytes, 16384)), 256}, a);
    const int from[] = {5, 1, 1, 1, 4, 5};
    for (int b = 0; b < 3; b++) {
      for (int block = 0; block < 6; block++) {
        same("copy_blocks", buffers.bytes[(size_t)b].data() + block * block_bytes,
             before[(size_t)b].data() + from[block] * block_bytes, block_bytes);
      }
    }
  }
}

CHECK_CASE(gathered_blocks_come_back_as_they_were) {
  const int32_t blocks[] = {3, -1, 0};
  for (int64_t block_bytes : {6, 64, 20000}) {
    std::mt19937_64 random = random_of(text("stage %ld", (long)block_bytes));
    Buffers buffers(2, 5, block_bytes, random);
    std::vector<std::vector<uint8_t>> before = buffers.bytes;
    std::vector<uint8_t> staging((size_t)(3 * 2 * block_bytes), 7);
    StageBlocksArgs a = {buffers.pointers.data(), blocks, staging.data(), block_bytes, 3, 2};
    dim3 grid(3, 2, ceil_div(block_bytes, 16384));
    run({"gather_blocks", grid, 256}, a);
    for (int b = 0; b < 2; b++) {
      same("gather_blocks", staging.data() + b * block_bytes,
           before[(size_t)b].data() + 3 * block_bytes, block_bytes);
      std::fill(buffers.bytes[(size_t)b].begin(), buffers.bytes[(size_t)b].end(), (uint8_t)9);
    }
    run({"scatter_blocks", grid, 256}, a);
    for (int b = 0; b < 2; b++) {
      for (int block : {0, 3}) {
        same("scatter_blocks", buffers.bytes[(size_t)b].data() + block * block_bytes,
             before[(size_t)b].data() + block * block_bytes, block_bytes);
      }
      if (buffers.bytes[(size_t)b][(size_t)block_bytes] != 9) {
        fail("scatter_blocks wrote block 1");
      }
    }
  }
}

CHECK_CASE(argmax_finds_the_lowest_of_the_likeliest) {
  for (int type : {GTN_F32, GTN_BF16}) {
    for (int vocab : {1, 2, 33, 8300}) {
      std::mt19937_64 random = random_of(text("argmax %d %d", type, vocab));
      Matrix logits(type, 8, vocab, 3);
      logits.fill(random);
      std::vector<int32_t> expected;
      for (int i = 0; i < vocab; i++) {
        logits.set(2, i, -INFINITY);
        logits.set(4, i, i % 2 == 0 ? 0.0f : -0.0f);
        logits.set(5, i, -3e38f);
      }
      logits.set(0, vocab - 1, 5);
      logits.set(0, vocab / 2, 5);
      logits.set(1, vocab / 3, NAN);
      logits.set(3, vocab / 3, INFINITY);
      logits.set(6, vocab / 3, -INFINITY);
      for (int row = 0; row < 8; row++) {
        int best = -1;
        for (int i = 0; i < vocab; i++) {
          float x = logits.get(row, i);
          bool is_better = best < 0 ? x > -INFINITY : x > logits.get(row, best);
          best = is_better ? i : best;
        }
        expected.push_back(row == 1 || row == 3 ? -1 : best);
      }
      std::vector<int32_t> out(8, 77);
      ArgmaxArgs a = {logits.data(), out.data(), logits.stride, 8, vocab};
      run({type == GTN_F32 ? "argmax_f32" : "argmax_bf16", 8, 1024}, a);
      for (int row = 0; row < 8; row++) {
        if (out[(size_t)row] != expected[(size_t)row]) {
          fail("argmax %d of %d: row %d is %d, expected %d", type, vocab, row, out[(size_t)row],
               expected[(size_t)row]);
        }
      }
      count(8);
    }
  }
}

}  // namespace
