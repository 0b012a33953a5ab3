/* embed, gather_rows, gather_columns, the norms and the elementwise kernels. */
#include "check.h"

using namespace check;

namespace {

const int TYPES[] = {GTN_F32, GTN_BF16};
const int STORAGE[] = {GTN_F32, GTN_F16, GTN_BF16};
const int SIZES[] = {1, 7, 8, 64, 129, 300, 2064};
/* Columns left and right of a view: rows with and without alignment. */
const int PADS[] = {0, 3, 8};

std::string name(const char* op, int type) {
  return std::string(op) + (type == GTN_F32 ? "_f32" : "_bf16");
}

int any_pad(std::mt19937_64& random) { return PADS[below(random, 3)]; }

Array indices(std::initializer_list<int> values) {
  Array array(GTN_F32, (int64_t)values.size());
  memcpy(array.data(), values.begin(), values.size() * 4);
  return array;
}

void fill(Array& array, std::mt19937_64& random) {
  for (int64_t i = 0; i < array.length(); i++) {
    array.set(i, uniform(random));
  }
}

CHECK_CASE(embed_looks_up_and_scales_rows) {
  Array ids = indices({0, 12, 5, 5, 1});
  for (int type : TYPES) {
    for (int table_type : STORAGE) {
      for (int size : SIZES) {
        std::string label = text("embed %d %d %d", type, table_type, size);
        std::mt19937_64 random = random_of(label);
        Matrix table(table_type, 13, size);
        table.fill(random);
        Matrix out(type, 5, size, any_pad(random));
        EmbedArgs a = {out.data(), table.data(), (int32_t*)ids.data(), out.stride, 5, size,
                       table_type, 2.5f};
        run({name("embed", type).c_str(), 5, (unsigned)threads(size)}, a);
        Matrix expected(type, 5, size);
        for (int row = 0; row < 5; row++) {
          for (int i = 0; i < size; i++) {
            expected.set(row, i, table.get(a.ids[row], i) * 2.5f);
          }
        }
        same_rows(label, out, 0, expected);
        padding_is_untouched(label, out);
      }
    }
  }
}

CHECK_CASE(gathers_move_rows_and_columns) {
  Array rows = indices({8, 0, 3, 3});
  for (int type : TYPES) {
    for (int size : SIZES) {
      std::string label = text("gather %d %d", type, size);
      std::mt19937_64 random = random_of(label);
      Matrix x(type, 9, size, any_pad(random));
      x.fill(random);
      Matrix out(type, 4, size, any_pad(random));
      GatherRowsArgs a = {out.data(), x.data(), (int32_t*)rows.data(), out.stride, x.stride, 4,
                          size};
      run({name("gather_rows", type).c_str(), 4, (unsigned)threads(size)}, a);
      Matrix expected(type, 4, size);
      for (int row = 0; row < 4; row++) {
        for (int i = 0; i < size; i++) {
          expected.set(row, i, x.get(a.indices[row], i));
        }
      }
      same_rows(label, out, 0, expected);

      std::vector<int32_t> order((size_t)size);
      for (int32_t& column : order) {
        column = below(random, size + 1) - 1;
      }
      Matrix columns(type, 4, size, 3);
      GatherColumnsArgs c = {columns.data(), x.data(), order.data(), columns.stride, x.stride, 4,
                             size};
      run({name("gather_columns", type).c_str(), dim3(4, ceil_div(size, 256)), 256}, c);
      for (int row = 0; row < 4; row++) {
        for (int i = 0; i < size; i++) {
          int from = order[(size_t)i];
          expected.set(row, i, from < 0 ? 0 : x.get(row, from));
        }
      }
      same_rows(label, columns, 0, expected);
      padding_is_untouched(label, columns);
    }
  }
}

/* What a norm means, in double, with a bound on what float32 may lose. */
struct Norm {
  Doubles expected;
  Doubles error;

