/* The stand-in for cuBLASLt: y = x W^T as the backend asks for it, and misuse of descriptors. */
#include "driver_check.h"
#include "number_types.h"
#include "standin/libraries/cublaslt.h"
#include "standin/libraries/cublaslt_calls.h"

namespace check {

namespace {

constexpr uint64_t kRows = 16; /* of W, and so of y in column-major terms */
constexpr uint64_t kDepth = 32;
constexpr uint64_t kTokens = 3;

/* A product with its objects; sizes are those above. */
struct Product {
  cublasLtHandle handle = nullptr;
  cublasLtMatmulDesc desc = nullptr;
  cublasLtMatrixLayout w = nullptr, x = nullptr, y = nullptr;
  cublasLtMatmulPreference preference = nullptr;
  CUdeviceptr workspace = allocate(4096);

  Product(int compute, int scale_type, int in, int out) {
    EXPECT_OK(cublasLtCreate(&handle));
    EXPECT_OK(cublasLtMatmulDescCreate(&desc, compute, scale_type));
    int transposed = 1;
    EXPECT_OK(cublasLtMatmulDescSetAttribute(desc, DESC_TRANSA, &transposed, 4));
    EXPECT_OK(cublasLtMatrixLayoutCreate(&w, in, kDepth, kRows, kDepth));
    EXPECT_OK(cublasLtMatrixLayoutCreate(&x, in, kDepth, kTokens, kDepth));
    EXPECT_OK(cublasLtMatrixLayoutCreate(&y, out, kRows, kTokens, kRows));
    EXPECT_OK(cublasLtMatmulPreferenceCreate(&preference));
    uint64_t bytes = 4096;
    EXPECT_OK(cublasLtMatmulPreferenceSetAttribute(preference, PREFERENCE_MAX_WORKSPACE, &bytes,
                                                   8));
  }

