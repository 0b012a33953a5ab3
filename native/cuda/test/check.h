/*
 * Checks of the CUDA kernels in the emulation, against plain double-precision code. A case makes
 * its inputs from a seed, launches a kernel by name and compares; NaN in a result is a failure.
 */
#ifndef GTN_CUDA_CHECK_H
#define GTN_CUDA_CHECK_H

#include <cmath>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "../args.h"
#include "../emu/emulator.h"
#include "../emu/number_types.h"

namespace check {

/* Registers a case under its name; cases run in the order of their names. */
struct Case {
  Case(const char* name, void (*run)());
};

#define CHECK_CASE(name)                             \
  static void name();                                \
  static const check::Case name##_case(#name, name); \
  static void name()

/* Counts a failure and prints it; only the first few of a case are printed. */
void fail(const char* format, ...) __attribute__((format(printf, 1, 2)));

/* Counted and printed in the end: comparisons that could have failed. */
void count(int64_t comparisons);

/* Random numbers of a case; the same for the same name and seed (GTN_CHECK_SEED). */
std::mt19937_64 random_of(const std::string& label);
float uniform(std::mt19937_64& random);
int below(std::mt19937_64& random, int limit);

int64_t bytes_of(int type);
float round_to(int type, float value);
/* Half the distance from 1 to the next number of a type. */
double roundoff(int type);
constexpr double F32_ROUNDOFF = 0x1p-24;

/* Numbers of a type in memory of exactly their size, NaN (-1 for bytes) until they are set. */
class Array {
 public:
  Array() = default;
  /* offset: bytes between a 16-byte boundary and the first element */
  Array(int type, int64_t length, int64_t offset = 0);
  ~Array() { free(memory); }
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;
  Array(Array&& other) noexcept { *this = std::move(other); }
  Array& operator=(Array&& other) noexcept;

  float get(int64_t index) const;
  void set(int64_t index, float value);
  void* data() const { return start; }
  int64_t length() const { return count; }
  int type() const { return kind; }

 private:
  void* memory = nullptr;
  char* start = nullptr;
  int64_t count = 0;
  int kind = GTN_F32;
};

/* A matrix that may be a range of columns of a wider one, which is NaN elsewhere. */
struct Matrix {
  Array all;
  int64_t rows = 0;
  int64_t columns = 0;
  int64_t stride = 0;
  int64_t pad = 0;

  Matrix(int type, int64_t num_rows, int64_t num_columns, int64_t padding = 0);
  int type() const { return all.type(); }
  void* data() const { return (char*)all.data() + pad * bytes_of(type()); }
  float get(int64_t row, int64_t column) const { return all.get(row * stride + pad + column); }
  void set(int64_t row, int64_t column, float v) { all.set(row * stride + pad + column, v); }
  void fill(std::mt19937_64& random);
  void copy_from(const Matrix& other);
};

struct Launch {
  const char* kernel;
  dim3 grid;
  dim3 block;
  size_t shared = 0;
};

/* Runs the kernel; a failure of the emulation is a failure of the case. */
bool run_kernel(const Launch& launch, void* args);

template <class Args>
bool run(const Launch& launch, Args args) {
  return run_kernel(launch, &args);
}

/* threads(n) of args.h. */
inline int threads(int64_t n) {
  int64_t warps = (n + 255) / 256;
  return (int)(32 * (warps < 8 ? warps : 8));
}
inline unsigned ceil_div(int64_t a, int64_t b) { return (unsigned)((a + b - 1) / b); }

using Doubles = std::vector<double>;

/* Every element within error + roundoff of its type; columns outside untouched. */
void close(const std::string& label, const Matrix& actual, const Doubles& expected,
           const Doubles& error);
/* Rows [from, from + expected.rows) of actual have the bits of expected. */
void same_rows(const std::string& label, const Matrix& actual, int64_t from,
               const Matrix& expected);
void padding_is_untouched(const std::string& label, const Matrix& matrix);

std::string text(const char* format, ...) __attribute__((format(printf, 1, 2)));

}  // namespace check

#endif
