package dev.gatun.cuda;

import dev.gatun.tensor.Activation;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Tensor;

/** Numbers by which the kernels know types and functions. */
final class Types {
  static final int F32 = 0;
  static final int F16 = 1;
  static final int BF16 = 2;
  static final int I8 = 3;
  static final int E4M3 = 4;

  private Types() {}

  static int of(Tensor tensor) {
    return of(tensor.dtype());
  }

  static int of(DType dtype) {
    return switch (dtype) {
      case F32 -> F32;
      case F16 -> F16;
      case BF16 -> BF16;
      case I8 -> I8;
      case F8_E4M3 -> E4M3;
      case BOOL, U8, I16, I32, I64, F64 ->
          throw new IllegalArgumentException("no kernel computes with " + dtype);
    };
  }

  static int of(Activation function) {
    return switch (function) {
      case SILU -> 0;
      case GELU -> 1;
      case GELU_TANH -> 2;
      case RELU -> 3;
    };
  }
}
