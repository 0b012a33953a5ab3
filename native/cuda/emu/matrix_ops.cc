#include "matrix_ops.h"

#include "block.h"
#include "number_types.h"
#include "text.h"

namespace emu {

namespace {

constexpr uint32_t kAllLanes = 0xffffffffu;

struct LoadRecord {
  const uint16_t* row;
  uint32_t* registers;
  int count;
  bool transposed;
};

void finish_load(void* const* records, uint32_t) {
  for (int lane = 0; lane < 32; lane++) {
    LoadRecord* record = static_cast<LoadRecord*>(records[lane]);
    int g = lane / 4;
    int t = lane % 4;
    for (int matrix = 0; matrix < record->count; matrix++) {
      auto element = [&](int row, int column) -> uint32_t {
        return static_cast<LoadRecord*>(records[8 * matrix + row])->row[column];
      };
      uint32_t low = record->transposed ? element(2 * t, g) : element(g, 2 * t);
      uint32_t high = record->transposed ? element(2 * t + 1, g) : element(g, 2 * t + 1);
      record->registers[matrix] = high << 16 | low;
    }
  }
}

struct MultiplyRecord {
  MatrixType type;
  void* d;
  const uint32_t* a;
  const uint32_t* b;
};

/* How 16-bit and 8-bit numbers lie in a register. */
struct Halves {
  static constexpr int kPerRegister = 2;
};
struct Bf16 : Halves {
  static float get(uint32_t word, int i) { return bf16_to_float((uint16_t)(word >> (16 * i))); }
};
struct F16 : Halves {
  static float get(uint32_t word, int i) { return f16_to_float((uint16_t)(word >> (16 * i))); }
};
struct Bytes {
  static constexpr int kPerRegister = 4;
};
struct E4m3 : Bytes {
  static float get(uint32_t word, int i) { return to_float(e4m3{(uint8_t)(word >> (8 * i))}); }
};
struct S8 : Bytes {
  static uint32_t get(uint32_t word, int i) {
    return (uint32_t)(int32_t)(int8_t)(word >> (8 * i));
  }
};

/* d += a b of 16 x K and K x 8; int32 sums are made unsigned, where wrapping is defined. */
template <class Element, class Sum>
void finish_multiply(void* const* records) {
  constexpr int kN = Element::kPerRegister;
  constexpr int kK = 8 * kN;
  Sum a[16][kK];
  Sum b[kK][8];
  Sum d[16][8];
  for (int lane = 0; lane < 32; lane++) {
    const MultiplyRecord* record = static_cast<MultiplyRecord*>(records[lane]);
    int g = lane / 4;
    int t = lane % 4;
    for (int i = 0; i < kN; i++) {
      for (int half = 0; half < 2; half++) {
        int k = kN * t + i + half * 4 * kN;
        a[g][k] = Element::get(record->a[2 * half], i);
        a[g + 8][k] = Element::get(record->a[2 * half + 1], i);
        b[k][g] = Element::get(record->b[half], i);
      }
    }
    const Sum* own = static_cast<Sum*>(record->d);
    for (int i = 0; i < 4; i++) {
      d[g + i / 2 * 8][2 * t + i % 2] = own[i];
    }
  }
  for (int row = 0; row < 16; row++) {
    for (int k = 0; k < kK; k++) {
      for (int column = 0; column < 8; column++) {
        d[row][column] += a[row][k] * b[k][column];
      }
    }
  }
  for (int lane = 0; lane < 32; lane++) {
    Sum* own = static_cast<Sum*>(static_cast<MultiplyRecord*>(records[lane])->d);
    for (int i = 0; i < 4; i++) {
      own[i] = d[lane / 4 + i / 2 * 8][2 * (lane % 4) + i % 2];
    }
  }
}

void finish_float_multiply(void* const* records, uint32_t) {
  switch (static_cast<MultiplyRecord*>(records[0])->type) {
    case MatrixType::kBf16: return finish_multiply<Bf16, float>(records);
    case MatrixType::kF16: return finish_multiply<F16, float>(records);
    case MatrixType::kE4m3: return finish_multiply<E4m3, float>(records);
  }
}

}  // namespace

void load_matrices(uint32_t* registers, int count, bool transposed, const void* row, Site site) {
  Block& block = here();
  bool reads = block.lane().number % 32 < 8 * count;
  if (reads && reinterpret_cast<uintptr_t>(row) % 16 != 0) {
    block.fail(FailureKind::kLaunch, text("ldmatrix of a row at %p, not aligned to 16", row), site);
  }
  if (reads && !block.shared().holds(row, 16)) {
    block.fail(FailureKind::kLaunch, text("ldmatrix of a row at %p, outside shared memory", row),
               site);
  }
  if (reads && RaceCheck::is_on) {
    block.races().check(row, 16, RaceCheck::Access::kRead);
  }
  LoadRecord record = {static_cast<const uint16_t*>(row), registers, count, transposed};
  block.meet(WarpOp::kLoadMatrices, kAllLanes, &record, finish_load, site);
}

void multiply(MatrixType type, float* d, const uint32_t* a, const uint32_t* b, Site site) {
  MultiplyRecord record = {type, d, a, b};
  here().meet(WarpOp::kMultiply, kAllLanes, &record, finish_float_multiply, site);
}

void multiply_bytes(int32_t* d, const uint32_t* a, const uint32_t* b, Site site) {
  MultiplyRecord record = {MatrixType::kBf16, d, a, b};
  here().meet(WarpOp::kMultiplyBytes, kAllLanes, &record,
              [](void* const* records, uint32_t) { finish_multiply<S8, uint32_t>(records); }, site);
}

}  // namespace emu
