#include "check.h"

#include <algorithm>
#include <map>

namespace check {

namespace {

constexpr int MAX_PRINTED = 5;

std::map<std::string, void (*)()>& cases() {
  static std::map<std::string, void (*)()> all;
  return all;
}

int64_t failures = 0;
int64_t failures_of_case = 0;
int64_t comparisons = 0;
int64_t launches = 0;
std::map<std::string, int64_t> launched;

uint64_t seed() {
  const char* text = getenv("GTN_CHECK_SEED");
  return text == nullptr ? 1 : strtoull(text, nullptr, 10);
}

}  // namespace

Case::Case(const char* name, void (*run)()) { cases()[name] = run; }

void fail(const char* format, ...) {
  failures++;
  failures_of_case++;
  if (failures_of_case <= MAX_PRINTED) {
    va_list arguments;
    va_start(arguments, format);
    printf("  ");
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
  }
}

void count(int64_t n) { comparisons += n; }

std::string text(const char* format, ...) {
  char buffer[400];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(buffer, sizeof buffer, format, arguments);
  va_end(arguments);
  return buffer;
}

std::mt19937_64 random_of(const std::string& label) {
  return std::mt19937_64(seed() * 0x9e3779b97f4a7c15ull + std::hash<std::string>()(label));
}

float uniform(std::mt19937_64& random) { return (float)((double)(random() >> 11) * 0x1p-52 - 1); }

int below(std::mt19937_64& random, int limit) { return (int)(random() % (uint64_t)limit); }

int64_t bytes_of(int type) {
  return type == GTN_F32 ? 4 : type == GTN_F16 || type == GTN_BF16 ? 2 : 1;
}

double roundoff(int type) {
  switch (type) {
    case GTN_F32:
      return F32_ROUNDOFF;
    case GTN_F16:
      return 0x1p-11;
    case GTN_BF16:
      return 0x1p-8;
    default:
      return 0x1p-4;
  }
}

float round_to(int type, float value) {
  switch (type) {
    case GTN_F16:
      return to_float(to_f16(value));
    case GTN_BF16:
      return to_float(to_bf16(value));
    case GTN_E4M3:
      return to_float(to_e4m3(value));
    default:
      return value;
  }
}

Array::Array(int type, int64_t length, int64_t offset) : count(length), kind(type) {
  size_t bytes = (size_t)(length * bytes_of(type) + offset);
  memory = malloc(bytes == 0 ? 1 : bytes);
  memset(memory, 0xff, bytes);
  start = (char*)memory + offset;
}

Array& Array::operator=(Array&& other) noexcept {
  std::swap(memory, other.memory);
  std::swap(start, other.start);
  std::swap(count, other.count);
  std::swap(kind, other.kind);
  return *this;
}

float Array::get(int64_t index) const {
  switch (kind) {
    case GTN_F32:
      return ((const float*)start)[index];
    case GTN_F16:
      return to_float(((const f16*)start)[index]);
    case GTN_BF16:
      return to_float(((const bf16*)start)[index]);
    case GTN_E4M3:
      return to_float(((const e4m3*)start)[index]);
    default:
      return ((const int8_t*)start)[index];
  }
}

void Array::set(int64_t index, float value) {
  switch (kind) {
    case GTN_F32:
      ((float*)start)[index] = value;
      break;
    case GTN_F16:
      ((f16*)start)[index] = to_f16(value);
      break;
    case GTN_BF16:
      ((bf16*)start)[index] = to_bf16(value);
      break;
    case GTN_E4M3:
      ((e4m3*)start)[index] = to_e4m3(value);
      break;
    default:
      ((int8_t*)start)[index] = (int8_t)value;
  }
}

Matrix::Matrix(int type, int64_t num_rows, int64_t num_columns, int64_t padding)
    : all(type, num_rows * (num_columns + 2 * padding)),
      rows(num_rows),
      columns(num_columns),
      stride(num_columns + 2 * padding),
      pad(padding) {}

void Matrix::fill(std::mt19937_64& random) {
  for (int64_t row = 0; row < rows; row++) {
    for (int64_t column = 0; column < columns; column++) {
      set(row, column, uniform(random));
    }
  }
}

void Matrix::copy_from(const Matrix& other) {
  for (int64_t row = 0; row < rows; row++) {
    for (int64_t column = 0; column < columns; column++) {
      set(row, column, other.get(row, column));
    }
  }
}

bool run_kernel(const Launch& launch, void* args) {
  const emu::Kernel* kernel = emu::find_kernel(launch.kernel);
  if (kernel == nullptr) {
    fail("no kernel %s", launch.kernel);
    return false;
  }
  launches++;
  launched[launch.kernel]++;
  emu::Options options = emu::Options::from_seed(seed() * 1000003 + (uint64_t)launches);
  void* arguments[] = {args};
  emu::Failure failure =
      emu::launch(*kernel, {launch.grid, launch.block, launch.shared}, arguments, options);
  if (failure) {
    fail("%s: %s (%s)", launch.kernel, failure.message.c_str(), options.describe().c_str());
  }
  return !failure;
}

void close(const std::string& label, const Matrix& actual, const Doubles& expected,
           const Doubles& error) {
  for (int64_t row = 0; row < actual.rows; row++) {
    for (int64_t column = 0; column < actual.columns; column++) {
      size_t place = (size_t)(row * actual.columns + column);
      double bound = error[place] + roundoff(actual.type()) * fabs(expected[place]);
      double value = actual.get(row, column);
      /* Written so that a NaN fails. */
      if (!(fabs(value - expected[place]) <= bound)) {
        fail("%s: [%ld, %ld] is %g, expected %g +- %g", label.c_str(), (long)row, (long)column,
             value, expected[place], bound);
      }
    }
  }
  count(actual.rows * actual.columns);
  padding_is_untouched(label, actual);
}

void same_rows(const std::string& label, const Matrix& actual, int64_t from,
               const Matrix& expected) {
  for (int64_t row = 0; row < expected.rows; row++) {
    for (int64_t column = 0; column < expected.columns; column++) {
      float a = actual.get(from + row, column);
      float e = expected.get(row, column);
      if (memcmp(&a, &e, sizeof a) != 0) {
        fail("%s: [%ld, %ld] is %.9g, expected the bits of %.9g", label.c_str(),
             (long)(from + row), (long)column, (double)a, (double)e);
      }
    }
  }
  count(expected.rows * expected.columns);
}

void padding_is_untouched(const std::string& label, const Matrix& matrix) {
  for (int64_t row = 0; row < matrix.rows; row++) {
    for (int64_t i = 0; i < matrix.pad; i++) {
      float before = matrix.get(row, -1 - i);
      float behind = matrix.get(row, matrix.columns + i);
      if (before == before || behind == behind) {
        fail("%s: row %ld was written outside its columns", label.c_str(), (long)row);
      }
    }
  }
}

static int run_all(const char* filter) {
  for (const auto& [name, function] : cases()) {
    if (name.find(filter) != std::string::npos) {
      failures_of_case = 0;
      function();
      printf("%s %s\n", failures_of_case == 0 ? "ok    " : "FAILED", name.c_str());
      fflush(stdout);
    }
  }
  int64_t not_launched = 0;
  for (const emu::Kernel* kernel : emu::kernels()) {
    if (*filter == 0 && launched.count(kernel->name) == 0) {
      printf("FAILED no case launches %s\n", kernel->name);
      not_launched++;
    }
  }
  printf("cuda kernels: %zu kernels, %zu cases, %ld launches, %ld comparisons, %ld failures, "
         "GTN_CHECK_SEED=%lu\n",
         launched.size(), cases().size(), (long)launches, (long)comparisons, (long)failures,
         (unsigned long)seed());
  return failures + not_launched == 0 ? 0 : 1;
}

}  // namespace check

/* check_kernels [PART_OF_A_CASE'S_NAME] */
int main(int argc, char** argv) { return check::run_all(argc > 1 ? argv[1] : ""); }
