/* Linear layers of 8-bit inputs: rounding of rows, then kernels against double and each other. */
#include "linear_case.h"

using namespace check;

namespace {

int64_t padded(int64_t columns) { return ceil_div(columns, 128) * 128; }

/* A way of rounding inputs, and what goes with it. */
struct Rounding {
  const char* name;
  Kind weights;
  bool is_float; /* E4M3 with a scale per 128 columns, else bytes with one per row */
};
const Rounding INT8 = {"int8", Kind::kBytes, false};
const Rounding E4M3 = {"e4m3", Kind::kE4m3, true};

std::string kernel_name(const char* op, const Rounding& rounding) {
  return text("%s_%s_bf16", op, rounding.name);
}

/* Rows as a quantising kernel leaves them. */
struct QuantizedRows {
  const Rounding& rounding;
  int64_t rows;
  int64_t columns;
  int64_t stride;
  Array bytes;

  QuantizedRows(const Rounding& how, int64_t num_rows, int64_t num_columns)
      : rounding(how), rows(num_rows), columns(num_columns),
        stride(padded(num_columns) + ceil_div(padded(num_columns) / 128 * 4, 16) * 16),
        bytes(GTN_I8, num_rows * stride) {}

  const uint8_t* row(int64_t r) const { return (const uint8_t*)bytes.data() + r * stride; }
  float scale(int64_t r, int64_t column) const {
    float value;
    int64_t group = rounding.is_float ? column / 128 : 0;
    memcpy(&value, row(r) + padded(columns) + 4 * group, sizeof value);
    return value;
  }
  float value(int64_t r, int64_t column) const {
    int byte_value = byte(r, column);
    return scale(r, column) *
           (rounding.is_float ? to_float(e4m3{(uint8_t)byte_value}) : (float)byte_value);
  }
  /* By the letter of args.h. */
  int byte(int64_t r, int64_t column) const {
    int64_t t = column % 32 / 8;
    int64_t c = column % 64 / 32;
    return (int8_t)row(r)[column / 64 * 64 + (2 * t + c) * 8 + column % 8];
  }
};

QuantizedRows quantize(const Rounding& rounding, const Matrix& x) {
  QuantizedRows out(rounding, x.rows, x.columns);
  QuantizeArgs a = {};
  a.out = out.bytes.data();
  a.x = x.data();
  a.out_stride = out.stride;
  a.x_stride = x.stride;
  a.rows = (int32_t)x.rows;
  a.size = (int32_t)x.columns;
  std::string kernel = kernel_name("quantize", rounding);
  run({kernel.c_str(), dim3((unsigned)x.rows), (unsigned)threads(x.columns)}, a);
  return out;
}

/* The largest magnitude of the columns that share the scale of one. */
double largest_beside(const Rounding& rounding, const Matrix& x, int64_t row, int64_t column) {
  int64_t from = rounding.is_float ? column / 128 * 128 : 0;
  int64_t to = rounding.is_float ? std::min(from + 128, x.columns) : x.columns;
  double largest = 0;
  for (int64_t i = from; i < to; i++) {
    largest = std::max(largest, (double)fabsf(x.get(row, i)));
  }
  return largest;
}

/* Half a step: of bytes one scale wide; of floats by 3 bits, at least 2^-9 wide. */
double half_step(const Rounding& rounding, double scale, double value) {
  return 0.50001 * (rounding.is_float ? std::max(scale * 0x1p-9, fabs(value) / 8) : scale);
}

void check_rounding(const Rounding& rounding, int columns) {
  std::mt19937_64 random = random_of(text("quantize %s %d", rounding.name, columns));
  Matrix x(GTN_BF16, 5, columns, columns % 2 == 0 ? 8 : 3);
  x.fill(random);
  for (int i = 0; i < columns; i++) {
    x.set(1, i, 0);
    x.set(2, i, i == columns / 2 ? -96.0f : x.get(2, i));
    x.set(3, i, x.get(3, i) * 1e-20f);
  }
  QuantizedRows rows = quantize(rounding, x);
  for (int64_t row = 0; row < x.rows; row++) {
    for (int i = 0; i < padded(columns); i++) {
      double value = i < columns ? x.get(row, i) : 0;
      double scale = rows.scale(row, i);
      double largest = largest_beside(rounding, x, row, i);
      if (!(fabs(scale - largest / (rounding.is_float ? 448 : 127)) <= 1e-6 * scale)) {
        fail("%s, %d columns, row %d: scale %g of %g", rounding.name, columns, (int)row, scale,
             largest);
      }
      if (!(fabs(rows.value(row, i) - value) <= half_step(rounding, scale, value))) {
        fail("%s, %d columns: [%d, %d] is %g for %g, scale %g", rounding.name, columns, (int)row, i,
             rows.value(row, i), value, scale);
      }
    }
    count(columns);
  }
}

CHECK_CASE(quantize_rounds_to_the_nearest) {
  for (int columns : {1, 31, 64, 127, 300, 2056, 4100}) {
    check_rounding(INT8, columns);
    check_rounding(E4M3, columns);
  }
}

CHECK_CASE(quantize_marks_rows_that_are_not_finite) {
  for (const Rounding* rounding : {&INT8, &E4M3}) {
    for (float bad : {NAN, INFINITY, -INFINITY}) {
      Matrix x(GTN_BF16, 2, 700);
      std::mt19937_64 random = random_of("not finite");
      x.fill(random);
      x.set(1, 600, bad);
      QuantizedRows rows = quantize(*rounding, x);
      if (!std::isnan(rows.scale(1, 600)) || !std::isfinite(rows.scale(0, 600))) {
        fail("%s: scales %g, %g", rounding->name, rows.scale(0, 600), rows.scale(1, 600));
      }
      count(2);
    }
  }
}

LinearArgs args_of(const LinearLayer& layer, const QuantizedRows& x, const Matrix& like,
                   const Matrix& out) {
  LinearArgs a = layer.args(like, out);
  a.x = x.bytes.data();
  a.x_stride = x.stride;
  return a;
}

void run_skinny(const Rounding& rounding, LinearArgs a, const LinearLayer& layer) {
  dim3 grid(ceil_div(a.out_features, 16), ceil_div(a.rows, 8));
  std::string kernel = kernel_name("linear_skinny", rounding);
  run({kernel.c_str(), grid, (unsigned)(32 * layer.partitions())}, a);
}

void run_tiled(const Rounding& rounding, LinearArgs a, const LinearLayer& layer, int splits) {
  a.splits = splits;
  Array workspace(GTN_F32, splits == 1 ? 0 : (int64_t)layer.partitions() * a.rows * a.out_features);
  a.workspace = (float*)workspace.data();
  dim3 grid(ceil_div(a.out_features, 128), ceil_div(a.rows, 64), (unsigned)splits);
  std::string kernel = kernel_name("linear_tiled64", rounding);
  run({kernel.c_str(), grid, 256, 98304}, a);
  if (splits > 1) {
    dim3 merge(ceil_div(a.out_features, 256), (unsigned)a.rows);
    run({"linear_merge_bf16", merge, 256}, a);
  }
}

/* Skinny against double; then tiles, splits and a row alone against skinny. */
void check_layer(const Rounding& rounding, int group_size, int in, int out_features, int rows) {
  std::string label = text("%s by %d [%d, %d], %d rows", rounding.name, group_size, in,
                           out_features, rows);
  std::mt19937_64 random = random_of(label);
  LinearForm form;
  form.kind = rounding.weights;
  form.group_size = std::min(group_size, in);
  form.scale_type = in % 3;
  LinearLayer layer(form, in, out_features, out_features % 2 == 1, random);
  Matrix x(GTN_BF16, rows, in, 3);
  x.fill(random);
  QuantizedRows quantized = quantize(rounding, x);
  Matrix meaning(GTN_F32, rows, in);
  for (int row = 0; row < rows; row++) {
    for (int i = 0; i < in; i++) {
      meaning.set(row, i, quantized.value(row, i));
    }
  }
  Matrix exact(GTN_F32, rows, out_features, 3);
  run_skinny(rounding, args_of(layer, quantized, x, exact), layer);
  Doubles expected, error;
  layer.expect(meaning, expected, error);
  close(label, exact, expected, error);

  Matrix rounded(GTN_BF16, rows, out_features);
  rounded.copy_from(exact);
  for (int splits = 1; splits <= layer.partitions(); splits += splits == 1 ? 1 : 3) {
    Matrix out(GTN_BF16, rows, out_features, 8);
    run_tiled(rounding, args_of(layer, quantized, x, out), layer, splits);
    same_rows(text("%s, tiles, %d splits", label.c_str(), splits), out, 0, rounded);
    padding_is_untouched(label, out);
  }
  int row = below(random, rows);
  Matrix one(GTN_BF16, 1, in);
  for (int i = 0; i < in; i++) {
    one.set(0, i, x.get(row, i));
  }
  QuantizedRows quantized_one = quantize(rounding, one);
  Matrix alone(GTN_F32, 1, out_features);
  run_skinny(rounding, args_of(layer, quantized_one, one, alone), layer);
  same_rows(label + ", alone", exact, row, alone);
}

const int WHOLE_ROW = 100000;

CHECK_CASE(linear_of_rounded_inputs_matches_double_and_itself) {
  const int sizes[][2] = {{1, 1}, {31, 7}, {65, 67}, {172, 33}, {256, 96}, {1100, 20}, {1216, 17}};
  for (auto& size : sizes) {
    check_layer(INT8, WHOLE_ROW, size[0], size[1], size[0] % 10 + 1);
    check_layer(E4M3, WHOLE_ROW, size[0], size[1], size[0] % 10 + 1);
    check_layer(E4M3, 128, size[0], size[1], size[0] % 10 + 1);
  }
}

CHECK_CASE(linear_of_rounded_inputs_of_many_rows) {
  check_layer(INT8, WHOLE_ROW, 136, 133, 131);
  check_layer(INT8, WHOLE_ROW, 320, 40, 66);
  check_layer(E4M3, WHOLE_ROW, 136, 133, 131);
  check_layer(E4M3, 128, 320, 40, 66);
}

}  // namespace
