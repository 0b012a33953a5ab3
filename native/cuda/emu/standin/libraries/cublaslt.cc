/* A stand-in for libcublasLt: its descriptors, and products made on the stand-in's streams. */
#include "cublaslt_calls.h"

#include <cstring>
#include <map>

#include "../../text.h"
#include "../errors.h"
#include "../memory.h"
#include "../stream.h"
#include "matmul.h"

namespace emu {

namespace {

constexpr uint64_t kAlgo = 0x656d756c61746564;
constexpr size_t kWorkspace = 1024; /* so that callers must bring one */

struct Preference {
  uint64_t max_workspace = 0;
  uint32_t reduction_mask = ~0u;
};

template <class Handle, class Object>
Handles<Handle, Object>& all() {
  static auto* handles = new Handles<Handle, Object>();
  return *handles;
}

auto& descs() { return all<cublasLtMatmulDesc, MatmulDesc>(); }
auto& layouts() { return all<cublasLtMatrixLayout, Layout>(); }
auto& preferences() { return all<cublasLtMatmulPreference, Preference>(); }
auto& handles() { return all<cublasLtHandle, int>(); }

cublasStatus invalid(const char* call, const std::string& why) {
  return refuse(CUBLAS_INVALID_VALUE, call, why);
}

/* Where an attribute's value goes. */
struct Field {
  void* address;
  size_t bytes;
};

template <class T>
Field field(T& value) {
  return {&value, sizeof value};
}

cublasStatus set(const char* call, const std::map<int, Field>& fields, int attribute,
                 const void* value, size_t bytes) {
  auto found = fields.find(attribute);
  if (found == fields.end()) {
    return invalid(call, text("attribute %d is not emulated", attribute));
  }
  if (value == nullptr || bytes != found->second.bytes) {
    return invalid(call, text("attribute %d has %zu bytes, not %zu", attribute,
                              found->second.bytes, bytes));
  }
  memcpy(found->second.address, value, bytes);
  return CUBLAS_SUCCESS;
}

template <class Handle, class Object>
cublasStatus destroy(const char* call, Handles<Handle, Object>& from, Handle handle) {
  return from.remove(handle) != nullptr ? CUBLAS_SUCCESS
                                        : invalid(call, "no such object, or destroyed before");
}

/* The descriptors of a product, checked; CUBLAS_SUCCESS or why not. */
cublasStatus collect(const char* call, cublasLtHandle handle, cublasLtMatmulDesc desc,
                     cublasLtMatrixLayout a, cublasLtMatrixLayout b, cublasLtMatrixLayout c,
                     cublasLtMatrixLayout d, Matmul& matmul) {
  auto found = descs().get(desc);
  if (found == nullptr || handles().get(handle) == nullptr) {
    return invalid(call, "no such handle or descriptor, or destroyed");
  }
  matmul.desc = *found;
  Layout* targets[] = {&matmul.a, &matmul.b, &matmul.c, &matmul.d};
  cublasLtMatrixLayout sources[] = {a, b, c, d};
  for (int i = 0; i < 4; i++) {
    auto layout = layouts().get(sources[i]);
    if (layout == nullptr) {
      return invalid(call, text("no layout of %c, or destroyed", "ABCD"[i]));
    }
    *targets[i] = *layout;
  }
  bool is_unsupported;
  std::string fault = prepare(matmul, is_unsupported);
  return fault.empty() ? CUBLAS_SUCCESS
                       : refuse(is_unsupported ? CUBLAS_NOT_SUPPORTED : CUBLAS_INVALID_VALUE, call,
                                fault);
}

double scalar(const MatmulDesc& desc, const void* value) {
  return desc.scale_type == R_32I ? *static_cast<const int32_t*>(value)
                                  : static_cast<double>(*static_cast<const float*>(value));
}

/* Empty, or which operand reaches outside its memory. */
std::string memory_fault(const Matmul& m) {
  struct Operand {
    const char* name;
    const void* data;
    size_t bytes;
  };
  const Operand operands[] = {
      {"A", m.a_data, bytes_of(m.a)},
      {"B", m.b_data, bytes_of(m.b)},
      {"D", m.d_data, bytes_of(m.d)},
      {"C", m.c_data, bytes_of(m.c)},
  };
  for (const Operand& operand : operands) {
    if (*operand.name == 'C' && m.beta == 0) {
      continue; /* it is not read */
    }
    std::string fault = Memory::instance().in_window(operand.data)
                            ? Memory::instance().check(operand.data, operand.bytes)
                            : text("%p is no device memory", operand.data);
    if (!fault.empty()) {
      return std::string(operand.name) + ", " + fault;
    }
  }
  return "";
}

cublasLtMatmulHeuristicResult only_result() {
  cublasLtMatmulHeuristicResult result = {};
  result.algo.data[0] = kAlgo;
  result.algo.data[1] = 1; /* split of K */
  result.workspaceSize = kWorkspace;
  result.wavesCount = 1;
  return result;
}

}  // namespace

}  // namespace emu

