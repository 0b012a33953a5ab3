package dev.gatun.tensor;

/** Element-wise functions of a feed-forward block, named as Hugging Face's {@code hidden_act}. */
public enum Activation {
  /** x / (1 + exp(-x)). */
  SILU,
  /** 0.5 x (1 + erf(x / sqrt 2)). */
  GELU,
  /** 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))); also called gelu_new. */
  GELU_TANH,
  /** max(x, 0). */
  RELU
}
