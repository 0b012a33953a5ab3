/* The linear kernels: each against double, and those of the matrix units against each other. */
#include "linear_case.h"

using namespace check;

namespace {

struct Size {
  int in;
  int out;
};
const Size SIZES[] = {{1, 1}, {3, 5}, {8, 8}, {31, 7}, {65, 67}, {172, 33}, {256, 96}, {1100, 20}};

void run_plain(const char* kernel, const LinearLayer& layer, const Matrix& x, const Matrix& out) {
  run({kernel, dim3(ceil_div(layer.out_features, 64), ceil_div(x.rows, 8)), 64},
      layer.args(x, out));
}

void run_skinny(const char* kernel, const LinearLayer& layer, const Matrix& x,
                const Matrix& out) {
  run({kernel, dim3(ceil_div(layer.out_features, 16), ceil_div(x.rows, 8)),
       (unsigned)(32 * layer.partitions())},
      layer.args(x, out));
}

struct Tiled {
  const char* kernel;
  int tokens;
  size_t shared;
};

void run_tiled(const Tiled& tiled, int splits, const LinearLayer& layer, const Matrix& x,
               const Matrix& out) {
  LinearArgs a = layer.args(x, out);
  a.splits = splits;
  int64_t sums = splits == 1 ? 0 : layer.partitions() * x.rows * layer.out_features;
  Array workspace(GTN_F32, sums);
  a.workspace = (float*)workspace.data();
  dim3 grid(ceil_div(layer.out_features, 128), ceil_div(x.rows, tiled.tokens), (unsigned)splits);
  run({tiled.kernel, grid, 256, tiled.shared}, a);
  if (splits > 1) {
    dim3 merge(ceil_div(layer.out_features, 256), (unsigned)x.rows);
    run({"linear_merge_bf16", merge, 256}, a);
  }
}

void matches_double(const std::string& label, const LinearLayer& layer, const Matrix& x,
                    const Matrix& out) {
  Doubles expected, error;
  layer.expect(x, expected, error);
  close(label, out, expected, error);
}

CHECK_CASE(linear_plain_matches_double) {
  for (int type : {GTN_F32, GTN_BF16}) {
    for (int weight_type : {GTN_F32, GTN_F16, GTN_BF16}) {
      for (Size size : SIZES) {
        for (int rows : {1, 11}) {
          std::string label = text("plain %d %d %d %d %d", type, weight_type, size.in, size.out,
                                   rows);
          std::mt19937_64 random = random_of(label);
          LinearForm form;
          form.weight_type = weight_type;
          LinearLayer layer(form, size.in, size.out, rows == 1, random);
          Matrix x(type, rows, size.in, 3);
          x.fill(random);
          Matrix out(type, rows, size.out, 3);
          run_plain(type == GTN_F32 ? "linear_plain_f32" : "linear_plain_bf16", layer, x, out);
          matches_double(label, layer, x, out);
        }
      }
    }
  }
}

std::vector<LinearForm> packed_forms(int in) {
  std::vector<LinearForm> forms;
  int type = GTN_F32;
  for (int group_size : {32, 64, 128, 100000}) {
    for (Kind kind : {Kind::kBytes, Kind::kNibbles, Kind::kE4m3}) {
      for (bool has_zeros : {false, true}) {
        if (kind == Kind::kNibbles || !has_zeros) {
          LinearForm form;
          form.kind = kind;
          form.scale_type = type++ % 3;
          form.group_size = group_size < in ? group_size : in;
          form.has_zeros = has_zeros;
          forms.push_back(form);
        }
      }
    }
  }
  return forms;
}

const char* const KIND_NAMES[] = {"plain", "bytes", "nibbles", "e4m3"};

std::string describe(const LinearForm& form, int in, int out, int rows) {
  return text("%s %d groups of %d%s, scales %d, [%d, %d], %d rows",
              KIND_NAMES[(int)form.kind], form.weight_type,
              form.group_size, form.has_zeros ? " with zeros" : "", form.scale_type, in, out,
              rows);
}

const char* const FLOAT32_KERNELS[] = {"linear_plain_f32", "linear_packed8_f32",
                                       "linear_packed4_f32", "linear_packed_e4m3_f32"};

CHECK_CASE(linear_packed_f32_matches_double) {
  for (Size size : SIZES) {
    for (const LinearForm& form : packed_forms(size.in)) {
      std::string label = describe(form, size.in, size.out, 11);
      std::mt19937_64 random = random_of(label);
      LinearLayer layer(form, size.in, size.out, size.in % 2 == 0, random);
      Matrix x(GTN_F32, 11, size.in, 3);
      x.fill(random);
      Matrix out(GTN_F32, 11, size.out, 3);
      run_plain(FLOAT32_KERNELS[(int)form.kind], layer, x, out);
      matches_double(label, layer, x, out);
    }
  }
}

struct Family {
  const char* skinny;
  std::vector<Tiled> tiled;
};

const Family BF16 = {"linear_skinny_bf16",
                     {{"linear_tiled64_bf16", 64, 98304}, {"linear_tiled128_bf16", 128, 98304}}};
const Family F16 = {
    "linear_skinny_f16_bf16",
    {{"linear_tiled64_f16_bf16", 64, 98304}, {"linear_tiled128_f16_bf16", 128, 98304}}};
const Family BYTES = {"linear_skinny_packed8_bf16", {{"linear_tiled64_packed8_bf16", 64, 65536}}};
const Family NIBBLES = {"linear_skinny_packed4_bf16",
                        {{"linear_tiled64_packed4_bf16", 64, 73728}}};

const Family E4M3 = {"linear_skinny_packed_e4m3_bf16",
                     {{"linear_tiled64_packed_e4m3_bf16", 64, 65536}}};

const Family& family(const LinearForm& form) {
  switch (form.kind) {
    case Kind::kPlain: return form.weight_type == GTN_F16 ? F16 : BF16;
    case Kind::kBytes: return BYTES;
    case Kind::kNibbles: return NIBBLES;
    case Kind::kE4m3: return E4M3;
  }
  abort();
}

/* Skinny against double; then tiles, splits, other types of out and rows alone against skinny. */
void check_family(const LinearForm& form, Size size, int rows, int pad) {
  std::string label = describe(form, size.in, size.out, rows);
  std::mt19937_64 random = random_of(label);
  const Family& kernels = family(form);
  LinearLayer layer(form, size.in, size.out, size.out % 2 == 1, random);
  Matrix x(GTN_BF16, rows, size.in, pad);
  x.fill(random);
  Matrix exact(GTN_F32, rows, size.out, pad);
  run_skinny(kernels.skinny, layer, x, exact);
  matches_double(label, layer, x, exact);

  Matrix rounded(GTN_BF16, rows, size.out);
  rounded.copy_from(exact);
  for (const Tiled& tiled : kernels.tiled) {
    for (int splits = 1; splits <= layer.partitions(); splits += splits == 1 ? 1 : 3) {
      Matrix out(GTN_BF16, rows, size.out, 8);
      run_tiled(tiled, splits, layer, x, out);
      same_rows(text("%s, %s, %d splits", label.c_str(), tiled.kernel, splits), out, 0, rounded);
      padding_is_untouched(label, out);
    }
  }
  int row = below(random, rows);
  Matrix one(GTN_BF16, 1, size.in);
  for (int i = 0; i < size.in; i++) {
    one.set(0, i, x.get(row, i));
  }
  Matrix alone(GTN_F32, 1, size.out);
  run_skinny(kernels.skinny, layer, one, alone);
  same_rows(label + ", alone", exact, row, alone);
  Matrix alone_tiled(GTN_F32, 1, size.out);
  run_tiled(kernels.tiled.back(), 1, layer, one, alone_tiled);
  same_rows(label + ", alone in a tile", exact, row, alone_tiled);
}

CHECK_CASE(linear_bf16_matches_double_and_itself) {
  for (Size size : SIZES) {
    check_family(LinearForm(), size, size.in % 10 + 1, size.in % 3 == 0 ? 8 : 3);
  }
}

CHECK_CASE(linear_bf16_of_many_rows) {
  check_family(LinearForm(), {136, 133}, 131, 8);
  check_family(LinearForm(), {320, 40}, 66, 0);
}

LinearForm f16_form() {
  LinearForm form;
  form.weight_type = GTN_F16;
  return form;
}

/* The bound is that of float32: a weight rounded to bf16 would be 2^-9 away. */
CHECK_CASE(linear_f16_matches_double_and_itself) {
  for (Size size : SIZES) {
    check_family(f16_form(), size, size.in % 10 + 1, size.in % 3 == 0 ? 8 : 3);
  }
}

CHECK_CASE(linear_f16_of_many_rows) {
  check_family(f16_form(), {136, 133}, 131, 8);
  check_family(f16_form(), {320, 40}, 66, 0);
}

CHECK_CASE(linear_packed_bf16_matches_double_and_itself) {
  for (Size size : SIZES) {
    for (const LinearForm& form : packed_forms(size.in)) {
      if (size.in < 1000 || form.group_size != 64) {
        check_family(form, size, size.in % 7 + 1, size.in % 3 == 0 ? 8 : 3);
      }
    }
  }
}

CHECK_CASE(linear_packed_bf16_of_many_rows) {
  for (const LinearForm& form : packed_forms(272)) {
    if (form.group_size != 64) {
      check_family(form, {272, 131}, 67, 0);
    }
  }
}

}  // namespace
