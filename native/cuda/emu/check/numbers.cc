/* The number types, against what their formats define. */
#include "check.h"
#include "number_types.h"

namespace check {

namespace {

/* Between two neighbours the nearer one is taken, and the even one from the middle. */
void check_e4m3_between(uint8_t bits) {
  float low = to_float(e4m3{bits});
  float high = to_float(e4m3{static_cast<uint8_t>(bits + 1)});
  float middle = (low + high) / 2;
  uint8_t even = static_cast<uint8_t>(bits + bits % 2);
  std::string what = "e4m3 " + std::to_string(bits);
  expect(to_e4m3(middle).bits == even, what + ": from the middle to the even one");
  expect(to_e4m3(std::nextafter(middle, low)).bits == bits, what + ": below the middle");
  expect(to_e4m3(std::nextafter(middle, high)).bits == bits + 1, what + ": above the middle");
}

}  // namespace

void check_numbers() {
  for (int bits = 0; bits < 256; bits++) {
    e4m3 number = {static_cast<uint8_t>(bits)};
    int exponent = bits >> 3 & 15;
    int mantissa = bits & 7;
    double size = std::ldexp(exponent == 0 ? mantissa : 8 + mantissa,
                             exponent == 0 ? -9 : exponent - 10);
    if ((bits & 0x7f) == 0x7f) {
      expect(std::isnan(to_float(number)), "e4m3 of all ones is NaN");
    } else {
      expect(to_float(number) == (bits < 128 ? size : -size), "e4m3 " + std::to_string(bits));
      expect(to_e4m3(to_float(number)).bits == bits, "e4m3 and back " + std::to_string(bits));
    }
  }
  for (uint8_t bits = 0; bits < 0x7e; bits++) {
    check_e4m3_between(bits);
  }
  expect(to_e4m3(1e9f).bits == 0x7e && to_e4m3(-INFINITY).bits == 0xfe, "e4m3 saturates");
  expect((to_e4m3(NAN).bits & 0x7f) == 0x7f, "NaN stays NaN in e4m3");
  expect(to_bf16(1.00390625f).bits == 0x3f80 && to_bf16(1.01171875f).bits == 0x3f82,
         "bf16 rounds to even");
  expect(to_f16(65519.0f).bits == 0x7bff && to_f16(65520.0f).bits == 0x7c00, "f16 overflows");
}

}  // namespace check
