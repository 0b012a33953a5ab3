/* qk_norm, rope, store_kv and the kernel that does the last two in one pass. */
#include "check.h"

using namespace check;

namespace {

const int TYPES[] = {GTN_F32, GTN_BF16};
const int CACHE_TYPES[] = {GTN_F32, GTN_F16, GTN_BF16, GTN_I8, GTN_E4M3};
const int HEAD_DIMS[] = {1, 8, 20, 64, 128, 256};

std::string name(const char* op, int type) {
  return std::string(op) + (type == GTN_F32 ? "_f32" : "_bf16");
}

int width(int cache_type, int head_dim) {
  return cache_type == GTN_I8 ? head_dim + 4 : head_dim;
}

CHECK_CASE(qk_norm_normalizes_each_head) {
  for (int type : TYPES) {
    for (int head_dim : HEAD_DIMS) {
      std::string label = text("qk_norm %d %d", type, head_dim);
      std::mt19937_64 random = random_of(label);
      Matrix heads(type, 3, 3 * head_dim, 3);
      heads.fill(random);
      Array weight(GTN_F16, head_dim);
      for (int i = 0; i < head_dim; i++) {
        weight.set(i, uniform(random));
      }
      Doubles expected, error;
      for (int h = 0; h < 9; h++) {
        double square = 0;
        for (int i = 0; i < head_dim; i++) {
          square += pow(heads.get(h / 3, h % 3 * head_dim + i), 2) / head_dim;
        }
        for (int i = 0; i < head_dim; i++) {
          double x = heads.get(h / 3, h % 3 * head_dim + i);
          double value = x / sqrt(square + 1e-5) * (weight.get(i) + 1);
          expected.push_back(value);
          error.push_back((head_dim + 8) * F32_ROUNDOFF * fabs(value));
        }
      }
      QkNormArgs a = {heads.data(), weight.data(), heads.stride, 3, 3, head_dim, GTN_F16, 1,
                      1e-5f};
      run({name("qk_norm", type).c_str(), 3, 128}, a);
      close(label, heads, expected, error);
    }
  }
}

/* Cosines and sines of 12 positions. */
Matrix table(int rotary_dim, std::mt19937_64& random) {
  Matrix cos_sin(GTN_F32, 12, rotary_dim);
  cos_sin.fill(random);
  return cos_sin;
}

CHECK_CASE(rope_rotates_the_first_dimensions) {
  const int32_t positions[] = {4, 0, 11};
  for (int type : TYPES) {
    for (int head_dim : {2, 20, 64, 96, 256}) {
      for (int rotary_dim : {head_dim, head_dim / 4 * 2}) {
        std::string label = text("rope %d %d %d", type, head_dim, rotary_dim);
        std::mt19937_64 random = random_of(label);
        Matrix heads(type, 3, 5 * head_dim, 3);
        heads.fill(random);
        Matrix cos_sin = table(rotary_dim, random);
        int half = rotary_dim / 2;
        Doubles expected, error;
        for (int64_t at = 0; at < 15 * head_dim; at++) {
          int64_t row = at / (5 * head_dim);
          int64_t column = at % (5 * head_dim);
          int64_t i = column % head_dim;
          double x = heads.get(row, column);
          double partner = 0, cosine = 1, sine = 0;
          if (i < rotary_dim) {
            cosine = cos_sin.get(positions[row], i % half);
            sine = cos_sin.get(positions[row], half + i % half);
            partner = i < half ? -heads.get(row, column + half) : heads.get(row, column - half);
          }
          expected.push_back(x * cosine + partner * sine);
          error.push_back(2 * F32_ROUNDOFF * (fabs(x * cosine) + fabs(partner * sine)));
        }
        RopeArgs a = {heads.data(), (const float*)cos_sin.data(), positions, heads.stride, 3, 5,
                      head_dim, rotary_dim};
        if (rotary_dim > 0) {
          run({name("rope", type).c_str(), dim3(3, ceil_div(5 * half, 128)), 128}, a);
        }
        close(label, heads, expected, error);
      }
    }
  }
}

constexpr int BLOCKS = 4;
constexpr int BLOCK_SIZE = 4;
constexpr int KV_HEADS = 3;
constexpr int HEADS = 5;
const int32_t SLOTS[] = {BLOCKS * BLOCK_SIZE - 1, 0, -1, 6};

/* One side of a cache, NaN where nothing was stored. */
Array cache(int type, int head_dim) {
  return Array(type, BLOCKS * BLOCK_SIZE * KV_HEADS * width(type, head_dim));
}

/* What a head of a slot holds: element i, its scale applied. */
double stored(const Array& side, int slot, int head, int i, int head_dim) {
  int64_t at = (int64_t)(slot * KV_HEADS + head) * width(side.type(), head_dim);
  double scale = 1;
  if (side.type() == GTN_I8) {
    float bytes;
    memcpy(&bytes, (const char*)side.data() + at + head_dim, sizeof bytes);
    scale = bytes;
  }
  return side.get(at + i) * scale;
}

void check_side(const std::string& label, const Array& side, const Matrix& x, int first_column,
                int head_dim) {
  for (int slot = 0; slot < BLOCKS * BLOCK_SIZE; slot++) {
    int row = slot == SLOTS[0] ? 0 : slot == SLOTS[1] ? 1 : slot == SLOTS[3] ? 3 : -1;
    for (int head = 0; head < KV_HEADS; head++) {
      double largest = 0;
      for (int i = 0; i < head_dim && row >= 0; i++) {
        largest = fmax(largest, fabs(x.get(row, first_column + head * head_dim + i)));
      }
      for (int i = 0; i < head_dim; i++) {
        double value = stored(side, slot, head, i, head_dim);
        if (row < 0) {
          if (value == value) {
            fail("%s: slot %d was written", label.c_str(), slot);
          }
          continue;
        }
        float given = x.get(row, first_column + head * head_dim + i);
        double expected = side.type() == GTN_I8 ? given : round_to(side.type(), given);
        double bound = side.type() == GTN_I8 ? 0.5001 * largest / 127 : 0;
        if (!(fabs(value - expected) <= bound)) {
          fail("%s: slot %d head %d element %d is %g, expected %g", label.c_str(), slot, head, i,
               value, expected);
        }
      }
    }
  }
  count(BLOCKS * BLOCK_SIZE * KV_HEADS * head_dim);
}

CHECK_CASE(store_kv_writes_rounded_heads_to_their_slots_only) {
  for (int type : TYPES) {
    for (int cache_type : CACHE_TYPES) {
      for (int head_dim : HEAD_DIMS) {
        std::string label = text("store_kv %d %d %d", type, cache_type, head_dim);
        std::mt19937_64 random = random_of(label);
        Matrix k(type, 4, KV_HEADS * head_dim, 3);
        Matrix v(type, 4, KV_HEADS * head_dim, 3);
        k.fill(random);
        v.fill(random);
        for (int i = 0; i < head_dim; i++) {
          v.set(1, i, 0);
          k.set(3, i, k.get(3, i) * (cache_type == GTN_E4M3 ? 1 : 1e-20f));
        }
        Array keys = cache(cache_type, head_dim);
        Array values = cache(cache_type, head_dim);
        StoreKvArgs a = {keys.data(), values.data(), k.data(), v.data(), SLOTS, k.stride,
                         v.stride, BLOCK_SIZE * KV_HEADS * width(cache_type, head_dim), 4,
                         KV_HEADS, head_dim, BLOCK_SIZE, cache_type, 0};
        run({name("store_kv", type).c_str(), dim3(4, 2), 128}, a);
        check_side(label + " keys", keys, k, 0, head_dim);
        check_side(label + " values", values, v, 0, head_dim);
      }
    }
  }
}

void same_bytes(const std::string& label, const void* actual, const void* expected, int64_t n) {
  if (memcmp(actual, expected, (size_t)n) != 0) {
    fail("%s differs", label.c_str());
  }
  count(n);
}

CHECK_CASE(rope_store_kv_has_the_bits_of_its_parts) {
  const int32_t positions[] = {4, 0, 11, 7};
  for (int type : TYPES) {
    for (int cache_type : CACHE_TYPES) {
      for (int head_dim : {20, 64, 128}) {
        int rotary_dim = head_dim == 64 ? 48 : head_dim;
        std::string label = text("rope_store_kv %d %d %d", type, cache_type, head_dim);
        std::mt19937_64 random = random_of(label);
        Matrix fused(type, 4, (HEADS + 2 * KV_HEADS) * head_dim, 3);
        fused.fill(random);
        Matrix parts(type, 4, fused.columns, 3);
        parts.copy_from(fused);
        Matrix cos_sin = table(rotary_dim, random);
        const float* table_data = (const float*)cos_sin.data();
        int64_t block_stride = BLOCK_SIZE * KV_HEADS * width(cache_type, head_dim);
        Array keys[2] = {cache(cache_type, head_dim), cache(cache_type, head_dim)};
        Array values[2] = {cache(cache_type, head_dim), cache(cache_type, head_dim)};

        RopeStoreKvArgs a = {keys[0].data(), values[0].data(), fused.data(), table_data, positions,
                             SLOTS, fused.stride, block_stride, 4, HEADS, KV_HEADS, head_dim,
                             rotary_dim, BLOCK_SIZE, cache_type, 0};
        run({name("rope_store_kv", type).c_str(), dim3(4, 3), 128}, a);

        RopeArgs rope = {parts.data(), table_data, positions, parts.stride, 4, HEADS + KV_HEADS,
                         head_dim, rotary_dim};
        unsigned pairs = (unsigned)((HEADS + KV_HEADS) * rotary_dim / 2);
        run({name("rope", type).c_str(), dim3(4, ceil_div(pairs, 128)), 128}, rope);
        char* k = (char*)parts.data() + HEADS * head_dim * bytes_of(type);
        StoreKvArgs store = {keys[1].data(), values[1].data(), k,
                             k + KV_HEADS * head_dim * bytes_of(type), SLOTS, parts.stride,
                             parts.stride, block_stride, 4, KV_HEADS, head_dim, BLOCK_SIZE,
                             cache_type, 0};
        run({name("store_kv", type).c_str(), dim3(4, 2), 128}, store);

        int64_t bytes = BLOCKS * block_stride * bytes_of(cache_type);
        same_bytes(label + " keys", keys[0].data(), keys[1].data(), bytes);
        same_bytes(label + " values", values[0].data(), values[1].data(), bytes);
        for (int row = 0; row < 4; row++) {
          for (int i = 0; i < HEADS * head_dim; i++) {
            float x = fused.get(row, i);
            float y = parts.get(row, i);
            same_bytes(label + " q", &x, &y, sizeof x);
          }
        }
        padding_is_untouched(label, fused);
      }
    }
  }
}

}  // namespace