  Norm(const Matrix& x, const Array& weight, const Array* bias, double offset, bool is_centered) {
    for (int64_t row = 0; row < x.rows; row++) {
      double mean = 0;
      double largest = 0;
      for (int64_t i = 0; i < x.columns; i++) {
        mean += is_centered ? (double)x.get(row, i) / (double)x.columns : 0;
        largest = fmax(largest, fabs(x.get(row, i)));
      }
      double square = 0;
      for (int64_t i = 0; i < x.columns; i++) {
        square += pow(x.get(row, i) - mean, 2) / (double)x.columns;
      }
      double scale = 1 / sqrt(square + 1e-5);
      for (int64_t i = 0; i < x.columns; i++) {
        double factor = weight.get(i) + offset;
        double value = (x.get(row, i) - mean) * scale * factor;
        double shift = bias == nullptr ? 0 : bias->get(i);
        expected.push_back(value + shift);
        error.push_back(((double)x.columns + 8) * F32_ROUNDOFF *
                        (fabs(value) + fabs(shift) + fabs(scale * factor) * largest));
      }
    }
  }
};

CHECK_CASE(norms_match_double) {
  for (int type : TYPES) {
    for (int weight_type : STORAGE) {
      for (int size : SIZES) {
        std::string label = text("norm %d %d %d", type, weight_type, size);
        std::mt19937_64 random = random_of(label);
        Matrix x(type, 3, size, any_pad(random));
        Matrix out(type, 3, size, any_pad(random));
        x.fill(random);
        Array weight(weight_type, size);
        Array bias(GTN_F16, size);
        fill(weight, random);
        fill(bias, random);
        NormArgs a = {out.data(), x.data(), nullptr, weight.data(), nullptr, out.stride, x.stride,
                      0, 3, size, weight_type, 0, 1.0f, 1e-5f};
        unsigned block = (unsigned)threads(size);
        run({name("rms_norm", type).c_str(), 3, block}, a);
        Norm rms(x, weight, nullptr, 1, false);
        close(label, out, rms.expected, rms.error);

        a.bias = bias.data();
        a.bias_type = GTN_F16;
        run({name("layer_norm", type).c_str(), 3, block}, a);
        Norm layer(x, weight, &bias, 0, true);
        close(label + " layer", out, layer.expected, layer.error);

        a.bias = nullptr;
        run({name("layer_norm", type).c_str(), 3, block}, a);
        Norm unbiased(x, weight, nullptr, 0, true);
        close(label + " layer, no bias", out, unbiased.expected, unbiased.error);
      }
    }
  }
}

CHECK_CASE(add_rms_norm_updates_the_residual) {
  for (int type : TYPES) {
    for (int size : SIZES) {
      std::string label = text("add_rms_norm %d %d", type, size);
      std::mt19937_64 random = random_of(label);
      Matrix x(type, 3, size, any_pad(random));
      Matrix residual(type, 3, size, any_pad(random));
      x.fill(random);
      residual.fill(random);
      Matrix sum(type, 3, size);
      for (int row = 0; row < 3; row++) {
        for (int i = 0; i < size; i++) {
          sum.set(row, i, residual.get(row, i) + x.get(row, i));
        }
      }
      Array weight(GTN_BF16, size);
      fill(weight, random);
      /* out is x. */
      NormArgs a = {x.data(), x.data(), residual.data(), weight.data(), nullptr, x.stride,
                    x.stride, residual.stride, 3, size, GTN_BF16, 0, 0, 1e-5f};
      run({name("add_rms_norm", type).c_str(), 3, (unsigned)threads(size)}, a);
      Norm norm(sum, weight, nullptr, 0, false);
      same_rows(label + " residual", residual, 0, sum);
      close(label, x, norm.expected, norm.error);
      padding_is_untouched(label, residual);
    }
  }
}

CHECK_CASE(a_row_normed_alone_has_the_same_bits) {
  for (int size : {45, 2064}) {
    std::mt19937_64 random = random_of("rows");
    Matrix x(GTN_BF16, 4, size);
    x.fill(random);
    Array weight(GTN_F32, size);
    fill(weight, random);
    Matrix all(GTN_BF16, 4, size);
    NormArgs a = {all.data(), x.data(), nullptr, weight.data(), nullptr, size, size, 0, 4, size,
                  GTN_F32, 0, 0, 1e-5f};
    run({"rms_norm_bf16", 4, (unsigned)threads(size)}, a);
    for (int row = 0; row < 4; row++) {
      Matrix view(GTN_BF16, 1, size, 3);
      for (int i = 0; i < size; i++) {
        view.set(0, i, x.get(row, i));
      }
      Matrix alone(GTN_BF16, 1, size);
      NormArgs one = a;
      one.x = view.data();
      one.out = alone.data();
      one.rows = 1;
      run({"rms_norm_bf16", 1, (unsigned)threads(size)}, one);
      same_rows(text("row %d", row), all, row, alone);
    }
  }
}

double activated(int function, double x) {
  switch (function) {
    case GTN_SILU:
      return x / (1 + exp(-x));
    case GTN_GELU:
      return 0.5 * x * (1 + erf(x * sqrt(0.5)));
    case GTN_GELU_TANH:
      return 0.5 * x * (1 + tanh(sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    default:
      return x > 0 ? x : 0;
  }
}

CHECK_CASE(elementwise_kernels_match_double) {
  for (int type : TYPES) {
    for (int function = GTN_SILU; function <= GTN_RELU; function++) {
      for (int size : SIZES) {
        std::string label = text("elementwise %d %d %d", type, function, size);
        std::mt19937_64 random = random_of(label);
        Matrix x(type, 2, 2 * size, any_pad(random));
        Matrix y(type, 2, size, any_pad(random));
        Matrix out(type, 2, size, any_pad(random));
        y.fill(random);
        for (int64_t i = 0; i < 4 * size; i++) {
          x.set(i / (2 * size), i % (2 * size), 8 * uniform(random));
        }
        ElementwiseArgs a = {out.data(), x.data(), y.data(), out.stride, x.stride, y.stride, 2,
                             size, function, 0};
        unsigned block = (unsigned)threads(size);
        dim3 grid(2, ceil_div(size, 8 * block));
        Doubles plain, gated, sum, error, gated_error;
        for (int64_t i = 0; i < 2 * size; i++) {
          double v = x.get(i / size, i % size);
          double up = x.get(i / size, size + i % size);
          plain.push_back(activated(function, v));
          gated.push_back(activated(function, v) * up);
          sum.push_back((double)(float)(v + y.get(i / size, i % size)));
          error.push_back(16 * F32_ROUNDOFF * fabs(v));
          gated_error.push_back(16 * F32_ROUNDOFF * fabs(v * up));
        }
        run({name("activation", type).c_str(), grid, block}, a);
        close(label, out, plain, error);
        run({name("gated_activation", type).c_str(), grid, block}, a);
        close(label + " gated", out, gated, gated_error);
        run({name("add", type).c_str(), grid, block}, a);
        close(label + " add", out, sum, Doubles(sum.size(), 0));
      }
    }
  }
}

CHECK_CASE(activations_survive_large_inputs) {
  const float values[] = {-1e4f, -200, -100, -20, 0, 20, 100, 200, 1e4f};
  for (int function = GTN_SILU; function <= GTN_RELU; function++) {
    Matrix x(GTN_F32, 1, 9);
    Doubles expected;
    for (int i = 0; i < 9; i++) {
      x.set(0, i, values[i]);
      expected.push_back(fmax(values[i], 0));
    }
    ElementwiseArgs a = {x.data(), x.data(), nullptr, 9, 9, 0, 1, 9, function, 0};
    run({"activation_f32", 1, 32}, a);
    close(text("large %d", function), x, expected, Doubles(9, 1e-7));
  }
}

}  // namespace