using namespace emu;

DRIVER_API size_t cublasLtGetVersion() { return 130100; }

DRIVER_API cublasStatus cublasLtCreate(cublasLtHandle* handle) {
  *handle = handles().add(std::make_shared<int>(0));
  return sticky_error() == CUDA_SUCCESS ? CUBLAS_SUCCESS : CUBLAS_EXECUTION_FAILED;
}

DRIVER_API cublasStatus cublasLtDestroy(cublasLtHandle handle) {
  return destroy(__func__, handles(), handle);
}

DRIVER_API cublasStatus cublasLtMatmulDescCreate(cublasLtMatmulDesc* desc, int compute_type,
                                                 int scale_type) {
  auto made = std::make_shared<MatmulDesc>();
  made->compute = compute_type;
  made->scale_type = scale_type;
  bool fits = (compute_type == COMPUTE_32F && scale_type == R_32F) ||
              (compute_type == COMPUTE_32I && scale_type == R_32I);
  if (!fits) {
    return refuse(CUBLAS_NOT_SUPPORTED, __func__,
                  text("compute type %d with scales of %d", compute_type, scale_type));
  }
  *desc = descs().add(made);
  return CUBLAS_SUCCESS;
}

DRIVER_API cublasStatus cublasLtMatmulDescDestroy(cublasLtMatmulDesc desc) {
  return destroy(__func__, descs(), desc);
}

DRIVER_API cublasStatus cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc handle, int attribute,
                                                       const void* value, size_t bytes) {
  auto d = descs().get(handle);
  if (d == nullptr) {
    return invalid(__func__, "no such descriptor, or destroyed");
  }
  return set(__func__,
             {{DESC_POINTER_MODE, field(d->pointer_mode)},
              {DESC_TRANSA, field(d->transpose_a)},
              {DESC_TRANSB, field(d->transpose_b)},
              {DESC_EPILOGUE, field(d->epilogue)},
              {DESC_BIAS_POINTER, field(d->bias)},
              {DESC_BIAS_DATA_TYPE, field(d->bias_type)},
              {DESC_A_SCALE_POINTER, field(d->a_scale)},
              {DESC_B_SCALE_POINTER, field(d->b_scale)},
              {DESC_D_SCALE_POINTER, field(d->d_scale)},
              {DESC_FAST_ACCUM, field(d->fast_accumulation)},
              {DESC_A_SCALE_MODE, field(d->a_scale_mode)},
              {DESC_B_SCALE_MODE, field(d->b_scale_mode)}},
             attribute, value, bytes);
}

DRIVER_API cublasStatus cublasLtMatrixLayoutCreate(cublasLtMatrixLayout* layout, int type,
                                                   uint64_t rows, uint64_t columns,
                                                   int64_t leading) {
  if (bytes_of(type) == 0) {
    return refuse(CUBLAS_NOT_SUPPORTED, __func__, text("type %d is not emulated", type));
  }
  auto made = std::make_shared<Layout>();
  *made = {type, 0, rows, columns, leading, 1, 0};
  *layout = layouts().add(made);
  return CUBLAS_SUCCESS;
}

DRIVER_API cublasStatus cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout layout) {
  return destroy(__func__, layouts(), layout);
}

DRIVER_API cublasStatus cublasLtMatrixLayoutSetAttribute(cublasLtMatrixLayout handle, int attribute,
                                                         const void* value, size_t bytes) {
  auto l = layouts().get(handle);
  if (l == nullptr) {
    return invalid(__func__, "no such layout, or destroyed");
  }
  return set(__func__,
             {{LAYOUT_TYPE, field(l->type)},
              {LAYOUT_ORDER, field(l->order)},
              {LAYOUT_ROWS, field(l->rows)},
              {LAYOUT_COLS, field(l->columns)},
              {LAYOUT_LD, field(l->leading)},
              {LAYOUT_BATCH, field(l->batch)},
              {LAYOUT_STRIDE, field(l->stride)}},
             attribute, value, bytes);
}

DRIVER_API cublasStatus cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference* preference) {
  *preference = preferences().add(std::make_shared<Preference>());
  return CUBLAS_SUCCESS;
}

DRIVER_API cublasStatus cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference preference) {
  return destroy(__func__, preferences(), preference);
}

DRIVER_API cublasStatus cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference handle,
                                                             int attribute, const void* value,
                                                             size_t bytes) {
  auto p = preferences().get(handle);
  if (p == nullptr) {
    return invalid(__func__, "no such preference, or destroyed");
  }
  return set(__func__,
             {{PREFERENCE_MAX_WORKSPACE, field(p->max_workspace)},
              {PREFERENCE_REDUCTION_MASK, field(p->reduction_mask)}},
             attribute, value, bytes);
}

