#include "linear_case.h"

namespace check {

LinearLayer::LinearLayer(const LinearForm& linear_form, int in, int out, bool has_bias,
                         std::mt19937_64& random)
    : in_features(in), out_features(out), form(linear_form) {
  if (form.kind == Kind::kPlain) {
    make_plain(random);
  } else {
    make_packed(random);
  }
  if (has_bias) {
    bias = Array(GTN_F32, out_features);
    for (int i = 0; i < out_features; i++) {
      bias.set(i, uniform(random));
    }
  }
}

/* Rows filled up with zeros to a multiple of 64 columns. */
void LinearLayer::make_plain(std::mt19937_64& random) {
  stride = ceil_div(in_features, 64) * 64;
  weight = Array(form.weight_type, out_features * stride);
  for (int64_t row = 0; row < out_features; row++) {
    for (int64_t column = 0; column < stride; column++) {
      float value = column < in_features ? uniform(random) : 0;
      weight.set(row * stride + column, value);
      if (column < in_features) {
        meaning.push_back(weight.get(row * stride + column));
      }
    }
  }
}

/* Any pattern that is a number, subnormal ones and negative zero too. */
static e4m3 random_e4m3(std::mt19937_64& random) {
  int magnitude = below(random, 127);
  return e4m3{(uint8_t)(magnitude | below(random, 2) << 7)};
}

void LinearLayer::make_packed(std::mt19937_64& random) {
  bool is_bytes = form.kind != Kind::kNibbles;
  int groups = (int)ceil_div(in_features, form.group_size);
  int levels = is_bytes ? 256 : 16;
  stride = is_bytes ? ceil_div(in_features, 64) * 64 : ceil_div(in_features, 128) * 64;
  weight = Array(GTN_I8, out_features * stride);
  scales = Array(form.scale_type, (int64_t)groups * out_features);
  zeros = Array(GTN_I8, form.has_zeros ? (int64_t)groups * out_features : 0);
  for (int feature = 0; feature < out_features; feature++) {
    std::vector<int> values((size_t)in_features);
    for (int group = 0; group < groups; group++) {
      int64_t place = (int64_t)group * out_features + feature;
      scales.set(place, uniform(random) / (float)levels);
      if (form.has_zeros) {
        zeros.set(place, (float)below(random, 17));
      }
    }
    for (int column = 0; column < in_features; column++) {
      int64_t place = (int64_t)(column / form.group_size) * out_features + feature;
      if (form.kind == Kind::kE4m3) {
        e4m3 value = random_e4m3(random);
        values[(size_t)column] = value.bits;
        meaning.push_back((double)scales.get(place) * to_float(value));
        continue;
      }
      int value = below(random, levels);
      int zero = form.has_zeros ? (int)zeros.get(place) : is_bytes ? 128 : 8;
      values[(size_t)column] = value;
      meaning.push_back((double)scales.get(place) * (value - zero));
    }
    pack(feature, values);
  }
}

/* By the letter of args.h. What fills a row up stays -1, zero with 8-bit floats. */
void LinearLayer::pack(int feature, const std::vector<int>& values) {
  uint8_t* row = (uint8_t*)weight.data() + feature * stride;
  if (form.kind == Kind::kE4m3) {
    memset(row, 0, (size_t)stride);
  }
  const int nibble_order[8] = {0, 2, 4, 6, 1, 3, 5, 7};
  for (int column = 0; column < in_features; column++) {
    int value = values[(size_t)column];
    if (form.kind != Kind::kNibbles) {
      int c = column % 64 / 32;
      int t = column % 32 / 8;
      int stored = form.kind == Kind::kE4m3 ? value : value - 128;
      row[column / 64 * 64 + (2 * t + c) * 8 + column % 8] = (uint8_t)stored;
    } else {
      int c = column % 128 / 32;
      int t = column % 32 / 8;
      uint8_t* word = row + column / 128 * 64 + (4 * t + c) * 4;
      for (int place = 0; place < 8; place++) {
        if (nibble_order[place] == column % 8) {
          int shift = place % 2 * 4;
          word[place / 2] = (uint8_t)((word[place / 2] & ~(15 << shift)) | value << shift);
        }
      }
    }
  }
}

LinearArgs LinearLayer::args(const Matrix& x, const Matrix& out) const {
  LinearArgs a = {};
  a.x = x.data();
  a.weight = weight.data();
  a.scales = form.kind == Kind::kPlain ? nullptr : scales.data();
  a.zeros = form.has_zeros ? zeros.data() : nullptr;
  a.bias = bias.length() == 0 ? nullptr : (const float*)bias.data();
  a.out = out.data();
  a.x_stride = x.stride;
  a.weight_stride = stride;
  a.out_stride = out.stride;
  a.rows = (int32_t)x.rows;
  a.in_features = in_features;
  a.out_features = out_features;
  a.partition_length = partition_length();
  a.splits = 1;
  a.group_size = form.kind == Kind::kPlain ? 0 : form.group_size;
  a.weight_type = form.weight_type;
  a.scale_type = form.scale_type;
  a.out_type = out.type();
  return a;
}

void LinearLayer::expect(const Matrix& x, Doubles& expected, Doubles& error) const {
  expected.clear();
  error.clear();
  for (int64_t row = 0; row < x.rows; row++) {
    for (int feature = 0; feature < out_features; feature++) {
      double sum = bias.length() == 0 ? 0 : bias.get(feature);
      double magnitude = fabs(sum);
      for (int column = 0; column < in_features; column++) {
        double product = x.get(row, column) * meaning[(size_t)(feature * in_features + column)];
        sum += product;
        magnitude += fabs(product);
      }
      expected.push_back(sum);
      error.push_back((in_features + 4) * F32_ROUNDOFF * magnitude);
    }
  }
}

}  // namespace check
