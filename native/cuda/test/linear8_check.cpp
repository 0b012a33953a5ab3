/* Linear layers of 8-bit inputs: rounding of rows, then kernels against double and each other. */
#include "linear_case.h"

using namespace check;

namespace {

int64_t padded(int64_t columns) { return ceil_div(columns, 128) * 128; }

/* Rows as a quantising kernel leaves them. */
struct QuantizedRows {
  int64_t rows;
  int64_t columns;
  int64_t stride;
  Array bytes;

  QuantizedRows(int64_t num_rows, int64_t num_columns)
      : rows(num_rows), columns(num_columns), stride(padded(num_columns) + 16),
        bytes(GTN_I8, num_rows * stride) {}

  const uint8_t* row(int64_t r) const { return (const uint8_t*)bytes.data() + r * stride; }
  float scale(int64_t r) const {
    float value;
    memcpy(&value, row(r) + padded(columns), sizeof value);
    return value;
  }
  /* By the letter of args.h. */
  int byte(int64_t r, int64_t column) const {
    int64_t t = column % 32 / 8;
    int64_t c = column % 64 / 32;
    return (int8_t)row(r)[column / 64 * 64 + (2 * t + c) * 8 + column % 8];
  }
};

QuantizedRows quantize(const Matrix& x) {
  QuantizedRows out(x.rows, x.columns);
  QuantizeArgs a = {};
  a.out = out.bytes.data();
  a.x = x.data();
  a.out_stride = out.stride;
  a.x_stride = x.stride;
  a.rows = (int32_t)x.rows;
  a.size = (int32_t)x.columns;
  run({"quantize_int8_bf16", dim3((unsigned)x.rows), (unsigned)threads(x.columns)}, a);
  return out;
}

CHECK_CASE(quantize_int8_rounds_to_the_nearest_byte) {
  for (int columns : {1, 31, 64, 127, 300, 2056, 4100}) {
    std::mt19937_64 random = random_of(text("quantize %d", columns));
    Matrix x(GTN_BF16, 5, columns, columns % 2 == 0 ? 8 : 3);
    x.fill(random);
    for (int i = 0; i < columns; i++) {
      x.set(1, i, 0);
      x.set(2, i, i == columns / 2 ? -96.0f : x.get(2, i));
      x.set(3, i, x.get(3, i) * 1e-20f);
    }
    QuantizedRows rows = quantize(x);
    for (int64_t row = 0; row < x.rows; row++) {
      double largest = 0;
      for (int i = 0; i < columns; i++) {
        largest = std::max(largest, (double)fabsf(x.get(row, i)));
      }
      double scale = rows.scale(row);
      if (!(fabs(scale - largest / 127) <= 1e-6 * scale)) {
        fail("%d columns, row %d: scale %g of %g", columns, (int)row, scale, largest);
      }
      for (int i = 0; i < padded(columns); i++) {
        double value = i < columns ? x.get(row, i) : 0;
        if (!(fabs(rows.byte(row, i) * scale - value) <= 0.50001 * scale)) {
          fail("%d columns: [%d, %d] is %d x %g for %g", columns, (int)row, i, rows.byte(row, i),
               scale, value);
        }
      }
      count(columns);
    }
  }
}

CHECK_CASE(quantize_int8_marks_rows_that_are_not_finite) {
  for (float bad : {NAN, INFINITY, -INFINITY}) {
    Matrix x(GTN_BF16, 2, 700);
    std::mt19937_64 random = random_of("not finite");
    x.fill(random);
    x.set(1, 600, bad);
    QuantizedRows rows = quantize(x);
    if (!std::isnan(rows.scale(1)) || !std::isfinite(rows.scale(0))) {
      fail("scales %g, %g", rows.scale(0), rows.scale(1));
    }
    count(2);
  }
}

LinearArgs args_of(const LinearLayer& layer, const QuantizedRows& x, const Matrix& like,
                   const Matrix& out) {
  LinearArgs a = layer.args(like, out);
  a.x = x.bytes.data();
  a.x_stride = x.stride;
  return a;
}

void run_skinny(LinearArgs a, const LinearLayer& layer) {
  dim3 grid(ceil_div(a.out_features, 16), ceil_div(a.rows, 8));
  run({"linear_skinny_int8_bf16", grid, (unsigned)(32 * layer.partitions())}, a);
}

void run_tiled(LinearArgs a, const LinearLayer& layer, int splits) {
  a.splits = splits;
  Array workspace(GTN_F32, splits == 1 ? 0 : (int64_t)layer.partitions() * a.rows * a.out_features);
  a.workspace = (float*)workspace.data();
  dim3 grid(ceil_div(a.out_features, 128), ceil_div(a.rows, 64), (unsigned)splits);
  run({"linear_tiled64_int8_bf16", grid, 256, 98304}, a);
  if (splits > 1) {
    dim3 merge(ceil_div(a.out_features, 256), (unsigned)a.rows);
    run({"linear_merge_bf16", merge, 256}, a);
  }
}

/* Skinny against double; then tiles, splits and a row alone against skinny. */
void check_layer(int in, int out_features, int rows) {
  std::string label = text("int8 [%d, %d], %d rows", in, out_features, rows);
  std::mt19937_64 random = random_of(label);
  LinearForm form;
  form.kind = Kind::kBytes;
  form.group_size = in;
  form.scale_type = in % 3;
  LinearLayer layer(form, in, out_features, out_features % 2 == 1, random);
  Matrix x(GTN_BF16, rows, in, 3);
  x.fill(random);
  QuantizedRows quantized = quantize(x);
  Matrix meaning(GTN_F32, rows, in);
  for (int row = 0; row < rows; row++) {
    for (int i = 0; i < in; i++) {
      meaning.set(row, i, (float)quantized.byte(row, i) * quantized.scale(row));
    }
  }
  Matrix exact(GTN_F32, rows, out_features, 3);
  run_skinny(args_of(layer, quantized, x, exact), layer);
  Doubles expected, error;
  layer.expect(meaning, expected, error);
  close(label, exact, expected, error);

  Matrix rounded(GTN_BF16, rows, out_features);
  rounded.copy_from(exact);
  for (int splits = 1; splits <= layer.partitions(); splits += splits == 1 ? 1 : 3) {
    Matrix out(GTN_BF16, rows, out_features, 8);
    run_tiled(args_of(layer, quantized, x, out), layer, splits);
    same_rows(text("%s, tiles, %d splits", label.c_str(), splits), out, 0, rounded);
    padding_is_untouched(label, out);
  }
  int row = below(random, rows);
  Matrix one(GTN_BF16, 1, in);
  for (int i = 0; i < in; i++) {
    one.set(0, i, x.get(row, i));
  }
  QuantizedRows quantized_one = quantize(one);
  Matrix alone(GTN_F32, 1, out_features);
  run_skinny(args_of(layer, quantized_one, one, alone), layer);
  same_rows(label + ", alone", exact, row, alone);
}

CHECK_CASE(linear_int8_matches_double_and_itself) {
  const int sizes[][2] = {{1, 1}, {31, 7}, {65, 67}, {172, 33}, {256, 96}, {1100, 20}, {1216, 17}};
  for (auto& size : sizes) {
    check_layer(size[0], size[1], size[0] % 10 + 1);
  }
}

CHECK_CASE(linear_int8_of_many_rows) {
  check_layer(136, 133, 131);
  check_layer(320, 40, 66);
}

}  // namespace
