#include "matmul.h"

#include <cmath>
#include <cstring>
#include <vector>

#include "../../number_types.h"
#include "../../text.h"

namespace emu {

namespace {

double load(const void* data, int type, size_t index) {
  switch (type) {
    case R_32F: return static_cast<const float*>(data)[index];
    case R_16F: return to_float(static_cast<const f16*>(data)[index]);
    case R_16BF: return to_float(static_cast<const bf16*>(data)[index]);
    case R_8F_E4M3: return to_float(static_cast<const e4m3*>(data)[index]);
    case R_8I: return static_cast<const int8_t*>(data)[index];
    default: return static_cast<const int32_t*>(data)[index];
  }
}

void store(void* data, int type, size_t index, double value) {
  float number = static_cast<float>(value);
  switch (type) {
    case R_32F: static_cast<float*>(data)[index] = number; return;
    case R_16F: static_cast<f16*>(data)[index] = to_f16(number); return;
    case R_16BF: static_cast<bf16*>(data)[index] = to_bf16(number); return;
    case R_8F_E4M3: static_cast<e4m3*>(data)[index] = to_e4m3(number); return;
    default: static_cast<int32_t*>(data)[index] = static_cast<int32_t>(value); return;
  }
}

const void* at(const void* data, const Layout& layout, int batch) {
  return static_cast<const char*>(data) +
         static_cast<int64_t>(bytes_of(layout.type)) * layout.stride * batch;
}

/* Vectors of op(A)'s rows or op(B)'s columns, each contiguous. */
std::vector<float> gather(const void* data, const Layout& layout, bool along_columns,
                          uint64_t vectors, uint64_t depth) {
  std::vector<float> all(vectors * depth);
  for (uint64_t v = 0; v < vectors; v++) {
    for (uint64_t k = 0; k < depth; k++) {
      uint64_t leading = static_cast<uint64_t>(layout.leading);
      uint64_t index = along_columns ? v * leading + k : k * leading + v;
      all[v * depth + k] = static_cast<float>(load(data, layout.type, index));
    }
  }
  return all;
}

/* Four partial sums; products of 8-bit integers and their sums are exact. */
double dot(const float* a, const float* b, uint64_t depth) {
  double sums[4] = {};
  uint64_t k = 0;
  for (; k + 4 <= depth; k += 4) {
    for (uint64_t i = 0; i < 4; i++) {
      sums[i] += static_cast<double>(a[k + i]) * static_cast<double>(b[k + i]);
    }
  }
  for (; k < depth; k++) {
    sums[0] += static_cast<double>(a[k]) * static_cast<double>(b[k]);
  }
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

double scale_of(const float* scales, int mode, uint64_t index) {
  return scales == nullptr ? 1 : scales[mode == SCALE_OUTER_VECTOR ? index : 0];
}

double finish(const MatmulDesc& desc, int d_type, double value, uint64_t row) {
  if ((desc.epilogue & EPILOGUE_BIAS) != 0) {
    value += load(desc.bias, desc.bias_type < 0 ? d_type : desc.bias_type, row);
  }
  if ((desc.epilogue & EPILOGUE_RELU) != 0) {
    value = std::fmax(value, 0);
  } else if ((desc.epilogue & EPILOGUE_GELU) != 0) {
    value = 0.5 * value *
            (1 + std::tanh(0.7978845608028654 * (value + 0.044715 * value * value * value)));
  }
  return value * scale_of(desc.d_scale, SCALE_SCALAR, 0);
}

std::string unsupported(const Matmul& m) {
  const MatmulDesc& desc = m.desc;
  bool bytes = m.a.type == R_8I;
  if (m.a.order != 0 || m.b.order != 0 || m.c.order != 0 || m.d.order != 0) {
    return "only column-major matrices are emulated";
  }
  if (m.a.type != m.b.type || bytes != (desc.compute == COMPUTE_32I) ||
      (bytes ? m.d.type != R_32I : m.d.type == R_32I || m.d.type == R_8I) || m.a.type == R_32I) {
    return text("types %d and %d into %d, computed in %d", m.a.type, m.b.type, m.d.type,
                desc.compute);
  }
  if ((bytes || m.a.type == R_8F_E4M3) &&
      (desc.transpose_a != 1 || desc.transpose_b != 0 || m.depth % 16 != 0 || m.rows % 16 != 0)) {
    return text("8-bit types need A transposed, B not, and %lu rows and depth %lu in multiples of "
                "16",
                static_cast<unsigned long>(m.rows), static_cast<unsigned long>(m.depth));
  }
  return "";
}

}  // namespace

size_t bytes_of(int type) {
  switch (type) {
    case R_32F:
    case R_32I: return 4;
    case R_16F:
    case R_16BF: return 2;
    case R_8I:
    case R_8F_E4M3: return 1;
    default: return 0;
  }
}

size_t bytes_of(const Layout& layout) {
  uint64_t matrix = static_cast<uint64_t>(layout.leading) * (layout.columns - 1) + layout.rows;
  uint64_t batches = static_cast<uint64_t>(layout.stride) * static_cast<uint64_t>(layout.batch - 1);
  return (matrix + batches) * bytes_of(layout.type);
}

std::string prepare(Matmul& m, bool& is_unsupported) {
  is_unsupported = false;
  for (const Layout* layout : {&m.a, &m.b, &m.c, &m.d}) {
    if (layout->rows == 0 || layout->columns == 0 || layout->batch < 1 ||
        layout->leading < static_cast<int64_t>(layout->rows)) {
      return text("a matrix of %lu x %lu with leading dimension %ld",
                  static_cast<unsigned long>(layout->rows),
                  static_cast<unsigned long>(layout->columns), static_cast<long>(layout->leading));
    }
  }
  bool ta = m.desc.transpose_a != 0;
  bool tb = m.desc.transpose_b != 0;
  m.rows = ta ? m.a.columns : m.a.rows;
  m.depth = ta ? m.a.rows : m.a.columns;
  m.columns = tb ? m.b.rows : m.b.columns;
  uint64_t b_depth = tb ? m.b.columns : m.b.rows;
  if (b_depth != m.depth || m.d.rows != m.rows || m.d.columns != m.columns ||
      m.c.rows != m.rows || m.c.columns != m.columns || m.a.batch != m.d.batch ||
      m.b.batch != m.d.batch) {
    return text("shapes do not fit: A gives %lu x %lu, B %lu x %lu, D is %lu x %lu",
                static_cast<unsigned long>(m.rows), static_cast<unsigned long>(m.depth),
                static_cast<unsigned long>(b_depth), static_cast<unsigned long>(m.columns),
                static_cast<unsigned long>(m.d.rows), static_cast<unsigned long>(m.d.columns));
  }
  if ((m.desc.epilogue & EPILOGUE_BIAS) != 0 && m.desc.bias == nullptr) {
    return "an epilogue with a bias, but no bias pointer";
  }
  std::string fault = unsupported(m);
  is_unsupported = !fault.empty();
  return fault;
}

void compute(const Matmul& m) {
  for (int batch = 0; batch < m.d.batch; batch++) {
    std::vector<float> a = gather(at(m.a_data, m.a, batch), m.a, m.desc.transpose_a != 0, m.rows,
                                  m.depth);
    std::vector<float> b = gather(at(m.b_data, m.b, batch), m.b, m.desc.transpose_b == 0,
                                  m.columns, m.depth);
    void* d = const_cast<void*>(at(m.d_data, m.d, batch));
    const void* c = m.beta != 0 ? at(m.c_data, m.c, batch) : nullptr;
    for (uint64_t column = 0; column < m.columns; column++) {
      for (uint64_t row = 0; row < m.rows; row++) {
        double sum = m.alpha * dot(&a[row * m.depth], &b[column * m.depth], m.depth) *
                     scale_of(m.desc.a_scale, m.desc.a_scale_mode, row) *
                     scale_of(m.desc.b_scale, m.desc.b_scale_mode, column);
        if (c != nullptr) {
          sum += m.beta * load(c, m.c.type, column * static_cast<uint64_t>(m.c.leading) + row);
        }
        store(d, m.d.type, column * static_cast<uint64_t>(m.d.leading) + row,
              finish(m.desc, m.d.type, sum, row));
      }
    }
  }
}

}  // namespace emu