  cublasStatus run(CUdeviceptr w_data, CUdeviceptr x_data, CUdeviceptr y_data, const void* alpha,
                   const void* beta) {
    cublasLtMatmulHeuristicResult result;
    int returned = 0;
    EXPECT_OK(cublasLtMatmulAlgoGetHeuristic(handle, desc, w, x, y, y, preference, 1, &result,
                                             &returned));
    auto pointer = [](CUdeviceptr address) { return reinterpret_cast<void*>(address); };
    return cublasLtMatmul(handle, desc, alpha, pointer(w_data), w, pointer(x_data), x, beta,
                          pointer(y_data), y, pointer(y_data), y, &result.algo, pointer(workspace),
                          result.workspaceSize, nullptr);
  }
};

template <class T>
CUdeviceptr upload(const std::vector<T>& values) {
  CUdeviceptr address = allocate(values.size() * sizeof(T));
  EXPECT_OK(cuMemcpyHtoD_v2(address, values.data(), values.size() * sizeof(T)));
  return address;
}

int w_at(uint64_t i) { return static_cast<int>(i * 5 % 7) - 3; }
int x_at(uint64_t i) { return static_cast<int>(i * 3 % 11) - 5; }

double exact(uint64_t token, uint64_t row) {
  double sum = 0;
  for (uint64_t k = 0; k < kDepth; k++) {
    sum += w_at(row * kDepth + k) * x_at(token * kDepth + k);
  }
  return sum;
}

template <class In, class Out, class ToIn, class ToDouble>
void check_product(int compute, int in, int out, ToIn to_in, ToDouble to_double) {
  std::vector<In> w, x;
  for (uint64_t i = 0; i < kRows * kDepth; i++) {
    w.push_back(to_in(w_at(i)));
  }
  for (uint64_t i = 0; i < kTokens * kDepth; i++) {
    x.push_back(to_in(x_at(i)));
  }
  std::vector<Out> y(kRows * kTokens);
  CUdeviceptr y_data = upload(y);
  Product product(compute, compute == COMPUTE_32I ? R_32I : R_32F, in, out);
  float ones[2] = {1, 0};
  int32_t integers[2] = {1, 0};
  void* scalars = compute == COMPUTE_32I ? static_cast<void*>(integers) : ones;
  EXPECT_OK(product.run(upload(w), upload(x), y_data, scalars, static_cast<char*>(scalars) + 4));
  EXPECT_OK(cuMemcpyDtoH_v2(y.data(), y_data, y.size() * sizeof(Out)));
  for (uint64_t i = 0; i < y.size(); i++) {
    expect_close("matmul of type " + std::to_string(in), to_double(y[i]),
                 exact(i / kRows, i % kRows), 1e-2 * 64);
  }
}

void check_epilogues() {
  std::vector<float> w(kRows * kDepth, 0.5f);
  std::vector<float> x(kTokens * kDepth, 0.25f);
  std::vector<float> y(kRows * kTokens, 1);
  std::vector<float> bias(kRows, -10);
  bias[1] = 2;
  CUdeviceptr y_data = upload(y);
  CUdeviceptr bias_data = upload(bias);
  Product product(COMPUTE_32F, R_32F, R_32F, R_32F);
  uint32_t epilogue = EPILOGUE_RELU | EPILOGUE_BIAS;
  EXPECT_OK(cublasLtMatmulDescSetAttribute(product.desc, DESC_EPILOGUE, &epilogue, 4));
  EXPECT_OK(cublasLtMatmulDescSetAttribute(product.desc, DESC_BIAS_POINTER, &bias_data, 8));
  float scalars[2] = {1, 3};
  EXPECT_OK(product.run(upload(w), upload(x), y_data, scalars, scalars + 1));
  EXPECT_OK(cuMemcpyDtoH_v2(y.data(), y_data, y.size() * sizeof(float)));
  expect(y[0] == 0 && y[1] == 4 + 3 + 2 && y[kRows + 1] == 9, "beta, bias, then the larger of 0");
}

void check_misuse() {
  Product product(COMPUTE_32F, R_32F, R_16BF, R_16BF);
  float scalars[2] = {1, 0};
  CUdeviceptr w = allocate(kRows * kDepth * 2);
  CUdeviceptr x = allocate(kTokens * kDepth * 2);
  CUdeviceptr y = allocate(kRows * kTokens * 2 - 2);
  expect_code(product.run(w, x, y, scalars, scalars + 1), CUBLAS_INVALID_VALUE, "a short D",
              "D, 96 bytes at");
  int one = 1;
  expect_code(cublasLtMatmulDescSetAttribute(product.desc, DESC_TRANSB, &one, 8),
              CUBLAS_INVALID_VALUE, "a size", "attribute 4 has 4 bytes, not 8");
  expect_code(cublasLtMatmulDescSetAttribute(product.desc, 99, &one, 4), CUBLAS_INVALID_VALUE,
              "an attribute", "attribute 99 is not emulated");
  cublasLtMatmulHeuristicResult result;
  int returned = 0;
  expect_code(cublasLtMatmulAlgoGetHeuristic(product.handle, product.desc, product.w, product.y,
                                             product.y, product.y, product.preference, 1, &result,
                                             &returned),
              CUBLAS_INVALID_VALUE, "shapes", "shapes do not fit: A gives 16 x 32, B 16 x 3");
  uint32_t epilogue = EPILOGUE_BIAS;
  EXPECT_OK(cublasLtMatmulDescSetAttribute(product.desc, DESC_EPILOGUE, &epilogue, 4));
  expect_code(cublasLtMatmulAlgoGetHeuristic(product.handle, product.desc, product.w, product.x,
                                             product.y, product.y, product.preference, 1, &result,
                                             &returned),
              CUBLAS_INVALID_VALUE, "a bias", "but no bias pointer");
  EXPECT_OK(cublasLtMatmulDescDestroy(product.desc));
  expect_code(cublasLtMatmulDescDestroy(product.desc), CUBLAS_INVALID_VALUE, "twice",
              "destroyed before");
}

}  // namespace

void check_blas() {
  check_product<float, float>(
      COMPUTE_32F, R_32F, R_32F, [](int x) { return static_cast<float>(x); },
      [](float x) -> double { return x; });
  check_product<bf16, bf16>(
      COMPUTE_32F, R_16BF, R_16BF, [](int x) { return to_bf16(static_cast<float>(x)); },
      [](bf16 x) -> double { return to_float(x); });
  check_product<f16, float>(
      COMPUTE_32F, R_16F, R_32F, [](int x) { return to_f16(static_cast<float>(x)); },
      [](float x) -> double { return x; });
  check_product<e4m3, bf16>(
      COMPUTE_32F, R_8F_E4M3, R_16BF, [](int x) { return to_e4m3(static_cast<float>(x)); },
      [](bf16 x) -> double { return to_float(x); });
  check_product<int8_t, int32_t>(
      COMPUTE_32I, R_8I, R_32I, [](int x) { return static_cast<int8_t>(x); },
      [](int32_t x) -> double { return x; });
  check_epilogues();
  check_misuse();
}

}  // namespace check