DRIVER_API cublasStatus cublasLtMatmulAlgoGetHeuristic(
    cublasLtHandle handle, cublasLtMatmulDesc desc, cublasLtMatrixLayout a, cublasLtMatrixLayout b,
    cublasLtMatrixLayout c, cublasLtMatrixLayout d, cublasLtMatmulPreference preference,
    int requested, cublasLtMatmulHeuristicResult* results, int* returned) {
  Matmul matmul;
  *returned = 0;
  if (cublasStatus status = collect(__func__, handle, desc, a, b, c, d, matmul)) {
    return status;
  }
  auto wanted = preferences().get(preference);
  if (wanted == nullptr || requested < 1) {
    return invalid(__func__, "no such preference, or no results asked for");
  }
  if (wanted->max_workspace < kWorkspace) {
    return refuse(CUBLAS_NOT_SUPPORTED, __func__,
                  text("a workspace of at most %lu bytes; every algorithm here takes %zu",
                       static_cast<unsigned long>(wanted->max_workspace), kWorkspace));
  }
  results[0] = only_result();
  *returned = 1;
  return CUBLAS_SUCCESS;
}

DRIVER_API cublasStatus cublasLtMatmulAlgoCheck(cublasLtHandle handle, cublasLtMatmulDesc desc,
                                                cublasLtMatrixLayout a, cublasLtMatrixLayout b,
                                                cublasLtMatrixLayout c, cublasLtMatrixLayout d,
                                                const cublasLtMatmulAlgo* algo,
                                                cublasLtMatmulHeuristicResult* result) {
  Matmul matmul;
  if (cublasStatus status = collect(__func__, handle, desc, a, b, c, d, matmul)) {
    return status;
  }
  if (algo->data[0] != kAlgo) {
    return invalid(__func__, "not an algorithm that was given out");
  }
  *result = only_result();
  result->algo = *algo;
  return CUBLAS_SUCCESS;
}

DRIVER_API cublasStatus cublasLtMatmulAlgoConfigGetAttribute(const cublasLtMatmulAlgo* algo,
                                                             int attribute, void* value,
                                                             size_t bytes, size_t* written) {
  if ((attribute != ALGO_SPLITK && attribute != ALGO_REDUCTION) || bytes != sizeof(uint32_t)) {
    return invalid(__func__, text("attribute %d of %zu bytes is not emulated", attribute, bytes));
  }
  memcpy(value, &algo->data[attribute == ALGO_SPLITK ? 1 : 2], bytes);
  if (written != nullptr) {
    *written = bytes;
  }
  return CUBLAS_SUCCESS;
}

DRIVER_API cublasStatus cublasLtMatmulAlgoConfigSetAttribute(cublasLtMatmulAlgo* algo,
                                                             int attribute, const void* value,
                                                             size_t bytes) {
  if ((attribute != ALGO_SPLITK && attribute != ALGO_REDUCTION) || bytes != sizeof(uint32_t)) {
    return invalid(__func__, text("attribute %d of %zu bytes is not emulated", attribute, bytes));
  }
  memcpy(&algo->data[attribute == ALGO_SPLITK ? 1 : 2], value, bytes);
  return CUBLAS_SUCCESS;
}

DRIVER_API cublasStatus cublasLtMatmul(
    cublasLtHandle handle, cublasLtMatmulDesc desc, const void* alpha, const void* a,
    cublasLtMatrixLayout a_layout, const void* b, cublasLtMatrixLayout b_layout, const void* beta,
    const void* c, cublasLtMatrixLayout c_layout, void* d, cublasLtMatrixLayout d_layout,
    const cublasLtMatmulAlgo* algo, void* workspace, size_t workspace_bytes, CUstream stream) {
  Matmul m;
  if (cublasStatus status =
          collect(__func__, handle, desc, a_layout, b_layout, c_layout, d_layout, m)) {
    return status;
  }
  auto target = find_stream(stream);
  if (target == nullptr || m.desc.pointer_mode != 0) {
    return invalid(__func__, "no such stream, or scalars that are not on the host");
  }
  if (algo != nullptr && (algo->data[0] != kAlgo || workspace_bytes < kWorkspace ||
                          !Memory::instance().check(workspace, workspace_bytes).empty())) {
    return invalid(__func__, "an algorithm that was not given out, or without its workspace");
  }
  m.alpha = scalar(m.desc, alpha);
  m.beta = scalar(m.desc, beta);
  m.a_data = a;
  m.b_data = b;
  m.c_data = c;
  m.d_data = d;
  std::string fault = memory_fault(m);
  if (!fault.empty()) {
    return invalid(__func__, fault);
  }
  CUresult error = target->add(make_node(CU_NODE_KERNEL, __func__, [m] {
    std::string late_fault = memory_fault(m);
    if (!late_fault.empty()) {
      set_sticky_error(CUDA_ERROR_ILLEGAL_ADDRESS, "cublasLtMatmul, when made: " + late_fault);
      return;
    }
    compute(m);
  }));
  return error == CUDA_SUCCESS ? CUBLAS_SUCCESS : CUBLAS_EXECUTION_FAILED;
}
