/* Kernels that are right give the right values in every order. */
#include "check.h"
#include "number_types.h"
#include "vector_types.h"

namespace check {

namespace {

void check_sums() {
  constexpr int kRows = 5;
  constexpr int kColumns = 300;
  std::vector<float> in(kRows * kColumns);
  std::vector<float> out(kRows);
  std::vector<float> expected(kRows);
  for (size_t i = 0; i < in.size(); i++) {
    in[i] = static_cast<float>(static_cast<int>(i * 7 % 13) - 6);
    expected[i / kColumns] += in[i];
  }
  run_all("check_row_sum", {dim3(kRows), dim3(128), 0},
          [&](const std::string& what) { expect(out == expected, what + ": sums"); },
          out.data(), static_cast<const float*>(in.data()), kColumns);
  std::vector<int> numbers(96);
  std::vector<int> reversed(96);
  for (int i = 0; i < 96; i++) {
    numbers[static_cast<size_t>(i)] = i;
  }
  run_all("check_reverse", {dim3(2), dim3(48), 192},
          [&](const std::string& what) { expect(reversed[50] == 93, what); },
          reversed.data(), static_cast<const int*>(numbers.data()));
}

template <class Number, class Sum>
void check_product(const char* kernel, int k, Number (*number)(float), double (*value)(Number)) {
  std::vector<Number> a(static_cast<size_t>(16 * k));
  std::vector<Number> b(static_cast<size_t>(8 * k));
  std::vector<Sum> d(128);
  for (size_t i = 0; i < a.size(); i++) {
    a[i] = number(static_cast<float>(static_cast<int>(i * 5 % 17) - 8));
  }
  for (size_t i = 0; i < b.size(); i++) {
    b[i] = number(static_cast<float>(static_cast<int>(i * 3 % 11) - 5));
  }
  auto check = [&](const std::string& what) {
    for (int row = 0; row < 16; row++) {
      for (int column = 0; column < 8; column++) {
        double sum = 1;
        for (int i = 0; i < k; i++) {
          sum += value(a[static_cast<size_t>(row * k + i)]) *
                 value(b[static_cast<size_t>(column * k + i)]);
        }
        expect_close(what, static_cast<double>(d[static_cast<size_t>(8 * row + column)]), sum, 0);
      }
    }
  };
  run_all(kernel, {dim3(1), dim3(32), 768}, check, d.data(), static_cast<const Number*>(a.data()),
          static_cast<const Number*>(b.data()));
}

void check_matrices() {
  check_product<bf16, float>("check_mma_bf16", 16, to_bf16, [](bf16 x) -> double {
    return to_float(x);
  });
  check_product<f16, float>("check_mma_f16", 16, to_f16, [](f16 x) -> double {
    return to_float(x);
  });
  check_product<e4m3, float>("check_mma_e4m3", 32, to_e4m3, [](e4m3 x) -> double {
    return to_float(x);
  });
  check_product<int8_t, int32_t>(
      "check_mma_s8", 32, [](float x) { return static_cast<int8_t>(x); },
      [](int8_t x) -> double { return x; });
  alignas(16) static uint16_t in[256];
  static uint32_t out[128];
  for (int i = 0; i < 256; i++) {
    in[i] = static_cast<uint16_t>(i);
  }
  auto check = [](const std::string& what) {
    for (uint32_t i = 0; i < 128; i++) {
      uint32_t first = i / 32 * 64 + i % 4 * 16 + i % 32 / 4; /* element (2t, g) of its matrix */
      expect(out[i] == ((first + 8) << 16 | first), what + ": transposed");
    }
  };
  run_all("check_transpose", {dim3(1), dim3(32), 512}, check, out + 0,
          static_cast<const void*>(in));
}

uint64_t shuffled(uint64_t lane) {
  uint64_t digits[] = {5,
                       lane / 8 * 8 + 5,
                       lane ^ 3,
                       lane < 28 ? lane + 4 : lane,
                       lane % 16 < 4 ? lane : lane - 4,
                       lane ^ 16,
                       lane ^ 1,
                       lane < 16 ? lane ^ 8 : (lane < 31 ? lane + 1 : lane)};
  uint64_t all = 0;
  for (uint64_t digit : digits) {
    all = all * 32 + digit;
  }
  return all;
}

void check_warps() {
  static uint64_t digits[64];
  run_all("check_shuffles", {dim3(1), dim3(64), 0}, [](const std::string& what) {
    for (uint64_t i = 0; i < 64; i++) {
      expect(digits[i] == shuffled(i % 32), what + ": lane " + std::to_string(i));
    }
  }, digits + 0);
  static int votes[96][8];
  run_all("check_votes", {dim3(1), dim3(96), 0}, [](const std::string& what) {
    const int expected[8] = {static_cast<int>(0xaaaaaaaau), 0, 1, 48, 1, 0, 496, 31};
    for (const auto& row : votes) {
      expect(memcmp(row, expected, sizeof expected) == 0, what);
    }
  }, &votes[0][0]);
  static int counters[4];
  static float sum;
  run_all("check_atomics", {dim3(6), dim3(64), 0}, [](const std::string& what) {
    bool holds = counters[0] == 768 && counters[1] == 383 && counters[2] == 1152 &&
                 counters[3] == 64 && sum == 192;
    expect(holds, what);
    memset(counters, 0, sizeof counters);
    sum = 0;
  }, counters + 0, &sum);
  static int exchanged[128];
  run_all("check_warp_order", {dim3(1), dim3(128), 0}, [](const std::string& what) {
    expect(exchanged[40] == (40 ^ 31), what);
  }, exchanged + 0);
}

}  // namespace

void check_values() {
  check_sums();
  check_matrices();
  check_warps();
}

}  // namespace check
